"""How much may be held: limits on a decision before it becomes orders, and on the account."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmtrader.backtest.reasons import Reason, mark
from lstmtrader.errors import ConfigError

# A sum of weights beyond a limit by so little is the rounding of one that keeps it.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Limits:
    """How much the account may hold and trade.

    What exceeds a limit of the whole account is scaled pro rata, never cut one by one, so that
    the order of the symbols cannot matter.

    Parameters
    ----------
    gross : float
        Upper limit of Σ|w| at each decision.
    net : float
        Upper limit of |Σw|. Up to 1, no money is borrowed: cash never goes below zero. Above 1
        it may, down to (1 - net) of the account, and pays `Costs.debit_rate`.
    per_name : float, optional
        Upper limit of |w| of one symbol.
    turnover : float, optional
        Upper limit of what is traded on a bar, buys and sells, as a multiple of the account.
    participation : float, optional
        Upper limit of an order as a fraction of the volume of its fill bar.
    maintenance : float
        When equity falls below this fraction of Σ|position|, everything is sold on the next bar.

    Examples
    --------
    >>> Limits(gross=2.0, net=0.5, per_name=0.1).per_name
    0.1
    """

    gross: float = 1.0
    net: float = 1.0
    per_name: float | None = None
    turnover: float | None = None
    participation: float | None = None
    maintenance: float = 0.25

    def __post_init__(self) -> None:
        for name, most in (
            ("gross", 10), ("net", 10), ("per_name", 10), ("turnover", 100), ("participation", 1),
        ):  # fmt: skip
            value = getattr(self, name)
            if value is not None and not 0 < value <= most:
                raise ConfigError(f"{name}: expected a limit above 0 and up to {most}; got {value}")
        if not 0 <= self.maintenance < 1:
            raise ConfigError(
                f"maintenance: expected a fraction from 0 and below 1; got {self.maintenance}"
            )


def limit_weights(
    stated: np.ndarray, limits: Limits, gone: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Bring each decision inside the limits on single names, on the gross and on the net.

    A symbol that a decision leaves as it is (NaN) counts with its latest own target.

    Parameters
    ----------
    stated : float64 array of shape (n_decisions, n_symbols)
        Target weights, NaN holds.
    limits : Limits
    gone : bool array of shape (n_decisions, n_symbols), optional
        Symbols that have stopped trading: what was held of them takes no room any more.

    Returns
    -------
    weights : float64 array of shape (n_decisions, n_symbols)
    reasons : uint16 array of shape (n_decisions, n_symbols)
        `Reason` flags of what was changed.
    """
    flags = np.zeros(stated.shape, dtype=np.uint16)
    holds = np.isnan(stated)
    weights = stated
    if limits.per_name is not None:
        weights = np.clip(stated, -limits.per_name, limits.per_name)
        mark(flags, ~holds & (weights != stated), Reason.PER_NAME)
    size = np.where(holds, 0.0, np.abs(weights)).sum(axis=1)
    carried = _carried(weights, holds, size, limits.gross, gone)
    room = np.clip(limits.gross - np.abs(carried).sum(axis=1), 0.0, None)
    room[room <= _ROUNDING] = 0.0
    factor = np.divide(room, size, out=np.ones_like(size), where=size > room + _ROUNDING)
    weights = _scaled(weights, factor, flags, Reason.SCALED_TO_GROSS)
    # A gross limit within the net limit leaves nothing to scale to the net.
    if limits.gross > limits.net:
        net, others = np.where(holds, 0.0, weights).sum(axis=1), carried.sum(axis=1)
        toward = limits.net - np.sign(net) * others
        toward[np.abs(toward) <= _ROUNDING] = 0.0
        factor = np.divide(toward, np.abs(net), out=np.zeros_like(net), where=net != 0)
        # Nothing helps where the symbols that are held break the limit on the other side.
        factor = np.where((factor >= 0) & (factor <= 1), factor, 0.0)
        factor = np.where(np.abs(net + others) > limits.net + _ROUNDING, factor, 1.0)
        weights = _scaled(weights, factor, flags, Reason.SCALED_TO_NET)
    return weights, flags


def _carried(
    weights: np.ndarray,
    holds: np.ndarray,
    size: np.ndarray,
    gross: float,
    gone: np.ndarray | None,
) -> np.ndarray:
    """Return the latest own target of each symbol where a decision holds it, else 0."""
    if not holds.any():
        return np.zeros((len(weights), 1))
    own = weights * np.where(size > gross, gross / np.where(size > 0, size, 1.0), 1.0)[:, None]
    latest = np.where(holds, 0, np.arange(len(own))[:, None])
    latest = np.maximum.accumulate(latest, axis=0)
    values = np.take_along_axis(own, latest, axis=0)
    counts = holds if gone is None else holds & ~gone
    return np.where(counts, np.nan_to_num(values), 0.0)


def _scaled(
    weights: np.ndarray, factor: np.ndarray, flags: np.ndarray, reason: Reason
) -> np.ndarray:
    """Multiply rows by their factors, and keep every bit where the factor is 1."""
    scaled = factor != 1
    if not scaled.any():
        return weights
    mark(flags, scaled[:, None] & ~np.isnan(weights) & (weights != 0), reason)
    result: np.ndarray = weights * factor[:, None]
    return result
