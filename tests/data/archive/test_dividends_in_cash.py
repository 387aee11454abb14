"""Law: what Yahoo told of real dividends reaches, and leaves, accounts as cash, to the cent."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.clock import Execution
from lstmtrader.data.provider import PriceRequest
from lstmtrader.data.store import PriceStore
from lstmtrader.data.yahoo.provider import YahooProvider
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights
from tests.data.yahoo.conftest import Connect, day
from tests.data.yahoo.replay import Chart, Replay, recording

pytestmark = pytest.mark.usefixtures("recorded")

Fetch = Callable[..., PriceFrame]
CAPITAL = 1_000_000.0
RECORDED = {
    "MSFT": ("historical-via-chart-MSFT-dividends-2021-02-01-to-2022-01-31.csv",
             "2021-02-01", "2022-01-31"),
    "AAPL": ("chart-AAPL-2020-08-31-to-2020-11-07", "2020-08-31", "2020-11-06"),
}  # fmt: skip


@pytest.fixture(params=["MSFT", "AAPL"])
def symbol(request: pytest.FixtureRequest, server: Replay) -> str:
    name: str = request.param
    server.charts[name] = recording(RECORDED[name][0])
    return name


@pytest.fixture
def fetch(connect: Connect, store: PriceStore) -> Fetch:
    def prices(symbol: str, **settings: object) -> PriceFrame:
        provider = YahooProvider(str(store.path), source=connect(tries=2), **settings)  # type: ignore[arg-type]
        _, first, last = RECORDED[symbol]
        return provider.fetch(PriceRequest((symbol,), day(first), day(last)))

    return prices


def told(chart: Chart) -> tuple[list[str], list[float], dict[str, float]]:
    """Days, closes and dividends, straight from the recorded reply."""
    zone = ZoneInfo(chart["meta"]["exchangeTimezoneName"])

    def date(second: int) -> str:
        return str(pd.Timestamp(second, unit="s", tz=zone).date())

    paid = {date(one["date"]): one["amount"] for one in chart["events"]["dividends"].values()}
    days = [date(second) for second in chart["timestamp"]]
    return days, chart["indicators"]["quote"][0]["close"], paid


def held(prices: PriceFrame, weight: float) -> BacktestResult:
    """Decide on the first close, fill at the second one, and never trade again."""
    first = pd.DataFrame(weight, index=prices.index[:1], columns=list(prices.symbols))
    costs = Costs(fees=0.0)
    return run_backtest(prices, TargetWeights(first), costs, Execution.NEXT_CLOSE, capital=CAPITAL)


@pytest.mark.parametrize("weight", [1.0, 0.5, -0.5])
def test_equity_is_shares_at_the_close_and_the_cash_of_dividends(
    symbol: str, weight: float, server: Replay, fetch: Fetch
) -> None:
    days, closes, paid = told(server.charts[symbol])
    result = held(fetch(symbol, adjusted=False), weight)
    assert [str(bar.date()) for bar in result.equity.index] == days
    shares = weight * CAPITAL / closes[1]
    cash, wanted = CAPITAL - shares * closes[1], [CAPITAL, CAPITAL]
    for date, close in zip(days[2:], closes[2:], strict=True):
        cash += shares * paid.get(date, 0.0)  # held at the close before; a short pays
        wanted.append(shares * close + cash)
    np.testing.assert_allclose(result.equity, wanted, rtol=1e-12)
    money = sum(amount for date, amount in paid.items() if date > days[1])
    assert money > 0
    np.testing.assert_allclose(result.books.flows["dividends"].sum(), shares * money, rtol=1e-12)


def test_cash_and_adjustment_are_two_views_of_one_dividend(
    symbol: str, server: Replay, fetch: Fetch
) -> None:
    """Adjusted prices reinvest at b - D and earn r = c / (b - D) - 1 from b, the close before.

    In cash the same bar earns (c + D) / b - 1, which is r (1 - D / b): cash does not move.
    """
    days, closes, paid = told(server.charts[symbol])
    raw, adjusted = fetch(symbol, adjusted=False), fetch(symbol)
    assert adjusted.dividends is None
    cash = held(raw, 1.0).equity.to_numpy()
    source = np.array(server.charts[symbol]["indicators"]["adjclose"][0]["adjclose"])
    total = adjusted.close[symbol].to_numpy()
    for number, (date, amount) in enumerate(paid.items()):
        bar = days.index(date)
        before, close = closes[bar - 1], closes[bar]
        reinvested = close / (before - amount)
        np.testing.assert_allclose(total[bar] / total[bar - 1], reinvested, rtol=1e-12)
        np.testing.assert_allclose(source[bar] / source[bar - 1], reinvested, rtol=1e-6)
        if number == 0:  # later on, the cash of the first one earns nothing
            grown = cash[bar] / cash[bar - 1]
            np.testing.assert_allclose(grown, (close + amount) / before, rtol=1e-12)
            moving = 1 - amount / before
            np.testing.assert_allclose(grown - 1, (reinvested - 1) * moving, rtol=1e-9)
    # Without a dividend in between, both are the price itself.
    quiet = [bar for bar in range(2, len(days)) if days[bar] not in paid]
    moved = np.array(closes)[quiet] / np.array(closes)[[bar - 1 for bar in quiet]]
    np.testing.assert_allclose(total[quiet] / total[[bar - 1 for bar in quiet]], moved, rtol=1e-12)


def test_a_holder_of_raw_prices_is_no_poorer_than_the_dividends_make_them(
    symbol: str, fetch: Fetch
) -> None:
    """Bought and held, cash and adjusted end close together; without the cash they would not."""
    raw, adjusted = fetch(symbol, adjusted=False), fetch(symbol)
    with_cash = held(raw, 1.0).equity.iloc[-1]
    reinvested = held(adjusted, 1.0).equity.iloc[-1]
    close = raw.close[symbol]
    without = CAPITAL * close.iloc[-1] / close.iloc[1]
    assert without < with_cash
    assert abs(with_cash - reinvested) < 0.25 * (with_cash - without)
