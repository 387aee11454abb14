"""The one thing a strategy does: turn a forecast into target weights."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from lstmtrader.errors import ConfigError, ContractError, blaming
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights


@runtime_checkable
class Strategy(Protocol):
    """Decides what to hold.

    Row ``t`` of the weights may depend on forecasts and prices up to and including bar ``t``.
    The engine fills it on a later bar: a strategy never shifts anything itself.

    A strategy may have an attribute `trades`, the kinds of forecast it can use; a run with
    another kind is then refused before anything is trained. It may have an attribute `needs`,
    names of the details it reads beside the mean, such as ``"scale"`` or ``"quantile_0.1"``.
    """

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        """Return weights on the bars of `forecast`, one column per symbol.

        Parameters
        ----------
        forecast : Forecast
            Out-of-sample forecasts, NaN where there is none.
        prices : PriceFrame
            Prices of the same symbols; its history starts before the first forecast.
        """
        ...


def check_kind(strategy: Strategy, kind: ForecastKind) -> None:
    """Raise a `ConfigError` if a strategy says which forecasts it trades and this is none.

    A strategy says so by an attribute `trades`, a collection of `ForecastKind`; one without it
    is taken to trade them all.
    """
    trades = getattr(strategy, "trades", None)
    if trades is not None and kind not in trades:
        raise ConfigError(
            f"{type(strategy).__name__} trades forecasts of {', '.join(sorted(trades))}; the "
            f"model forecasts {kind}: choose another strategy, target or loss"
        )


def check_needs(strategy: Strategy, model: object) -> None:
    """Raise a `ConfigError` if a strategy says which details it needs and the model has them not.

    A model that says nothing of its details (no attribute `details`) is given the benefit of the
    doubt.
    """
    known = getattr(model, "details", None)
    if known is None:
        return
    for name in getattr(strategy, "needs", ()):
        if name not in known:
            has = ", ".join(sorted(known)) or "nothing but its mean"
            raise ConfigError(
                f"{type(strategy).__name__} needs {name}; the model forecasts {has}: choose "
                "another loss or another strategy"
            )


def decide(strategy: Strategy, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
    """Ask a strategy for its weights and check that they answer the forecast.

    Nothing is held of a symbol that is no member of the universe, whatever the strategy says.

    Raises
    ------
    ConfigError
        If the strategy does not trade such forecasts.
    ContractError
        If it returns something else, or other bars than those of the forecast.
    """
    check_kind(strategy, forecast.kind)
    name = type(strategy).__name__
    with blaming(f"strategy {name}"):
        weights = strategy.target_weights(forecast, prices)
    if not isinstance(weights, TargetWeights):
        raise ContractError(f"{name}: expected TargetWeights; got {type(weights).__name__}")
    if not weights.frame.index.equals(forecast.index):
        raise ContractError(f"{name}: expected one row of weights for each bar of the forecast")
    if prices.members is None:
        return weights
    member = prices.members.reindex(index=weights.frame.index, columns=weights.frame.columns)
    return TargetWeights(weights.frame.where(member, 0.0))
