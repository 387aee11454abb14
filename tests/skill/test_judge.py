"""Law: a judgement of forecasts says nothing where there is nothing to say, and the same twice."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.stattools import diebold_mariano_test

from lstmtrader.clock import Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.evaluation.skill.accuracy import clark_west, diebold_mariano, expanding_mean
from lstmtrader.evaluation.skill.calibration import mincer_zarnowitz
from lstmtrader.evaluation.skill.deciles import decile_table
from lstmtrader.evaluation.skill.direction import pesaran_timmermann_by_bar
from lstmtrader.evaluation.skill.information import pooled_t
from lstmtrader.evaluation.skill.judge import judge_forecast
from lstmtrader.evaluation.skill.newey_west import lags_for, newey_west_t
from lstmtrader.evaluation.skill.result import Skill
from lstmtrader.evaluation.skill.table import correlation, r2_against, skill_table
from lstmtrader.features.target import forward_log_return
from lstmtrader.forecast import Forecast, ForecastKind, quantile_name
from lstmtrader.prices import PriceFrame

NAN = float("nan")
EXECUTION = Execution.NEXT_CLOSE
FIGURES = {
    "n", "n_bars", "ic", "ic_mean", "ic_t", "icir", "rank_ic", "rank_ic_t", "rank_icir",
    "hit_rate", "pt", "pt_p", "r2_zero", "r2_mean", "mz_slope", "mz_intercept", "crps", "pinball",
}  # fmt: skip
TABLES = ("by_fold", "by_year", "by_symbol", "by_bar", "decay", "deciles", "calibration", "cloud")
ORDER = {"n", "n_bars", "rank_ic", "rank_ic_t", "rank_icir", "ic_mean", "ic_t", "icir"}
CORRELATION = ORDER | {"ic"}
LINE = {"mz_slope", "mz_intercept"}
SIDES = {"hit_rate", "pt", "pt_p"}
SCORES = {"crps", "pinball"}
# What makes sense of a forecast that comes with quantiles.
SENSE = {
    ForecastKind.RETURN: FIGURES,
    ForecastKind.SCALED_RETURN: FIGURES,
    ForecastKind.VOLATILITY: CORRELATION | LINE | SCORES,
    ForecastKind.LOG_VOLATILITY: CORRELATION | LINE | SCORES,
    ForecastKind.RANK: CORRELATION | LINE | SCORES,
    ForecastKind.PROBABILITY: CORRELATION | LINE | SIDES,
    ForecastKind.POSITION: CORRELATION | SIDES,
    ForecastKind.DIRECTION: CORRELATION | SIDES,
    ForecastKind.SCORE: ORDER,
}


class Case:
    """Forecasts of returns over `horizon` bars with some skill, holes, and two baselines."""

    def __init__(
        self,
        n_symbols: int = 12,
        horizon: int = 2,
        kind: ForecastKind = ForecastKind.RETURN,
        n_bars: int = 400,
    ) -> None:
        provider = SyntheticProvider(n_symbols=n_symbols, n_bars=n_bars, holes=6, seed=4)
        self.prices: PriceFrame = provider.fetch()
        self.kind, self.horizon = kind, horizon
        self.index = self.prices.index[50:-20]
        ahead = forward_log_return(self.prices, EXECUTION, horizon).loc[self.index]
        self.outcome = ahead.to_numpy() * 10
        if kind is ForecastKind.PROBABILITY:
            self.outcome = np.where(np.isnan(self.outcome), NAN, self.outcome > 0)
        rng = np.random.default_rng(9)
        noise = rng.standard_normal((3, *self.outcome.shape)) / 10
        middle = 0.02 if kind is not ForecastKind.PROBABILITY else 0.5
        said = middle + np.nan_to_num(self.outcome) * 0.2 + noise[0]
        said[7, 0] = NAN
        self.said = said
        self.details: dict[str, np.ndarray] = {
            quantile_name(0.25): said - 0.1,
            quantile_name(0.5): said,
            quantile_name(0.75): said + 0.1,
        }
        self.naive = {"flat": np.full_like(said, middle), "noise": noise[1]}
        self.folds = [self.index[:100], self.index[100:250], self.index[250:]]

    def forecast(self, said: np.ndarray, details: Mapping[str, np.ndarray] = {}) -> Forecast:
        members = {name: values.astype(np.float32)[None] for name, values in details.items()}
        return Forecast(
            said.astype(np.float32)[None], self.index, self.prices.symbols, self.kind, members
        )

    def judge(self) -> Skill:
        return judge_forecast(
            self.forecast(self.said, self.details),
            self.outcome,
            self.folds,
            {name: self.forecast(values) for name, values in self.naive.items()},
            self.prices,
            EXECUTION,
            self.horizon,
        )


def same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


class TestKinds:
    @pytest.mark.parametrize("kind", list(ForecastKind))
    def test_each_kind_has_the_figures_that_make_sense_of_it(self, kind: ForecastKind) -> None:
        figures = Case(kind=kind).judge().figures
        assert set(figures) == FIGURES
        assert {name for name, value in figures.items() if not math.isnan(value)} == SENSE[kind]

    @pytest.mark.parametrize("kind", list(ForecastKind))
    def test_tables_without_a_meaning_are_empty(self, kind: ForecastKind) -> None:
        skill = Case(kind=kind).judge()
        assert skill.decay.empty == (kind in (ForecastKind.VOLATILITY, ForecastKind.LOG_VOLATILITY))
        assert skill.calibration.empty == ("crps" not in SENSE[kind])
        assert skill.cloud.empty == (kind is ForecastKind.SCORE)
        assert not skill.deciles.empty
        returns = kind in (ForecastKind.RETURN, ForecastKind.SCALED_RETURN)
        expected = ["zero", "expanding_mean"] if returns else []
        expected += ["flat", "noise"] if "mz_slope" in SENSE[kind] else []
        assert list(skill.versus.index) == expected
        assert list(skill.versus.columns) == ["r2", "dm", "dm_p", "cw", "cw_p"]

    @pytest.mark.parametrize("kind", list(ForecastKind))
    def test_folds_have_the_columns_of_the_skill_table(self, kind: ForecastKind) -> None:
        case = Case(kind=kind)
        skill = case.judge()
        naive = {name: case.forecast(values) for name, values in case.naive.items()}
        known = skill_table(case.forecast(case.said), case.outcome, case.folds, naive)
        pd.testing.assert_frame_equal(skill.by_fold[known.columns], known)
        added = set(skill.by_fold.columns) - set(known.columns)
        assert added == ({"r2_mean"} if "r2_zero" in known else set())
        for table in (skill.by_year, skill.by_symbol):
            assert list(table.columns) == list(skill.by_fold.columns)

    def test_a_baseline_of_another_kind_is_not_compared(self) -> None:
        case = Case()
        position = Forecast(
            np.ones((1, *case.said.shape), np.float32),
            case.index, case.prices.symbols, ForecastKind.POSITION,
        )  # fmt: skip
        skill = judge_forecast(
            case.forecast(case.said), case.outcome, case.folds,
            {"held": position}, case.prices, EXECUTION, 2,
        )  # fmt: skip
        assert list(skill.versus.index) == ["zero", "expanding_mean"]
        assert "r2_vs_held" not in skill.by_fold


class TestFigures:
    def test_every_figure_is_the_one_of_its_function(self) -> None:
        case = Case()
        skill, said = case.judge(), case.said.astype(np.float32).astype(np.float64)
        figures = skill.figures
        assert figures["n"] == (~np.isnan(said + case.outcome)).sum() == skill.by_bar["n"].sum()
        assert figures["ic"] == correlation(said, case.outcome) == skill.by_fold.loc["all", "ic"]
        assert figures["rank_ic"] == pytest.approx(skill.by_bar["rank_ic"].mean(), rel=1e-12)
        assert figures["ic_mean"] == pytest.approx(skill.by_bar["ic"].mean(), rel=1e-12)
        # Next close: known 1 + 2 bars later, so neighbours share 2, and there are 4 lags.
        assert figures["ic_t"] == newey_west_t(skill.by_bar["ic"].to_numpy(), 4)
        assert figures["rank_ic_t"] == newey_west_t(skill.by_bar["rank_ic"].to_numpy(), 4)
        known = expanding_mean(case.outcome, 3, 40)
        assert figures["r2_mean"] == r2_against(said, known, case.outcome)
        sides = pesaran_timmermann_by_bar(said, case.outcome, 4)
        assert (figures["pt"], figures["pt_p"]) == pytest.approx(sides, rel=1e-9)
        line = mincer_zarnowitz(said, case.outcome)
        assert (figures["mz_slope"], figures["mz_intercept"]) == pytest.approx(line, rel=1e-9)
        groups = decile_table(said, case.outcome, 4)
        pd.testing.assert_frame_equal(skill.deciles, groups, rtol=1e-9)

    def test_every_rival_is_tested_with_the_label_span(self) -> None:
        """With skill against the noise and the mean, which the forecasts have by construction."""
        case = Case()
        skill, said = case.judge(), case.said.astype(np.float32).astype(np.float64)
        known = expanding_mean(case.outcome, 3, 40)
        for name, other in (
            ("zero", np.zeros_like(said)),
            ("expanding_mean", known),
            ("noise", case.naive["noise"].astype(np.float32).astype(np.float64)),
        ):
            row = skill.versus.loc[name]
            dm = diebold_mariano(case.outcome - other, case.outcome - said, 3)
            assert (row["dm"], row["dm_p"]) == pytest.approx(dm, rel=1e-9)
            if name != "noise":
                cw = clark_west(case.outcome, other, said, 3)
                assert (row["cw"], row["cw_p"]) == pytest.approx(cw, rel=1e-9)
                assert row["cw"] > 3
        assert skill.versus.loc["noise", "dm"] > 3

    def test_years_and_symbols_are_the_same_figures_on_fewer_pairs(self) -> None:
        case = Case()
        skill = case.judge()
        year = case.index.year[-1]
        rows = case.index.year == year
        part = skill_table(
            case.forecast(case.said), np.where(rows[:, None], case.outcome, NAN), [], {}
        ).loc["all"]
        for name in ("n", "ic", "rank_ic", "hit_rate", "r2_zero"):
            assert skill.by_year.loc[str(year), name] == pytest.approx(part[name], rel=1e-9)
        assert skill.by_year["n"].sum() == skill.by_symbol["n"].sum() == skill.figures["n"]
        said = pd.Series(case.said[:, 3].astype(np.float32))
        outcome = pd.Series(case.outcome[:, 3])
        row = skill.by_symbol.loc[case.prices.symbols[3]]
        assert row["ic"] == pytest.approx(said.corr(outcome), rel=1e-6)
        ranks = said.where(outcome.notna()).rank(), outcome.where(said.notna()).rank()
        assert row["rank_ic"] == pytest.approx(ranks[0].corr(ranks[1]), rel=1e-9)

    def test_versus_a_baseline_is_the_test_of_statsmodels(self) -> None:
        """Of one symbol; the label span is 3 bars: 2 lags, and Harvey's correction for 3."""
        case = Case(n_symbols=1)
        row = case.judge().versus.loc["noise"]
        series = [case.outcome, case.naive["noise"], case.said]
        there = ~np.isnan(np.sum(series, axis=0))
        outcome, noise, said = (one.astype(np.float32)[there] for one in series)
        theirs = diebold_mariano_test(outcome, noise, said, lags=2, harvey_adj=True, horizon=3)
        assert row["dm"] == pytest.approx(theirs.statistic, rel=1e-4)
        assert row["dm_p"] == pytest.approx(theirs.pvalue, rel=1e-3)
        assert row["dm"] > 0

    def test_the_decay_passes_through_the_own_horizon(self) -> None:
        skill = Case().judge()
        assert list(skill.decay.index) == [1, 2, 3, 5, 10, 21, 42, 63]
        for name in ("ic", "rank_ic"):
            assert skill.decay.loc[2, name] == pytest.approx(skill.figures[name], rel=1e-9)
        assert skill.decay.loc[2, "t"] == pytest.approx(skill.figures["rank_ic_t"], rel=1e-9)

    def test_the_order_of_the_symbols_does_not_matter(self) -> None:
        case, turned = Case(), Case()
        turned.prices = PriceFrame(close=case.prices.close.iloc[:, ::-1])
        turned.said, turned.outcome = case.said[:, ::-1], case.outcome[:, ::-1]
        turned.details = {name: values[:, ::-1] for name, values in case.details.items()}
        turned.naive = {name: values[:, ::-1] for name, values in case.naive.items()}
        there, back = case.judge(), turned.judge()
        assert back.figures == pytest.approx(dict(there.figures), rel=1e-9, nan_ok=True)
        pd.testing.assert_frame_equal(
            back.by_symbol.loc[there.by_symbol.index], there.by_symbol, rtol=1e-9
        )

    def test_what_comes_later_does_not_change_an_earlier_fold(self) -> None:
        case, changed = Case(), Case()
        changed.outcome = changed.outcome.copy()
        changed.outcome[250:] *= -7
        for name in ("by_fold", "by_bar"):
            there, then = getattr(case.judge(), name), getattr(changed.judge(), name)
            rows = ["0", "1"] if name == "by_fold" else case.index[:250]
            pd.testing.assert_frame_equal(then.loc[rows], there.loc[rows])


class TestEdges:
    """Warnings are errors in these tests: nothing may divide by zero, or average nothing."""

    def test_the_truth_is_perfect(self) -> None:
        case = Case()
        case.said = case.outcome
        figures = case.judge().figures
        for name in ("ic", "ic_mean", "rank_ic", "hit_rate", "r2_zero", "r2_mean", "mz_slope"):
            assert figures[name] == pytest.approx(1.0, abs=1e-6)

    def test_a_constant_forecast_knows_nothing(self) -> None:
        case = Case()
        case.said = case.naive["flat"]
        skill = case.judge()
        undefined = {"ic", "ic_mean", "ic_t", "rank_ic", "rank_ic_t", "pt", "pt_p", "mz_slope"}
        assert all(math.isnan(skill.figures[name]) for name in undefined)
        assert not math.isnan(skill.figures["hit_rate"])
        assert skill.deciles.empty
        assert skill.cloud.empty
        assert skill.versus.loc["flat", ["dm", "dm_p", "cw", "cw_p"]].isna().all()

    @pytest.mark.parametrize("n_symbols", [1, 2])
    def test_without_a_cross_section_the_ic_is_over_time(self, n_symbols: int) -> None:
        case = Case(n_symbols=n_symbols)
        skill, said = case.judge(), case.said.astype(np.float32).astype(np.float64)
        figures = skill.figures
        assert figures["ic_mean"] == figures["ic"]
        assert figures["ic_t"] > 2
        assert figures["ic_t"] == pytest.approx(pooled_t(said, case.outcome, lags_for(3)))
        assert all(math.isnan(figures[name]) for name in ("icir", "rank_ic", "rank_ic_t"))
        assert skill.decay["t"].notna().all()
        assert skill.by_bar[["ic", "rank_ic"]].isna().all(axis=None)
        assert len(skill.deciles) == 10

    @pytest.mark.parametrize("kind", list(ForecastKind))
    @pytest.mark.parametrize("empty", ["outcome", "said", "both"])
    def test_nothing_to_compare_is_nan(self, kind: ForecastKind, empty: str) -> None:
        case = Case(kind=kind, n_symbols=3)
        if empty != "said":
            case.outcome = np.full_like(case.outcome, NAN)
        if empty != "outcome":
            case.said = np.full_like(case.said, NAN)
            case.details = dict.fromkeys(case.details, case.said)
        skill = case.judge()
        assert skill.figures["n"] == skill.figures["n_bars"] == 0
        rest = {k: v for k, v in skill.figures.items() if k not in ("n", "n_bars")}
        assert all(map(math.isnan, rest.values()))
        assert skill.deciles.empty
        assert skill.cloud.empty
        assert skill.versus.isna().all(axis=None)
        assert (skill.by_fold["n"] == 0).all()

    def test_rows_without_any_pair_change_no_figure(self) -> None:
        """Bars at the end, where outcomes are not known yet."""
        case, shorter = Case(), Case()
        case.outcome = case.outcome.copy()
        case.outcome[-30:] = NAN
        shorter.index = case.index[:-30]
        shorter.said, shorter.outcome = case.said[:-30], case.outcome[:-30]
        shorter.details = {name: values[:-30] for name, values in case.details.items()}
        shorter.naive = {name: values[:-30] for name, values in case.naive.items()}
        assert case.judge().figures == pytest.approx(dict(shorter.judge().figures), nan_ok=True)

    def test_no_bars_at_all(self) -> None:
        case = Case()
        case.index, case.folds = case.index[:0], []
        case.said, case.outcome = case.said[:0], case.outcome[:0]
        case.details = {name: values[:0] for name, values in case.details.items()}
        case.naive = {name: values[:0] for name, values in case.naive.items()}
        skill = case.judge()
        assert skill.figures["n"] == 0
        assert skill.by_year.empty
        assert list(skill.by_year.columns) == list(skill.by_fold.columns)

    def test_the_same_twice(self) -> None:
        case = Case()
        one, other = case.judge(), case.judge()
        assert all(same(one.figures[name], other.figures[name]) for name in FIGURES)
        for name in TABLES:
            pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
