"""Law: the same prices come out of every layout, and a bad file gives one clear error."""

from __future__ import annotations

import datetime
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lstmtrader.data.files.provider import FilesProvider
from lstmtrader.data.provider import PriceProvider, PriceRequest
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError, DataError, UnknownSymbolError
from lstmtrader.prices import PriceFrame

FIELDS = ("open", "high", "low", "close", "volume")
PRICES = SyntheticProvider(n_symbols=3, n_bars=600, seed=4, listed_late=1).fetch()
YAHOO = {"date": "Date", "symbol": "Ticker", **{name: name.title() for name in FIELDS}}


def long_table(prices: PriceFrame = PRICES) -> pd.DataFrame:
    table = pd.concat({name: getattr(prices, name).stack() for name in FIELDS}, axis=1)
    table = table.rename_axis(["date", "symbol"]).reset_index().dropna(subset=["close"])
    return table.sort_values(["symbol", "date"], ignore_index=True)


def write(table: pd.DataFrame, path: Path, **options: Any) -> str:
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    else:
        table.to_csv(path, index=False, **options)
    return str(path)


def provider(path: str, **settings: Any) -> FilesProvider:
    return FilesProvider(path, calendar="24/5", **settings)


def assert_same(got: PriceFrame, wanted: PriceFrame, fields: tuple[str, ...] = FIELDS) -> None:
    for name in fields:
        pd.testing.assert_frame_equal(
            getattr(got, name), getattr(wanted, name),
            check_exact=True, check_freq=False, check_names=False, check_index_type=False,
            check_column_type=False,
        )  # fmt: skip


@pytest.mark.parametrize("name", ["prices.csv", "prices.csv.gz", "prices.parquet"])
@pytest.mark.parametrize("names", [{}, YAHOO], ids=["plain", "as Yahoo"])
def test_a_long_file_round_trips(tmp_path: Path, name: str, names: dict[str, str]) -> None:
    served = provider(write(long_table().rename(columns=names), tmp_path / name))
    assert isinstance(served, PriceProvider)
    assert_same(served.fetch(), PRICES)
    assert served.report().findings.empty


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet"])
def test_one_file_a_symbol_round_trips(tmp_path: Path, ending: str) -> None:
    for symbol, table in long_table().groupby("symbol"):
        write(table.drop(columns="symbol").rename(columns=YAHOO), tmp_path / f"{symbol}{ending}")
    (tmp_path / "README.md").write_text("not prices")
    assert_same(provider(str(tmp_path), layout="one_per_symbol").fetch(), PRICES)


@pytest.mark.parametrize("name", ["closes.csv", "closes.csv.gz", "closes.parquet"])
def test_wide_closes_round_trip(tmp_path: Path, name: str) -> None:
    wide = PRICES.close.rename_axis("Date").reset_index()
    got = provider(write(wide, tmp_path / name), layout="wide").fetch()
    assert_same(got, PRICES, ("close",))
    assert got.open is None
    assert got.volume is None


def test_a_file_of_one_symbol_is_named_after_it(tmp_path: Path) -> None:
    table = long_table().query("symbol == 'SYN01'").drop(columns="symbol")
    got = provider(write(table, tmp_path / "SYN01.csv")).fetch()
    assert got.symbols == ("SYN01",)


def paying_table() -> tuple[pd.DataFrame, pd.DataFrame]:
    """A long table with a dividend column, and what it pays."""
    paid = pd.DataFrame(0.0, PRICES.index, list(PRICES.symbols))
    paid.iloc[[250, 300], 0] = 0.25, 0.5
    paid.iloc[300, 1] = 0.75
    table = long_table().set_index(["date", "symbol"])
    table["dividend"] = paid.stack().reindex(table.index)
    return table.reset_index(), paid


@pytest.mark.parametrize("name", ["Dividend", "dividends", "ausschuettung"])
def test_dividends_are_booked_where_prices_are_not_adjusted(tmp_path: Path, name: str) -> None:
    table, paid = paying_table()
    path = write(table.rename(columns={"dividend": name}), tmp_path / "p.csv")
    columns = {"dividends": name} if name == "ausschuettung" else {}
    got = provider(path, columns=columns, adjusted=False).fetch()
    assert_same(got, PRICES)
    assert got.dividends is not None
    np.testing.assert_array_equal(got.dividends, paid)
    assert provider(path, columns=columns).fetch().dividends is None
    none = provider(write(long_table(), tmp_path / "q.csv"), adjusted=False).fetch()
    assert none.dividends is None
    # In the symbols and days asked for, and in no others.
    asked = PriceRequest(("SYN01", "SYN00"), PRICES.index[260].date(), PRICES.index[400].date())
    some = provider(path, columns=columns, adjusted=False).fetch(asked)
    assert some.dividends is not None
    np.testing.assert_array_equal(some.dividends, paid.iloc[260:401][["SYN01", "SYN00"]])


def test_one_file_a_symbol_pays_dividends(tmp_path: Path) -> None:
    table, paid = paying_table()
    for symbol, part in table.groupby("symbol"):
        write(part.drop(columns="symbol"), tmp_path / f"{symbol}.csv")
    got = provider(str(tmp_path), layout="one_per_symbol", adjusted=False).fetch()
    np.testing.assert_array_equal(got.dividends, paid)


def test_a_dividend_outlives_the_bar_that_the_gate_drops(tmp_path: Path) -> None:
    table, paid = paying_table()
    on = (table["symbol"] == "SYN00") & (table["date"] == PRICES.index[250])
    everyone = table["date"] == PRICES.index[300]
    table.loc[on | everyone, "high"] = table["low"] / 2
    table = pd.concat([table, table[table["date"] == PRICES.index[250]]])  # and came twice
    prices = provider(write(table, tmp_path / "p.csv"), adjusted=False).fetch()
    assert np.isnan(prices.close.loc[PRICES.index[250], "SYN00"])
    assert PRICES.index[300] not in prices.index
    wanted = paid.copy()
    wanted.iloc[301] = wanted.iloc[300]
    np.testing.assert_array_equal(prices.dividends, wanted.drop(PRICES.index[300]))


@pytest.mark.parametrize(
    ("amount", "message"),
    [(1e5, r"p\.csv: SYN00: the dividend of 100000 on .* is not below the close before it"),
     (-1.0, r"p\.csv: SYN00: dividends is -1 on .* expected a dividend of at least 0"),
     ("half", r"p\.csv: .*SYN00 .* unparseable: dividends")],
)  # fmt: skip
def test_dividends_that_cannot_be_are_refused(
    tmp_path: Path, amount: float | str, message: str
) -> None:
    table, _ = paying_table()
    table["dividend"] = table["dividend"].astype(object)
    table.loc[table.index[table["symbol"] == "SYN00"][50], "dividend"] = amount
    path = write(table, tmp_path / "p.csv")
    with pytest.raises(DataError, match=message):
        provider(path, adjusted=False, policies={"unparseable": "raise"}).fetch()
    assert_same(provider(path).fetch(), PRICES)  # nobody asked for them


@pytest.mark.parametrize("sep", [";", "\t"])
def test_separators_are_recognised(tmp_path: Path, sep: str) -> None:
    assert_same(provider(write(long_table(), tmp_path / "p.csv", sep=sep)).fetch(), PRICES)


def test_a_mapping_names_columns_that_nobody_could_guess(tmp_path: Path) -> None:
    table = long_table().rename(columns={"symbol": "kuerzel", "date": "tag", "close": "schluss"})
    path = write(table, tmp_path / "p.csv")
    columns = {"symbol": "kuerzel", "time": "tag", "close": "schluss"}
    assert_same(provider(path, columns=columns).fetch(), PRICES)


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%Y%m%d", "%m/%d/%Y"])
def test_dates_in_other_forms(tmp_path: Path, form: str) -> None:
    table = long_table()
    table["date"] = table["date"].dt.strftime(form)
    path = write(table, tmp_path / "p.csv")
    assert_same(provider(path).fetch(), PRICES)
    assert_same(provider(path, date_format=form).fetch(), PRICES)


def test_symbols_that_look_like_holes_and_truths(tmp_path: Path) -> None:
    table = long_table().replace({"symbol": {"SYN00": "NA", "SYN01": "TRUE", "SYN02": "1"}})
    got = provider(write(table, tmp_path / "p.csv")).fetch()
    assert got.symbols == ("1", "NA", "TRUE")


def test_prices_are_adjusted_unless_told_otherwise(tmp_path: Path) -> None:
    table = long_table()
    table["Adj Close"] = table["close"] * np.where(table["date"] < "2001-01-01", 0.97, 1.0)
    path = write(table, tmp_path / "p.csv")
    factor = np.where(PRICES.index < "2001-01-01", 0.97, 1.0)[:, None]
    adjusted = provider(path).fetch()
    for name in ("open", "high", "low", "close"):
        np.testing.assert_allclose(
            getattr(adjusted, name), getattr(PRICES, name) * factor, rtol=1e-14
        )
    assert_same(adjusted, PRICES, ("volume",))
    assert_same(provider(path, adjusted=False).fetch(), PRICES)


def test_a_row_that_is_empty_in_every_symbol_is_dropped_and_reported(tmp_path: Path) -> None:
    table = long_table()
    day = PRICES.index[400]
    table.loc[table["date"] == day, list(FIELDS)] = np.nan
    served = provider(write(table, tmp_path / "p.csv"))
    assert day not in served.fetch().index
    found = served.report().findings
    assert list(found["check"]) == ["empty_row"] * 3
    assert set(found["time"]) == {day}


def test_symbols_and_days_that_were_asked_for(tmp_path: Path) -> None:
    served = provider(write(long_table(), tmp_path / "p.csv"))
    start, end = datetime.date(2001, 3, 3), datetime.date(2001, 10, 5)
    got = served.fetch(PriceRequest(("SYN02", "SYN00"), start, end))
    assert got.symbols == ("SYN02", "SYN00")
    wanted = PRICES.close.loc[str(start) : str(end), ["SYN02", "SYN00"]]
    pd.testing.assert_frame_equal(
        got.close, wanted, check_exact=True, check_freq=False, check_names=False,
        check_index_type=False, check_column_type=False,
    )  # fmt: skip
    assert (
        served.fetch(PriceRequest(("SYN01",))).sha256()
        == served.fetch(PriceRequest(("SYN01",))).sha256()
    )


def test_the_gate_refuses_and_can_be_told_not_to(tmp_path: Path) -> None:
    table = long_table()
    old = (table["symbol"] == "SYN02") & (table["date"] < PRICES.index[300])
    table.loc[old, ["open", "high", "low", "close"]] *= 10
    table.loc[old, "volume"] /= 10
    path = write(table, tmp_path / "p.csv")
    with pytest.raises(DataError, match=r"p\.csv: 1 finding.*SYN02 2001-02-26 unadjusted_split"):
        provider(path).fetch()
    assert provider(path).fetch(PriceRequest(("SYN01",))).symbols == ("SYN01",)
    assert list(provider(path).report().errors["value"]) == ["10:1"]
    assert provider(path, policies={"unadjusted_split": "keep"}).fetch().n_bars == 600


def _damaged(kind: str, folder: Path) -> str:
    table, path = long_table(), folder / "p.csv"
    if kind == "no file":
        return str(path)
    if kind == "empty file":
        path.write_text("")
        return str(path)
    if kind == "header only":
        return write(table.head(0), path)
    if kind == "no close":
        return write(table.drop(columns="close"), path)
    if kind == "no time":
        return write(table.drop(columns="date"), path)
    if kind == "text in prices":
        return write(table.assign(close="n.a. today"), path)
    if kind == "thousands":
        return write(table.assign(close="1,234.50"), path)
    if kind == "no dates":
        return write(table.assign(date="first of May"), path)
    if kind == "days or months":
        early = table[table["date"].dt.day <= 12].copy()
        early["date"] = early["date"].dt.strftime("%d/%m/%Y")
        return write(early, path)
    if kind == "zones":
        late = table["date"] >= PRICES.index[500]
        table["date"] = table["date"].dt.strftime("%Y-%m-%d")
        table.loc[late, "date"] += " 05:00:00+00:00"
        return write(table, path)
    if kind == "conflict":
        again = table.iloc[[900]].copy()
        again[["open", "high", "low", "close"]] *= 1.1
        return write(pd.concat([table, again]), path)
    if kind == "two closes":
        return write(table.assign(Last=table["close"]), path)
    if kind == "broken gzip":
        path = folder / "p.csv.gz"
        path.write_bytes(gzip.compress(b"date,close\n" + b"2000-01-03,1\n" * 9999)[:60])
        return str(path)
    if kind == "no parquet":
        path = folder / "p.parquet"
        path.write_text("hello")
        return str(path)
    path = folder / "p.xlsx"
    path.write_text("hello")
    return str(path)


@pytest.mark.parametrize(
    ("kind", "error", "message"),
    [
        ("no file", DataError, "there is no such file"),
        ("empty file", DataError, "the file is empty"),
        ("header only", DataError, "the file has no rows"),
        ("no close", DataError, "no column is recognised as close; there are date, symbol, open"),
        ("no time", DataError, r"recognised as time; .*Name it: columns: {time: …}"),
        ("text in prices", DataError, "close: expected numbers; .*'n.a. today'"),
        ("thousands", DataError, "without thousands separators"),
        ("no dates", DataError, "time: expected times; .*'first of May'; say how .* date_format"),
        ("days or months", DataError, "could be %m/%d/%Y or %d/%m/%Y; say which"),
        ("zones", DataError, "mixed_times: most bars of the symbol are at 00:00"),
        ("conflict", DataError, "conflicting_bar: the rows of this bar disagree"),
        ("two closes", ConfigError, "both 'close' and 'Last' could be close; say which"),
        ("broken gzip", DataError, "cannot be read"),
        ("no parquet", DataError, "cannot be read"),
        ("another kind", DataError, "expected a file that ends in .csv"),
    ],
)
def test_a_bad_file_gives_one_clear_error(
    tmp_path: Path, kind: str, error: type[Exception], message: str
) -> None:
    path = _damaged(kind, tmp_path)
    with pytest.raises(error, match=message) as caught:
        provider(path).fetch()
    assert type(caught.value) is error
    assert Path(path).name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_symbols_columns_and_layouts_are_named_with_the_nearest(tmp_path: Path) -> None:
    path = write(long_table(), tmp_path / "p.csv")
    with pytest.raises(UnknownSymbolError, match=r"'SYN0O' is not in .*p\.csv; did you mean SYN0"):
        provider(path).fetch(PriceRequest(("SYN0O",)))
    with pytest.raises(
        ConfigError, match=r"p\.csv: columns: there is no column 'closs' .* 'close'"
    ):
        provider(path, columns={"close": "closs"}).fetch()
    with pytest.raises(ConfigError, match="unknown field 'closing'; expected one of symbol, time"):
        provider(path, columns={"closing": "close"}).fetch()
    with pytest.raises(ConfigError, match="layout: expected one of long, wide, one_per_symbol"):
        provider(path, layout="tall")
    with pytest.raises(ConfigError, match="unknown check 'split'"):
        provider(path, policies={"split": "keep"})
    with pytest.raises(DataError, match=r"p\.csv: no bars in the days asked for; it has 2000-01"):
        provider(path).fetch(
            PriceRequest(None, datetime.date(1990, 1, 1), datetime.date(1991, 1, 1))
        )
    with pytest.raises(DataError, match="expected a folder of one file a symbol"):
        provider(path, layout="one_per_symbol").fetch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="the folder has no CSV or Parquet file"):
        provider(str(tmp_path / "empty"), layout="one_per_symbol").fetch()


def test_a_provider_can_be_written_down_and_built_again(tmp_path: Path) -> None:
    from lstmtrader.config.building import build, describe

    made = FilesProvider(
        str(tmp_path / "p.csv"), "wide", {"time": "day"}, "24/7", 60, False, {"spike": "keep"}
    )  # fmt: skip
    again = build(FilesProvider, describe(made)["params"])
    assert again == made
    assert hash(again) == hash(made)


def test_a_report_names_what_the_gate_dropped_and_what_is_not_adjusted(tmp_path: Path) -> None:
    """From the file to the HTML: nothing that was left out is left unsaid."""
    table = long_table().assign(adj_close=lambda rows: rows["close"] * 0.5)
    first, second = list(dict.fromkeys(table["symbol"]))[:2]
    table.loc[table["symbol"] == second, "adj_close"] = np.nan
    missing = table.index[table["symbol"] == first][[30, 31]]
    table.loc[missing, "adj_close"] = np.nan
    table = pd.concat([table, table.iloc[[5]]])
    prices = provider(write(table, tmp_path / "prices.csv")).fetch()
    notes = " | ".join(prices.notes)
    assert "the quality gate dropped 1 duplicate_bar in 1 symbols" in notes
    assert f"no adjusted closes, taken as they are: {second}" in notes
    assert f"2 bars without an adjusted close left out: {first}" in notes
    np.testing.assert_array_equal(prices.close[second], PRICES.close[second])
    assert int(prices.close[first].isna().sum()) == 2 + int(PRICES.close[first].isna().sum())
