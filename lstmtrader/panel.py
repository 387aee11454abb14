"""Panel: the features of all symbols as one float32 array with a validity mask."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lstmtrader.errors import ContractError

Float32 = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Panel:
    """Features known after the close of each bar. It holds no target.

    Parameters
    ----------
    values : float32 array of shape (n_symbols, n_bars, n_features)
        Finite where `valid`, zero elsewhere (a zero is never read: windows need `valid` bars).
    valid : bool array of shape (n_symbols, n_bars)
        True where every feature is finite and has its full warm-up of real prices behind it.
    member : bool array of shape (n_symbols, n_bars)
        True where the symbol belongs to the universe: only there is it learnt from and forecast.
        A window may reach back to bars before that.
    outcome : float32 array of shape (n_symbols, n_bars)
        The value of the target whose label span ended at this bar: the latest outcome known at
        its close, NaN where there is none. Naive forecasts are made of it.
    index : DatetimeIndex of length n_bars
    symbols, features : tuple of str
    """

    values: Float32
    valid: Mask
    member: Mask
    outcome: Float32
    index: pd.DatetimeIndex
    symbols: tuple[str, ...]
    features: tuple[str, ...]

    def __post_init__(self) -> None:
        shape = (len(self.symbols), len(self.index))
        if self.values.shape != (*shape, len(self.features)):
            raise ContractError(
                f"panel: expected values of shape {(*shape, len(self.features))}; "
                f"got {self.values.shape}"
            )
        if not self.valid.shape == self.member.shape == self.outcome.shape == shape:
            raise ContractError(f"panel: valid, member and outcome must have shape {shape}")

    @property
    def n_bars(self) -> int:
        """Number of bars."""
        return len(self.index)

    def bars(self, start: int, stop: int) -> Panel:
        """Cut bars ``start … stop - 1``; the arrays are views."""
        return replace(
            self,
            values=self.values[:, start:stop],
            valid=self.valid[:, start:stop],
            member=self.member[:, start:stop],
            outcome=self.outcome[:, start:stop],
            index=self.index[start:stop],
        )


@dataclass(frozen=True, eq=False)
class LabelledPanel:
    """A panel with the target each row should be answered with; only fitting may see it.

    Parameters
    ----------
    panel : Panel
    target : float32 array of shape (n_symbols, n_bars)
        Row ``t`` is made of prices after the decision at ``t``, the last of them at
        ``t + span``. NaN where it cannot be known (yet).
    span : int
        Label span in bars.
    """

    panel: Panel
    target: Float32
    span: int

    def __post_init__(self) -> None:
        if self.target.shape != self.panel.valid.shape:
            raise ContractError(
                f"target: expected shape {self.panel.valid.shape}; got {self.target.shape}"
            )

    @property
    def labelled(self) -> Mask:
        """Where a target exists."""
        return np.isfinite(self.target)

    def bars(self, start: int, stop: int, *, first: int) -> LabelledPanel:
        """Cut bars ``start … stop - 1`` and blank the targets of those before `first`.

        Bars ``start … first - 1`` only lend their features as context to the windows of the
        later ones.
        """
        target = self.target[:, start:stop].copy()
        target[:, : first - start] = np.nan
        return LabelledPanel(self.panel.bars(start, stop), target, self.span)
