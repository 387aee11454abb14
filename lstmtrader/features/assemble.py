"""From prices, features and a target to one labelled panel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lstmtrader.clock import Execution
from lstmtrader.errors import ConfigError, ContractError, blaming
from lstmtrader.features.feature import Feature, Target
from lstmtrader.panel import LabelledPanel, Panel
from lstmtrader.prices import PriceFrame


def warm_up(features: Sequence[Feature]) -> int:
    """Bars before the first one on which every feature can be known."""
    return max(feature.lookback for feature in features) - 1


def build_panel(
    prices: PriceFrame, features: Sequence[Feature], target: Target, execution: Execution
) -> LabelledPanel:
    """Compute every feature and the target, and the mask of what may be used.

    A bar of a symbol is valid where every feature is finite and the symbol had a price on each
    of the last ``max(lookback)`` bars: it counts from its listing plus the warm-up on, not in a
    hole, and not until the warm-up has passed again after one.

    Parameters
    ----------
    prices : PriceFrame
    features : sequence of Feature
    target : Target
    execution : Execution
        Where the target starts.

    Raises
    ------
    ContractError
        If a feature or the target returns other bars or symbols, or no finite value at all.
    """
    if not features:
        raise ConfigError("features: expected at least one")
    names = tuple(_checked_name(feature) for feature in features)
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"features: {name} is listed more than once")
    shape = (len(prices.symbols), prices.n_bars)
    values = np.zeros((*shape, len(features)), dtype=np.float32)
    valid = _unbroken(prices, warm_up(features) + 1)
    for column, feature in enumerate(features):
        with blaming(f"feature {feature.name}"):
            answer = feature(prices)
        table = _checked(answer, prices, f"feature {feature.name}").astype(np.float32)
        finite = np.isfinite(table)
        if not finite.any():
            raise ContractError(
                f"feature {feature.name}: no finite value on {prices.n_bars} bars; its lookback "
                f"is {feature.lookback}: use a longer history or a shorter window"
            )
        valid &= finite
        values[:, :, column] = np.where(finite, table, 0)
    values[~valid] = 0

    span = execution.label_span(target.horizon)
    label = outcomes(prices, target, execution)
    outcome = np.full(shape, np.nan, dtype=np.float32)
    outcome[:, span:] = label[:, : shape[1] - span]
    member = prices.member.to_numpy().T
    panel = Panel(values, valid, member, outcome, prices.index, prices.symbols, names)
    return LabelledPanel(panel, np.where(member, label, np.nan), span)


def outcomes(prices: PriceFrame, target: Target, execution: Execution) -> np.ndarray:
    """Compute a target by itself.

    Returns
    -------
    float32 array of shape (n_symbols, n_bars)
        NaN where it is not known (yet); what is outside the universe included.

    Raises
    ------
    ContractError
        If the target returns other bars or symbols, or no finite value at all.
    """
    name = f"target {type(target).__name__}"
    with blaming(name):
        answer = target(prices, execution)
    label = _checked(answer, prices, name).astype(np.float32)
    label[~np.isfinite(label)] = np.nan
    if np.isnan(label).all():
        raise ContractError(f"{name}: no finite value on {prices.n_bars} bars")
    return label


def _checked_name(feature: Feature) -> str:
    kind = type(feature).__name__
    with blaming(f"feature {kind}"):
        name, lookback = feature.name, feature.lookback
    if not isinstance(name, str) or not name:
        raise ContractError(f"feature {kind}: expected a name as text; got {name!r}")
    if isinstance(lookback, bool) or not isinstance(lookback, int) or lookback < 1:
        raise ContractError(
            f"feature {name}: expected a lookback of at least 1 bar; got {lookback!r}"
        )
    return name


def _unbroken(prices: PriceFrame, lookback: int) -> np.ndarray:
    """Where the last `lookback` closes are all there, shape (n_symbols, n_bars)."""
    there = prices.close.notna().to_numpy().T
    count = np.cumsum(there, axis=1)
    before = np.zeros_like(count)
    before[:, lookback:] = count[:, :-lookback] if lookback else count
    return np.asarray(count - before == lookback)


def _checked(table: pd.DataFrame, prices: PriceFrame, name: str) -> np.ndarray:
    if not isinstance(table, pd.DataFrame):
        raise ContractError(f"{name}: expected a DataFrame; got {type(table).__name__}")
    if not table.index.equals(prices.index) or not table.columns.equals(prices.close.columns):
        raise ContractError(f"{name}: expected the bars and symbols of the prices")
    values: np.ndarray = table.to_numpy(dtype=np.float64).T
    return values
