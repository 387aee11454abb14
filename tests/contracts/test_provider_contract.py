"""Law 6, providers: exactly what was asked for, or an error that names what there is."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lstmtrader.data import PROVIDERS
from lstmtrader.data.files.provider import FilesProvider
from lstmtrader.data.provider import EVERYTHING, PriceProvider, PriceRequest
from lstmtrader.data.sample import INDICES, STOCKS, SampleProvider
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError, DataError, UnknownSymbolError
from lstmtrader.prices import PriceFrame

FOLDER = tempfile.TemporaryDirectory()


def _long_file() -> str:
    """Write synthetic prices as rows of symbols and days, and return the path."""
    prices = SyntheticProvider(n_symbols=4, n_bars=600, first_day="2010-01-04", holes=5).fetch()
    fields = {name: getattr(prices, name) for name in ("open", "high", "low", "close", "volume")}
    rows = pd.concat(fields, axis=1).stack(level=1).rename_axis(["date", "symbol"]).reset_index()
    path = Path(FOLDER.name, "prices.parquet")
    rows.to_parquet(path)
    return str(path)


SHIPPED: dict[str, Any] = {
    "sample": SampleProvider(),
    "files": FilesProvider(_long_file(), calendar="24/5"),
    "synthetic": SyntheticProvider(n_symbols=4, n_bars=600, first_day="2010-01-04", holes=5),
}
# Yahoo needs a server, and has tests of its own against one.
OFFLINE = {"sample", "files", "synthetic"}
SYNTHETIC = ("SYN02", "SYN00")
KNOWN = {"sample": ("KO", "AAPL"), "files": SYNTHETIC, "synthetic": SYNTHETIC}
MISSPELT = {
    "sample": ("APPL", "AAPL"), "files": ("SYN0O", "SYN00"), "synthetic": ("SYN0O", "SYN00")
}  # fmt: skip
START, END = datetime.date(2010, 3, 6), datetime.date(2011, 2, 28)  # a Saturday, and a Monday

each = pytest.mark.parametrize("name", sorted(SHIPPED))


def test_every_offline_provider_is_in_the_suite() -> None:
    assert set(PROVIDERS) == OFFLINE | {"yahoo"}
    assert set(SHIPPED) == OFFLINE


@each
def test_it_serves_all_it_has(name: str) -> None:
    provider = SHIPPED[name]
    assert isinstance(provider, PriceProvider)
    prices = provider.fetch(EVERYTHING)
    assert isinstance(prices, PriceFrame)
    assert set(KNOWN[name]) < set(prices.symbols)
    assert (prices.close.dtypes == np.float64).all()


@each
def test_the_same_request_gives_the_same_prices(name: str) -> None:
    request = PriceRequest(KNOWN[name], START, END)
    assert SHIPPED[name].fetch(request).sha256() == SHIPPED[name].fetch(request).sha256()


@each
def test_symbols_come_in_the_order_asked_for(name: str) -> None:
    whole = SHIPPED[name].fetch(EVERYTHING)
    some = SHIPPED[name].fetch(PriceRequest(KNOWN[name]))
    assert some.symbols == KNOWN[name]
    pd.testing.assert_frame_equal(some.close, whole.close[list(KNOWN[name])], check_exact=True)


@each
def test_first_and_last_day_are_included(name: str) -> None:
    whole = SHIPPED[name].fetch(PriceRequest(KNOWN[name]))
    some = SHIPPED[name].fetch(PriceRequest(KNOWN[name], START, END))
    wanted = (whole.index >= pd.Timestamp(START)) & (whole.index <= pd.Timestamp(END))
    assert some.index.equals(whole.index[wanted])
    assert some.index[-1] == pd.Timestamp(END)
    pd.testing.assert_frame_equal(
        some.close, whole.close[wanted], check_exact=True, check_freq=False
    )
    day = some.index[50].date()
    assert SHIPPED[name].fetch(PriceRequest(KNOWN[name], day, day)).n_bars == 1


@each
def test_an_unknown_symbol_is_named_with_its_nearest(name: str) -> None:
    wrong, near = MISSPELT[name]
    with pytest.raises(UnknownSymbolError, match=rf"'{wrong}' .*did you mean {near[:-1]}.\?"):
        SHIPPED[name].fetch(PriceRequest((KNOWN[name][0], wrong)))
    with pytest.raises(UnknownSymbolError, match=f"'#' .*it has .*{near}"):
        SHIPPED[name].fetch(PriceRequest(("#",)))


@each
@pytest.mark.parametrize("year", [1950, 2150])
def test_days_without_prices_are_an_error(name: str, year: int) -> None:
    request = PriceRequest(None, datetime.date(year, 1, 1), datetime.date(year, 12, 31))
    with pytest.raises(DataError, match="start and end"):
        SHIPPED[name].fetch(request)


def test_a_request_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ConfigError, match="is after end"):
        PriceRequest(None, END, START)
    with pytest.raises(ConfigError, match="AAPL is listed more than once"):
        PriceRequest(("AAPL", "KO", "AAPL"))
    with pytest.raises(ConfigError, match="empty"):
        PriceRequest(())


def test_the_sample_stocks_are_those_of_skfolio() -> None:
    from skfolio.datasets import load_sp500_dataset

    published = load_sp500_dataset()
    prices = SampleProvider().fetch()
    assert tuple(published.columns) == STOCKS
    pd.testing.assert_frame_equal(
        prices.close, published, check_exact=True, check_names=False, check_freq=False
    )
    assert prices.open is None
    assert prices.periods_per_year == 252


@pytest.mark.parametrize("symbol", sorted(INDICES))
def test_the_sample_indices_are_those_of_arch(symbol: str) -> None:
    from arch.data import nasdaq, sp500

    published = {"SP500": sp500, "NASDAQ": nasdaq}[symbol].load()
    prices = SampleProvider().fetch(PriceRequest((symbol,)))
    for field in ("Open", "High", "Low", "Close", "Volume"):
        served = getattr(prices, field.lower())[symbol]
        assert served.index.equals(published.index)
        np.testing.assert_array_equal(served, published[field].astype(np.float64))


def test_stocks_and_indices_mixed_are_closes_on_the_days_of_both() -> None:
    mixed = SampleProvider().fetch(PriceRequest(("SP500", "KO")))
    stocks = SampleProvider().fetch(PriceRequest(("KO",)))
    index = SampleProvider().fetch(PriceRequest(("SP500",)))
    assert mixed.symbols == ("SP500", "KO")
    assert mixed.open is None
    assert mixed.index.equals(stocks.index.intersection(index.index))
    np.testing.assert_array_equal(mixed.close["KO"], stocks.close["KO"].loc[mixed.index])
    np.testing.assert_array_equal(mixed.close["SP500"], index.close["SP500"].loc[mixed.index])


def test_a_longer_synthetic_history_begins_with_the_shorter_one() -> None:
    settings: dict[str, Any] = {
        "n_symbols": 3, "seed": 4, "autocorrelation": 0.2, "clustering": 0.9, "drift": 1e-4
    }  # fmt: skip
    short = SyntheticProvider(n_bars=100, **settings).fetch()
    long = SyntheticProvider(n_bars=250, **settings).fetch()
    for name in ("open", "high", "low", "close", "volume"):
        one, other = getattr(short, name), getattr(long, name).iloc[:100]
        np.testing.assert_array_equal(one, other)


def test_synthetic_prices_have_the_properties_that_were_asked_for() -> None:
    provider = SyntheticProvider(
        n_symbols=2, n_bars=20_000, seed=2, volatility=0.02, autocorrelation=0.3, drift=1e-3
    )
    prices = provider.fetch()
    returns = np.log(prices.close).diff().iloc[1:].to_numpy()
    error = 5 / np.sqrt(returns.size)
    persistence = np.corrcoef(returns[1:].ravel(), returns[:-1].ravel())[0, 1]
    assert persistence == pytest.approx(0.3, abs=error)
    assert returns.std() == pytest.approx(0.02 / np.sqrt(1 - 0.3**2), rel=error)
    assert returns.mean() == pytest.approx(1e-3, abs=5 * returns.std() / np.sqrt(returns.size))
    assert prices.open is not None
    assert prices.high is not None
    assert prices.low is not None
    assert (prices.high >= np.maximum(prices.open, prices.close)).all(axis=None)
    assert (prices.low <= np.minimum(prices.open, prices.close)).all(axis=None)


def test_late_delisted_and_holes_are_where_they_should_be() -> None:
    prices = SyntheticProvider(n_symbols=3, n_bars=300, listed_late=1, delisted=1).fetch()
    there = prices.close.notna().to_numpy()
    assert np.array_equal(np.flatnonzero(there[:, 0]), np.arange(100, 300))
    assert there[:, 1].all()
    assert np.array_equal(np.flatnonzero(there[:, 2]), np.arange(200))
    holed = SyntheticProvider(n_symbols=3, n_bars=300, holes=10).fetch()
    assert 1 <= holed.close.isna().to_numpy().sum() <= 10
    assert holed.open is not None
    assert holed.open.isna().equals(holed.close.isna())
