"""The quality gate: what is wrong with prices, what was done about it, and what is left.

Nothing is repaired. A bar is left out, or left in, or the table is refused; each time a finding
says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lstmtrader.data.history import SymbolHistory
from lstmtrader.data.quality.check import Check, Policy, Severity, Stage
from lstmtrader.data.quality.checks_calendar import CALENDAR_CHECKS
from lstmtrader.data.quality.checks_jumps import JUMP_CHECKS
from lstmtrader.data.quality.checks_prices import PRICE_CHECKS
from lstmtrader.data.quality.checks_structure import STRUCTURE_CHECKS
from lstmtrader.data.quality.schema import validated
from lstmtrader.data.rows.bars import Bars
from lstmtrader.data.rows.reading import history_rows, read_rows
from lstmtrader.errors import ConfigError, DataError

CHECKS: tuple[Check, ...] = (*STRUCTURE_CHECKS, *PRICE_CHECKS, *CALENDAR_CHECKS, *JUMP_CHECKS)
FINDING_COLUMNS = ("check", "severity", "symbol", "time", "value", "detail", "done", "row")
_DONE = {Policy.DROP: "dropped", Policy.KEEP: "kept", Policy.RAISE: "refused"}
_SHOWN = 3


@dataclass(frozen=True, eq=False)
class QualityReport:
    """What the gate found and what it let through.

    Parameters
    ----------
    findings : DataFrame
        One row a finding: check, severity, symbol, time (NaT where it cannot be read), value,
        detail, done (``dropped``, ``kept`` or ``refused``) and row, the position in the input.
    bars : DataFrame
        What is left, sorted: symbol, time, open, high, low, close, volume, adj_close; its index
        is the position of each row in the input. Rows that are a reason to refuse are in it.
    n_rows : int
        Rows of the input; those of `bars` and those dropped add up to it.
    """

    findings: pd.DataFrame
    bars: pd.DataFrame
    n_rows: int

    @property
    def errors(self) -> pd.DataFrame:
        """Findings of severity error."""
        return self.findings[self.findings["severity"] == Severity.ERROR.value]

    @property
    def warnings(self) -> pd.DataFrame:
        """Findings of severity warning."""
        return self.findings[self.findings["severity"] == Severity.WARNING.value]

    @property
    def refused(self) -> pd.DataFrame:
        """Findings for which the gate was told to refuse the table."""
        return self.findings[self.findings["done"] == _DONE[Policy.RAISE]]

    @property
    def dropped_rows(self) -> tuple[int, ...]:
        """Positions in the input of the rows left out, sorted, each once.

        A row that cannot be read has no place in `bars`, even where it is a reason to refuse.
        """
        left_out = self.findings["done"] == _DONE[Policy.DROP]
        left_out |= self.findings["check"] == "unparseable"
        rows = self.findings.loc[left_out, "row"]
        return tuple(sorted(set(rows.astype(int))))

    def summary(self) -> pd.DataFrame:
        """Count findings by check, severity and what was done."""
        keys = ["check", "severity", "done"]
        return self.findings.groupby(keys, sort=True).size().rename("findings").reset_index()

    def notes(self) -> tuple[str, ...]:
        """Say what was dropped, one line a check: what the reader of a report must know."""
        dropped = self.findings[self.findings["done"] == _DONE[Policy.DROP]]
        lines = []
        for check, found in dropped.groupby("check", sort=True):
            where = [
                f"{row.symbol} {_when(row.time)}".strip() for row in found.head(_SHOWN).itertuples()
            ]
            more = ", …" if len(found) > _SHOWN else ""
            lines.append(
                f"the quality gate dropped {len(found)} {check} in {found['symbol'].nunique()} "
                f"symbols ({', '.join(where)}{more})"
            )
        return tuple(lines)

    def of(self, check: str) -> pd.DataFrame:
        """Findings of one check."""
        return self.findings[self.findings["check"] == check]

    def raise_if_refused(self, source: str = "prices") -> None:
        """Raise a `DataError` that names the first refused findings, if there are any."""
        refused = self.refused
        if refused.empty:
            return
        lines = [
            f"{row.symbol} {_when(row.time)} {row.check}: {row.detail}"
            for row in refused.head(_SHOWN).itertuples()
        ]
        more = f" … and {len(refused) - _SHOWN} more" if len(refused) > _SHOWN else ""
        first = refused["check"].iloc[0]
        raise DataError(
            f"{source}: {len(refused)} finding(s) of the quality gate forbid its use: "
            f"{'; '.join(lines)}{more}. Correct the source, or accept them with policies: "
            f"{{{first}: keep}}"
        )


def _when(time: pd.Timestamp) -> str:
    if pd.isna(time):
        return "(no time)"
    return f"{time:%Y-%m-%d}" if time == time.normalize() else f"{time:%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class Gate:
    """The checks, the calendar they use, and what is done about what they find.

    Parameters
    ----------
    policies : dict of str to str
        From the name of a check to ``raise``, ``drop`` or ``keep``; the others do what their
        `Check` says.
    calendar : str, optional
        Of `exchange_calendars`, for missing sessions; None looks for none.

    Raises
    ------
    ConfigError
        If a check is not known, or a policy is none of its own.

    Examples
    --------
    >>> table = pd.DataFrame({"date": ["2024-01-02", "2024-01-02"], "close": [10.0, 10.0]})
    >>> Gate().inspect(table).summary().to_dict("records")
    [{'check': 'duplicate_bar', 'severity': 'error', 'done': 'dropped', 'findings': 1}]
    """

    policies: dict[str, str] = field(default_factory=dict, hash=False)
    calendar: str | None = "XNYS"

    def __post_init__(self) -> None:
        known = {check.name: check for check in CHECKS}
        for name, policy in self.policies.items():
            if name not in known:
                raise ConfigError(
                    f"policies: unknown check {name!r}; expected one of {', '.join(known)}"
                )
            if policy not in [allowed.value for allowed in known[name].allowed]:
                allowed = ", ".join(each.value for each in known[name].allowed)
                raise ConfigError(f"policies: {name}: expected one of {allowed}; got {policy!r}")

    def policy(self, check: Check) -> Policy:
        """Return what is done about a check's findings."""
        return Policy(self.policies.get(check.name, check.policy))

    def inspect(
        self,
        table: pd.DataFrame | SymbolHistory,
        columns: Mapping[str, str] | None = None,
        date_format: str | None = None,
    ) -> QualityReport:
        """Look at a long table (or one symbol's history) and refuse nothing.

        Parameters
        ----------
        table : DataFrame or SymbolHistory
            As it came; see `read_rows` for its columns.
        columns, date_format
            How to read a table.

        Raises
        ------
        DataError
            If it cannot be read at all: no time, no close, no rows.
        """
        if isinstance(table, SymbolHistory):
            return self.examine(history_rows(table))
        return self.examine(read_rows(table, columns, date_format))

    def clean(
        self,
        table: pd.DataFrame | SymbolHistory,
        columns: Mapping[str, str] | None = None,
        date_format: str | None = None,
    ) -> QualityReport:
        """Look at it, and raise a `DataError` if anything was found whose policy is ``raise``."""
        report = self.inspect(table, columns, date_format)
        report.raise_if_refused()
        return report

    def examine(self, rows: Bars) -> QualityReport:
        """Run every check, stage by stage; see `Stage`."""
        found: list[pd.DataFrame] = []
        left = rows
        for stage in Stage:
            if stage is Stage.SORTED:
                # Refused rows without a symbol or a time have no place among bars.
                left = left.where(left.table["problem"].to_numpy(dtype=object) == "")
                left = left.sorted_in_time()
            view = left
            if stage >= Stage.PRICED:
                close = left["close"]
                view = left.where((close > 0) & np.isfinite(close))
            dropped: set[int] = set()
            for check in CHECKS:
                if check.stage is stage:
                    findings = self._findings(check, view)
                    found.append(findings)
                    if self.policy(check) is Policy.DROP:
                        dropped |= set(findings["row"])
            if dropped:
                left = left.where(~left.table.index.isin(sorted(dropped)))
        return QualityReport(_joined(found), validated(left.table), len(rows))

    def _findings(self, check: Check, bars: Bars) -> pd.DataFrame:
        hit = check.find(bars, self.calendar)
        rows = bars.table.iloc[hit.at]
        return pd.DataFrame(
            {
                "check": check.name,
                "severity": check.severity.value,
                "symbol": rows["symbol"].astype(object).to_numpy(),
                "time": rows["time"].to_numpy(),
                "value": list(hit.value),
                "detail": list(hit.detail),
                "done": _DONE[self.policy(check)],
                "row": rows.index.to_numpy(),
            }
        )


def _joined(found: list[pd.DataFrame]) -> pd.DataFrame:
    parts = [part for part in found if len(part)] or found[:1]
    table = pd.concat(parts, ignore_index=True)[list(FINDING_COLUMNS)]
    table["time"] = table["time"].astype("datetime64[ns]")
    return table.sort_values(["symbol", "time", "row"], kind="stable", ignore_index=True)
