"""TrialSet: everything that was tried on the same prices, for whoever deflates by it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from lstmtrader.evaluation.independence import effective_trials
from lstmtrader.evaluation.trial_store import ReturnStore
from lstmtrader.evaluation.trials import Trial, read


@dataclass(frozen=True, eq=False)
class TrialSet:
    """The trials on one set of prices: runs, variants of sweeps, and what those started from.

    One that could not have been traded, or was ruined, was a look at the prices, too: it counts.

    Parameters
    ----------
    trials : tuple of Trial
        Oldest first.
    returns : DataFrame of shape (n_blocks, n_with_returns), float32
        Returns of blocks of bars, a column for each config hash, in the order of `trials`; NaN
        where a trial has no bars. Trials without returns have no column.
    """

    trials: tuple[Trial, ...]
    returns: pd.DataFrame

    def __len__(self) -> int:
        return len(self.trials)

    @property
    def periods_per_year(self) -> int | None:
        """Bars a year; the same for all trials, for it is a property of the prices."""
        return next((one.periods_per_year for one in self.trials if one.periods_per_year), None)

    @property
    def sharpes_per_bar(self) -> np.ndarray:
        """Sharpe ratios that are not annualised, float64 of shape (n_trials,).

        NaN for a trial that has none, and where no trial says how many bars a year has.
        """
        annual = [math.nan if one.sharpe is None else one.sharpe for one in self.trials]
        return np.array(annual, dtype=np.float64) / math.sqrt(self.periods_per_year or math.nan)

    @cached_property
    def effective(self) -> float:
        """How many independent trials these are worth; see `effective_trials`.

        One without returns counts in full.
        """
        without = len(self.trials) - len(self.returns.columns)
        return without + effective_trials(self.returns)


def trials_of(runs: Path, data_hash: str) -> TrialSet:
    """Return every trial on these prices that a folder of runs knows of.

    Parameters
    ----------
    runs : Path
    data_hash : str
        SHA-256 of the prices.

    Raises
    ------
    RunError
        If the ledger or a file of returns is damaged.
    """
    trials = tuple(one for one in read(runs) if one.data_hash == data_hash)
    returns = ReturnStore(runs, data_hash).read()
    kept = [one.config_hash for one in trials if one.config_hash in returns.columns]
    return TrialSet(trials, returns[kept])
