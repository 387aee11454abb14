"""Law: a model is compared with what was known, by the tests that are made for the pair."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from lstmtrader.clock import Execution
from lstmtrader.data.source import PriceSource
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ContractError
from lstmtrader.evaluation.skill.accuracy import clark_west, diebold_mariano, expanding_mean
from lstmtrader.evaluation.skill.direction import pesaran_timmermann_by_bar
from lstmtrader.evaluation.skill.judge import judge_forecast
from lstmtrader.evaluation.skill.table import r2_against
from lstmtrader.evaluation.skill.versus import mean_so_far, versus_table
from lstmtrader.experiment import Experiment
from lstmtrader.features import ForwardReturn, ScaledReturn
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.baselines.linear import Ridge
from lstmtrader.models.baselines.naive import HistoricalMean, LastValue, Zero
from lstmtrader.splits import WalkForward
from strategies.rank_long_short import RankLongShort

NAN = float("nan")
RNG = np.random.default_rng(3)


class TestTheMean:
    def test_by_hand(self) -> None:
        """Known two bars later: at the first bar, that is all but the last of the history."""
        history = np.array([[1.0, NAN], [3.0, 5.0], [100.0, 7.0]])
        outcome = np.array([[8.0, NAN], [0.0, 6.0], [0.0, 0.0]])
        # (1 + 3) / 2, 104 / 3, 112 / 4; and 5 / 1, 12 / 2, 12 / 2.
        known = mean_so_far(outcome, history, 2, 1)
        np.testing.assert_allclose(known, [[2, 5], [104 / 3, 6], [28, 6]], rtol=1e-15)

    @pytest.mark.parametrize("span", [1, 2, 5])
    @pytest.mark.parametrize("n_before", [0, 1, 4, 30])
    def test_it_is_the_end_of_the_mean_of_everything(self, span: int, n_before: int) -> None:
        everything = RNG.standard_normal((50, 3))
        everything[RNG.random(everything.shape) < 0.2] = NAN
        known = mean_so_far(everything[n_before:], everything[:n_before], span, 4)
        np.testing.assert_array_equal(known, expanding_mean(everything, span, 4)[n_before:])

    def test_a_long_history_in_single_precision_loses_nothing(self) -> None:
        """A hundred thousand outcomes of 0.1: a float32 sum of them is off in the third digit."""
        history = np.full((100_000, 1), 0.1, np.float32)
        known = mean_so_far(history[:3], history, 1, 1)
        np.testing.assert_allclose(known, float(np.float32(0.1)), rtol=1e-12)

    @pytest.mark.parametrize("shape", [(10,), (10, 2)])
    def test_other_symbols_are_refused(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ContractError, match=r"history: expected shape \(n_before, 3\)"):
            mean_so_far(np.zeros((5, 3)), np.zeros(shape), 1, 1)


class TestNested:
    NAMES = ("zero", "zero_3", "historical_mean", "historical_mean_12", "expanding_mean")
    OTHERS = ("ewma", "har", "last_value", "zero_sum", "historical_mean_of", "my_zero", "mean")

    def test_clark_west_is_for_zero_and_means_alone(self) -> None:
        outcome, said = RNG.standard_normal((2, 200, 4))
        others = {name: RNG.standard_normal((200, 4)) for name in self.NAMES + self.OTHERS}
        table = versus_table(said, outcome, others, 2)
        assert list(table.index) == list(others)
        for name in self.NAMES:
            expected = clark_west(outcome, others[name], said, 2)
            assert (table.loc[name, "cw"], table.loc[name, "cw_p"]) == expected
        assert table.loc[list(self.OTHERS), ["cw", "cw_p"]].isna().all(axis=None)
        assert table[["r2", "dm", "dm_p"]].notna().all(axis=None)

    def test_why_it_is_not_for_others(self) -> None:
        """The model is the rival with noise: clearly worse, and yet it «knows more» by its test.

        With r = x + e and m = x + u for independent u twice as large as e: the difference of the
        squared errors is 1 - 4 = -3, and the squared difference of the forecasts is 1 + 4 = 5.
        """
        truth = RNG.standard_normal((500, 1))
        rival, model = (
            truth + RNG.standard_normal((500, 1)),
            truth + 2 * RNG.standard_normal((500, 1)),
        )
        assert diebold_mariano(truth - rival, truth - model)[0] < -4
        assert clark_west(truth, rival, model)[1] < 1e-4
        row = versus_table(model, truth, {"ewma": rival}, 1).loc["ewma"]
        assert row["r2"] < 0
        assert row["dm"] < -4
        assert math.isnan(row["cw"])
        assert math.isnan(row["cw_p"])


def test_expected_sides_are_tested() -> None:
    """Barriers give 1, -1 and 0, which has no side."""
    prices = SyntheticProvider(n_symbols=5, n_bars=300, seed=2).fetch()
    outcome = RNG.integers(-1, 2, (300, 5)).astype(np.float64)
    said = np.tanh(0.3 * outcome + RNG.standard_normal(outcome.shape)).astype(np.float32)
    forecast = Forecast(said[None], prices.index, prices.symbols, ForecastKind.DIRECTION)
    judged = judge_forecast(
        forecast, outcome, [prices.index], {}, prices, Execution.NEXT_CLOSE, 1
    )  # fmt: skip
    figures, sided = judged.figures, outcome != 0
    hits = np.sign(said[sided]) == outcome[sided]
    assert figures["hit_rate"] == pytest.approx(hits.mean(), rel=1e-12)
    expected = pesaran_timmermann_by_bar(forecast.mean.to_numpy(), outcome, 2)
    assert (figures["pt"], figures["pt_p"]) == expected
    assert figures["pt"] > 2


def test_a_run_is_judged_by_all_that_was_known_before_its_first_test_bar() -> None:
    study = Experiment(
        name="history",
        prices=PriceSource(SyntheticProvider(n_symbols=5, n_bars=420, seed=5, listed_late=1)),
        features=(ScaledReturn(1, 20), ScaledReturn(5, 20)),
        target=ForwardReturn(2, volatility_window=20),
        execution=Execution.NEXT_OPEN,
        walk_forward=WalkForward(train=140, validation=40, test=60),
        model=Ridge(lags=2),
        baselines=(LastValue(), Zero(), HistoricalMean()),
        strategy=RankLongShort(0.34),
    )
    run = study.run(workers=1)
    # The whole target, up to the last bar that has one; known 1 + 2 bars later.
    prices = study.prices.fetch()
    target = study.labelled_panel(prices).target.T.astype(np.float64)
    known = pd.DataFrame(expanding_mean(target, 3, 40), index=prices.index)
    index = run.forecast.index
    assert index.equals(prices.index[prices.index.get_loc(index[0]) :]), "no gap in the test bars"
    mean, outcome = known.loc[index].to_numpy(), run.outcome.to_numpy()
    skill, said = run.evaluation.skill, run.forecast.mean.to_numpy()
    assert skill.figures["r2_mean"] == pytest.approx(r2_against(said, mean, outcome), rel=1e-9)
    row = skill.versus.loc["expanding_mean"]
    dm = diebold_mariano(outcome - mean, outcome - said, 3)
    assert (row["dm"], row["dm_p"]) == pytest.approx(dm, rel=1e-9)
    nested = skill.versus["cw"].notna()
    assert list(nested.index[nested]) == ["zero", "expanding_mean", "historical_mean"]
    assert list(nested.index[~nested]) == ["last_value"]
