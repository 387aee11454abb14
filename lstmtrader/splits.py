"""WalkForward: cuts a history into folds. It knows positions only, no prices and no models.

One fold, left to right::

    | train ............ | gap | validation .... | gap | test .... |

The *gap* is ``purge + embargo`` bars. With a purge of at least the label span, the last label of
a slice ends before the first decision of the next one. The next fold is the same picture moved
right by the length of ``test``; with ``window="expanding"`` its left end stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from lstmtrader.clock import bars_in
from lstmtrader.display.sketches import SLICES, fold_sketch
from lstmtrader.display.tables import block, table
from lstmtrader.errors import ConfigError, HistoryError


@dataclass(frozen=True)
class Fold:
    """One refit: three ranges of bar positions, in time order, disjoint.

    Parameters
    ----------
    number : int
        Counts from 0.
    train, validation, test : range
        Positions of the decisions in each slice; `validation` may be empty.

    Examples
    --------
    >>> fold = Fold(0, train=range(0, 100), validation=range(102, 120), test=range(122, 150))
    >>> fold.last_fitted
    119
    """

    number: int
    train: range
    validation: range
    test: range

    @property
    def last_fitted(self) -> int:
        """Position of the last decision that fitting may look at."""
        return (self.validation or self.train)[-1]


class Folds(list[Fold]):
    """The folds of a plan on the bars of some prices; a notebook shows them as a time-line.

    Parameters
    ----------
    folds : iterable of Fold
    bars : DatetimeIndex
        The bars that the positions of the folds mean.

    Examples
    --------
    >>> bars = pd.bdate_range("2024-01-01", periods=16)
    >>> plan = WalkForward(train=6, validation=2, test=3, purge=1)
    >>> folds = Folds(plan.split(len(bars)), bars)
    >>> folds
    2 folds, tested 2024-01-15 to 2024-01-22
    >>> folds[0].test
    range(10, 13)
    >>> folds.table()[["fold", "train_start", "train_end"]].to_string(index=False, header=False)
    '0 2024-01-01 2024-01-08\\n1 2024-01-04 2024-01-11'
    """

    def __init__(self, folds: Iterable[Fold], bars: pd.DatetimeIndex) -> None:
        super().__init__(folds)
        self.bars = bars

    def table(self) -> pd.DataFrame:
        """Return one row a fold: fold, and the first and last bar of each slice (NaT for none)."""
        rows = []
        for fold in self:
            row: dict[str, object] = {"fold": fold.number}
            for name in SLICES:
                part = getattr(fold, name)
                row[f"{name}_start"] = self.bars[part[0]] if part else pd.NaT
                row[f"{name}_end"] = self.bars[part[-1]] if part else pd.NaT
            rows.append(row)
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        if not self:
            return "no folds"
        first, last = self.bars[self[0].test[0]], self.bars[self[-1].test[-1]]
        count = f"{len(self)} fold{'' if len(self) == 1 else 's'}"
        return f"{count}, tested {first:%Y-%m-%d} to {last:%Y-%m-%d}"

    def _repr_html_(self) -> str:
        """Slices to scale, and their dates and lengths."""
        if not self:
            return block("No folds")
        start, stop = self[0].train[0], self[-1].test[-1] + 1
        shares = [
            {
                name: ((part[0] - start) / (stop - start), (part[-1] + 1 - start) / (stop - start))
                for name in SLICES
                if (part := getattr(fold, name))
            }
            for fold in self
        ]
        ends = f"{self.bars[start]:%Y-%m-%d}", f"{self.bars[stop - 1]:%Y-%m-%d}"
        rows = [[fold.number, *(self._slice(getattr(fold, name)) for name in SLICES)]
                for fold in self]  # fmt: skip
        return block(repr(self), fold_sketch(shares, *ends), table(rows, ["fold", *SLICES], 4))

    def _slice(self, part: range) -> str:
        if not part:
            return "–"
        first, last = self.bars[part[0]], self.bars[part[-1]]
        return f"{first:%Y-%m-%d} to {last:%Y-%m-%d} ({len(part)} bars)"


@dataclass(frozen=True)
class WalkForward:
    """Rolling or expanding walk-forward evaluation with purged borders.

    Parameters
    ----------
    train, validation, test : int or str
        Lengths in bars or as ``5y``, ``3mo``, ``2w``. The model is refitted every `test` bars.
        `validation` may be 0.
    purge : int, optional
        Bars left out at each border; None leaves it to the experiment, which takes its label
        span. `split` needs it.
    embargo : int
        Bars left out in addition to the purge.
    window : {"rolling", "expanding"}
        Whether the training slice keeps its length or its start.

    Examples
    --------
    >>> folds = WalkForward(train=6, validation=2, test=3, purge=1).split(16)
    >>> [(fold.train, fold.validation, fold.test) for fold in folds][0]
    (range(0, 6), range(7, 9), range(10, 13))
    """

    train: int | str = "5y"
    validation: int | str = "1y"
    test: int | str = "1y"
    purge: int | None = None
    embargo: int = 0
    window: Literal["rolling", "expanding"] = "rolling"

    def __post_init__(self) -> None:
        for name in ("train", "validation", "test"):
            try:
                bars = bars_in(getattr(self, name), periods_per_year=252)
            except ConfigError as error:
                raise ConfigError(f"{name}: {error}") from error
            if bars < 1 and name != "validation":
                raise ConfigError(f"{name}: expected at least 1 bar; got {getattr(self, name)}")
        if self.window not in ("rolling", "expanding"):
            raise ConfigError(f"window: expected rolling or expanding; got {self.window!r}")
        for name, bars in (("embargo", self.embargo), ("purge", self.purge or 0)):
            if not isinstance(bars, int) or bars < 0:
                raise ConfigError(f"{name}: expected at least 0 whole bars; got {bars!r}")

    def purged(self, span: int, *, why: str) -> WalkForward:
        """Return the same plan with a purge that covers a label span.

        Parameters
        ----------
        span : int
            Label span in bars.
        why : str
            Where the span comes from, for the message.

        Raises
        ------
        ConfigError
            If a purge was given and is shorter than `span`.
        """
        if self.purge is None:
            return WalkForward(
                self.train, self.validation, self.test, span, self.embargo, self.window
            )
        if self.purge < span:
            raise ConfigError(
                f"{why} needs purge >= {span}; got {self.purge}: the last training labels would "
                "overlap the next slice (leave purge out to have it set)"
            )
        return self

    def split(
        self, n_bars: int, *, start: int = 0, periods_per_year: int | None = None
    ) -> Iterator[Fold]:
        """Yield the folds of a history of `n_bars` bars.

        Parameters
        ----------
        n_bars : int
            Length of the history. The last fold may have a shorter test slice; none is dropped.
        start : int
            First position that may be trained on: the bars before it are warm-up.
        periods_per_year : int, optional
            Turns ``5y`` and the like into bars; not needed for lengths in bars.

        Raises
        ------
        HistoryError
            If the history is too short for one fold.
        """
        train = bars_in(self.train, periods_per_year)
        validation = bars_in(self.validation, periods_per_year)
        test = bars_in(self.test, periods_per_year)
        if self.purge is None:
            raise ConfigError(
                "purge: give it, in bars of label span, or take the plan of an experiment"
            )
        gap = self.purge + self.embargo
        lead = train + gap + (validation + gap if validation else 0)
        if start + lead >= n_bars:
            raise HistoryError(
                f"one fold needs {start + lead + 1} bars (warm-up {start}, train {train}, "
                f"validation {validation}, gaps of {gap}, and a test bar); got {n_bars}: use a "
                "longer history or shorter slices, lookback or features (they make the warm-up)"
            )
        for number, first_test in enumerate(range(start + lead, n_bars, test)):
            train_start = start if self.window == "expanding" else first_test - lead
            train_stop = first_test - lead + train
            validation_start = train_stop + gap if validation else train_stop
            yield Fold(
                number=number,
                train=range(train_start, train_stop),
                validation=range(validation_start, validation_start + validation),
                test=range(first_test, min(first_test + test, n_bars)),
            )
