"""Check: one thing that may be wrong with prices, how bad it is and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

import numpy as np
import numpy.typing as npt

from lstmtrader.data.rows.bars import Bars, Ints


class Severity(StrEnum):
    """How sure a check is that something is wrong.

    ``error``
        No market did this.
    ``warning``
        A market may have done it; somebody should look.
    """

    ERROR = "error"
    WARNING = "warning"


class Policy(StrEnum):
    """What is done about a finding: refuse the table, leave the bar out, or leave it in."""

    RAISE = "raise"
    DROP = "drop"
    KEEP = "keep"


class Stage(IntEnum):
    """What a check can rely on. Rows dropped in one stage are not seen in the next."""

    AS_CAME = 0
    """Rows in the order they came; the others are sorted by symbol and time."""
    SORTED = 1
    """Every row has a symbol and a time."""
    UNIQUE = 2
    """Usually one row a symbol and time."""
    PRICED = 3
    """Every close is positive and finite."""
    ALIVE = 4
    """Usually no bars after a delisting, and no bar that contradicts itself."""


@dataclass(frozen=True, eq=False)
class Hits:
    """Rows a check found, by their position in the `Bars`, each with what it saw and why."""

    at: Ints
    value: Sequence[str]
    detail: Sequence[str]


@dataclass(frozen=True)
class Check:
    """A named rule.

    Parameters
    ----------
    name : str
    severity : Severity
    policy : Policy
        Unless the gate chooses another.
    stage : Stage
    find : callable
        From `Bars` and the name of the calendar (or None) to `Hits`.
    allowed : tuple of Policy
        The policies that make sense; dropping helps only where the row itself is wrong.
    """

    name: str
    severity: Severity
    policy: Policy
    stage: Stage
    find: Callable[[Bars, str | None], Hits] = field(repr=False)
    allowed: tuple[Policy, ...] = (Policy.RAISE, Policy.DROP, Policy.KEEP)


RAISE_OR_KEEP = (Policy.RAISE, Policy.KEEP)


def hits(
    at: npt.ArrayLike, value: Callable[[int], str], detail: Callable[[int], str] | str
) -> Hits:
    """Describe each row that was found; the texts are made for those rows only."""
    places = np.asarray(at, dtype=np.int64)
    details = [detail if isinstance(detail, str) else detail(int(row)) for row in places]
    return Hits(places, [value(int(row)) for row in places], details)


NOTHING = Hits(np.empty(0, dtype=np.int64), [], [])
