"""Law: groups of forecasts hold every pair once, in order, and the cloud counts what is there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lstmtrader.evaluation.skill.cloud import cloud
from lstmtrader.evaluation.skill.deciles import decile_table
from lstmtrader.evaluation.skill.newey_west import lags_for

NAN = float("nan")
LAWS = settings(max_examples=40, deadline=None, derandomize=True, database=None)
CELLS = st.one_of(st.just(NAN), st.floats(-4, 4).map(lambda x: round(x, 1)))


class TestDeciles:
    def test_by_hand(self) -> None:
        """Two bars of ten symbols: five groups of two symbols a bar, whatever the level of a bar.

        The lowest group has outcomes 0, 1 on the first bar and 4, 3 on the second: mean 2. Sums of
        deviations by bar are -3 and 3, so the variance of the mean sum is 18 / 4, and the standard
        error sqrt(4.5) x 2 / 4 = 1.0607: 2 -/+ 2.0789.
        """
        forecast = np.vstack([np.arange(10.0), 100 - np.arange(10.0)])
        outcome = np.vstack([np.arange(10.0), 3.0 + np.arange(10.0)[::-1]])
        outcome[1] = np.array([12, 11, 10, 9, 8, 7, 6, 5, 3, 4.0])
        table = decile_table(forecast, outcome, lags=0)
        assert list(table.index) == [1, 2, 3, 4, 5]
        assert table["n"].to_list() == [4] * 5
        lowest = table.loc[1]
        assert lowest["outcome"] == 2
        assert lowest["forecast"] == pytest.approx((0 + 1 + 91 + 92) / 4)
        assert (lowest["low"], lowest["high"]) == pytest.approx((-0.0789, 4.0789), abs=1e-4)

    @pytest.mark.parametrize(("symbols", "groups"), [(4, 10), (10, 5), (29, 5), (30, 10)])
    def test_the_number_of_groups_goes_by_the_symbols(self, symbols: int, groups: int) -> None:
        x, y = np.random.default_rng(0).standard_normal((2, 60, symbols))
        table = decile_table(x, y, lags=1)
        assert len(table) == groups
        assert table["n"].sum() == 60 * symbols
        assert table["n"].max() - table["n"].min() <= 60 * (symbols % groups > 0)

    def test_bars_with_few_symbols_are_left_out_of_groups_by_bar(self) -> None:
        x, y = np.random.default_rng(1).standard_normal((2, 9, 12))
        x[0, 3:] = NAN
        assert decile_table(x, y, lags=0)["n"].sum() == 8 * 12

    def test_groups_by_bar_do_not_know_the_level_of_a_bar(self) -> None:
        x, y = np.random.default_rng(2).standard_normal((2, 9, 12))
        shifted = decile_table(x + np.arange(9.0)[:, None], y, lags=1)
        assert shifted["outcome"].equals(decile_table(x, y, lags=1)["outcome"])

    @LAWS
    @given(arrays(np.float64, (7, 4), elements=CELLS), arrays(np.float64, (7, 4), elements=CELLS))
    def test_pooled_groups_hold_every_pair_once_and_in_order(
        self, x: np.ndarray, y: np.ndarray
    ) -> None:
        both = ~(np.isnan(x) | np.isnan(y))
        table = decile_table(x, y, lags=1)
        if both.sum() == 0 or np.ptp(x[both]) == 0:
            assert table.empty
            return
        assert table["n"].sum() == both.sum()
        held = table[table["n"] > 0]
        assert held["forecast"].is_monotonic_increasing
        total = (held["outcome"] * held["n"]).sum()
        assert total == pytest.approx(y[both].sum(), abs=1e-9)
        assert table.loc[table["n"] == 0, "outcome"].isna().all()
        assert not (held["low"] > held["high"]).any()

    def test_equal_forecasts_are_in_one_group(self) -> None:
        forecast = np.repeat([0.0, 1.0], 50).reshape(50, 2)
        table = decile_table(forecast, np.ones((50, 2)), lags=0)
        assert (table["n"] > 0).sum() == 2

    @pytest.mark.parametrize("shape", [(0, 3), (5, 3), (5, 12)])
    def test_nothing_to_order_is_an_empty_table(self, shape: tuple[int, int]) -> None:
        ones, holes = np.full(shape, 0.1), np.full(shape, NAN)
        for forecast, outcome in ((ones, ones), (holes, ones), (ones, holes)):
            table = decile_table(forecast, outcome, lags=1)
            assert table.empty
            assert list(table.columns) == ["n", "forecast", "outcome", "low", "high"]

    def test_scores_of_few_symbols_are_not_pooled(self) -> None:
        x, y = np.random.default_rng(2).standard_normal((2, 9, 4))
        assert decile_table(x, y, lags=0, pooled=False).empty
        assert not decile_table(x, y, lags=0).empty

    def test_the_interval_covers_the_truth_though_symbols_move_together(self) -> None:
        """Returns share a market and overlap by three bars; the mean of every group is zero.

        95 % of 2 x 300 intervals hold it; one for independent pairs does for half.
        """
        rng = np.random.default_rng(7)
        covered, naive = [], []
        for _ in range(300):
            market = rng.standard_normal((203, 1)) + 0.5 * rng.standard_normal((203, 10))
            outcome = market[:-3] + market[1:-2] + market[2:-1] + market[3:]
            x = rng.standard_normal((200, 10))
            table = decile_table(x, outcome, lags=lags_for(4)).loc[[1, 5]]
            covered += list((table["low"] < 0) & (table["high"] > 0))
            naive += list(table["outcome"].abs() < 1.96 * outcome.std() / np.sqrt(400))
        assert 0.90 < np.mean(covered) < 0.98
        assert np.mean(naive) < 0.65


class TestCloud:
    def test_every_pair_within_the_grid_is_counted_once(self) -> None:
        x, y = np.random.default_rng(3).standard_normal((2, 500, 4))
        x[0, 0] = y[3, 1] = NAN
        counted = cloud(x, y)
        # One percent of each is beyond the grid.
        assert 0.975 * 1998 < counted["n"].sum() < 0.99 * 1998
        assert (counted["n"] >= 1).all()
        assert len(counted) <= 1600
        assert not counted.duplicated(["forecast", "outcome"]).any()

    def test_pairs_are_where_they_are(self) -> None:
        """Half the pairs at (0, 1), half at (1, 0): two of the four cells of a 2 x 2 grid."""
        x = np.tile([0.0, 1.0], (100, 1))
        counted = cloud(x, 1 - x, cells=2)
        assert counted.to_dict("list") == {
            "forecast": [0.25, 0.75],
            "outcome": [0.75, 0.25],
            "n": [100, 100],
        }

    def test_a_value_that_is_nearly_always_the_same_has_a_grid(self) -> None:
        x = np.zeros((1000, 1))
        x[5] = 1.0
        assert cloud(x, np.random.default_rng(0).standard_normal((1000, 1)))["n"].sum() == 990

    @pytest.mark.parametrize("x", [np.full((4, 2), 0.3), np.full((4, 2), NAN), np.zeros((0, 2))])
    def test_without_a_spread_there_is_no_cloud(self, x: np.ndarray) -> None:
        y = np.arange(x.size, dtype=float).reshape(x.shape)
        assert cloud(x, y).empty
        assert list(cloud(x, y).columns) == ["forecast", "outcome", "n"]
