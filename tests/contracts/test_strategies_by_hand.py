"""Strategies on prices and forecasts so small that the weights can be worked out on paper."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest
from lstmtrader.backtest.terms import Terms
from lstmtrader.clock import Calendar, Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.benchmark import buy_and_hold
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import Strategy, decide
from lstmtrader.weights import TargetWeights
from strategies.beta_neutral import BetaNeutral
from strategies.buy_and_hold import BuyAndHold
from strategies.confidence_filtered import ConfidenceFiltered
from strategies.ensemble import Ensemble
from strategies.fixed_weights import FixedWeights
from strategies.kelly import Kelly
from strategies.long_flat import LongFlat
from strategies.momentum_12_1 import Momentum12Minus1
from strategies.moving_average_crossover import MovingAverageCrossover
from strategies.rank_long_short import RankLongShort
from strategies.regime_filter import RegimeFilter
from strategies.sector_neutral import SectorNeutral
from strategies.short_term_reversal import ShortTermReversal

NAN = math.nan


def prices_of(*closes: Sequence[float]) -> PriceFrame:
    """One sequence of closes a symbol: A, B, C, …"""
    index = pd.bdate_range("2020-01-01", periods=len(closes[0]))
    close = pd.DataFrame(dict(zip("ABCDEFGH", closes, strict=False)), index=index, dtype=float)
    return PriceFrame(close, calendar=Calendar("24/5"))


def said(
    prices: PriceFrame,
    rows: Any,
    kind: ForecastKind = ForecastKind.RETURN,
    **details: Any,
) -> Forecast:
    """A forecast of one member on the last bars of the prices."""
    members = np.atleast_2d(np.asarray(rows, dtype=np.float32))[None]
    return Forecast(
        members,
        prices.index[-members.shape[1] :],
        prices.symbols,
        kind,
        {
            name: np.asarray(values, dtype=np.float32).reshape(members.shape)
            for name, values in details.items()
        },
    )


def anything(prices: PriceFrame, n_bars: int = 1) -> Forecast:
    return said(prices, np.zeros((n_bars, len(prices.symbols))))


def weights_of(strategy: Strategy, forecast: Forecast, prices: PriceFrame) -> np.ndarray:
    return decide(strategy, forecast, prices).frame.to_numpy()


def is_close(found: np.ndarray, expected: Any, rtol: float = 1e-6) -> None:
    np.testing.assert_allclose(found, np.asarray(expected, dtype=float), rtol=rtol, atol=1e-12)


class TestRanks:
    def test_the_most_extreme_weighs_the_most(self) -> None:
        """Two a side: the outer gets two thirds of the half, the inner one third."""
        prices = prices_of(*[[100.0, 101.0]] * 5)
        forecast = said(prices, [[0.3, -2.0, 0.9, 0.1, 1.5]])
        weights = weights_of(RankLongShort(top=0.4, weighting="rank"), forecast, prices)
        is_close(weights, [[0, -1 / 3, 1 / 6, -1 / 6, 1 / 3]])

    def test_sectors_get_money_by_their_size(self) -> None:
        """Three of five symbols are in one sector, two in the other; the sixth is alone."""
        prices = prices_of(*[[100.0, 101.0, 102.0]] * 6)
        sectors = dict(zip("ABCDEF", ["x", "x", "x", "y", "y", "z"], strict=True))
        forecast = said(prices, [[5, 6, 7, 1, 2, 9], [5, NAN, NAN, 1, 2, 9], [5, *[NAN] * 5]])
        weights = weights_of(SectorNeutral(sectors), forecast, prices)
        is_close(
            weights,
            [[-0.3, 0, 0.3, -0.2, 0.2, 0], [0, 0, 0, -0.5, 0.5, 0], [0] * 6],
        )

    def test_a_symbol_without_a_sector_is_refused(self) -> None:
        prices = prices_of([1.0, 2.0], [1.0, 2.0])
        with pytest.raises(ConfigError, match="sectors: B has none"):
            decide(SectorNeutral({"A": "x"}), anything(prices), prices)

    def test_the_side_with_the_lower_beta_gets_more_money(self) -> None:
        """B moves three times as much as A: the market is 2 A, betas 0.5 and 1.5."""
        moves = np.array([0.01, -0.02, 0.03, 0.01, -0.01])
        a = 100 * np.cumprod([1, *(1 + moves)])
        b = 100 * np.cumprod([1, *(1 + 3 * moves)])
        prices = prices_of(a, b)
        weights = weights_of(BetaNeutral(window=5), said(prices, [[1.0, 2.0]]), prices)
        is_close(weights, [[-0.75, 0.25]])


class TestKelly:
    closes = (100.0, 102.0, 99.0, 101.0)

    @property
    def variance(self) -> float:
        return float(np.var(np.diff(np.log(self.closes)), ddof=1))

    def test_it_bets_half_of_forecast_over_variance(self) -> None:
        prices = prices_of(self.closes, self.closes)
        bet = 0.5 * 1e-4 / self.variance
        weights = weights_of(Kelly(window=3), said(prices, [[1e-4, -2e-4]]), prices)
        is_close(weights, [[bet, -2 * bet]])

    def test_a_horizon_has_more_variance(self) -> None:
        prices = prices_of(self.closes)
        weights = weights_of(Kelly(window=3, horizon=4), said(prices, [[1e-4]]), prices)
        is_close(weights, [[0.5 * 1e-4 / (4 * self.variance)]])

    def test_a_scaled_return_is_in_units_of_volatility(self) -> None:
        """0.2 standard deviations over 4 bars: 0.2 / (2 x volatility) of full Kelly."""
        prices = prices_of(self.closes)
        forecast = said(prices, [[0.02]], ForecastKind.SCALED_RETURN)
        weights = weights_of(Kelly(1.0, horizon=4, window=3), forecast, prices)
        is_close(weights, [[0.02 / (2 * math.sqrt(self.variance))]])

    def test_the_variance_may_be_that_of_the_forecast(self) -> None:
        prices = prices_of(self.closes)
        strategy = Kelly(1.0, variance="forecast", window=3)
        assert strategy.needs == {"scale"}
        assert Kelly().needs == set()
        forecast = said(prices, [[1e-4]], scale=[[0.02]])
        is_close(weights_of(strategy, forecast, prices), [[0.25]])
        forecast = said(prices, [[0.01]], ForecastKind.SCALED_RETURN, scale=[[2.0]])
        expected = 0.01 / (4 * math.sqrt(self.variance))
        is_close(weights_of(strategy, forecast, prices), [[expected]])

    def test_bets_beyond_the_money_keep_their_proportions(self) -> None:
        prices = prices_of(self.closes, self.closes, self.closes)
        forecast = said(prices, [[0.03, -0.01, NAN]])
        is_close(weights_of(Kelly(window=3), forecast, prices), [[0.75, -0.25, 0]])
        capped = Kelly(window=3, gross=0.8, cap=0.5)
        is_close(weights_of(capped, forecast, prices), [[0.5, -0.2, 0]])

    def test_a_price_that_does_not_move_gets_nothing(self) -> None:
        prices = prices_of([100.0] * 4, self.closes)
        forecast = said(prices, [[1e-4, 1e-6]])
        assert weights_of(Kelly(window=3), forecast, prices)[0, 0] == 0


class TestMomentum:
    def test_the_latest_month_is_left_out(self) -> None:
        """A rose until two bars ago, then crashed below B: it still counts as the winner."""
        prices = prices_of([90, 100, 110, 120, 50, 10], [90, 100, 100, 100, 200, 300])
        strategy = Momentum12Minus1(lookback=4, skip=2)
        is_close(weights_of(strategy, anything(prices), prices), [[0.5, -0.5]])
        is_close(weights_of(Momentum12Minus1(4, 0), anything(prices), prices), [[-0.5, 0.5]])

    def test_the_first_bar_of_the_year_is_where_it_starts(self) -> None:
        """Between two and four bars ago A rose and B did not; the bar before does not count."""
        prices = prices_of([900, 100, 110, 120, 1, 1], [1, 100, 100, 100, 1, 1])
        strategy = Momentum12Minus1(lookback=4, skip=2)
        is_close(weights_of(strategy, anything(prices), prices), [[0.5, -0.5]])

    def test_a_listing_that_is_too_young_is_not_ranked(self) -> None:
        prices = prices_of([100, 110, 120, 130], [NAN, 100, 200, 300], [100, 90, 80, 70])
        strategy = Momentum12Minus1(lookback=3, skip=1)
        is_close(weights_of(strategy, anything(prices), prices), [[0.5, 0, -0.5]])

    def test_it_decides_every_so_often_and_holds_between(self) -> None:
        rising, falling = np.arange(100, 112), np.arange(112, 100, -1)
        prices = prices_of(rising, falling)
        strategy = Momentum12Minus1(lookback=3, skip=1, every=4)
        weights = weights_of(strategy, anything(prices, 12), prices)
        assert (weights[:3] == 0).all()  # too young
        decided = np.flatnonzero(~np.isnan(weights).any(axis=1))
        assert list(decided) == [0, 1, 2, 3, 7, 11]
        is_close(weights[[3, 7, 11]], [[0.5, -0.5]] * 3)


class TestReversal:
    def test_it_buys_what_fell(self) -> None:
        prices = prices_of([50, 100, 110, 120], [50, 100, 90, 80], [50, 100, 100, 101])
        strategy = ShortTermReversal(lookback=2)
        is_close(weights_of(strategy, anything(prices), prices), [[-0.5, 0.5, 0]])

    def test_only_the_last_bars_count(self) -> None:
        """Over three bars A fell and B rose; over two it is the other way round."""
        prices = prices_of([200, 100, 110, 120], [20, 100, 90, 80])
        is_close(weights_of(ShortTermReversal(2), anything(prices), prices), [[-0.5, 0.5]])
        is_close(weights_of(ShortTermReversal(3), anything(prices), prices), [[0.5, -0.5]])

    def test_it_holds_between(self) -> None:
        prices = prices_of(np.arange(100, 112), np.arange(112, 100, -1))
        weights = weights_of(ShortTermReversal(1, every=3), anything(prices, 7), prices)
        assert list(np.flatnonzero(~np.isnan(weights).any(axis=1))) == [0, 3, 6]


class TestCrossover:
    def test_it_is_long_while_the_fast_average_is_above(self) -> None:
        """Means over 2 and 4 bars: A 125 and 115, B 105 and 115, C is too young."""
        prices = prices_of([100, 110, 120, 130], [130, 120, 110, 100], [NAN, 1, 2, 3])
        crossover = MovingAverageCrossover(2, 4)
        is_close(weights_of(crossover, anything(prices), prices), [[0.5, 0, 0]])
        short = MovingAverageCrossover(2, 4, short=True)
        is_close(weights_of(short, anything(prices), prices), [[0.5, -0.5, 0]])

    def test_it_crosses_on_the_bar_it_crosses(self) -> None:
        """Mean of 2 against mean of 3: 15 < 20, 11 < 14, 21 > 17.3."""
        prices = prices_of([30, 20, 10, 12, 30])
        weights = weights_of(MovingAverageCrossover(2, 3), anything(prices, 3), prices)
        is_close(weights, [[0], [0], [1]])

    def test_equal_averages_are_no_signal(self) -> None:
        prices = prices_of([7.3] * 8)
        crossover = MovingAverageCrossover(2, 5, short=True)
        is_close(weights_of(crossover, anything(prices), prices), [[0]])


class TestFixedWeights:
    def test_the_parts_are_restored_every_so_often(self) -> None:
        prices = prices_of([100.0] * 6, [50.0] * 6, [7.0] * 6)
        weights = weights_of(FixedWeights({"B": 0.4, "A": 0.6}, 2), anything(prices, 5), prices)
        drift = [NAN] * 3
        is_close(weights, [[0.6, 0.4, 0], drift, [0.6, 0.4, 0], drift, [0.6, 0.4, 0]])

    def test_what_has_no_price_is_left_as_it_is(self) -> None:
        """B is listed on the third bar and has a hole on the last."""
        prices = prices_of([100.0] * 5, [NAN, NAN, 50.0, 50.0, NAN])
        weights = weights_of(FixedWeights({"A": 0.6, "B": 0.4}, 1), anything(prices, 5), prices)
        is_close(weights, [[0.6, NAN], [0.6, NAN], [0.6, 0.4], [0.6, 0.4], [0.6, NAN]])

    def test_an_unknown_symbol_is_refused(self) -> None:
        prices = prices_of([1.0, 2.0], [1.0, 2.0])
        with pytest.raises(ConfigError, match="weights: TTL is not in the prices; they have A, B"):
            decide(FixedWeights({"A": 0.6, "TTL": 0.4}), anything(prices), prices)


def test_buying_and_holding_is_the_account_everything_is_compared_with() -> None:
    """To the bit, with a late listing and one that ends."""
    prices = SyntheticProvider(4, 300, seed=2, listed_late=1, delisted=1, holes=5).fetch()
    first, costs = prices.index[50], Costs(0.001, 0.0005)
    forecast = Forecast(
        np.zeros((1, 250, 4), dtype=np.float32), prices.index[50:], prices.symbols,
        ForecastKind.SCORE,
    )  # fmt: skip
    weights = decide(BuyAndHold(), forecast, prices)
    mine = run_backtest(prices, weights, costs, Execution.NEXT_OPEN)
    theirs = buy_and_hold(prices, first, Terms(Execution.NEXT_OPEN, costs))
    pd.testing.assert_series_equal(mine.equity, theirs.equity, check_exact=True)


def test_what_is_bought_and_held_has_a_price_on_the_first_bar() -> None:
    """A has one, B is listed a bar later, C has a hole there; nothing is bought on an empty bar."""
    prices = prices_of([100, NAN, 100, 100, 100], [NAN, NAN, NAN, 50, 50], [7, NAN, 7, NAN, 7])
    weights = weights_of(BuyAndHold(), anything(prices, 4), prices)
    held = [NAN] * 3
    is_close(weights, [[0, 0, 0], [0.5, 0, 0.5], held, held])


@dataclass(frozen=True)
class Stated:
    """Wants what it is told to, whatever is forecast."""

    rows: tuple[tuple[float, ...], ...]

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        return TargetWeights(forecast.frame(np.array(self.rows)))


class TestConfidence:
    prices = prices_of([100.0] * 5, [100.0] * 5)

    def test_the_interval_must_leave_neutral_out(self) -> None:
        forecast = said(
            self.prices,
            [[1, 1], [-1, 1], [1, 0.5]],
            **{
                "quantile_0.1": [[0.5, -0.1], [-2.0, 0.1], [0.0, NAN]],
                "quantile_0.9": [[2.0, 2.0], [-0.1, 2.0], [2.0, NAN]],
            },
        )
        strategy = ConfidenceFiltered(Stated(((0.5, 0.5),) * 3))
        assert strategy.needs == {"quantile_0.1", "quantile_0.9"}
        is_close(weights_of(strategy, forecast, self.prices), [[0.5, 0], [0.5, 0.5], [0, 0]])

    def test_neutral_is_a_half_for_a_probability(self) -> None:
        details = {"quantile_0.1": [[0.4, 0.6]], "quantile_0.9": [[0.7, 0.9]]}
        forecast = said(self.prices, [[0.6, 0.7]], ForecastKind.PROBABILITY, **details)
        strategy = ConfidenceFiltered(LongFlat(0.5))
        is_close(weights_of(strategy, forecast, self.prices), [[0, 0.5]])

    @pytest.mark.parametrize(("agreement", "held"), [(0.7, [0.5, 0.5]), (0.8, [0, 0.5])])
    def test_enough_members_must_say_the_same_side(
        self, agreement: float, held: list[float]
    ) -> None:
        members = np.array([[[1, -1]], [[2, -3]], [[3, -1]], [[-1, -1]]], dtype=np.float32)
        index, symbols = self.prices.index[-1:], self.prices.symbols
        forecast = Forecast(members, index, symbols, ForecastKind.RETURN)
        strategy = ConfidenceFiltered(Stated(((0.5, 0.5),)), "members", agreement=agreement)
        assert strategy.needs == set()
        is_close(weights_of(strategy, forecast, self.prices), [held])

    def test_what_becomes_sure_again_gets_what_was_wanted_last(self) -> None:
        forecast = said(
            self.prices,
            np.ones((4, 2)),
            **{"quantile_0.1": [[1, 1], [-1, -1], [1, 1], [1, 1]], "quantile_0.9": [[2, 2]] * 4},
        )
        held = (NAN, NAN)
        strategy = ConfidenceFiltered(Stated(((0.7, 0.2), held, held, held)))
        weights = weights_of(strategy, forecast, self.prices)
        is_close(weights, [[0.7, 0.2], [0, 0], [0.7, 0.2], held])

    def test_it_needs_and_trades_what_its_strategy_does(self) -> None:
        strategy = ConfidenceFiltered(Kelly(variance="forecast"), level=0.05)
        assert strategy.needs == {"scale", "quantile_0.05", "quantile_0.95"}
        assert strategy.trades == Kelly.trades
        assert ForecastKind.SCORE not in ConfidenceFiltered(RankLongShort()).trades


class TestRegime:
    def test_it_is_out_while_the_market_is_below_its_mean(self) -> None:
        """Closes of 100, 110, 90, 95, 120: only 110 and 120 are above the mean of three."""
        path = [100.0, 100.0, 100.0, 110.0, 90.0, 95.0, 120.0]
        prices = prices_of(path, [10 * close for close in path])
        held = (NAN, NAN)
        strategy = RegimeFilter(Stated(((0.7, 0.2), (0.6, 0.1), held, held, held)), 3)
        weights = weights_of(strategy, anything(prices, 5), prices)
        # The first is too young, the last takes up what was wanted two bars before.
        is_close(weights, [[0, 0], [0.6, 0.1], [0, 0], [0, 0], [0.6, 0.1]])

    def test_it_is_out_while_the_market_is_wild(self) -> None:
        """A volatility of 1 % a bar is 16 % a year, one of 3 % is 48 %."""
        moves = [0.01, -0.01, 0.01, -0.01, 0.03, -0.03, 0.03]
        prices = prices_of(100 * np.cumprod([1, *(1 + np.array(moves))]))
        strategy = RegimeFilter(Stated(((1.0,),) * 6), None, 0.25, 2)
        weights = weights_of(strategy, anything(prices, 6), prices)
        is_close(weights, [[1], [1], [1], [0], [0], [0]])

    def test_it_needs_and_trades_what_its_strategy_does(self) -> None:
        strategy = RegimeFilter(Kelly(variance="forecast"))
        assert (strategy.needs, strategy.trades) == ({"scale"}, Kelly.trades)
        assert RegimeFilter(Stated(())).trades == set(ForecastKind)


class TestEnsemble:
    prices = prices_of([100.0] * 4, [100.0] * 4)

    def test_it_is_the_mean_of_what_each_wants(self) -> None:
        one = Stated(((1.0, 0.0), (NAN, NAN), (0.0, 0.0), (NAN, NAN)))
        other = Stated(((0.0, 0.4), (0.0, 0.8), (NAN, NAN), (NAN, NAN)))
        forecast = anything(self.prices, 4)
        weights = weights_of(Ensemble((one, other)), forecast, self.prices)
        is_close(weights, [[0.5, 0.2], [0.5, 0.4], [0, 0.4], [NAN, NAN]])
        weights = weights_of(Ensemble((one, other), (3.0, 1.0)), forecast, self.prices)
        is_close(weights[0], [0.75, 0.1])

    def test_it_trades_what_all_trade_and_needs_what_any_needs(self) -> None:
        strategy = Ensemble((Kelly(variance="forecast"), ConfidenceFiltered(LongFlat())))
        assert strategy.trades == Kelly.trades
        assert strategy.needs == {"scale", "quantile_0.1", "quantile_0.9"}
