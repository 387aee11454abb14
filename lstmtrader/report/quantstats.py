"""The tear sheet of the package quantstats, for those who are used to reading it.

quantstats changes matplotlib's settings when it is imported and warns while it draws, so it
works in a process of its own.

References
----------
Aroussi, R. (2019). QuantStats: Portfolio analytics for quants. github.com/ranaroussi/quantstats
"""

from __future__ import annotations

import html
import os
import pickle
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from lstmtrader.bounds import whole
from lstmtrader.errors import ConfigError, RunError

_START = "from lstmtrader.report import quantstats; quantstats.draw()"
# An icon from the network, and a call of a function that the page does not have.
_ICON = re.compile(r'<link rel="shortcut icon"[^>]*>')
_CALL = ' onload="save()"'
_LIMIT_S = 300


def quantstats_tearsheet(
    returns: pd.Series,
    benchmark: pd.Series,
    periods_per_year: int,
    path: Path,
    title: str,
) -> None:
    """Write the quantstats tear sheet of an account as one HTML file that needs no network.

    Every bar of the strategy is kept. A benchmark that ended before is flat from then on; its
    bars outside those of the strategy are left out. The rate is zero. The same returns give the
    same bytes.

    Parameters
    ----------
    returns : Series of shape (n_bars,)
        Simple returns of the strategy by bar, indexed by time; NaN counts as no move. A time
        zone is dropped and the time of day kept.
    benchmark : Series
        As `returns`, of equal-weight buy & hold.
    periods_per_year : int
        Bars a year, from the calendar.
    path : Path
        The HTML file; its folder is made if missing.
    title : str
        Plain text.

    Raises
    ------
    ConfigError
        If quantstats is missing; the text says what to install.
    RunError
        If quantstats cannot make a tear sheet of these returns, or it cannot be written.
    """
    whole(1, periods_per_year=periods_per_year)
    try:
        found = find_spec("quantstats")
    except ImportError:
        found = None
    if found is None:
        raise ConfigError(
            "the quantstats tear sheet needs quantstats: pip install 'lstmtrader[quantstats]'"
        )
    accounts = pd.DataFrame({"strategy": returns, "benchmark": benchmark.reindex(returns.index)})
    accounts = accounts.astype("float64").fillna(0.0)
    if not (accounts["strategy"] != 0).any():
        raise RunError("quantstats has no tear sheet for an account that never moved")
    for name, values in accounts.items():
        # quantstats would take them for prices, and show the returns of the returns.
        if values.min() >= 0 and values.max() > 1:
            raise RunError(f"quantstats takes returns for prices that never fall: {name}")
    accounts.index = pd.DatetimeIndex(accounts.index).tz_localize(None)
    page = _drawn({"accounts": accounts, "periods": periods_per_year, "title": html.escape(title)})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_ICON.sub("", page).replace(_CALL, "", 1), encoding="utf-8")
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({error.strerror or error})") from error


def _drawn(task: dict[str, Any]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        try:
            done = subprocess.run(
                [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {_START}"],
                input=pickle.dumps({**task, "page": str(page)}),
                capture_output=True,
                # The pictures say when they were made, unless they are told.
                env={**os.environ, "MPLBACKEND": "Agg", "SOURCE_DATE_EPOCH": "0"},
                timeout=_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise RunError(f"quantstats did not finish within {_LIMIT_S} s") from error
        if done.returncode or not page.exists():
            said = done.stderr.decode(errors="replace").strip().splitlines()
            reason = said[-1] if said else f"exit status {done.returncode}"
            raise RunError(f"quantstats cannot make a tear sheet of this account: {reason}")
        return page.read_text(encoding="utf-8")


def draw() -> None:
    """Read a task from standard input and draw it; the whole of the other process."""
    import warnings

    warnings.simplefilter("ignore")
    task = pickle.load(sys.stdin.buffer)

    import matplotlib
    import quantstats

    # Names inside the pictures are random otherwise.
    matplotlib.rcParams["svg.hashsalt"] = "lstmtrader"
    quantstats.reports.html(
        task["accounts"]["strategy"],
        task["accounts"]["benchmark"],
        rf=0.0,
        periods_per_year=task["periods"],
        title=task["title"],
        strategy_title="Strategy",
        benchmark_title="Buy & hold",
        # It would cut the bars before the first trade off.
        match_dates=False,
        output=task["page"],
    )
