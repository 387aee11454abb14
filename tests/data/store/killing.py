"""Start writers and kill them, from a process that has imported everything but opened nothing.

``python killing.py STORE KILLS SEED``: for each kill, fork a writer that writes one
revision after the other and says so once `PriceStore.write` has returned; kill it at a random
moment; fork a reader that checks the file and everything that was acknowledged.
"""

from __future__ import annotations

import datetime
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import duckdb  # noqa: F401  (imported before the forks, so that they start at once)
import numpy as np
import pandas as pd
import pyarrow.dataset  # noqa: F401

from lstmtrader.data.history import BAR_FIELDS, SymbolHistory
from lstmtrader.data.store import PriceStore
from tests.data.store.consistency import broken_rules

N_BARS = 60
ONE_MORE = 3
DAYS = {"start": datetime.date(2020, 1, 1), "end": datetime.date(2020, 12, 31)}


def revision(number: int) -> SymbolHistory:
    """Return what is written as fetch `number`: all prices new, one bar gone, one action new."""
    values = np.random.default_rng(number).uniform(1, 100, (N_BARS, len(BAR_FIELDS)))
    index = pd.bdate_range("2020-01-01", periods=N_BARS, name="time").as_unit("us")
    bars = pd.DataFrame(values, index=index, columns=list(BAR_FIELDS)).drop(index[number % N_BARS])
    actions = pd.DataFrame({"kind": ["dividend"], "value": [number / 1024]}, index=index[[5]])
    return SymbolHistory("AAA", "1d", bars, actions)


def write_on(store: PriceStore, tell: int) -> None:
    vintage = store.vintage()
    number = 0 if vintage is None else vintage.id
    while True:
        number += 1
        assert store.write(revision(number), provider="p", **DAYS).fetch_id == number
        os.write(tell, f"{number}\n".encode())


def check(store: PriceStore, acknowledged: int) -> int:
    """Return how the reader ends: 0, or `ONE_MORE` if a write was finished but not acknowledged."""
    vintage = store.vintage()
    last = 0 if vintage is None else vintage.id
    assert last in (acknowledged, acknowledged + 1), (last, acknowledged)
    if last == 0:
        return 0
    for number in sorted({1, max(last - 1, 1), last}):
        known, wanted = store.history("p", "AAA", as_of=number), revision(number)
        pd.testing.assert_frame_equal(known.bars, wanted.bars, check_freq=False, check_exact=True)
        assert known.actions["value"].tolist() == wanted.actions["value"].tolist()
    assert store.history("p", "AAA").bars.equals(revision(last).bars)
    assert broken_rules(store.file) == []
    return ONE_MORE if last > acknowledged else 0


def forked(call: Callable[..., int | None], *arguments: object) -> int:
    """Run a call in a process of its own, which ends with its result; return its number."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        code = call(*arguments) or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main(path: Path, kills: int, seed: int) -> None:
    store, acknowledged, moments = PriceStore(path), 0, random.Random(seed)
    for kill in range(kills):
        listen, tell = os.pipe()
        writer = forked(write_on, store, tell)
        os.close(tell)
        time.sleep(moments.uniform(0.0, 0.5))
        os.kill(writer, signal.SIGKILL)
        _, status = os.waitpid(writer, 0)
        assert os.WIFSIGNALED(status), f"the writer ended by itself at kill {kill}"
        with os.fdopen(listen) as told:
            said = [int(line) for line in told if line.endswith("\n")]
        acknowledged = max([acknowledged, *said])
        reader = forked(check, store, acknowledged)
        _, status = os.waitpid(reader, 0)
        code = os.waitstatus_to_exitcode(status)
        assert code in (0, ONE_MORE), f"kill {kill}: the store is not what was acknowledged"
        acknowledged += code == ONE_MORE
    sys.stdout.write(f"{kills} {acknowledged}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
