"""Law: the baselines are the models of the textbooks, computed here the slow and plain way."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn.linear_model
import statsmodels.api
from threadpoolctl import threadpool_limits

from lstmtrader.clock import Calendar, Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError, HistoryError
from lstmtrader.features import (
    AbsoluteReturn,
    Direction,
    ForwardRank,
    ForwardReturn,
    ForwardVolatility,
    Return,
    ScaledReturn,
)
from lstmtrader.features.assemble import build_panel
from lstmtrader.features.feature import Feature, Target
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models import Boosting, Garch, Har, HistoricalMean, Momentum, Ridge, Zero
from lstmtrader.models.baselines.boosting import FittedBoosting
from lstmtrader.models.baselines.garch import FittedGarch
from lstmtrader.models.baselines.har import FittedHar
from lstmtrader.models.baselines.linear import FittedRidge
from lstmtrader.models.baselines.variance import RISK_METRICS
from lstmtrader.models.forecaster import FitTask, Forecaster
from lstmtrader.panel import LabelledPanel, Panel
from lstmtrader.prices import PriceFrame

FEATURES = (ScaledReturn(1, 10), AbsoluteReturn(1), Return(1), AbsoluteReturn(3))
TRAIN, VALIDATION, TEST = range(60, 700), range(706, 850), range(856, 1000)


def clustered(n_symbols: int = 3, n_bars: int = 1000, seed: int = 4) -> PriceFrame:
    """Prices whose returns are a GARCH(1,1) with alpha 0.1 and beta 0.85."""
    rng = np.random.default_rng(seed)
    variance = np.full(n_symbols, 1e-4)
    returns = np.zeros((n_bars, n_symbols))
    for bar in range(1, n_bars):
        returns[bar] = np.sqrt(variance) * rng.standard_normal(n_symbols)
        variance = 5e-6 + 0.1 * returns[bar] ** 2 + 0.85 * variance
    index = pd.bdate_range("2000-01-03", periods=n_bars)
    close = pd.DataFrame(
        100 * np.exp(returns.cumsum(axis=0)), index, [f"G{number}" for number in range(n_symbols)]
    )
    return PriceFrame(close=close, calendar=Calendar("24/5"))


def panel_of(
    prices: PriceFrame, target: Target, features: tuple[Feature, ...] = FEATURES
) -> LabelledPanel:
    return build_panel(prices, features, target, Execution.NEXT_CLOSE)


def task_of(labelled: LabelledPanel, forecaster: Forecaster, kind: ForecastKind) -> FitTask:
    def cut(rows: range) -> LabelledPanel:
        first = max(rows.start - forecaster.lookback + 1, 0)
        return labelled.bars(first, rows.stop, first=rows.start)

    return FitTask(cut(TRAIN), cut(VALIDATION), kind, seed=3)


def context_of(labelled: LabelledPanel, forecaster: Forecaster) -> Panel:
    return labelled.panel.bars(TEST.start - forecaster.lookback + 1, TEST.stop)


def squared_error(labelled: LabelledPanel, target: Target, forecaster: Forecaster) -> float:
    """Mean squared error on the test bars."""
    (fitted,) = forecaster.fit_many([task_of(labelled, forecaster, target.kind)])
    said = fitted.predict(context_of(labelled, forecaster)).members[0, -len(TEST) :]
    error = said - labelled.target.T[TEST.start : TEST.stop]
    return float(np.nanmean(error.astype(np.float64) ** 2))


@pytest.fixture(scope="module")
def returns() -> LabelledPanel:
    """Returns with an autocorrelation, late listings and holes."""
    prices = SyntheticProvider(
        n_bars=1000, seed=5, autocorrelation=0.3, listed_late=1, holes=4
    ).fetch()
    return panel_of(prices, ForwardReturn(1, volatility_window=10))


@pytest.fixture(scope="module")
def volatility() -> LabelledPanel:
    return panel_of(clustered(), ForwardVolatility(5))


@pytest.fixture(scope="module")
def garch(volatility: LabelledPanel) -> FittedGarch:
    (made,) = Garch().fit_many([task_of(volatility, Garch(), ForecastKind.LOG_VOLATILITY)])
    assert isinstance(made, FittedGarch)
    return made


def plain_windows(labelled: LabelledPanel, lags: int) -> tuple[np.ndarray, np.ndarray]:
    """Windows of valid bars, newest bar first, and their labels, symbol by symbol."""
    inputs, labels = [], []
    panel = labelled.panel
    for symbol in range(len(panel.symbols)):
        for bar in range(lags - 1, panel.n_bars):
            window = slice(bar - lags + 1, bar + 1)
            if panel.valid[symbol, window].all() and np.isfinite(labelled.target[symbol, bar]):
                inputs.append(panel.values[symbol, window][::-1].astype(np.float64).ravel())
                labels.append(float(labelled.target[symbol, bar]))
    return np.array(inputs), np.array(labels)


class TestRidge:
    @pytest.mark.parametrize("penalty", [1e-3, 0.1, 3.0])
    @pytest.mark.parametrize("lags", [1, 4])
    def test_it_is_scikit_learns(self, returns: LabelledPanel, penalty: float, lags: int) -> None:
        ridge = Ridge(lags, (penalty,), clip=1e9)
        task = task_of(returns, ridge, ForecastKind.SCALED_RETURN)
        (fitted,) = ridge.fit_many([task])
        assert isinstance(fitted, FittedRidge)
        bars = task.train.panel.values[task.train.panel.valid].astype(np.float64)
        mean, deviation = np.tile(bars.mean(axis=0), lags), np.tile(bars.std(axis=0), lags)
        inputs, labels = plain_windows(task.train, lags)
        theirs = sklearn.linear_model.Ridge(alpha=penalty * len(labels))
        theirs.fit((inputs - mean) / deviation, labels)
        np.testing.assert_allclose(fitted.line.coefficients, theirs.coef_, rtol=0, atol=1e-9)
        assert fitted.line.intercept == pytest.approx(theirs.intercept_, abs=1e-9)

        context = context_of(returns, ridge)
        said = fitted.predict(context).members[0].T
        symbol, bar = np.argwhere(np.isfinite(said))[17]
        window = context.values[symbol, bar - lags + 1 : bar + 1][::-1].astype(np.float64).ravel()
        expected = theirs.predict((window - mean)[None] / deviation)[0]
        assert said[symbol, bar] == pytest.approx(expected, abs=1e-6)

    def test_validation_chooses_the_penalty_and_nothing_else(self, returns: LabelledPanel) -> None:
        penalties = (1e-3, 1.0, 100.0)
        ridge = Ridge(3, penalties)
        task = task_of(returns, ridge, ForecastKind.SCALED_RETURN)
        assert task.validation is not None
        inputs = context_of(returns, ridge)
        errors, alone = [], []
        for penalty in penalties:
            (fitted,) = Ridge(3, (penalty,)).fit_many([task])
            said = fitted.predict(task.validation.panel).members[0].T
            errors.append(np.nanmean((said - task.validation.target).astype(np.float64) ** 2))
            alone.append(fitted.predict(inputs).members.tobytes())
        (chosen,) = ridge.fit_many([task])
        assert chosen.predict(inputs).members.tobytes() == alone[int(np.argmin(errors))]

    def test_on_its_own_past_it_is_an_autoregression(self) -> None:
        """One lag of the return, no penalty to speak of: the AR(1) coefficient."""
        prices = SyntheticProvider(n_bars=1000, n_symbols=8, seed=1, autocorrelation=0.4).fetch()
        target = ForwardReturn(1, scaled=False)
        # Decided and filled at one close, so that the label is the return of the next bar.
        labelled = build_panel(prices, (Return(1),), target, Execution.SAME_CLOSE)
        ridge = Ridge(1, (1e-9,), clip=1e9)
        (fitted,) = ridge.fit_many([task_of(labelled, ridge, target.kind)])
        assert isinstance(fitted, FittedRidge)
        slope = fitted.line.coefficients[0] / fitted.scale.deviation[0]
        assert slope == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize("forecaster", [Ridge(2), Boosting(2)], ids=repr)
def test_a_planted_autocorrelation_is_found(forecaster: Forecaster) -> None:
    """Filled at the close it was decided on, 0.3 explains 0.09 of the variance."""
    prices = SyntheticProvider(n_bars=1000, n_symbols=8, seed=2, autocorrelation=0.3).fetch()
    target = ForwardReturn(1, volatility_window=10)
    labelled = build_panel(prices, FEATURES, target, Execution.SAME_CLOSE)
    assert squared_error(labelled, target, forecaster) < 0.97 * squared_error(
        labelled, target, HistoricalMean()
    )


@pytest.mark.parametrize("forecaster", [Har(), Garch(), Ridge(), Boosting()], ids=repr)
def test_planted_clusters_of_volatility_are_found(forecaster: Forecaster) -> None:
    target = ForwardVolatility(5)
    labelled = panel_of(clustered(n_symbols=10), target)
    assert squared_error(labelled, target, forecaster) < 0.95 * squared_error(
        labelled, target, HistoricalMean()
    )


class TestHar:
    def test_it_is_least_squares_on_plain_means(self, volatility: LabelledPanel) -> None:
        windows = (1, 5, 22)
        har = Har(windows)
        task = task_of(volatility, har, ForecastKind.LOG_VOLATILITY)
        (fitted,) = har.fit_many([task])
        assert isinstance(fitted, FittedHar)
        rows, labels = [], []
        outcome = task.train.panel.outcome.astype(np.float64)
        for symbol, bar in np.argwhere(task.train.labelled & task.train.panel.valid):
            past = [outcome[symbol, bar - window + 1 : bar + 1] for window in windows]
            if len(past[-1]) == 22 and not np.isnan(past[-1]).any():
                rows.append([1.0, *(one.mean() for one in past)])
                labels.append(float(task.train.target[symbol, bar]))
        theirs = statsmodels.api.OLS(np.array(labels), np.array(rows)).fit()
        np.testing.assert_allclose(fitted.coefficients, theirs.params, rtol=1e-8, atol=1e-9)
        assert fitted.record.train_samples == len(labels)

        context = context_of(volatility, har)
        said = fitted.predict(context).members[0].T
        past = [context.outcome[1, 100 - window + 1 : 101].mean() for window in windows]
        assert said[1, 100] == pytest.approx(theirs.predict([[1.0, *past]])[0], abs=1e-5)

    def test_an_unknown_outcome_leaves_a_gap_as_long_as_its_window(
        self, volatility: LabelledPanel
    ) -> None:
        har = Har((1, 5, 10))
        (fitted,) = har.fit_many([task_of(volatility, har, ForecastKind.LOG_VOLATILITY)])
        context = context_of(volatility, har)
        outcome = context.outcome.copy()
        outcome[0, 50] = np.nan
        said = fitted.predict(replace(context, outcome=outcome)).members[0, :, 0]
        assert np.flatnonzero(np.isnan(said)).tolist() == [*range(9), *range(50, 60)]


class TestGarch:
    def test_the_planted_parameters_are_found(self) -> None:
        prices = clustered(n_symbols=1, n_bars=6000, seed=9)
        labelled = panel_of(prices, ForwardVolatility(5), (AbsoluteReturn(1, floor=0.0), Return(1)))
        task = FitTask(labelled.bars(0, 6000, first=0), None, ForecastKind.LOG_VOLATILITY, 0)
        for garch in (Garch(), Garch("return_1", logged=False)):
            (made,) = garch.fit_many([task])
            assert isinstance(made, FittedGarch)
            found = made.parameters["G0"]
            assert found.alpha == pytest.approx(0.1, abs=0.03)
            assert found.beta == pytest.approx(0.85, abs=0.05)
            assert found.omega / (1 - found.alpha - found.beta) == pytest.approx(1e-4, rel=0.2)

    def test_the_path_is_the_plain_recursion_and_the_forecast_the_textbooks(
        self, garch: FittedGarch, volatility: LabelledPanel
    ) -> None:
        """Means over 5 bars, after 1, of s + (a + b)^(k - 1) (v - s): Bollerslev's formula."""
        lookback = Garch().lookback
        context = context_of(volatility, Garch())
        said = garch.log_volatility(context)
        squares = np.exp(2 * context.values[:, :, 1].astype(np.float64))
        for symbol, name in enumerate(context.symbols):
            one = garch.parameters[name]
            variance = float(np.mean(squares[symbol, :lookback]))
            level = one.omega / (1 - one.alpha - one.beta)
            for bar in range(context.n_bars):
                variance = one.omega + one.alpha * squares[symbol, bar] + one.beta * variance
                if bar < lookback - 1:
                    assert math.isnan(said[symbol, bar])
                    continue
                ahead = [
                    level + (one.alpha + one.beta) ** (step - 1) * (variance - level)
                    for step in range(2, 7)
                ]
                assert said[symbol, bar] == pytest.approx(0.5 * math.log(sum(ahead) / 5), abs=1e-9)

    def test_its_level_is_that_of_the_training_labels(
        self, garch: FittedGarch, volatility: LabelledPanel
    ) -> None:
        train = task_of(volatility, Garch(), ForecastKind.LOG_VOLATILITY).train
        error = garch.predict(train.panel).members[0].T - train.target
        assert float(np.nanmean(error.astype(np.float64))) == pytest.approx(0, abs=1e-6)
        assert garch.record.train_samples == int(np.isfinite(error).sum())
        assert garch.record.notes == ()

    def test_what_cannot_be_fitted_has_a_stand_in_and_is_named(
        self, volatility: LabelledPanel
    ) -> None:
        task = task_of(volatility, Garch(), ForecastKind.LOG_VOLATILITY)
        valid = task.train.panel.valid.copy()
        valid[1, 300::200] = False
        holed = replace(
            task, train=replace(task.train, panel=replace(task.train.panel, valid=valid))
        )
        (made,) = Garch().fit_many([holed])
        assert isinstance(made, FittedGarch)
        (note,) = made.record.notes
        assert note == "G1 has stand-in parameters: fewer than 500 returns in one stretch"
        others = [made.parameters[name] for name in ("G0", "G2")]
        assert made.parameters["G1"].alpha == np.median([one.alpha for one in others])
        (none,) = Garch(least=5000).fit_many([task])
        assert isinstance(none, FittedGarch)
        assert set(none.parameters.values()) == {RISK_METRICS}
        assert len(none.record.notes) == 3

    def test_a_price_without_convergence_is_named(
        self, volatility: LabelledPanel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import arch.univariate.base

        fit = arch.univariate.base.ARCHModel.fit

        def one_step(model: object, **settings: object) -> object:
            return fit(model, **settings, options={"maxiter": 1})

        monkeypatch.setattr(arch.univariate.base.ARCHModel, "fit", one_step)
        (made,) = Garch().fit_many([task_of(volatility, Garch(), ForecastKind.LOG_VOLATILITY)])
        assert made.record.notes == tuple(
            f"G{number} has stand-in parameters: no convergence" for number in range(3)
        )

    def test_a_feature_that_is_missing_is_named_with_those_that_are_there(
        self, volatility: LabelledPanel
    ) -> None:
        garch = Garch("return_5")
        there = "scaled_return_1, absolute_return_1, return_1, absolute_return_3"
        with pytest.raises(ConfigError, match=f"reads the feature return_5.* has {there}"):
            garch.fit_many([task_of(volatility, garch, ForecastKind.LOG_VOLATILITY)])


PRINT_FORECASTS = """
import json, sys
sys.path[:0] = {path!r}
from reference.test_baselines import forecasts_of_boosting
print(json.dumps(forecasts_of_boosting()))
"""


def forecasts_of_boosting() -> list[str]:
    """Bytes of a regression and of a classification, in hexadecimal."""
    prices = SyntheticProvider(n_bars=1000, seed=5, autocorrelation=0.3).fetch()
    answers = []
    for target in (ForwardReturn(1, volatility_window=10), Direction()):
        labelled = panel_of(prices, target)
        boosting = Boosting(lags=3, iterations=20)
        (fitted,) = boosting.fit_many([task_of(labelled, boosting, target.kind)])
        members = fitted.predict(context_of(labelled, boosting)).members
        answers.append(members.tobytes().hex())
    return answers


class TestBoosting:
    def test_the_number_of_threads_changes_no_byte(self) -> None:
        here = Path(__file__).resolve().parent.parent
        code = PRINT_FORECASTS.format(path=[str(here), str(here.parent)])
        many = {**os.environ, "OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "4"}
        other = subprocess.run(
            [sys.executable, "-c", code], env=many, capture_output=True, text=True, check=True
        )
        assert json.loads(other.stdout) == forecasts_of_boosting()
        with threadpool_limits(2):
            assert json.loads(other.stdout) == forecasts_of_boosting()

    def test_the_best_trees_on_validation_are_kept(self) -> None:
        prices = SyntheticProvider(n_bars=1000, seed=5, autocorrelation=0.3).fetch()
        target = ForwardReturn(1, volatility_window=10)
        returns = build_panel(prices, FEATURES, target, Execution.SAME_CLOSE)
        boosting = Boosting(lags=2, iterations=60, patience=5, learning_rate=0.3)
        task = task_of(returns, boosting, ForecastKind.SCALED_RETURN)
        (fitted,) = boosting.fit_many([task])
        assert isinstance(fitted, FittedBoosting)
        assert task.validation is not None
        inputs, labels = [], []
        for symbol, bar in np.argwhere(task.validation.labelled):
            if bar and task.validation.panel.valid[symbol, bar - 1 : bar + 1].all():
                inputs.append(task.validation.panel.values[symbol, [bar, bar - 1]].ravel())
                labels.append(task.validation.target[symbol, bar])
        losses = [
            np.mean((stage - labels) ** 2)
            for stage in fitted.model.staged_predict(np.array(inputs, dtype=np.float64))
        ]
        assert fitted.trees == int(np.argmin(losses)) + 1 < len(losses)
        assert fitted.record.best_epoch == fitted.trees

    def test_where_no_tree_helps_it_says_the_mean(self) -> None:
        """What was learnt in training is wrong all over validation."""
        prices = SyntheticProvider(n_bars=1000, seed=5, autocorrelation=0.3).fetch()
        target = ForwardReturn(1, volatility_window=10)
        labelled = build_panel(prices, FEATURES, target, Execution.SAME_CLOSE)
        boosting = Boosting(lags=1)
        task = task_of(labelled, boosting, target.kind)
        assert task.validation is not None
        turned = replace(task.validation, target=-task.validation.target)
        (fitted,) = boosting.fit_many([replace(task, validation=turned)])
        assert fitted.record.best_epoch == 0
        said = fitted.predict(context_of(labelled, boosting)).members
        mean = np.nanmean(task.train.target[task.train.panel.valid].astype(np.float64))
        np.testing.assert_allclose(said[np.isfinite(said)], mean, atol=1e-6)

    def test_labels_of_one_kind_only_are_refused(self) -> None:
        labelled = panel_of(SyntheticProvider(n_bars=1000, seed=5).fetch(), Direction())
        one_sided = replace(labelled, target=np.where(labelled.labelled, 1, np.nan).astype("f4"))
        with pytest.raises(HistoryError, match="gains and losses"):
            Boosting().fit_many([task_of(one_sided, Boosting(), ForecastKind.PROBABILITY)])


def test_momentum_is_the_sign_of_the_price_against_that_of_a_year_ago() -> None:
    prices = SyntheticProvider(n_bars=1000, seed=5).fetch()
    labelled = panel_of(prices, ForwardReturn(5), (Return(252),))
    (fitted,) = Momentum().fit_many([task_of(labelled, Momentum(), ForecastKind.SCALED_RETURN)])
    forecast: Forecast = fitted.predict(labelled.panel)
    close = prices.close
    expected = np.sign(close - close.shift(252)).to_numpy()
    assert np.array_equal(forecast.members[0], expected.astype(np.float32), equal_nan=True)
    assert forecast.kind is ForecastKind.POSITION


def test_zero_is_zero_where_a_bar_is_valid(returns: LabelledPanel) -> None:
    (fitted,) = Zero().fit_many([task_of(returns, Zero(), ForecastKind.SCALED_RETURN)])
    said = fitted.predict(returns.panel).members[0].T
    assert np.array_equal(np.isfinite(said), returns.panel.valid)
    assert (said[returns.panel.valid] == 0).all()


LEARNS = {
    Zero(): {"return", "scaled_return", "rank"},
    Momentum(): {"return", "scaled_return", "rank"},
    Ridge(): set(ForecastKind) - {"probability", "position", "score"},
    Boosting(): set(ForecastKind) - {"position", "score"},
    Har(): {"volatility", "log_volatility"},
    Garch(): {"volatility", "log_volatility"},
}


@pytest.mark.parametrize("kind", list(ForecastKind))
@pytest.mark.parametrize("forecaster", LEARNS, ids=repr)
def test_a_target_is_learnt_or_refused_by_name(forecaster: Forecaster, kind: ForecastKind) -> None:
    if kind in LEARNS[forecaster]:
        said = forecaster.kind(kind)
        assert said is (ForecastKind.POSITION if isinstance(forecaster, Momentum) else kind)
    else:
        name = type(forecaster).__name__
        with pytest.raises(ConfigError, match=f"{name} learns .*; the target is {kind}"):
            forecaster.kind(kind)


@pytest.mark.parametrize(
    ("cls", "settings", "message"),
    [
        (Ridge, {"lags": 0}, "lags: expected at least 1"),
        (Ridge, {"penalties": ()}, "penalties: expected ascending"),
        (Ridge, {"penalties": (1.0, 0.1)}, "penalties: expected ascending"),
        (Ridge, {"penalties": (0.0, 1.0)}, "penalties: expected ascending"),
        (Ridge, {"penalties": (1.0, math.inf)}, "penalties: expected ascending"),
        (Ridge, {"clip": 0.0}, "clip: expected a finite number above 0"),
        (Boosting, {"leaves": 1}, "leaves: expected at least 2"),
        (Boosting, {"iterations": 0}, "iterations: expected at least 1"),
        (Boosting, {"learning_rate": math.nan}, "learning_rate: expected a finite number"),
        (Har, {"windows": ()}, "windows: expected ascending"),
        (Har, {"windows": (5, 1)}, "windows: expected ascending"),
        (Har, {"windows": (0, 1)}, "windows: expected ascending"),
        (Garch, {"lookback": 0}, "lookback: expected at least 1"),
        (Garch, {"lag": -1}, "lag: expected at least 0"),
        (Garch, {"least": 2}, "least: expected at least 10"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused(cls: type, settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        cls(**settings)


@pytest.mark.parametrize("target", [ForwardReturn(), ForwardRank()], ids=repr)
@pytest.mark.parametrize("forecaster", [Ridge(), Boosting()], ids=repr)
def test_too_little_to_learn_from_says_so(forecaster: Forecaster, target: Target) -> None:
    prices = SyntheticProvider(n_bars=1000).fetch()
    labelled = panel_of(prices, target)
    nothing = replace(labelled, target=np.full_like(labelled.target, np.nan))
    with pytest.raises(HistoryError, match="training windows"):
        forecaster.fit_many([task_of(nothing, forecaster, target.kind)])


def test_garch_knows_that_a_label_needs_bars_beyond_the_lag(volatility: LabelledPanel) -> None:
    with pytest.raises(ConfigError, match="lag 6 leaves nothing of a label of 6 bars"):
        Garch(lag=6).fit_many([task_of(volatility, Garch(lag=6), ForecastKind.LOG_VOLATILITY)])


def test_volatilities_themselves_are_calibrated_too(volatility: LabelledPanel) -> None:
    task = task_of(volatility, Garch(), ForecastKind.VOLATILITY)
    plain = replace(task.train, target=np.exp(task.train.target))
    (fitted,) = Garch().fit_many([replace(task, train=plain, validation=None)])
    said = fitted.predict(plain.panel).members[0].T
    both = np.isfinite(said) & plain.labelled
    assert said[both].mean() == pytest.approx(plain.target[both].mean(), rel=1e-5)
