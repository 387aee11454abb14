"""Every strategy can be built from settings, and refuses those that make no sense."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lstmtrader.config.building import build, describe
from lstmtrader.config.reading import parse_yaml
from lstmtrader.config.writing import to_yaml
from lstmtrader.errors import ConfigError
from strategies.beta_neutral import BetaNeutral
from strategies.buy_and_hold import BuyAndHold
from strategies.confidence_filtered import ConfidenceFiltered
from strategies.ensemble import Ensemble
from strategies.fixed_weights import FixedWeights
from strategies.kelly import Kelly
from strategies.long_flat import LongFlat
from strategies.mean_variance import MeanVariance
from strategies.momentum_12_1 import Momentum12Minus1
from strategies.moving_average_crossover import MovingAverageCrossover
from strategies.rank_long_short import RankLongShort
from strategies.regime_filter import RegimeFilter
from strategies.risk_parity import RiskParity
from strategies.sector_neutral import SectorNeutral
from strategies.short_term_reversal import ShortTermReversal
from strategies.volatility_target import VolatilityTarget

# Each with values that are not its defaults.
MADE: list[Any] = [
    RankLongShort(0.3, weighting="rank"),
    SectorNeutral({"A": "x", "B": "y"}, 0.2, 3, "rank"),
    BetaNeutral(0.2, 3, "rank", 30),
    Kelly(0.1, 5, "forecast", 30, 1.5, 0.2),
    MeanVariance(2.0, False, 5, 100, 10),
    RiskParity(True, 100, 10),
    ConfidenceFiltered(Kelly(0.1), "members", 0.2, 0.9),
    RegimeFilter(LongFlat(0.1), None, 0.3, 10),
    Ensemble((LongFlat(0.1), RegimeFilter(RankLongShort(0.2), 50)), (1.0, 2.5)),
    BuyAndHold(),
    FixedWeights({"SPY": 0.6, "TLT": 0.4}, 63),
    Momentum12Minus1(100, 10, 0.3, "rank", 5),
    MovingAverageCrossover(10, 30, True),
    ShortTermReversal(21, 0.3, "rank", 21),
]


@pytest.mark.parametrize("made", MADE, ids=str)
def test_settings_survive_being_written_down(made: Any) -> None:
    plain = describe(made, type(made))
    assert build(type(made), parse_yaml(to_yaml(plain))) == made


def test_a_strategy_around_strategies_is_named_by_paths() -> None:
    settings = parse_yaml(
        """
        strategies:
          - strategies.long_flat:LongFlat
          - target: strategies.confidence_filtered:ConfidenceFiltered
            params:
              rule: members
              strategy: {target: "strategies.rank_long_short:RankLongShort", params: {top: 0.3}}
        shares: [1.0, 3.0]
        """
    )
    assert build(Ensemble, settings) == Ensemble(
        (LongFlat(), ConfidenceFiltered(RankLongShort(0.3), "members")), (1.0, 3.0)
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RankLongShort(weighting="size"), "weighting: expected equal or rank"),
        (lambda: SectorNeutral({}), "sectors: expected the sector of every symbol"),
        (lambda: SectorNeutral({"A": "x"}, top=0.6), "top: expected a fraction"),
        (lambda: BetaNeutral(count=0), "count: expected at least 1"),
        (lambda: BetaNeutral(window=2), "window: expected at least 3"),
        (lambda: Kelly(0.0), "fraction: expected a finite number above 0"),
        (lambda: Kelly(gross=float("inf")), "gross: expected a finite number"),
        (lambda: Kelly(cap=float("nan")), "cap: expected a finite number"),
        (lambda: Kelly(horizon=0), "horizon: expected at least 1"),
        (lambda: Kelly(window=1), "window: expected at least 2"),
        (lambda: Kelly(variance="implied"), "variance: expected realised or forecast"),
        (lambda: MeanVariance(0.0), "risk_aversion: expected a number above 0"),
        (lambda: MeanVariance(window=2), "window: expected at least 3"),
        (lambda: MeanVariance(every=0), "every: expected at least 1"),
        (lambda: MeanVariance(horizon=0), "horizon: expected at least 1"),
        (lambda: RiskParity(window=2), "window: expected at least 3"),
        (lambda: RiskParity(every=0), "every: expected at least 1"),
        (lambda: ConfidenceFiltered(LongFlat(), "hunch"), "rule: expected interval or members"),
        (lambda: ConfidenceFiltered(LongFlat(), level=0.5), "level: expected .* below 0.5"),
        (lambda: ConfidenceFiltered(LongFlat(), agreement=0.5), "agreement: expected above 0.5"),
        (lambda: ConfidenceFiltered(VolatilityTarget()), "strategy: expected one .* neutral value"),
        (lambda: RegimeFilter(LongFlat(), None), "trend_window, max_volatility or both"),
        (lambda: RegimeFilter(LongFlat(), 1), "trend_window: expected at least 2"),
        (lambda: RegimeFilter(LongFlat(), volatility_window=1), "volatility_window: expected"),
        (lambda: RegimeFilter(LongFlat(), max_volatility=0.0), "max_volatility: expected above 0"),
        (lambda: Ensemble(()), "strategies: expected at least one"),
        (lambda: Ensemble((LongFlat(),), (1.0, 2.0)), "shares: expected one for each of the 1"),
        (lambda: Ensemble((LongFlat(),), (0.0,)), "shares: expected finite numbers above 0"),
        (lambda: Ensemble((Kelly(), VolatilityTarget())), "no forecast that all of them trade"),
        (lambda: FixedWeights({}), "weights: expected Σ|w| above 0"),
        (lambda: FixedWeights({"A": 0.9, "B": -0.2}), "weights: .* got 1.1"),
        (lambda: FixedWeights({"A": float("nan")}), "weights: expected a finite number for A"),
        (lambda: FixedWeights({"A": 1.0}, 0), "every: expected at least 1"),
        (lambda: Momentum12Minus1(10, 10), "skip: expected 0 up to less than lookback=10"),
        (lambda: Momentum12Minus1(every=0), "every: expected at least 1"),
        (lambda: Momentum12Minus1(top=0.0), "top: expected a fraction"),
        (lambda: MovingAverageCrossover(20, 20), "fast: expected 1 up to less than slow=20"),
        (lambda: ShortTermReversal(0), "lookback: expected at least 1"),
        (lambda: ShortTermReversal(every=0), "every: expected at least 1"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_settings_that_make_no_sense_are_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("|w|", r"\|w\|")):
        make()
