"""TrialSet: everything that was tried on the same prices, for whoever deflates by it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from lstmtrader.evaluation.independence import Families
from lstmtrader.evaluation.trial_store import ReturnStore
from lstmtrader.evaluation.trials import Trial, read

_SHARED = 0.9
"""Share of the blocks of an account that another must have to be compared with it."""


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
    elsewhere : int
        Trials in the same ledger on other prices, such as another vintage of the same symbols:
        looks that are not counted here.
    own : Trial, optional
        The one that is judged; None where nobody is.
    """

    trials: tuple[Trial, ...]
    returns: pd.DataFrame
    elsewhere: int = 0
    own: Trial | None = None

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

    @property
    def effective(self) -> float:
        """How many families of trials these are; see `effective_trials`.

        One without returns is a family.
        """
        return self._without + self._families.count

    @property
    def deflating(self) -> float:
        """As many independent trials would have a best one as lucky; see `Families`.

        More than `effective`, because the best of a family is a choice, too. One without returns
        counts in full.
        """
        return self._without + self._families.independent

    @property
    def rivals(self) -> pd.DataFrame:
        """Block returns of those the own account was picked from, for the overfitting of a choice.

        Trials of the same name on these prices, the own one first. One that has less than 90 % of
        the blocks of the own account is left out, for a comparison would cut the others to its
        bars; one that is the same to the byte as another is no choice.

        A ladder of costs has a probability of overfitting of 0: the cheaper variant earns more on
        every bar, so that the order is fixed. It says that the choice among these holds, not that
        the best one has skill.

        Returns
        -------
        DataFrame of shape (n_own_blocks, n_rivals), float32
            On the blocks of the own account. No columns without an own one that has returns.
        """
        own = self.own
        if own is None or own.config_hash not in self.returns:
            return self.returns.iloc[:, :0]
        named = {one.config_hash: None for one in self.trials if one.name == own.name}
        columns = list({own.config_hash: None} | named)
        known = self.returns[own.config_hash].notna()
        mine = self.returns.loc[known, [one for one in columns if one in self.returns]]
        enough = mine.notna().sum() >= _SHARED * len(mine)
        first: dict[bytes, str] = {}
        for name in mine.columns[enough]:
            first.setdefault(mine[name].to_numpy().tobytes(), name)
        return mine[list(first.values())]

    @property
    def _without(self) -> int:
        return len(self.trials) - len(self.returns.columns)

    @cached_property
    def _families(self) -> Families:
        return Families.of(self.returns)


def trials_of(runs: Path, data_hash: str, own: Trial | None = None) -> TrialSet:
    """Return every trial on these prices that a folder of runs knows of.

    Parameters
    ----------
    runs : Path
    data_hash : str
        SHA-256 of the prices.
    own : Trial, optional
        The one that is judged.

    Raises
    ------
    RunError
        If the ledger or a file of returns is damaged.
    """
    ledger = read(runs)
    trials = tuple(one for one in ledger if one.data_hash == data_hash)
    returns = ReturnStore(runs, data_hash).read()
    kept = [one.config_hash for one in trials if one.config_hash in returns.columns]
    return TrialSet(trials, returns[kept], len(ledger) - len(trials), own)
