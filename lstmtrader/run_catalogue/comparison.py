"""Several runs side by side: their figures, the bars they share, and where their settings part."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.errors import RunError
from lstmtrader.evaluation.drawdown import max_drawdown
from lstmtrader.evaluation.metrics import sharpe_ratio, total_return
from lstmtrader.run_catalogue.entry import Entry, read_entry
from lstmtrader.run_catalogue.finding import is_comparable

_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Comparison:
    """Runs side by side.

    Parameters
    ----------
    entries : tuple of Entry
        Complete runs.
    accounts : tuple of DataFrame
        Bar by bar, one for each run; bars without a time zone.
    held : tuple of DataFrame or None
        Buy & hold of each run, likewise; None where its folder has none.
    left_out : tuple of str
        Names of the sweeps that were among them.
    """

    entries: tuple[Entry, ...]
    accounts: tuple[pd.DataFrame, ...]
    held: tuple[pd.DataFrame | None, ...] = ()
    left_out: tuple[str, ...] = ()

    @staticmethod
    def of(paths: Sequence[Path]) -> Comparison:
        """Read the runs; sweeps are left out.

        Raises
        ------
        RunError
            If one is given twice, is not complete, or cannot be read, or if without the sweeps
            fewer than two are left.
        """
        given = tuple(read_entry(path) for path in paths)
        sweeps = tuple(one.name for one in given if one.kind == "sweep")
        entries = tuple(one for one in given if one.kind != "sweep" or len(given) - len(sweeps) < 2)
        for number, one in enumerate(entries):
            if any(one.path.resolve() == other.path.resolve() for other in entries[:number]):
                raise RunError(f"{one.name}: given twice")
            if one.kind == "sweep":
                raise RunError(f"{one.name}: a sweep; expected runs (its variants.parquet has all)")
            if not is_comparable(one):
                raise RunError(f"{one.name}: {one.state}{one.problem and f' ({one.problem})'}")
        held = (one.held() for one in entries)
        return Comparison(
            entries,
            tuple(_without_zone(one.account()) for one in entries),
            tuple(None if one is None else _without_zone(one) for one in held),
            sweeps,
        )

    @property
    def period(self) -> tuple[pd.Timestamp, pd.Timestamp] | None:
        """First and last day that all runs cover; None if there are none."""
        start = max(one.index[0] for one in self.accounts)
        end = min(one.index[-1] for one in self.accounts)
        return (start, end) if start < end else None

    @cached_property
    def common(self) -> tuple[pd.DataFrame, ...]:
        """The accounts cut to the common period; uncut where there is none."""
        if self.period is None:
            return self.accounts
        return tuple(one.loc[slice(*self.period)] for one in self.accounts)

    @property
    def same_period(self) -> bool:
        """Whether every run covers the common period and nothing else."""
        return all(len(a) == len(b) for a, b in zip(self.accounts, self.common, strict=True))

    @property
    def same_prices(self) -> bool:
        """Whether all runs were made on the same prices, to the last number."""
        return len({one.data_hash for one in self.entries}) == 1

    @property
    def equity(self) -> dict[str, pd.Series]:
        """Each account over the common period, 1 at its first close in it."""
        return {
            entry.name: one["equity"] / one["equity"].iloc[0]
            for entry, one in zip(self.entries, self.common, strict=True)
        }

    @cached_property
    def benchmark(self) -> pd.Series | None:
        """Buy & hold over the common period, 1 at its first close; None if it is not the same."""
        if self.period is None:
            return None
        found = []
        for one in self.held:
            equity = None if one is None else one["equity"].loc[slice(*self.period)].dropna()
            if equity is None or equity.empty:
                return None
            found.append(equity / equity.iloc[0])
        if not found:
            return None
        first = found[0]
        same = all(
            one.index.equals(first.index) and np.allclose(one, first, rtol=_SAME, atol=0)
            for one in found
        )
        return first if same else None

    @property
    def words(self) -> dict[str, list[str]]:
        """What else is known of each run, by heading."""
        return {
            "From": [f"{one.index[0]:%Y-%m-%d}" for one in self.accounts],
            "To": [f"{one.index[-1]:%Y-%m-%d}" for one in self.accounts],
            "Prices": [(one.data_hash or "")[:8] for one in self.entries],
            "Fills": [one.execution or "" for one in self.entries],
        }

    @property
    def warnings(self) -> list[str]:
        """Why the runs should not be compared without care."""
        found = [f"{name}: a sweep; it is left out" for name in self.left_out]
        found += [
            f"{one.name}: same_close fills at a price already seen; not tradable"
            for one in self.entries
            if one.tradable is False
        ]
        if not self.same_prices:
            found.append("The runs were made on different prices.")
        if (
            self.benchmark is None
            and self.period is not None
            and any(one is not None for one in self.held)
        ):
            found.append(
                "Buy & hold is not the same account in every run: it differs in prices, costs, "
                "fills or first bar."
            )
        if self.period is None:
            found.append("The runs have no period in common: each is shown over its own bars.")
        elif not self.same_period:
            start, end = self.period
            found.append(
                "The runs cover different periods: their own figures are of different bars; "
                f"common are {start:%Y-%m-%d} to {end:%Y-%m-%d}."
            )
        return found

    @property
    def table(self) -> pd.DataFrame:
        """One row a run, indexed by name: the figures of its account as they were written.

        Then ``benchmark_sharpe``, and the total return, Sharpe ratio and maximum drawdown on the
        common period (``common_…``), NaN where there is none.
        """
        rows = {}
        for entry, own, cut in zip(self.entries, self.accounts, self.common, strict=True):
            figures = {
                name: float(value)
                for name, value in entry.strategy.items()
                if isinstance(value, int | float)
            }
            shared = {} if self.period is None else _shared(own, cut, figures.get("sharpe"))
            held = entry.benchmark.get("sharpe")
            rows[entry.name] = {**figures, "benchmark_sharpe": held, **shared}
        return pd.DataFrame.from_dict(rows, orient="index").astype(float)

    @property
    def differences(self) -> dict[str, list[Any]]:
        """The settings in which the runs differ: dotted key to one value a run, None for none."""
        flat = [dict(_flat(one.config)) for one in self.entries]
        keys = dict.fromkeys(key for one in flat for key in one)
        values = {key: [one.get(key) for one in flat] for key in keys}
        return {key: found for key, found in values.items() if any(v != found[0] for v in found)}


def _without_zone(account: pd.DataFrame) -> pd.DataFrame:
    return account.set_axis(account.index.tz_localize(None))


def _shared(own: pd.DataFrame, cut: pd.DataFrame, sharpe: float | None) -> dict[str, float]:
    # The return up to the first close of the common period lies before it.
    returns = cut["equity"].pct_change().iloc[1:]
    whole = own["equity"].pct_change().iloc[1:]
    # The run's own Sharpe ratio tells by what it was annualised.
    per_bar = sharpe_ratio(own.get("return", whole), 1)
    annual = sharpe / per_bar if sharpe is not None and per_bar else math.nan
    return {
        "common_return": total_return(returns),
        "common_sharpe": sharpe_ratio(returns, 1) * annual,
        "common_max_drawdown": max_drawdown(returns),
    }


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for name, one in value.items():
            yield from _flat(one, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for number, one in enumerate(value):
            yield from _flat(one, f"{key}.{number}")
    else:
        yield key, value
