"""TargetWeights: what a strategy wants to hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.errors import ContractError


@dataclass(frozen=True, eq=False)
class TargetWeights:
    """Target weights as fractions of equity, decided after the close of each row's bar.

    Parameters
    ----------
    frame : DataFrame of shape (n_decisions, n_symbols)
        Positive is long, negative short, 0 is out, NaN means «leave the position as it is».
        Rows are decisions; the engine fills them on a later bar and is the only one that shifts.

    Raises
    ------
    ContractError
        If the rows are unsorted or not unique, or a weight is infinite.

    Examples
    --------
    >>> bars = pd.bdate_range("2024-01-01", periods=2)
    >>> weights = TargetWeights(pd.DataFrame({"A": [0.5, 0.5], "B": [-0.5, 0.0]}, index=bars))
    >>> weights.gross.tolist(), weights.net.tolist()
    ([1.0, 0.5], [0.0, 0.5])
    """

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        index = self.frame.index
        if not isinstance(index, pd.DatetimeIndex):
            raise ContractError(
                f"weights: expected a DatetimeIndex of decisions; got {type(index).__name__}"
            )
        if not (index.is_unique and index.is_monotonic_increasing):
            raise ContractError("weights: rows must be sorted and unique in time")
        values = self.frame.to_numpy(dtype=np.float64)
        if np.isinf(values).any():
            bar, symbol = np.argwhere(np.isinf(values))[0]
            raise ContractError(
                f"weights: {self.frame.columns[symbol]} is infinite on {index[bar]:%Y-%m-%d}"
            )
        object.__setattr__(
            self, "frame", pd.DataFrame(values, index=index, columns=self.frame.columns)
        )

    @property
    def gross(self) -> pd.Series:
        """Gross exposure Σ|w| wanted at each decision."""
        return self.frame.abs().sum(axis=1)

    @property
    def net(self) -> pd.Series:
        """Net exposure Σw wanted at each decision."""
        return self.frame.sum(axis=1)
