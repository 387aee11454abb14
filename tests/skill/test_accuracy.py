"""Law: tests of accuracy give the published numbers, and look at nothing that is not known yet."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.linalg import solve_discrete_lyapunov
from statsmodels.tsa.stattools import diebold_mariano_test

from lstmtrader.errors import ConfigError, ContractError
from lstmtrader.evaluation.skill.accuracy import clark_west, diebold_mariano, expanding_mean

NAN = float("nan")
LAWS = settings(max_examples=60, deadline=None, derandomize=True, database=None)
CELLS = st.one_of(st.just(NAN), st.integers(-4, 4).map(float))

# Users of an internet server, each minute: `WWWusage` of the R package datasets.
WWW_USAGE = np.array(
    [
        88, 84, 85, 85, 84, 85, 83, 85, 88, 89, 91, 99, 104, 112, 126, 138, 146, 151, 150, 148,
        147, 149, 143, 132, 131, 139, 147, 150, 148, 145, 140, 134, 131, 131, 129, 126, 126, 132,
        137, 140, 142, 150, 159, 167, 170, 171, 172, 172, 174, 175, 172, 172, 174, 174, 169, 165,
        156, 142, 131, 121, 112, 104, 102, 99, 99, 95, 88, 84, 84, 87, 89, 88, 85, 86, 89, 91, 91,
        94, 101, 110, 121, 135, 145, 149, 156, 165, 171, 175, 177, 182, 193, 204, 208, 210, 215,
        222, 228, 226, 222, 220,
    ],
    dtype=float,
)  # fmt: skip


def residuals_of_damped_trend(
    alpha: float, beta: float, phi: float, level: float, trend: float
) -> np.ndarray:
    """One-step errors of ETS(A, Ad, N), the model that `ets(WWWusage)` chooses."""
    errors = []
    for value in WWW_USAGE:
        error = value - level - phi * trend
        errors.append(error)
        level, trend = level + phi * trend + alpha * error, phi * trend + beta * error
    return np.array(errors)


def residuals_of_arima_111(ar: float, ma: float) -> np.ndarray:
    """One-step errors of ARIMA(1, 1, 1), the model that `auto.arima(WWWusage)` chooses.

    By a Kalman filter on the differences. R divides each error by the root of its variance in
    units of the innovations' variance; the first, of the level itself, by 1000.
    """
    transition = np.array([[ar, 1.0], [0.0, 0.0]])
    noise = np.outer([1.0, ma], [1.0, ma])
    state, variance = np.zeros(2), solve_discrete_lyapunov(transition, noise)
    errors = [WWW_USAGE[0] / 1000]
    for value in np.diff(WWW_USAGE):
        error, size = value - state[0], variance[0, 0]
        errors.append(error / math.sqrt(size))
        gain = variance[:, 0] / size
        state = transition @ (state + gain * error)
        variance = transition @ (variance - np.outer(gain, variance[0])) @ transition.T + noise
    return np.array(errors)


# The same example in the documentation of the package as it is, and as an older version (other
# starting values of ets) gave it. Coefficients as R prints them, so the digits end at the fourth.
ETS_NOW = residuals_of_damped_trend(0.9999, 0.9966, 0.8150, 90.35177, -0.01728838)
ETS_THEN = residuals_of_damped_trend(0.9999, 0.9999, 0.8028, 84.6792, 1.7806)
ARIMA = residuals_of_arima_111(0.6504, 0.5256)


def r_dm_test(
    e1: np.ndarray, e2: np.ndarray, h: int, power: float, weights: np.ndarray
) -> tuple[float, int]:
    """Harvey's statistic by the letter of the paper, with sums written out; and n."""
    d = [abs(a) ** power - abs(b) ** power for a, b in zip(e1, e2, strict=True)]
    n, mean = len(d), sum(d) / len(d)
    gamma = [sum((d[t] - mean) * (d[t - k] - mean) for t in range(k, n)) / n for k in range(h)]
    variance = (gamma[0] + 2 * sum(w * g for w, g in zip(weights, gamma[1:], strict=True))) / n
    return mean / math.sqrt(variance) * math.sqrt((n + 1 - 2 * h + h / n * (h - 1)) / n), n


class TestDieboldMarianoAsPublished:
    def test_the_models_are_those_of_the_documentation(self) -> None:
        """`accuracy(f1)` and `accuracy(f2)` there: ME, RMSE and MAE."""
        for errors, figures in (
            (ETS_NOW, (0.2243266, 3.40781, 2.761668)),
            (ETS_THEN, (0.2364937, 3.461057, 2.798415)),
            (ARIMA, (0.3035616, 3.113754, 2.405275)),
        ):
            ours = (errors.mean(), math.sqrt((errors**2).mean()), np.abs(errors).mean())
            assert ours == pytest.approx(figures, abs=1e-4)

    def test_the_documented_example_of_dm_test(self) -> None:
        """`dm.test(residuals(f1), residuals(f2), h = 1)`: DM = 1.9078, p-value = 0.05932."""
        statistic, p = diebold_mariano(ETS_NOW, ARIMA, horizon=1)
        assert statistic == pytest.approx(1.9078, abs=1e-4)
        assert p == pytest.approx(0.05932, abs=2e-5)

    def test_the_example_of_the_older_version(self) -> None:
        """DM = 2.1293; p = 0.03571, 0.9821 for «less», 0.01785 for «less» the other way round."""
        assert diebold_mariano(ETS_THEN, ARIMA) == pytest.approx((2.1293, 0.03571), abs=1e-4)
        less = diebold_mariano(ETS_THEN, ARIMA, alternative="less")
        assert less == pytest.approx((2.1293, 0.9821), abs=1e-4)
        swapped = diebold_mariano(ARIMA, ETS_THEN, alternative="less")
        assert swapped == pytest.approx((-2.1293, 0.01785), abs=1e-4)
        greater = diebold_mariano(ETS_THEN, ARIMA, alternative="greater")
        assert greater == pytest.approx((2.1293, 0.01785), abs=1e-4)

    @pytest.mark.parametrize("power", [1, 2])
    @pytest.mark.parametrize("h", [1, 2, 5])
    def test_both_variances_of_r_by_the_letter(self, h: int, power: float) -> None:
        lag = np.arange(1, h)
        for name, weights in (("acf", np.ones(h - 1)), ("bartlett", 1 - lag / h)):
            expected, n = r_dm_test(ETS_NOW, ARIMA, h, power, weights)
            statistic, p = diebold_mariano(ETS_NOW, ARIMA, h, power, variance=name)
            assert statistic == pytest.approx(expected, rel=1e-10)
            assert p == pytest.approx(2 * stats.t.sf(abs(expected), n - 1), rel=1e-9)

    def test_a_negative_variance_is_taken_at_a_horizon_of_one(self) -> None:
        """Losses 9 and 1 in turn against 4: differences 5, -3, 5, ... cancel their neighbours."""
        first, second = np.array([3.0, 1.0] * 10), np.full(20, 2.0)
        ours = diebold_mariano(first, second, 2, variance="acf")
        assert ours == diebold_mariano(first, second, 1)
        assert ours != diebold_mariano(first, second, 2)


class TestDieboldMariano:
    @LAWS
    @given(
        arrays(np.float64, (2, 25), elements=st.floats(-3, 3).map(lambda x: round(x, 2))),
        st.integers(1, 6),
        st.sampled_from([1.0, 2.0, 3.0]),
    )
    def test_it_is_the_one_of_statsmodels(
        self, errors: np.ndarray, horizon: int, power: float
    ) -> None:
        first, second = errors
        ours = diebold_mariano(first, second, horizon, power)
        if np.ptp(np.abs(first) ** power - np.abs(second) ** power) < 1e-9:
            return
        theirs = diebold_mariano_test(
            np.zeros(25), first, second,
            lags=horizon - 1, criterion="poly", power=power, harvey_adj=True, horizon=horizon,
        )  # fmt: skip
        assert ours == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-7, abs=1e-9)

    def test_one_sided_alternatives_share_one(self) -> None:
        first, second = np.random.default_rng(2).standard_normal((2, 40))
        less = diebold_mariano(first, second, 3, alternative="less")[1]
        greater = diebold_mariano(first, second, 3, alternative="greater")[1]
        both = diebold_mariano(first, second, 3)[1]
        assert less + greater == pytest.approx(1.0, rel=1e-12)
        assert both == pytest.approx(2 * min(less, greater), rel=1e-12)

    def test_of_a_panel_the_mean_loss_of_each_bar_is_tested(self) -> None:
        """Losses (1, 9), (4, -), (0, 4) against 0: differences 5, 4 and 2 by bar."""
        first = np.array([[1.0, 3.0], [2.0, NAN], [0.0, 2.0], [NAN, NAN]])
        by_bar = np.sqrt(np.array([5.0, 4.0, 2.0]))
        ours = diebold_mariano(first, np.zeros((4, 2)))
        assert ours == pytest.approx(diebold_mariano(by_bar, np.zeros(3)), rel=1e-12)

    def test_a_symbol_counted_twice_proves_nothing_more(self) -> None:
        first, second = np.random.default_rng(2).standard_normal((2, 40, 1))
        twice = diebold_mariano(np.hstack([first] * 2), np.hstack([second] * 2), 2)
        assert twice == pytest.approx(diebold_mariano(first, second, 2), rel=1e-12)

    @pytest.mark.parametrize("n", [0, 1, 3])
    def test_too_few_bars_or_no_difference_is_nan(self, n: int) -> None:
        errors = np.arange(n, dtype=float)
        assert all(map(math.isnan, diebold_mariano(errors, errors + 1, horizon=4)))
        assert all(map(math.isnan, diebold_mariano(errors, errors)))
        assert all(map(math.isnan, diebold_mariano(np.zeros((n, 0)), np.zeros((n, 0)))))

    def test_what_cannot_be_tested_is_refused(self) -> None:
        errors = np.arange(5.0)
        with pytest.raises(ConfigError, match="horizon: expected at least 1; got 0"):
            diebold_mariano(errors, errors, horizon=0)
        with pytest.raises(ConfigError, match="alternative: expected one of"):
            diebold_mariano(errors, errors, alternative="larger")
        with pytest.raises(ConfigError, match="variance: expected one of"):
            diebold_mariano(errors, errors, variance="parzen")
        with pytest.raises(ContractError, match="two arrays of one shape"):
            diebold_mariano(errors, errors[1:])


class TestClarkWest:
    def test_by_hand(self) -> None:
        """Outcomes 1, 2, 3; small 0; large 1, 1, 2.

        Adjusted: 1 - (0 - 1) = 2, 4 - (1 - 1) = 4, 9 - (1 - 4) = 12. Their mean is 6, away from it
        -4, -2, 6: squares sum to 56, variance of the mean 56 / 9, t = 6 / 2.4944 = 2.4053.
        """
        outcome = np.array([1.0, 2.0, 3.0])
        statistic, p = clark_west(outcome, np.zeros(3), np.array([1.0, 1.0, 2.0]))
        assert statistic == pytest.approx(6 / math.sqrt(56 / 9), rel=1e-12)
        assert p == pytest.approx(stats.norm.sf(statistic), rel=1e-12)

    @pytest.mark.parametrize("horizon", [1, 4])
    def test_it_is_a_regression_on_a_constant(self, horizon: int) -> None:
        outcome, small, large = np.random.default_rng(5).standard_normal((3, 60))
        adjusted = (outcome - small) ** 2 - ((outcome - large) ** 2 - (small - large) ** 2)
        fitted = sm.OLS(adjusted, np.ones(60)).fit(
            cov_type="HAC", cov_kwds={"maxlags": horizon - 1}
        )
        ours = clark_west(outcome, small, large, horizon)
        assert ours[0] == pytest.approx(fitted.tvalues[0], rel=1e-9)

    def test_it_sees_skill_that_a_squared_error_hides(self) -> None:
        """Outcome = x / 10 + noise; the forecast x / 2 is too bold, and worse than zero."""
        rng = np.random.default_rng(6)
        x = rng.standard_normal(3000)
        outcome = 0.1 * x + rng.standard_normal(3000)
        assert diebold_mariano(outcome, outcome - 0.5 * x)[0] < -3
        assert clark_west(outcome, np.zeros(3000), 0.5 * x)[1] < 1e-4

    def test_the_same_forecast_is_nan(self) -> None:
        outcome = np.random.default_rng(0).standard_normal((9, 2))
        assert all(map(math.isnan, clark_west(outcome, outcome / 2, outcome / 2)))
        assert all(map(math.isnan, clark_west(outcome[:0], outcome[:0], outcome[:0])))


class TestExpandingMean:
    def test_by_hand(self) -> None:
        """With a span of 2, row 2 knows row 0, row 3 rows 0 and 1 (a hole), row 4 also row 2."""
        outcome = np.array([1.0, NAN, 5.0, 100.0, 200.0])
        np.testing.assert_array_equal(expanding_mean(outcome, 2), [NAN, NAN, 1.0, 1.0, 3.0])
        np.testing.assert_array_equal(expanding_mean(outcome, 2, least=2), [NAN] * 4 + [3.0])

    @LAWS
    @given(arrays(np.float64, (9, 2), elements=CELLS), st.integers(1, 12), st.data())
    def test_what_is_not_known_yet_does_not_move_it(
        self, outcome: np.ndarray, span: int, draw: st.DataObject
    ) -> None:
        row = draw.draw(st.integers(0, 8))
        changed = outcome.copy()
        unknown = slice(max(row - span + 1, 0), None)
        changed[unknown] = draw.draw(st.sampled_from([NAN, 1e6, -3.0]))
        np.testing.assert_array_equal(
            expanding_mean(outcome, span)[: row + 1], expanding_mean(changed, span)[: row + 1]
        )

    @LAWS
    @given(arrays(np.float64, (9, 2), elements=CELLS), st.integers(1, 12), st.integers(1, 4))
    def test_it_is_pandas_expanding_mean(self, outcome: np.ndarray, span: int, least: int) -> None:
        expected = pd.DataFrame(outcome).shift(span).expanding(min_periods=least).mean()
        np.testing.assert_allclose(
            expanding_mean(outcome, span, least), expected.to_numpy(), rtol=1e-12, atol=1e-12
        )

    def test_no_span_would_know_the_outcome_itself(self) -> None:
        with pytest.raises(ConfigError, match="span: expected at least 1"):
            expanding_mean(np.zeros(3), 0)
