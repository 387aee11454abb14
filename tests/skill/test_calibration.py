"""Law: scores of distributions equal their integrals, and those of other libraries."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import linregress, norm
from sklearn.metrics import mean_pinball_loss

from lstmtrader.evaluation.skill.calibration import (
    calibration_table,
    crps_of_normal,
    crps_of_quantiles,
    distribution_figures,
    mincer_zarnowitz,
    pinball,
)
from lstmtrader.forecast import Forecast, ForecastKind, quantile_name

NAN = float("nan")
LAWS = settings(max_examples=60, deadline=None, derandomize=True, database=None)
NUMBERS = st.floats(-5, 5)
KINDS_WITHOUT = (
    ForecastKind.PROBABILITY,
    ForecastKind.POSITION,
    ForecastKind.DIRECTION,
    ForecastKind.SCORE,
)


def forecast_of(
    members: np.ndarray, kind: ForecastKind = ForecastKind.RETURN, **details: np.ndarray
) -> Forecast:
    index = pd.bdate_range("2024-01-01", periods=members.shape[1])
    symbols = tuple(f"S{number}" for number in range(members.shape[2]))
    single = {name: values.astype(np.float32) for name, values in details.items()}
    return Forecast(members.astype(np.float32), index, symbols, kind, single)


class TestLine:
    def test_by_hand(self) -> None:
        """Forecasts 1, 2, 3, outcomes 1, 1, 4: slope (-1 x -1 + 0 + 1 x 2) / 2 = 1.5."""
        forecast = np.array([[1.0, 2.0], [3.0, NAN]])
        outcome = np.array([[1.0, 1.0], [4.0, 9.0]])
        assert mincer_zarnowitz(forecast, outcome) == pytest.approx((1.5, -1.0), rel=1e-12)

    def test_it_is_the_least_squares_line(self) -> None:
        x, y = np.random.default_rng(1).standard_normal((2, 30))
        line = linregress(x, y)
        assert mincer_zarnowitz(x, y) == pytest.approx((line.slope, line.intercept), rel=1e-9)

    def test_a_constant_has_no_line(self) -> None:
        assert all(map(math.isnan, mincer_zarnowitz(np.full(9, 0.1), np.arange(9.0))))
        assert all(map(math.isnan, mincer_zarnowitz(np.array([]), np.array([]))))


class TestScores:
    def test_pinball_by_hand(self) -> None:
        """At level 0.9, two below the outcome costs 1.8 and two above it 0.2."""
        losses = pinball(np.array([1.0, 5.0]), np.array([3.0, 3.0]), 0.9)
        assert losses == pytest.approx([1.8, 0.2])

    @LAWS
    @given(NUMBERS, NUMBERS, st.sampled_from([0.05, 0.5, 0.9]))
    def test_pinball_is_that_of_sklearn(
        self, quantile: float, outcome: float, level: float
    ) -> None:
        ours = pinball(np.array([quantile]), np.array([outcome]), level)[0]
        assert ours == pytest.approx(mean_pinball_loss([outcome], [quantile], alpha=level))

    def test_crps_of_the_standard_normal_at_its_centre(self) -> None:
        """2 phi(0) - 1 / sqrt(pi) = 0.797885 - 0.564190 = 0.233695 (Gneiting and Raftery)."""
        score = crps_of_normal(np.zeros(1), np.ones(1), np.zeros(1))[0]
        assert score == pytest.approx(0.233695, abs=5e-7)

    @LAWS
    @given(NUMBERS, st.floats(0.1, 3), NUMBERS)
    def test_crps_of_a_normal_is_its_integral(
        self, mean: float, scale: float, outcome: float
    ) -> None:
        """The squared distance of the distribution from a step at the outcome."""
        below = quad(lambda x: norm.cdf(x, mean, scale) ** 2, -60, outcome)[0]
        above = quad(lambda x: norm.sf(x, mean, scale) ** 2, outcome, 60)[0]
        ours = crps_of_normal(np.array([mean]), np.array([scale]), np.array([outcome]))[0]
        assert ours == pytest.approx(below + above, abs=1e-6)

    def test_a_certain_forecast_tends_to_the_absolute_error(self) -> None:
        score = crps_of_normal(np.array([1.0]), np.array([1e-9]), np.array([3.0]))[0]
        assert score == pytest.approx(2.0, rel=1e-8)

    @pytest.mark.parametrize("outcome", [-2.0, 0.1, 1.5])
    def test_many_quantiles_give_the_score_of_the_distribution(self, outcome: float) -> None:
        levels = (np.arange(4000) + 0.5) / 4000
        quantiles = [np.array([norm.ppf(level)]) for level in levels]
        ours = crps_of_quantiles(quantiles, levels.tolist(), np.array([outcome]))[0]
        exact = crps_of_normal(np.zeros(1), np.ones(1), np.array([outcome]))[0]
        assert ours == pytest.approx(exact, abs=2e-3)

    def test_a_median_alone_scores_its_absolute_error(self) -> None:
        assert crps_of_quantiles([np.array([1.0])], [0.5], np.array([4.0])) == pytest.approx([3.0])

    def test_no_scale_no_score(self) -> None:
        scale = np.array([0.0, -1.0, NAN])
        assert np.isnan(crps_of_normal(np.zeros(3), scale, np.ones(3))).all()

    def test_the_true_distribution_scores_best(self) -> None:
        outcome = np.random.default_rng(2).standard_normal(20_000)

        def mean_score(mean: float, scale: float) -> float:
            score = crps_of_normal(np.full(20_000, mean), np.full(20_000, scale), outcome)
            return float(score.mean())

        best = mean_score(0.0, 1.0)
        for mean, scale in ((0.2, 1.0), (-0.2, 1.0), (0.0, 0.75), (0.0, 1.35)):
            assert mean_score(mean, scale) > best


class TestForecasts:
    def test_the_table_by_hand(self) -> None:
        """Two members whose quantiles average to 1 and 3; outcomes 1, 2, 4 and a hole.

        At or below 1: one of three; below 3: two. Pinball at 0.25: 0, 0.25, 0.75; at 0.75: 0.5,
        0.25, 0.75.
        """
        low = np.array([[[0.5, 0.5, 0.5, 1.0]], [[1.5, 1.5, 1.5, 1.0]]])
        middle = np.full((2, 1, 4), 2.0)
        forecast = forecast_of(
            middle, **{quantile_name(0.25): low, quantile_name(0.75): np.full((2, 1, 4), 3.0)}
        )
        outcome = np.array([[1.0, 2.0, 4.0, NAN]])
        table = calibration_table(forecast, outcome)
        assert list(table.index) == [0.25, 0.75]
        assert table["observed"].to_list() == pytest.approx([1 / 3, 2 / 3])
        assert table["pinball"].to_list() == pytest.approx([1 / 3, 0.5])
        assert table["n"].to_list() == [3, 3]
        figures = distribution_figures(forecast, outcome)
        assert figures["pinball"] == pytest.approx((1 / 3 + 0.5) / 2)
        assert figures["crps"] == pytest.approx(1 / 3 + 0.5)

    def test_true_quantiles_are_covered_at_their_level(self) -> None:
        rng = np.random.default_rng(3)
        centre = rng.standard_normal((1, 2000, 5)).astype(np.float32)
        outcome = centre[0] + rng.standard_normal((2000, 5))
        details = {quantile_name(p): centre + norm.ppf(p) for p in (0.1, 0.5, 0.9)}
        observed = calibration_table(forecast_of(centre, **details), outcome)["observed"]
        # One standard error is 0.005 at most.
        assert observed.to_numpy() == pytest.approx([0.1, 0.5, 0.9], abs=0.02)

    def test_the_scale_is_that_of_the_mixture_of_members(self) -> None:
        """Members 0 and 2 of scale 1: mean 1, variance 1 + 1."""
        forecast = forecast_of(np.array([[[0.0]], [[2.0]]]), scale=np.ones((2, 1, 1)))
        figures = distribution_figures(forecast, np.array([[3.0]]))
        expected = crps_of_normal(np.array([1.0]), np.array([math.sqrt(2)]), np.array([3.0]))[0]
        assert figures["crps"] == pytest.approx(expected, rel=1e-6)
        assert math.isnan(figures["pinball"])

    @pytest.mark.parametrize("kind", KINDS_WITHOUT)
    def test_kinds_without_a_unit_have_no_distribution(self, kind: ForecastKind) -> None:
        ones = np.ones((1, 2, 2))
        forecast = forecast_of(ones, kind, scale=ones, **{quantile_name(0.5): ones})
        assert calibration_table(forecast, ones[0]).empty
        assert all(map(math.isnan, distribution_figures(forecast, ones[0]).values()))

    def test_no_outcomes_no_numbers(self) -> None:
        ones = np.ones((1, 2, 2))
        forecast = forecast_of(ones, **{quantile_name(0.5): ones})
        empty = np.full((2, 2), NAN)
        table = calibration_table(forecast, empty)
        assert table.loc[0.5, "n"] == 0
        assert table.loc[0.5, ["observed", "pinball"]].isna().all()
        assert all(map(math.isnan, distribution_figures(forecast, empty).values()))
