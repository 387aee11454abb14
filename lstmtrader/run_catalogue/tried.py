"""Tried: what was tried on the prices of a run up to now, and what that leaves of its account."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from lstmtrader.evaluation.significance.deflation import deflate
from lstmtrader.evaluation.trial_set import trials_of
from lstmtrader.report.wording import number
from lstmtrader.run_catalogue.entry import Entry


@dataclass(frozen=True)
class Tried:
    """The trials on the prices of one run, those that came after it included.

    Parameters
    ----------
    count : int
    effective : float
        How many families of trials these are.
    deflated_by : float
        As many independent trials would have a best one as lucky.
    dsr : float
        Deflated Sharpe ratio of the run after all of them; NaN where it is not defined.
    """

    count: int
    effective: float
    deflated_by: float
    dsr: float

    @property
    def independent(self) -> str:
        """How many independent trials these are worth, as a whole number."""
        return number(self.deflated_by, 0)

    def is_more_than(self, then: Mapping[str, float]) -> bool:
        """Whether more was tried than these figures of significance know of."""
        return self.count > 0 and not self.count <= then.get("n_trials", math.nan)


def tried(entry: Entry) -> Tried | None:
    """Count the trials in the ledger beside a run; None where its prices are not known.

    Raises
    ------
    RunError
        If the ledger, a file of returns or the account is damaged.
    """
    if entry.data_hash is None:
        return None
    found = trials_of(entry.path.parent, entry.data_hash)
    # A folder that was moved away from its ledger has no trials there: nothing to deflate by.
    if not len(found):
        return Tried(0, 0.0, 0.0, math.nan)
    dsr = math.nan
    if entry.kind == "run" and entry.state == "complete":
        account = entry.account()
        if "return" in account:
            dsr = deflate(account["return"], found.sharpes_per_bar, found.deflating).dsr
    return Tried(len(found), found.effective, found.deflating, dsr)
