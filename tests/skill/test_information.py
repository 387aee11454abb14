"""Law: information coefficients and their chance are what the textbook and statsmodels say."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pairs import LAWS, NAN, TABLES, check_by_bar
from scipy.stats import pearsonr

from lstmtrader.clock import Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.evaluation.skill.information import (
    has_cross_section,
    ic_by_bar,
    ic_decay,
    icir,
    pooled_t,
)
from lstmtrader.evaluation.skill.newey_west import (
    lags_for,
    newey_west_t,
    newey_west_variance,
)
from lstmtrader.evaluation.skill.table import correlation
from lstmtrader.features.target import forward_log_return
from lstmtrader.forecast import Forecast, ForecastKind

SERIES = arrays(np.float64, st.integers(3, 40), elements=st.integers(-9, 9).map(float))


def hac(y: np.ndarray, x: np.ndarray, lags: int) -> object:
    return sm.OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False})


class TestNeweyWest:
    def test_by_hand(self) -> None:
        """Values 1, 2, 3, 6 about their mean 3: away -2, -1, 0, 3.

        Sum of squares 14; of neighbours 2 + 0 + 0 = 2. With one lag of weight 1/2 the variance of
        the mean is (14 + 2 x 1/2 x 2) / 16 = 1, and t = 3 / 1.
        """
        series = np.array([1.0, 2.0, 3.0, 6.0])
        assert newey_west_variance(series, 1) == pytest.approx(1.0, rel=1e-14)
        assert newey_west_t(series, 1) == pytest.approx(3.0, rel=1e-14)

    def test_each_autocovariance_has_weight_one_if_truncated(self) -> None:
        """The same values: (14 + 2 x 2) / 16."""
        series = np.array([1.0, 2.0, 3.0, 6.0])
        assert newey_west_variance(series, 1, "truncated") == pytest.approx(18 / 16, rel=1e-14)

    @LAWS
    @given(SERIES, st.integers(0, 50))
    def test_it_is_the_t_of_a_regression_on_a_constant(self, series: np.ndarray, lags: int) -> None:
        if np.ptp(series) == 0:
            assert math.isnan(newey_west_t(series, lags))
            return
        expected = hac(series, np.ones_like(series), lags)
        if expected.bse[0] > 1e-7:  # more lags than values may leave nothing but rounding
            assert newey_west_t(series, lags) == pytest.approx(expected.tvalues[0], rel=1e-7)

    def test_without_lags_it_is_the_plain_t(self) -> None:
        series = np.random.default_rng(3).standard_normal(50)
        plain = series.mean() / (series.std(ddof=0) / math.sqrt(50))
        assert newey_west_t(series, 0) == pytest.approx(plain, rel=1e-12)

    def test_holes_are_dropped(self) -> None:
        series = np.random.default_rng(4).standard_normal(30)
        holed = np.insert(series, [0, 7, 30], NAN)
        assert newey_west_t(holed, 3) == newey_west_t(series, 3)

    @pytest.mark.parametrize("series", [[], [NAN], [1.0], [0.1] * 7, [NAN, 2.0, NAN]])
    def test_nothing_to_tell_is_nan(self, series: list[float]) -> None:
        assert math.isnan(newey_west_t(np.array(series, dtype=float), 2))


class TestLags:
    def test_of_sums_that_overlap_five_sixths_are_seen_and_two_thirds_with_half_the_lags(
        self,
    ) -> None:
        """A million bars of sums over 60: the variance of their mean is 60² / n."""
        steps = np.random.default_rng(6).standard_normal(1_000_059)
        total = np.concatenate([[0.0], steps.cumsum()])
        overlapping = total[60:] - total[:-60]
        truth = 60**2 / len(overlapping)
        twice, once = lags_for(60), lags_for(60) // 2
        assert (twice, once) == (118, 59)
        assert newey_west_variance(overlapping, twice) / truth == pytest.approx(5 / 6, abs=0.02)
        assert newey_west_variance(overlapping, once) / truth == pytest.approx(2 / 3, abs=0.02)


class TestIcByBar:
    @LAWS
    @given(TABLES, TABLES)
    def test_it_is_pearsons_on_every_bar(self, x: np.ndarray, y: np.ndarray) -> None:
        check_by_bar(ic_by_bar(x, y), x, y, pearsonr)

    @LAWS
    @given(TABLES, TABLES, st.integers(1, 5), st.integers(-5, 5))
    def test_it_does_not_know_unit_or_level(
        self, x: np.ndarray, y: np.ndarray, unit: int, level: int
    ) -> None:
        np.testing.assert_allclose(
            ic_by_bar(x, y), ic_by_bar(unit * x + level, y), rtol=1e-9, atol=1e-12
        )

    @pytest.mark.parametrize("value", [0.1, 0.7, 1 / 3])
    def test_one_forecast_for_all_has_no_ic(self, value: float) -> None:
        outcome = np.random.default_rng(0).standard_normal((4, 7))
        assert np.isnan(ic_by_bar(np.full((4, 7), value), outcome)).all()

    @pytest.mark.parametrize("shape", [(0, 4), (3, 0), (2, 5)])
    def test_no_pairs_no_ic(self, shape: tuple[int, int]) -> None:
        empty = np.full(shape, NAN)
        assert np.isnan(ic_by_bar(empty, empty)).all()
        assert not has_cross_section(empty, empty)


def test_icir_by_hand() -> None:
    """Mean 0.2, deviations -0.1, 0, 0.1: standard deviation 0.1."""
    assert icir(np.array([0.1, NAN, 0.2, 0.3])) == pytest.approx(2.0, rel=1e-12)
    assert math.isnan(icir(np.array([0.1, 0.1, 0.1])))
    assert math.isnan(icir(np.array([NAN, 0.1])))


class TestPooledT:
    @pytest.mark.parametrize("lags", [0, 1, 7])
    def test_of_one_symbol_it_is_the_hac_t_of_the_slope(self, lags: int) -> None:
        rng = np.random.default_rng(lags)
        x = rng.standard_normal(80)
        y = 0.3 * x + rng.standard_normal(80)
        expected = hac(y, sm.add_constant(x), lags).tvalues[1]
        assert pooled_t(x[:, None], y[:, None], lags) == pytest.approx(expected, rel=1e-9)

    @pytest.mark.parametrize("lags", [0, 2])
    def test_of_a_panel_it_is_driscolls_and_kraays(self, lags: int) -> None:
        rng = np.random.default_rng(lags)
        x = rng.standard_normal((60, 2))
        y = 0.2 * x + rng.standard_normal((60, 1)) + 0.5 * rng.standard_normal((60, 2))
        fitted = sm.OLS(y.ravel(), sm.add_constant(x.ravel())).fit(
            cov_type="hac-groupsum",
            cov_kwds={
                "time": np.repeat(np.arange(60), 2),
                "maxlags": lags,
                "use_correction": False,
                "df_correction": False,
            },
        )
        assert pooled_t(x, y, lags) == pytest.approx(fitted.tvalues[1], rel=1e-9)

    def test_a_symbol_counted_twice_proves_nothing_more(self) -> None:
        rng = np.random.default_rng(8)
        x, y = rng.standard_normal((2, 70, 1))
        twice = pooled_t(np.hstack([x, x]), np.hstack([y, y]), 1)
        assert twice == pytest.approx(pooled_t(x, y, 1), rel=1e-12)

    def test_a_constant_has_none(self) -> None:
        y = np.random.default_rng(0).standard_normal((20, 2))
        assert math.isnan(pooled_t(np.full((20, 2), 0.1), y, 1))


class TestDecay:
    def forecast(self, n_symbols: int, kind: ForecastKind = ForecastKind.RETURN) -> tuple:
        prices = SyntheticProvider(n_symbols=n_symbols, n_bars=300, listed_late=1, holes=5).fetch()
        rng = np.random.default_rng(1)
        said = rng.standard_normal((1, 200, n_symbols)).astype(np.float32)
        said[0, 40] = np.nan
        return Forecast(said, prices.index[60:260], prices.symbols, kind), prices

    @pytest.mark.parametrize("execution", [Execution.NEXT_CLOSE, Execution.SAME_CLOSE])
    def test_each_row_is_the_ic_with_the_return_of_its_horizon(self, execution: Execution) -> None:
        forecast, prices = self.forecast(5)
        table = ic_decay(forecast, prices, execution, (1, 4, 500))
        ahead = forward_log_return(prices, execution, 4).loc[forecast.index].to_numpy()
        assert table.loc[4, "ic"] == correlation(forecast.mean.to_numpy(), ahead)
        assert list(table.index) == [1, 4, 500]
        assert table.loc[500].isna().all()

    def test_perfect_foresight_of_one_horizon_fades_over_the_next(self) -> None:
        _, prices = self.forecast(8)
        ahead = forward_log_return(prices, Execution.NEXT_CLOSE, 2)
        known = Forecast(
            ahead.to_numpy(np.float32)[None], prices.index, prices.symbols, ForecastKind.RETURN
        )
        decay = ic_decay(known, prices, Execution.NEXT_CLOSE, (2, 5, 21))["rank_ic"]
        assert decay[2] == pytest.approx(1.0)
        # Random walks: shares 2/5 and 2/21 of the variance, roots 0.63 and 0.31.
        assert 0.5 < decay[5] < 0.72
        assert 0.2 < decay[21] < 0.42

    def test_two_symbols_have_a_t_over_time(self) -> None:
        forecast, prices = self.forecast(2)
        table = ic_decay(forecast, prices, Execution.NEXT_CLOSE, (3,))
        ahead = forward_log_return(prices, Execution.NEXT_CLOSE, 3).loc[forecast.index].to_numpy()
        assert math.isnan(table.loc[3, "rank_ic"])
        assert table.loc[3, "t"] == pooled_t(forecast.mean.to_numpy(), ahead, 6)

    @pytest.mark.parametrize("kind", [ForecastKind.VOLATILITY, ForecastKind.LOG_VOLATILITY])
    def test_volatility_does_not_order_returns(self, kind: ForecastKind) -> None:
        forecast, prices = self.forecast(4, kind)
        table = ic_decay(forecast, prices, Execution.NEXT_CLOSE)
        assert table.empty
        assert list(table.columns) == ["ic", "rank_ic", "t"]

    def test_scores_are_not_compared_over_time(self) -> None:
        forecast, prices = self.forecast(5, ForecastKind.SCORE)
        table = ic_decay(forecast, prices, Execution.NEXT_CLOSE, (1,))
        assert math.isnan(table.loc[1, "ic"])
        assert not math.isnan(table.loc[1, "rank_ic"])
        assert isinstance(table, pd.DataFrame)
