"""What goes into a tear sheet: plain data only, so that it can be made again from a run folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.evaluation.evaluation import Evaluation
from lstmtrader.explain.result import Explanation
from lstmtrader.report.wording import date

CURVES = ("fold", "member", "epoch", "train_loss", "validation_loss", "kept")

_BY_SLICE = tuple(
    f"{name}_{end}" for name in ("train", "validation", "test") for end in ("start", "end")
)
_BY_FIT = ("train_samples", "validation_samples", "epochs", "validation_loss")


def no_folds() -> pd.DataFrame:
    """Return the table of folds of forecasts that were made elsewhere: without a row."""
    bars = {name: pd.Series(dtype="datetime64[us]") for name in _BY_SLICE}
    return pd.DataFrame(
        {
            "fold": pd.Series(dtype="int64"),
            **bars,
            **{name: pd.Series(dtype="float64") for name in _BY_FIT},
        }
    )


def no_curves() -> pd.DataFrame:
    """Return the table of training of forecasts that were made elsewhere: without a row."""
    return pd.DataFrame({name: pd.Series(dtype="float64") for name in CURVES})


@dataclass(frozen=True, eq=False)
class TearSheet:
    """Everything the report of one run shows.

    Any table may be without rows and any figure NaN or missing: what is not known is left out of
    the page.

    Parameters
    ----------
    name : str
        Name of the run.
    title : str
        What was tried, in words.
    account, benchmark : TrackRecord
        The strategy, and equal-weight buy & hold from the same first decision on with the same
        costs and fills.
    evaluation : Evaluation
    folds : DataFrame
        One row a fold: fold, train_start, train_end, validation_start, validation_end,
        test_start, test_end (timestamps, NaT where there is no validation), train_samples,
        validation_samples, epochs (mean best epoch) and validation_loss.
    facts : mapping of str to str
        Assumptions, in the order they are shown.
    config_yaml : str
        The settings of the run.
    versions : mapping of str to str
        Packages and their versions.
    command : str
        Reproduces the run.
    curves : DataFrame
        One row an epoch of every fit: fold, member, epoch, train_loss, validation_loss, kept.
    notes : sequence of str
        What is known about the quality of the prices and about survivorship, a sentence each.
    untraded : mapping of str to str
        Why a baseline has no account.
    audit : mapping, optional
        What an audit of this very run says, as plain data: `AuditReport.to_dict`; None where
        nobody has audited it.
    explanation : Explanation, optional
        What is known about the networks of the run; None where nobody has asked.

    Examples
    --------
    >>> from lstmtrader import backtest_forecasts
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> from strategies.long_flat import LongFlat
    >>> prices = SyntheticProvider(n_symbols=2, n_bars=120, seed=1).fetch()
    >>> run = backtest_forecasts(prices.close.pct_change(5).iloc[20:], prices, LongFlat())
    >>> isinstance(run.sheet, TearSheet), run.sheet.title
    (True, 'own-forecasts · tear sheet')
    """

    name: str
    title: str
    account: TrackRecord
    benchmark: TrackRecord
    evaluation: Evaluation
    folds: pd.DataFrame
    facts: Mapping[str, str]
    config_yaml: str
    versions: Mapping[str, str]
    command: str
    curves: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(CURVES)))
    notes: Sequence[str] = ()
    untraded: Mapping[str, str] = field(default_factory=dict)
    audit: Mapping[str, Any] | None = None
    explanation: Explanation | None = None

    @property
    def sample(self) -> str:
        """What kind of forecasts were traded: of given ones, nobody knows what they had seen."""
        return "on given forecasts" if self.folds.empty else "out of sample"

    @property
    def period(self) -> str:
        """``out of sample 1998-01-26 to 2022-12-28``."""
        bars = self.account.equity.index
        return f"{self.sample} {date(bars[0])} to {date(bars[-1])}"
