"""Other people's classes may be wrong; then the error names them, and nothing is quietly off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from lstmtrader.clock import Calendar, Execution
from lstmtrader.config.building import build
from lstmtrader.data.provider import EVERYTHING, PriceProvider, PriceRequest
from lstmtrader.data.sample import SampleProvider
from lstmtrader.data.source import PriceSource
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError, ContractError, DataError
from lstmtrader.experiment import Experiment
from lstmtrader.features import ForwardReturn, ScaledReturn
from lstmtrader.features.returns import rolling_volatility
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models.forecaster import FitRecord, FitTask, FittedForecaster
from lstmtrader.panel import Panel
from lstmtrader.prices import PriceFrame
from lstmtrader.progress import Progress, silent
from lstmtrader.weights import TargetWeights
from strategies.direct_positions import DirectPositions

# Providers


@dataclass(frozen=True)
class IgnoresTheRequest:
    """Hands out all it has, whatever was asked for."""

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        return SyntheticProvider(n_symbols=4, n_bars=60).fetch()


def test_a_provider_that_ignores_the_request_is_cut_to_it() -> None:
    source = PriceSource(IgnoresTheRequest(), symbols=("SYN02", "SYN00"), start="2000-02-01")
    source = build(
        PriceSource,
        {
            "provider": f"{__name__}:IgnoresTheRequest",
            "symbols": ["SYN02", "SYN00"],
            "start": "2000-02-01",
            "end": "2000-02-10",
        },
    )
    prices = source.fetch()
    assert prices.symbols == ("SYN02", "SYN00")
    assert f"{prices.index[0]:%F} {prices.index[-1]:%F}" == "2000-02-01 2000-02-10"
    asked = SyntheticProvider(n_symbols=4, n_bars=60).fetch(
        PriceRequest(("SYN02", "SYN00"), source.start, source.end)
    )
    assert prices.sha256() == asked.sha256()


def test_a_symbol_the_provider_does_not_hand_out_is_an_error() -> None:
    with pytest.raises(DataError, match="'SYN09' is not in what IgnoresTheRequest has"):
        PriceSource(IgnoresTheRequest(), symbols=("SYN09",)).fetch()


@pytest.mark.parametrize(
    "target",
    ["subprocess:Popen", "pathlib:Path", "lstmtrader.features:ScaledReturn"],
)
def test_a_class_of_the_wrong_kind_is_never_constructed(target: str, tmp_path: Path) -> None:
    """A dotted path to anything else is refused before any of its code runs."""
    traces = tmp_path / "ran"
    settings = {"provider": {"target": target, "params": {"args": ["touch", str(traces)]}}}
    with pytest.raises(ConfigError, match="is no PriceProvider; it lacks fetch"):
        build(PriceSource, settings, aliases={PriceProvider: {}})
    assert not traces.exists()


# Prices


def _rows(index: pd.DatetimeIndex, calendar: Calendar) -> PriceFrame:
    walk = np.exp(np.random.default_rng(0).normal(0, 0.01, len(index)).cumsum())
    return PriceFrame(pd.DataFrame({"A": walk}, index=index), calendar=calendar)


@pytest.mark.parametrize(
    ("index", "calendar"),
    [
        (pd.date_range("2000-01-31", periods=240, freq="ME"), Calendar()),
        (pd.date_range("2018-01-05", periods=208, freq="W-FRI"), Calendar()),
        (pd.date_range("2024-01-02", periods=1500, freq="h"), Calendar()),
        (pd.date_range("2024-01-02", periods=20_000, freq="5min"), Calendar("24/7")),
        (pd.date_range("2024-01-02", periods=40, freq="h"), Calendar("24/5")),
        (pd.date_range("2000-01-03", periods=800, freq="D"), Calendar()),
    ],
    ids=["monthly", "weekly", "hourly", "five minutes", "two days of hours", "every day"],
)
def test_bars_that_contradict_the_calendar_are_refused(
    index: pd.DatetimeIndex, calendar: Calendar
) -> None:
    """Else the Sharpe ratio would be annualised with a number that is not true."""
    with pytest.raises(DataError, match="bars a year, but the prices have"):
        _rows(index, calendar)


@pytest.mark.parametrize(
    ("index", "calendar", "per_year"),
    [
        (pd.bdate_range("2024-01-01", periods=25), Calendar(), 252),
        (pd.date_range("2024-01-01", periods=400, freq="D"), Calendar("24/7"), 365),
        (pd.date_range("2024-01-01", periods=400, freq="h"), Calendar("24/7", 60), 8760),
        (pd.date_range("2024-01-01", periods=400, freq="5min"), Calendar("24/7", 5), 105_120),
    ],
)
def test_bars_that_fit_the_calendar_are_annualised_by_it(
    index: pd.DatetimeIndex, calendar: Calendar, per_year: int
) -> None:
    assert _rows(index, calendar).periods_per_year == per_year


@pytest.mark.parametrize("columns", [[7203, 9984], ["A", np.nan], ["A", ""]])
def test_symbols_are_text(columns: list[object]) -> None:
    index = pd.bdate_range("2024-01-01", periods=3)
    with pytest.raises(DataError, match="expected symbols as text"):
        PriceFrame(pd.DataFrame(np.ones((3, 2)), index=index, columns=columns))


@dataclass(frozen=True)
class OverwritesPrices:
    """Tries to change the prices it will be judged by."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        prices.close.iloc[:] = 1.0
        return TargetWeights(forecast.mean * 0.0)


def test_prices_cannot_be_overwritten(tiny_experiment: Experiment) -> None:
    with pytest.raises(ContractError, match="strategy OverwritesPrices failed with ValueError"):
        replace(tiny_experiment, strategy=OverwritesPrices()).run()


# A price that does not move


def _with_a_frozen_symbol() -> PriceFrame:
    prices = SampleProvider().fetch(PriceRequest(symbols=("AMD", "KO", "MRK", "XOM")))
    close = prices.close.to_numpy(copy=True)
    close[3000:3100, 1] = close[3000, 1]
    return replace(
        prices, close=pd.DataFrame(close, index=prices.index, columns=list(prices.symbols))
    )


def test_a_motionless_price_has_no_volatility_and_gets_no_weight() -> None:
    """Rounding left by running sums must not pass for a tiny volatility: it is divided by."""
    prices = _with_a_frozen_symbol()
    frozen = slice(3061, 3100)
    assert (rolling_volatility(prices, 60)["KO"].iloc[frozen] == 0).all()
    label = ForwardReturn(1)(prices, Execution.NEXT_CLOSE)
    assert label["KO"].iloc[frozen].isna().all()
    assert label.abs().max().max() < 100
    assert not np.isfinite(ScaledReturn(5)(prices)["KO"].iloc[3066:3100]).any()
    full = np.ones((1, prices.n_bars, 4), dtype=np.float32)
    forecast = Forecast(full, prices.index, prices.symbols, ForecastKind.POSITION)
    strategy = DirectPositions(target_volatility=0.15, cap=3.0)
    weights = strategy.target_weights(forecast, prices).frame
    assert (weights["KO"].iloc[frozen] == 0).all()
    assert weights.max().max() <= 3.0 / 4


# Features and models


@dataclass(frozen=True)
class Odd:
    """A feature whose attributes are not what they should be."""

    name: object = "odd"
    lookback: object = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return prices.close * 0.0 + 1.0


@pytest.mark.parametrize(
    "feature", [Odd(lookback="5"), Odd(lookback=-3), Odd(name=7), Odd(name="")]
)
def test_a_feature_says_what_it_is(tiny_experiment: Experiment, feature: Odd) -> None:
    with pytest.raises(ContractError, match=r"feature .*expected a (name|lookback)"):
        replace(tiny_experiment, features=(feature,)).run()


@dataclass(frozen=True)
class OddModel:
    """A model that does something else than it should."""

    answer: Callable[[Panel], object]
    fitted: Callable[[int], object] | None = None
    lookback: object = 3

    @property
    def record(self) -> FitRecord:
        return FitRecord(1)

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        return ForecastKind.POSITION

    def fit_many(
        self, tasks: Sequence[FitTask], progress: Progress = silent
    ) -> list[FittedForecaster]:
        return [self for _ in tasks] if self.fitted is None else self.fitted(len(tasks))

    def predict(self, context: Panel, /) -> Forecast:
        return self.answer(context)


def _flat(context: Panel) -> Forecast:
    values = np.zeros((1, *context.valid.T.shape), dtype=np.float32)
    return Forecast(values, context.index, context.symbols, ForecastKind.POSITION)


def _last_bars(context: Panel) -> Forecast:
    whole = _flat(context)
    return Forecast(whole.members[:, 4:], whole.index[4:], whole.symbols, whole.kind)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (OddModel(_last_bars), "expected one forecast for each bar"),
        (OddModel(lambda context: None), "expected a Forecast; got NoneType"),
        (OddModel(lambda context: 1 / 0), "model OddModel failed with ZeroDivisionError"),
        (OddModel(_flat, fitted=lambda n: []), "expected one fitted model a task; got 0"),
        (OddModel(_flat, fitted=lambda n: None), "model OddModel failed with TypeError"),
        (OddModel(_flat, lookback="3"), "expected a lookback of at least 1 bar"),
    ],
)
def test_a_model_answers_what_it_is_asked(
    tiny_experiment: Experiment, model: OddModel, said: str
) -> None:
    prices = tiny_experiment.prices.fetch()
    from lstmtrader.walkforward.engine import walk_forward

    labelled, folds = tiny_experiment.labelled_panel(prices), tiny_experiment.folds(prices)
    with pytest.raises(ContractError, match=said):
        list(walk_forward(labelled, folds, model, tiny_experiment.target.kind))
    assert len(list(walk_forward(labelled, folds, OddModel(_flat), ForecastKind.RETURN))) > 1


def test_the_default_type_of_numbers_is_not_the_runs_business(
    tiny_experiment: Experiment, tiny_run: object
) -> None:
    torch.set_default_dtype(torch.float64)
    try:
        again = tiny_experiment.run()
        assert torch.get_default_dtype() is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    np.testing.assert_array_equal(again.forecast.members, tiny_run.forecast.members)


def test_what_is_left_out_is_counted_and_named(tiny_experiment: Experiment) -> None:
    """The facts name a symbol too short to be forecast, and count what buy & hold never held."""
    provider = tiny_experiment.prices.provider
    prices = provider.fetch(PriceRequest())
    close = prices.close.to_numpy(copy=True)
    close[:-15, 0] = np.nan

    @dataclass(frozen=True)
    class Late:
        def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
            frame = pd.DataFrame(close, index=prices.index, columns=list(prices.symbols))
            return PriceFrame(frame, calendar=prices.calendar)

    late = replace(tiny_experiment, prices=PriceSource(Late()), execution=Execution.NEXT_CLOSE)
    facts = late.run().facts
    n = len(prices.symbols)
    assert f"{n - 1} of {n} symbols, none for {prices.symbols[0]}" in facts["Forecasts"]
    assert f"{n - 1} of {n} were held" in facts["Buy & hold"]
