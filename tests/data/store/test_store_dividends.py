"""Law: unadjusted prices come with every distribution of their days, once, on its bar."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from lstmtrader.data.history import SymbolHistory
from lstmtrader.data.store import PriceStore
from lstmtrader.errors import DataError
from lstmtrader.prices import PriceFrame
from tests.data.store.bitemporal import walk

DAYS = {"start": datetime.date(2019, 1, 1), "end": datetime.date(2022, 1, 1)}
Paid = dict[tuple[str, str], float]


def paying(
    symbol: str, actions: list[tuple[str, str, float]], n_bars: int = 60, **facts: object
) -> SymbolHistory:
    """A walk over the business days from 2020-01-01 on, with these actions and no others."""
    table = pd.DataFrame(
        {"kind": [kind for _, kind, _ in actions], "value": [value for *_, value in actions]},
        index=pd.DatetimeIndex([day for day, *_ in actions], name="time").as_unit("us"),
    ).astype({"kind": object, "value": float})
    bars = facts.pop("bars", walk(symbol, n_bars, 1).bars)
    return SymbolHistory(symbol, "1d", bars, table.sort_index(), **facts)  # type: ignore[arg-type]


def paid_in(prices: PriceFrame) -> Paid:
    """What is paid where, and nothing else."""
    if prices.dividends is None:
        return {}
    long = prices.dividends.T.stack()
    return {(name, f"{day:%m-%d}"): value for (name, day), value in long.items() if value > 0}


def by_hand(
    histories: list[SymbolHistory], start: pd.Timestamp | None, end: pd.Timestamp | None
) -> Paid:
    bars = {one.symbol: one.bars.loc[start:end].index for one in histories}
    union = sorted(set().union(*map(set, bars.values())))
    paid: Paid = {}
    for one in histories:
        for day, kind, value in one.actions.itertuples():
            outside = (start is not None and day < start) or (end is not None and day > end)
            on = [bar for bar in union if bar >= day]
            if kind == "split" or outside or day < bars[one.symbol][0] or not on:
                continue
            key = (one.symbol, f"{on[0]:%m-%d}")
            paid[key] = paid.get(key, 0.0) + value
    return paid


@pytest.mark.parametrize(
    ("start", "end"),
    [(None, None), ("2020-01-21", "2020-02-14"), ("2020-01-29", None), (None, "2020-01-28"),
     ("2020-01-18", "2020-01-19"), ("2020-02-03", "2020-02-07")],
)  # fmt: skip
def test_on_the_first_bar_without_the_right(
    store: PriceStore, start: str | None, end: str | None
) -> None:
    hole = walk("HOL", 60, 2).bars.drop(pd.Timestamp("2020-01-29"))
    histories = [
        # A Saturday and the Monday after it; a dividend, a gain and a split on one day.
        paying("AAA", [("2020-01-18", "dividend", 0.25), ("2020-01-20", "dividend", 0.5),
                       ("2020-01-28", "dividend", 1.0), ("2020-01-28", "capital_gain", 2.0),
                       ("2020-01-28", "split", 3.0), ("2021-06-01", "dividend", 0.1)]),
        paying("HOL", [("2020-01-29", "dividend", 0.75)], bars=hole),
        paying("LATE", [("2020-01-10", "dividend", 0.3), ("2020-02-14", "dividend", 0.4)],
               bars=walk("LATE", 30, 3, first="2020-02-03").bars),
        paying("NONE", [], split_adjusted=False),
    ]  # fmt: skip
    first, last = (None if day is None else pd.Timestamp(day) for day in (start, end))
    inside = [one for one in histories if len(one.bars.loc[first:last])]
    store.write_many(histories, provider="p", **DAYS)
    if not inside:  # a weekend
        with pytest.raises(DataError, match="no close between these days"):
            store.read("p", start=first, end=last, adjusted=False)
        return
    wanted = by_hand(inside, first, last)
    names = [one.symbol for one in inside]
    raw = store.read("p", names, start=first, end=last, adjusted=False)
    assert paid_in(raw) == wanted
    assert (raw.dividends is None) == (not wanted)
    assert store.read("p", names, start=first, end=last).dividends is None
    # Side by side or alone, the same, but for a day on which only others had a bar.
    alone = [store.read("p", [name], start=first, end=last, adjusted=False) for name in names]
    paid = {key: value for one in alone for key, value in paid_in(one).items()}
    if ("HOL", "01-30") in paid:
        paid["HOL", "01-29"] = paid.pop(("HOL", "01-30"))
    assert paid == wanted


def test_what_the_table_above_means(store: PriceStore) -> None:
    """The same once more in numbers, so that no rule is tested by its own copy."""
    actions = [("2020-01-18", "dividend", 0.25), ("2020-01-20", "capital_gain", 0.5),
               ("2020-01-24", "split", 2.0), ("2020-03-28", "dividend", 9.0)]  # fmt: skip
    store.write(paying("AAA", actions), provider="p", **DAYS)
    raw = store.read("p", ["AAA"], adjusted=False)
    assert paid_in(raw) == {("AAA", "01-20"): 0.75}
    assert raw.dividends is not None
    assert raw.dividends["AAA"].sum() == 0.75
    cut = store.read("p", ["AAA"], adjusted=False, start=datetime.date(2020, 1, 20))
    assert paid_in(cut) == {("AAA", "01-20"): 0.5}


def test_an_unadjusted_split_stays_in_the_prices(store: PriceStore) -> None:
    actions = [("2020-01-24", "split", 2.0), ("2020-01-27", "dividend", 0.5)]
    history = paying("AAA", actions, split_adjusted=False)
    store.write(history, provider="p", **DAYS)
    raw = store.read("p", ["AAA"], adjusted=False)
    np.testing.assert_array_equal(raw.close["AAA"], history.bars["close"])
    assert paid_in(raw) == {("AAA", "01-27"): 0.5}


def test_dividends_are_those_of_the_vintage(store: PriceStore) -> None:
    told = [("2020-01-21", "dividend", 0.25), ("2020-02-04", "dividend", 0.5)]
    corrected = [("2020-01-21", "dividend", 0.3)]
    store.write(paying("AAA", told), provider="p", **DAYS)
    before = store.read("p", ["AAA"], adjusted=False)
    store.write(paying("AAA", corrected), provider="p", **DAYS)
    assert paid_in(store.read("p", ["AAA"], adjusted=False)) == {("AAA", "01-21"): 0.3}
    again = store.read("p", ["AAA"], adjusted=False, as_of=1)
    assert paid_in(again) == {("AAA", "01-21"): 0.25, ("AAA", "02-04"): 0.5}
    assert again.sha256() == before.sha256()


def test_a_symbol_that_is_left_out_takes_its_dividends_with_it(store: PriceStore) -> None:
    bars = walk("HOLE", 60, 1).bars * np.nan
    gone = paying("HOLE", [("2020-01-21", "dividend", 0.25)], bars=bars)
    store.write_many([gone, paying("AAA", [])], provider="p", **DAYS)
    prices = store.read("p", adjusted=False)
    assert prices.symbols == ("AAA",)
    assert prices.dividends is None
