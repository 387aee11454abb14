"""Law: each question of the contracts catches a class that is wrong in just that way."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lstmtrader.contracts import check_feature, check_forecaster, check_strategy
from lstmtrader.contracts.features import FEATURE_LAWS, ground_of
from lstmtrader.contracts.forecasters import FORECASTER_LAWS
from lstmtrader.contracts.forecasts import random_forecast
from lstmtrader.contracts.ground import ragged_prices
from lstmtrader.contracts.lesson import Lesson
from lstmtrader.contracts.strategies import STRATEGY_LAWS, weights_of
from lstmtrader.errors import ContractError
from lstmtrader.features import Return
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models import Ridge
from lstmtrader.models.forecaster import FitRecord, FitTask, FittedForecaster
from lstmtrader.panel import Panel
from lstmtrader.prices import PriceFrame
from lstmtrader.progress import Progress, silent
from lstmtrader.weights import TargetWeights

COUNT = itertools.count()


def returns(prices: PriceFrame) -> pd.DataFrame:
    return np.log(prices.close / prices.close.shift(1))


@dataclass(frozen=True)
class Crooked:
    """A feature with one fault; without one, it is sound."""

    fault: str = ""

    name = "crooked"
    lookback = 11

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        table = returns(prices).rolling(10).mean()
        match self.fault:
            case "fewer bars":
                return table.iloc[1:]
            case "single precision":
                return table.astype(np.float32)
            case "infinities":
                return table / 0.0
            case "asked twice":
                return table + next(COUNT)
            case "the next return":
                return table + returns(prices).shift(-1).fillna(0)
            case "standardised by all bars":
                return (table - table.mean()) / table.std()
            case "the rank among all bars":
                return table.rank(pct=True)
            case "a centred average":
                return table.rolling(5, center=True, min_periods=1).mean()
            case "filled backwards":
                return table.bfill()
            case "the last close":
                return table * 0 + np.sign(prices.close - prices.close.iloc[-1])
            case "a longer window":
                return returns(prices).rolling(30).mean()
            case "an endless memory":
                return returns(prices).cumsum()
            case "a long memory":
                return returns(prices).abs().ewm(span=60).mean().where(table.notna())
            case "filled forwards":
                return table.ffill()
            case "never healed":
                return table.where(prices.close.notna().cummin())
            case "the price itself":
                return prices.close.rolling(10).mean()
        return table


@dataclass(frozen=True)
class CrookedStrategy:
    """A strategy with one fault; without one, it is sound."""

    fault: str = ""

    trades = frozenset({ForecastKind.RETURN, ForecastKind.PROBABILITY})

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        mean = forecast.mean
        weights = np.sign(mean).fillna(0) / len(mean.columns)
        close = prices.close.loc[mean.index]
        match self.fault:
            case "other columns":
                return TargetWeights(weights.iloc[:, ::-1])
            case "nothing held":
                return TargetWeights(weights * 0)
            case "the forecast changed":
                forecast.members[:] = 0
            case "asked twice":
                return TargetWeights(weights / (1 + next(COUNT)))
            case "the next forecast":
                return TargetWeights(weights.shift(-1).fillna(0))
            case "the next close":
                rises = close.shift(-1) > close
                return TargetWeights(weights.where(rises, 0))
            case "sized by all forecasts":
                return TargetWeights((mean / mean.abs().max()).fillna(0))
            case "the fill price of the last bar":
                return TargetWeights(weights.where(close > close.iloc[-1], 0))
            case "another kind looks ahead" if forecast.kind is ForecastKind.RETURN:
                return TargetWeights(weights.shift(-1).fillna(0))
            case "long without a forecast":
                return TargetWeights(weights + 0.1)
            case "so many dollars":
                return TargetWeights(weights / close)
        return TargetWeights(weights)


class CrookedModel:
    """A forecaster with one fault around a sound one."""

    lookback = 3

    def __init__(self, fault: str = "") -> None:
        self.fault = fault

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        return ForecastKind.POSITION if self.fault == "another kind" else target

    def fit_many(
        self, tasks: Sequence[FitTask], progress: Progress = silent
    ) -> list[FittedForecaster]:
        if self.fault == "no answer for some":
            tasks = tasks[:1]
        if self.fault == "validation needed" and any(task.validation is None for task in tasks):
            raise ValueError("no validation slice")
        shared = tasks[0] if tasks else None
        made: list[Any] = []
        for task in tasks:
            learnt = shared if self.fault == "learnt from a neighbour" else task
            assert learnt is not None
            (model,) = Ridge(lags=5 if self.fault == "a longer window" else 3).fit_many([learnt])
            if self.fault == "the panel changed":
                task.train.panel.values[:] *= 2
            made.append(CrookedFit(self.fault, model, model.record))
        return made


@dataclass(frozen=True)
class CrookedFit:
    fault: str
    sound: FittedForecaster
    record: FitRecord
    asked: list[int] = field(default_factory=list)

    def predict(self, context: Panel, /) -> Forecast:
        said = self.sound.predict(context)
        members = said.members.copy()
        match self.fault:
            case "two members":
                members = np.concatenate([members, members])
            case "nothing said":
                members[:] = np.nan
            case "filled":
                members = np.nan_to_num(members)
            case "the next row":
                members[:, :-1] = np.where(
                    np.isnan(members[:, 1:]), members[:, :-1], members[:, 1:]
                )
            case "standardised over the context":
                members = (members - np.nanmean(members)).astype(np.float32)
            case "counts what is valid":
                members = members + np.float32(context.valid.sum())
            case "asked twice":
                self.asked.append(1)
                members = members + np.float32(len(self.asked))
        return replace(said, members=members)


def test_a_sound_feature_passes() -> None:
    check_feature(Crooked())


def test_a_sound_strategy_passes() -> None:
    check_strategy(CrookedStrategy())


def test_a_sound_forecaster_passes() -> None:
    check_forecaster(CrookedModel())


FEATURES = {
    "fewer bars": ("has_the_bars_and_symbols", "expected the bars and symbols"),
    "single precision": ("has_the_bars_and_symbols", "expected float64; got float32"),
    "infinities": ("has_the_bars_and_symbols", "infinite for SYN"),
    "asked twice": ("changes_nothing", "asked twice, it gives two answers for SYN"),
    "the next return": ("knows_no_future", r"its value of SYN0\d on \d{4}-\d\d-\d\d changes"),
    "standardised by all bars": ("knows_no_future", "row t may read rows up to t only"),
    "the rank among all bars": ("knows_no_future", "row t may read rows up to t only"),
    "a centred average": ("knows_no_future", "row t may read rows up to t only"),
    "filled backwards": ("knows_no_future", "row t may read rows up to t only"),
    "the last close": ("knows_no_future", "row t may read rows up to t only"),
    "a longer window": ("is_warm_from_its_lookback_on", "with a lookback of 11 there is one"),
    "an endless memory": ("needs_no_more_than_its_lookback", "bars before its lookback of 11"),
    "a long memory": ("forgets_a_bad_tick", "a bad tick before its lookback of 11 bars"),
    "filled forwards": ("leaves_holes", "a value where there is no price"),
    "never healed": ("leaves_holes", "no value 11 bars after a hole"),
    "the price itself": ("knows_no_price_level", "depends on the level of the prices"),
}
STRATEGIES = {
    "other columns": ("answers_every_bar", "expected a column for each symbol, SYN00"),
    "nothing held": ("answers_every_bar", "holds nothing on any of"),
    "the forecast changed": ("changes_neither", "changed the forecast or the prices"),
    "asked twice": ("changes_neither", "asked twice, it gives two weights of SYN"),
    "the next forecast": ("knows_no_future", "with other forecasts after"),
    "the next close": ("knows_no_future", r"with other prices \("),
    "sized by all forecasts": ("knows_no_future", "row t may read rows up to t only"),
    "the fill price of the last bar": ("knows_no_future", "row t may read rows up to t only"),
    "another kind looks ahead": ("knows_no_future", "with other forecasts after"),
    "long without a forecast": ("opens_nothing_without_a_forecast", "a NaN is no opinion"),
    "so many dollars": ("knows_no_price_level", "depends on the level of the prices"),
}
MODELS = {
    "another kind": ("answers_every_bar", "its kind says position"),
    "two members": ("answers_every_bar", r"expected float32 of shape \(1, "),
    "nothing said": ("answers_every_bar", "no forecast on any of"),
    "filled": ("needs_a_full_window", "before its lookback of 3 bars"),
    "the next row": ("knows_no_future", "row t may read rows up to t only"),
    "standardised over the context": ("knows_no_future", "row t may read rows up to t only"),
    "counts what is valid": ("is_not_moved_by_later_holes", "change with later holes"),
    "a longer window": ("needs_no_more_than_its_lookback", "a context of its lookback of 3 bars"),
    "asked twice": ("answers_twice_alike", "asked twice, it gives two forecasts"),
    "no answer for some": ("fits_each_task_by_itself", "one fitted model a task, 3; got 1"),
    "learnt from a neighbour": ("fits_each_task_by_itself", "differs when it is done alone"),
    "the panel changed": ("changes_no_panel", "changed the panel it was given"),
    "validation needed": ("fits_without_validation", "failed with ValueError: no validation"),
}


@pytest.mark.parametrize("fault", FEATURES)
def test_the_fault_of_a_feature_is_caught_and_told(fault: str) -> None:
    name, said = FEATURES[fault]
    law = _one(FEATURE_LAWS, name)
    with pytest.raises(ContractError, match=rf"^feature crooked: .*{said}"):
        law(Crooked(fault), ground_of(law, Crooked.lookback))
    with pytest.raises(ContractError, match=r"^feature crooked: "):
        check_feature(Crooked(fault))


@pytest.mark.parametrize("fault", STRATEGIES)
def test_the_fault_of_a_strategy_is_caught_and_told(fault: str) -> None:
    law, said = STRATEGIES[fault]
    strategy, prices = CrookedStrategy(fault), ragged_prices()
    forecast, same = (random_forecast(prices, ForecastKind.RETURN, 150) for _ in range(2))
    held = weights_of(strategy, same, prices)
    with pytest.raises(ContractError, match=rf"^strategy CrookedStrategy: .*{said}"):
        _one(STRATEGY_LAWS, law)(strategy, forecast, prices, held)
    with pytest.raises(ContractError, match=r"^strategy CrookedStrategy: "):
        check_strategy(CrookedStrategy(fault))


@pytest.mark.parametrize("fault", MODELS)
def test_the_fault_of_a_forecaster_is_caught_and_told(fault: str) -> None:
    law, said = MODELS[fault]
    with pytest.raises(ContractError, match=rf"^model CrookedModel:? .*{said}"):
        _one(FORECASTER_LAWS, law)(CrookedModel(fault), Lesson.of(3))
    with pytest.raises(ContractError, match=r"^model CrookedModel:? "):
        check_forecaster(CrookedModel(fault))


def test_every_law_has_a_fault_that_only_it_was_made_for() -> None:
    for laws, faults in (
        (FEATURE_LAWS, FEATURES), (STRATEGY_LAWS, STRATEGIES), (FORECASTER_LAWS, MODELS),
    ):  # fmt: skip
        assert {law.__name__ for law in laws} == {law for law, _ in faults.values()}


@dataclass(frozen=True)
class Nameless(Return):
    @property
    def name(self) -> str:
        return "return of five bars"


@dataclass(frozen=True)
class NoBars(Return):
    lookback = 0


class Forgetful(Crooked):
    def __init__(self, window: int = 3) -> None:
        object.__setattr__(self, "fault", "")
        self.__dict__["kept_elsewhere"] = window


class Stubborn:
    """Built from what it says of itself, it is another."""

    name, lookback = "stubborn", 2

    def __init__(self, horizon: int = 1) -> None:
        self.horizon = horizon + 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return returns(prices)


def _local() -> Any:
    @dataclass(frozen=True)
    class Local(Return):
        """Defined inside a function: no other process can import it."""

    return Local()


@pytest.mark.parametrize(
    ("feature", "said"),
    [
        (Nameless(), "expected a name of letters, digits and _; got 'return of five bars'"),
        (NoBars(), "expected a lookback of at least 1 bar; got 0"),
        (Forgetful(), "its settings cannot be written and read: .*'window' cannot be read back"),
        (Stubborn(), "built from its own settings .* it has others"),
        (_local(), "cannot be sent to another process"),
        (object(), "a feature has a name, a lookback, and is called with prices"),
    ],
)
def test_what_a_feature_says_of_itself_is_checked(feature: Any, said: str) -> None:
    with pytest.raises(ContractError, match=said):
        check_feature(feature)


@dataclass(frozen=True)
class TradesWhatIsNot(CrookedStrategy):
    trades = frozenset({"profits"})


@dataclass(frozen=True)
class TradesNothing(CrookedStrategy):
    trades = frozenset()


@pytest.mark.parametrize(
    ("strategy", "said"),
    [
        (TradesWhatIsNot(), "expected kinds of forecast; got"),
        (TradesNothing(), "trades is empty"),
        (object(), r"expected a method target_weights\(forecast, prices\)"),
    ],
)
def test_what_a_strategy_says_of_itself_is_checked(strategy: Any, said: str) -> None:
    with pytest.raises(ContractError, match=said):
        check_strategy(strategy)


class Ready(CrookedModel):
    def predict(self, context: Panel, /) -> Forecast:
        pytest.fail("a model that is no forecaster is refused before it is asked")


class Timeless(CrookedModel):
    lookback = 0


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Ready(), "what is not fitted must not forecast"),
        (Timeless(), "expected a lookback of at least 1 bar; got 0"),
        (object(), r"a forecaster has lookback, kind\(target\) and fit_many\(tasks\)"),
    ],
)
def test_what_a_forecaster_says_of_itself_is_checked(model: Any, said: str) -> None:
    with pytest.raises(ContractError, match=said):
        check_forecaster(model)


def _one(laws: Sequence[Any], name: str) -> Any:
    (found,) = (law for law in laws if law.__name__ == name)
    return found
