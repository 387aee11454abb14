"""Law: the provider hands out what the store is sure of, on a clock that is named."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from lstmtrader.config.building import build, describe
from lstmtrader.data import PROVIDERS
from lstmtrader.data.provider import PriceProvider, PriceRequest
from lstmtrader.data.source import PriceSource
from lstmtrader.data.store import PriceStore
from lstmtrader.data.store.errors import StoreError
from lstmtrader.data.yahoo.provider import YahooProvider
from lstmtrader.errors import ConfigError, DataError, UnknownSymbolError
from lstmtrader.prices import PriceFrame
from tests.data.archive.conftest import daily_chart, with_dividends
from tests.data.yahoo.conftest import Connect, day
from tests.data.yahoo.replay import Chart, Replay, chart_of, synthetic_bars

MakeProvider = Callable[..., YahooProvider]
START, END = day("2023-01-02"), day("2024-06-28")


@pytest.fixture
def provider(connect: Connect, store: PriceStore) -> MakeProvider:
    def make(**settings: object) -> YahooProvider:
        return YahooProvider(**{"store": str(store.path), "source": connect(tries=2), **settings})

    return make


def request(*symbols: str) -> PriceRequest:
    return PriceRequest(symbols, START, END)


def every_day_chart(symbol: str) -> Chart:
    """A coin that trades every day of the week."""
    index = pd.date_range(START, END, name="time")
    bars = synthetic_bars(symbol).iloc[: len(index)].set_index(index)
    return chart_of(symbol, index.as_unit("s").asi8.tolist(), bars, timezone="UTC")


def split_untold(symbol: str, when: str, ratio: int) -> Chart:
    """A split that the source neither tells nor adjusts for."""
    bars = synthetic_bars(symbol).assign(volume=100_000.0)
    bars.loc[when:, ["open", "high", "low", "close", "adj_close"]] /= ratio
    bars.loc[when:, "volume"] *= ratio
    return daily_chart(symbol, bars)


def test_prices_and_vintage_come_from_the_store(provider: MakeProvider, server: Replay) -> None:
    prices = provider().fetch(request("SYNB", "SYNA"))
    assert prices.symbols == ("SYNB", "SYNA")
    assert prices.vintage == "yahoo vintage 2"
    assert prices.periods_per_year == 252
    for symbol in prices.symbols:
        truth = synthetic_bars(symbol).loc[str(START) : str(END)]
        np.testing.assert_array_equal(prices.close[symbol], truth["close"])
        np.testing.assert_array_equal(prices.open[symbol], truth["open"])
    before = len(server.requests)
    again = provider().fetch(request("SYNB", "SYNA"))
    assert again.sha256() == prices.sha256()
    assert provider(as_of=2).fetch(request("SYNB", "SYNA")).sha256() == prices.sha256()
    assert len(server.requests) == before


def test_it_needs_symbols_that_exist(provider: MakeProvider, server: Replay) -> None:
    with pytest.raises(ConfigError, match=r"prices\.symbols: expected a list"):
        provider().fetch()
    with pytest.raises(UnknownSymbolError, match=r"'NOPE' is not known to Yahoo"):
        provider().fetch(request("SYNA", "NOPE"))
    with pytest.raises(ConfigError, match=r"align: expected union or intersection"):
        provider(align="outer")


def test_offline_asks_nothing(provider: MakeProvider, server: Replay) -> None:
    with pytest.raises(StoreError, match="download prices first"):
        provider(offline=True).fetch(request("SYNA"))
    provider().fetch(request("SYNA"))
    before = len(server.requests)
    assert provider(offline=True).fetch(request("SYNA")).symbols == ("SYNA",)
    with pytest.raises(UnknownSymbolError, match="SYNZ"):
        provider(offline=True).fetch(request("SYNZ"))
    assert len(server.requests) == before


def test_dividends_are_adjusted_for_unless_told_not_to(
    provider: MakeProvider, server: Replay
) -> None:
    ex = pd.Timestamp("2024-03-15")
    server.charts["SYNA"] = with_dividends(daily_chart("SYNA"), {"2024-03-15": 1.0})
    truth = synthetic_bars("SYNA").loc[str(START) : str(END), "close"]
    adjusted = provider().fetch(request("SYNA")).close["SYNA"]
    raw = provider(adjusted=False).fetch(request("SYNA")).close["SYNA"]
    np.testing.assert_array_equal(raw, truth)
    before = truth[truth.index < ex]
    np.testing.assert_allclose(adjusted[truth.index < ex], before * (1 - 1 / before.iloc[-1]))
    np.testing.assert_array_equal(adjusted[truth.index >= ex], truth[truth.index >= ex])


def paid_in(prices: PriceFrame) -> dict[tuple[str, str], float]:
    """What is paid where, and nothing else."""
    if prices.dividends is None:
        return {}
    long = prices.dividends.stack()
    return {(name, str(day.date())): value for (day, name), value in long.items() if value > 0}


def test_dividends_stay_beside_prices_that_are_not_adjusted(
    provider: MakeProvider, server: Replay
) -> None:
    paid = {"2024-03-12": 1.0, "2024-06-12": 1.5}
    bars = synthetic_bars("SYNA")
    bars.loc["2024-03-12", "high"] = bars.loc["2024-03-12", "low"] / 2
    server.charts["SYNA"] = with_dividends(daily_chart("SYNA", bars), paid)
    prices = provider(adjusted=False).fetch(request("SYNB", "SYNA"))
    # The gate drops a bar without the right to a dividend; the money is not dropped with it.
    assert np.isnan(prices.close.loc["2024-03-12", "SYNA"])
    assert paid_in(prices) == {("SYNA", day): amount for day, amount in paid.items()}
    assert provider().fetch(request("SYNB", "SYNA")).dividends is None
    assert provider(adjusted=False).fetch(request("SYNB")).dividends is None
    again = provider(adjusted=False, as_of=2).fetch(request("SYNB", "SYNA"))
    assert again.sha256() == prices.sha256()


def test_dividends_of_bars_that_not_all_symbols_have_are_paid_on_the_next(
    provider: MakeProvider, server: Replay
) -> None:
    # Two on one weekend and its Monday; the first of all is before any bar that all have.
    weekend = {"2023-01-07": 9.0, "2024-03-09": 0.5, "2024-03-10": 0.25, "2024-03-11": 0.125}
    server.charts["BTC-USD"] = with_dividends(every_day_chart("BTC-USD"), weekend)
    server.charts["SYNA"] = with_dividends(daily_chart("SYNA"), {"2024-03-12": 1.0})
    wanted = PriceRequest(("SYNA", "BTC-USD", "SYNB"), day("2023-01-07"), END)
    union = provider(align="union", calendar="24/7", adjusted=False).fetch(wanted)
    alone = {("BTC-USD", day): amount for day, amount in weekend.items()}
    assert paid_in(union) == {**alone, ("SYNA", "2024-03-12"): 1.0}
    both = provider(align="intersection", calendar="XNYS", adjusted=False).fetch(wanted)
    assert paid_in(both) == {("BTC-USD", "2024-03-11"): 0.875, ("SYNA", "2024-03-12"): 1.0}


def test_several_calendars_need_align_and_a_calendar(
    provider: MakeProvider, server: Replay
) -> None:
    server.charts["BTC-USD"] = every_day_chart("BTC-USD")
    wanted = request("SYNA", "BTC-USD")
    for settings in ({}, {"align": "union"}, {"calendar": "24/7"}):
        with pytest.raises(ConfigError, match=r"several calendars \(24/7, XNYS\)"):
            provider(**settings).fetch(wanted)
    weekdays = synthetic_bars("SYNA").loc[str(START) : str(END)].index

    union = provider(align="union", calendar="24/7").fetch(wanted)
    assert union.periods_per_year == 365
    assert union.n_bars == (END - START).days + 1
    assert union.close["SYNA"].notna().sum() == len(weekdays)
    assert union.close["BTC-USD"].notna().all()

    both = provider(align="intersection", calendar="XNYS").fetch(wanted)
    assert both.symbols == ("SYNA", "BTC-USD")
    assert both.periods_per_year == 252
    assert both.index.equals(weekdays) or list(both.index) == list(weekdays)
    assert both.close.notna().all(axis=None)
    assert any("bars left out" in note for note in both.notes)
    assert both.vintage == union.vintage == "yahoo vintage 2"


def test_a_calendar_serves_where_the_ending_tells_none(
    provider: MakeProvider, server: Replay
) -> None:
    server.charts["^SYNI"] = daily_chart("^SYNI")
    with pytest.raises(ConfigError, match="name its trading calendar"):
        provider().fetch(request("^SYNI"))
    assert provider(calendar="XNYS").fetch(request("^SYNI")).periods_per_year == 252


def test_a_dropped_bar_is_a_hole_and_is_told(provider: MakeProvider, server: Replay) -> None:
    bars = synthetic_bars("SYNA")
    bars.loc["2024-03-12", "high"] = bars.loc["2024-03-12", "low"] / 2
    server.charts["SYNA"] = daily_chart("SYNA", bars)
    prices = provider().fetch(request("SYNA", "SYNB"))
    assert prices.close["SYNA"].isna().sum() == 1
    assert np.isnan(prices.close.loc["2024-03-12", "SYNA"])
    assert prices.open is not None
    assert np.isnan(prices.open.loc["2024-03-12", "SYNA"])
    assert prices.close["SYNB"].notna().all()
    assert prices.notes == ("the quality gate dropped 1 high_low in 1 symbols (SYNA 2024-03-12)",)


def test_refused_prices_are_named_with_the_way_to_let_them_pass(
    provider: MakeProvider, server: Replay
) -> None:
    server.charts["SYNA"] = split_untold("SYNA", "2024-03-12", 4)
    with pytest.raises(
        DataError, match=r"SYNA 2024-03-12 unadjusted_split.*\{unadjusted_split: keep\}"
    ):
        provider().fetch(request("SYNB", "SYNA"))
    kept = provider(policies={"unadjusted_split": "keep"}).fetch(request("SYNB", "SYNA"))
    assert kept.close["SYNA"].notna().all()
    # What is wrong outside the days asked for is nobody's business here.
    provider().fetch(PriceRequest(("SYNA",), START, day("2024-02-01")))


def test_the_configuration_survives_a_round_trip(store: PriceStore) -> None:
    params = {
        "store": "prices.duckdb", "interval": "1h", "calendar": "24/7", "align": "union",
        "adjusted": False, "as_of": 3, "offline": True, "policies": {"spike": "keep"},
    }  # fmt: skip
    settings = {"provider": {"target": "yahoo", "params": params}, "symbols": ["SPY"]}
    made = build(PriceSource, settings, aliases={PriceProvider: PROVIDERS})
    described = describe(made, PriceSource)
    assert described["provider"]["params"] == {**params, "source": None}
    assert build(PriceSource, described, aliases={PriceProvider: PROVIDERS}) == made
    with pytest.raises(ConfigError, match="unknown check 'spikes'"):
        YahooProvider(policies={"spikes": "keep"})
