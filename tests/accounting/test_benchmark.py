"""Law: the benchmark starts when the strategy does, pays what it pays, and is the one asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from literal import NAN, prices, table

from lstmtrader import Experiment, PriceFrame
from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.terms import Terms
from lstmtrader.clock import Calendar, Execution
from lstmtrader.data.provider import PriceRequest
from lstmtrader.data.sample import SampleProvider
from lstmtrader.data.source import PriceSource
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import DataError, UnknownSymbolError
from lstmtrader.evaluation.benchmark import buy_and_hold, check_covers
from lstmtrader.evaluation.coverage import coverage, survivorship
from lstmtrader.pipeline import Fits, forecast_study, trade_study
from lstmtrader.walkforward.local import LocalExecutor

TERMS = Terms(Execution.NEXT_CLOSE, Costs(0.01), capital=1000.0)


def test_one_symbol_is_bought_on_its_first_price() -> None:
    """No price on the bar of the fill; bought at 10 on the next, half of it lost on the last."""
    held = buy_and_hold(prices([[NAN], [NAN], [10], [10], [5]]), pd.Timestamp("2024-01-01"), TERMS)
    assert held.trades["date"].tolist() == [pd.Timestamp("2024-01-03")]
    shares = 1000 / (10 * 1.01)
    assert held.equity.to_list() == pytest.approx(
        [1000, 1000, shares * 10, shares * 10, shares * 5], rel=1e-9
    )


def test_several_are_bought_in_equal_parts_if_they_trade() -> None:
    held = buy_and_hold(
        prices([[10, NAN, 5]] * 2 + [[10, 7, 5]]), pd.Timestamp("2024-01-01"), TERMS
    )
    assert held.weights.iloc[-1].to_list() == pytest.approx([0.5, 0.0, 0.5], rel=1e-3)


@pytest.mark.parametrize("inside", [True, False])
def test_a_named_symbol_is_held_whether_it_is_traded_or_not(
    tiny_experiment: Experiment, inside: bool
) -> None:
    every = tiny_experiment.prices.fetch()
    name = every.symbols[2]
    traded = every.symbols if inside else every.symbols[:2]
    study = replace(
        tiny_experiment, prices=replace(tiny_experiment.prices, symbols=traded), benchmark=name
    )
    with LocalExecutor(1) as executor:
        run = trade_study(study, forecast_study(study, Fits(executor)))
    assert run.benchmark.positions.columns.tolist() == [name]
    assert run.result.positions.columns.tolist() == list(traded)
    assert run.benchmark.equity.index.equals(run.result.equity.index)
    alone = buy_and_hold(every.select((name,), None, None), run.result.equity.index[0], study.terms)
    np.testing.assert_array_equal(run.benchmark.equity, alone.equity)
    assert name in run.facts["Buy & hold"]


@dataclass(frozen=True)
class WithAnIndex:
    """A market, and an index that is older and goes on for longer."""

    def fetch(self, request: PriceRequest, /) -> PriceFrame:
        traded = SyntheticProvider(n_symbols=2, n_bars=480, seed=3).fetch()
        if request.symbols != ("INDEX",):
            return traded
        days = pd.bdate_range(traded.index[0] - pd.Timedelta(days=60), periods=600)
        close = pd.DataFrame({"INDEX": np.linspace(100, 200, len(days))}, index=days)
        return PriceFrame(close, open=close, calendar=traded.calendar)


def test_the_benchmark_lives_on_the_bars_of_the_universe(tiny_experiment: Experiment) -> None:
    study = replace(tiny_experiment, prices=PriceSource(WithAnIndex()), benchmark="INDEX")
    with LocalExecutor(1) as executor:
        forecasts = forecast_study(study, Fits(executor))
        run = trade_study(study, forecasts)
    assert forecasts.held.index.equals(forecasts.prices.index)
    assert run.benchmark.equity.index.equals(run.result.equity.index)
    assert len(PriceSource(WithAnIndex(), ("INDEX",)).fetch().index) > forecasts.prices.n_bars


def test_a_benchmark_that_is_not_there_is_named(tiny_experiment: Experiment) -> None:
    study = replace(tiny_experiment, benchmark="SPY")
    with (
        LocalExecutor(1) as executor,
        pytest.raises(UnknownSymbolError, match=r"^benchmark: .*SPY"),
    ):
        forecast_study(study, Fits(executor))


@pytest.mark.parametrize(
    ("missing", "refused"),
    [
        (slice(0, 0), False),
        (slice(100, 105), False),  # the first test bars
        (slice(395, 400), False),
        (slice(200, 210), False),
        (slice(0, 100), False),  # before the first test bar
        (slice(100, 107), True),
        (slice(390, 400), True),
        (slice(200, 220), True),
        (slice(100, 400), True),
    ],
)
def test_a_benchmark_has_to_be_there_while_it_is_compared(missing: slice, refused: bool) -> None:
    """Of 400 bars the last 300 are tested. A bar without a price would count as no return."""
    close = np.full((400, 1), 10.0)
    close[missing] = NAN
    market = prices(close.tolist())
    if refused:
        with pytest.raises(DataError, match=r"A has prices on \d+ of the 300 bars"):
            check_covers(market, 100)
    else:
        check_covers(market, 100)


def test_a_benchmark_is_refused_before_the_training(tiny_experiment: Experiment) -> None:
    """The index of the sample has closes from 1999 to 2018 only."""
    stocks = PriceSource(SampleProvider(), symbols=("AAPL", "KO"))
    study = replace(
        tiny_experiment, prices=stocks, execution=Execution.NEXT_CLOSE, benchmark="SP500"
    )

    class NoExecutor:
        def carry_out(self, *_: object) -> None:
            raise AssertionError("trained")

    with pytest.raises(DataError, match=r"^benchmark: SP500 has prices on"):
        forecast_study(study, Fits(NoExecutor()))  # type: ignore[arg-type]


def test_the_bars_of_the_universe_are_those_of_the_benchmark() -> None:
    market = prices([[10], [11], [12], [13]])
    moved = market.on(market.index[[0, 2]].append(pd.DatetimeIndex(["2030-01-01"])))
    assert moved.close["A"].to_list() == pytest.approx([10, 12, NAN], nan_ok=True)
    assert market.on(market.index) is market


def test_hindsight_is_said() -> None:
    whole = prices([[10, 20], [11, 21]])
    assert "survivorship bias" in survivorship(whole)
    assert "1 of 2 have no price on the last bar" in survivorship(prices([[10, 20], [11, NAN]]))
    assert "One symbol" in survivorship(prices([[10], [11]]))
    dated = PriceFrame(
        whole.close,
        calendar=Calendar("XNYS"),
        members=table([[1, 0], [1, 1]]).astype(bool),
    )
    assert survivorship(dated).startswith("1 of 2 symbols entered or left the universe")


def test_what_was_held_is_told(tiny_experiment: Experiment) -> None:
    with LocalExecutor(1) as executor:
        run = trade_study(tiny_experiment, forecast_study(tiny_experiment, Fits(executor)))
    facts = coverage(run.forecast, run.benchmark)
    assert facts["Buy & hold"].startswith("equal weights in the symbols")
