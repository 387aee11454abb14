"""Asking features, targets and strategies in a fresh process, which remembers nothing.

What comes back are arrays and texts; nothing the fresh process wrote is unpickled.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import cloudpickle
import numpy as np
import pandas as pd

from lstmtrader.clock import Execution
from lstmtrader.errors import ContractError, LstmtraderError, blaming
from lstmtrader.features.feature import Feature, Target
from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import Strategy, decide

_PATIENCE_S = 120.0
_FAILED = "could not be asked in a fresh process"
_HASH_SEEDS = ("4242", "2424")


@dataclass(frozen=True, eq=False)
class OfFeature:
    """What does a feature say of these prices?"""

    feature: Feature
    prices: PriceFrame

    @property
    def name(self) -> str:
        """``feature <name>``."""
        return f"feature {self.feature.name}"

    def answer(self) -> pd.DataFrame:
        """Ask here."""
        return self.feature(self.prices)


@dataclass(frozen=True, eq=False)
class OfTarget:
    """What are the labels of these prices?"""

    target: Target
    prices: PriceFrame
    execution: Execution

    @property
    def name(self) -> str:
        """``target <class>``."""
        return f"target {type(self.target).__name__}"

    def answer(self) -> pd.DataFrame:
        """Ask here."""
        return self.target(self.prices, self.execution)


@dataclass(frozen=True, eq=False)
class OfStrategy:
    """What would a strategy hold on this forecast and these prices?"""

    strategy: Strategy
    forecast: Forecast
    prices: PriceFrame

    @property
    def name(self) -> str:
        """``strategy <class>``."""
        return f"strategy {type(self.strategy).__name__}"

    def answer(self) -> pd.DataFrame:
        """Ask here."""
        return decide(self.strategy, self.forecast, self.prices).frame


Question = OfFeature | OfTarget | OfStrategy


class Pending:
    """Questions on their way to a fresh process; see `Elsewhere.ask`."""

    def __init__(
        self,
        questions: Sequence[Question],
        place: Path,
        process: subprocess.Popen[bytes] | None,
        failed: str = "",
    ) -> None:
        self._questions = questions
        self._place = place
        self._process = process
        self._failed = failed

    def result(self, timeout: float = _PATIENCE_S) -> list[pd.DataFrame | str]:
        """Wait for the answers.

        Parameters
        ----------
        timeout : float
            In seconds, from now on.

        Returns
        -------
        list of DataFrame or str
            One a question, in their order; a text says why there is no answer.

        Raises
        ------
        ContractError
            If the questions could not be handed over, or the process died or took too long.
        """
        if self._process is None:
            raise ContractError(f"{_FAILED}: {self._failed}")
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.end()
            raise ContractError(f"{_FAILED}: no answer within {timeout:g} s") from None
        listed = self._place / "answers.json"
        if not listed.exists():
            said = (self._place / "said.txt").read_text(encoding="utf-8", errors="replace").strip()
            last = said.splitlines()[-1] if said else f"exit code {self._process.returncode}"
            raise ContractError(f"{_FAILED}: it ended without an answer ({last})")
        answers = json.loads(listed.read_text(encoding="utf-8"))
        return [
            one if one is not None else self._table(number) for number, one in enumerate(answers)
        ]

    def _table(self, number: int) -> pd.DataFrame:
        with np.load(self._place / f"{number}.npz", allow_pickle=False) as parts:
            index = pd.DatetimeIndex(parts["index"])
            if parts["aware"]:
                zone = self._questions[number].prices.index.tz
                index = index.tz_localize("UTC").tz_convert(zone or "UTC")
            names = [str(name) for name in parts["names"]]
            return pd.DataFrame(parts["values"], index=index, columns=names)

    def end(self) -> None:
        """Kill the process: it holds nothing that has to be put in order."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class Elsewhere:
    """Asks questions in processes of their own, and clears up after them.

    Each call of `ask` starts one process, which answers its questions one after the other. It
    has another hash seed than this one, one thread, and the same ``sys.path``. Classes that
    lie in importable modules are imported there; others travel by value.

    Examples
    --------
    ::

        with Elsewhere() as other:
            pending = other.ask([OfFeature(feature, prices)])
            ...  # meanwhile, something else
            answers = pending.result()
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(
            prefix="lstmtrader-elsewhere-", ignore_cleanup_errors=True
        )
        self._pending: list[Pending] = []

    def __enter__(self) -> Elsewhere:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all processes and remove what was written for them."""
        for pending in self._pending:
            pending.end()
        self._pending.clear()
        self._folder.cleanup()

    def ask(self, questions: Iterable[Question]) -> Pending:
        """Start a fresh process on some questions, and return at once.

        What cannot be pickled is told by `Pending.result`.
        """
        number = len(self._pending)
        place = Path(self._folder.name) / str(number)
        place.mkdir()
        pending = _start(list(questions), place, number)
        self._pending.append(pending)
        return pending

    def features(self, features: Sequence[Feature], prices: PriceFrame) -> dict[str, pd.DataFrame]:
        """Return what features say of prices, by name.

        Raises
        ------
        ContractError
            If one could not be asked, or failed.
        """
        asked = [OfFeature(feature, prices) for feature in features]
        tables = [_required(one) for one in self.ask(asked).result()]
        return {feature.name: table for feature, table in zip(features, tables, strict=True)}

    def target(self, target: Target, prices: PriceFrame, execution: Execution) -> pd.DataFrame:
        """Return the labels of prices; the errors of `features`."""
        return _required(self.ask([OfTarget(target, prices, execution)]).result()[0])

    def weights(self, strategy: Strategy, forecast: Forecast, prices: PriceFrame) -> pd.DataFrame:
        """Return the weights of a strategy; the errors of `features`."""
        return _required(self.ask([OfStrategy(strategy, forecast, prices)]).result()[0])


def _required(answer: pd.DataFrame | str) -> pd.DataFrame:
    if isinstance(answer, str):
        raise ContractError(answer)
    return answer


def _start(questions: list[Question], place: Path, number: int) -> Pending:
    asked = place / "questions"
    try:
        with asked.open("wb") as file:
            cloudpickle.dump(questions, file)
    except Exception as error:  # whatever a user's own __reduce__ may raise
        return Pending(questions, place, None, f"{type(error).__name__}: {error}")
    here = os.environ.get("PYTHONHASHSEED")
    seeds = [seed for seed in _HASH_SEEDS if seed != here]
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    start = "from lstmtrader.audit import elsewhere; elsewhere.main(sys.argv[1])"
    with (place / "said.txt").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {start}", str(place)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env={**os.environ, **one_thread, "PYTHONHASHSEED": seeds[number % len(seeds)]},
            start_new_session=True,
        )
    return Pending(questions, place, process)


def main(place: str) -> None:
    """Answer the questions that lie in a folder, in their order."""
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    folder = Path(place)
    with (folder / "questions").open("rb") as file:
        questions: list[Question] = pickle.load(file)
    answers: list[str | None] = []
    for number, question in enumerate(questions):
        try:
            with blaming("its name"):
                name = question.name
            with blaming(name):
                _freeze(question.prices)
                _write(folder / f"{number}.npz", question.answer())
            answers.append(None)
        except LstmtraderError as error:
            answers.append(str(error))
    # Written under another name first: what is there is whole.
    written = folder / "answers.part"
    written.write_text(json.dumps(answers), encoding="utf-8")
    written.rename(folder / "answers.json")


def _freeze(prices: PriceFrame) -> None:
    """Make pickled prices as immutable as they were."""
    for field in ("close", "open", "high", "low", "volume", "dividends", "members"):
        table = getattr(prices, field)
        if table is not None:
            values = table.to_numpy()
            values.setflags(write=False)
            frozen = pd.DataFrame(values, index=table.index, columns=table.columns, copy=False)
            object.__setattr__(prices, field, frozen)


def _write(path: Path, table: pd.DataFrame) -> None:
    if not isinstance(table, pd.DataFrame):
        raise ContractError(f"expected a DataFrame; got {type(table).__name__}")
    index = pd.DatetimeIndex(table.index)
    plain = index.tz_convert("UTC").tz_localize(None) if index.tz is not None else index
    np.savez(
        path,
        values=table.to_numpy(dtype=np.float64),
        index=plain.to_numpy(),
        aware=np.array(index.tz is not None),
        names=np.array([str(name) for name in table.columns]),
    )


def _end_with_parent(parent: int) -> None:
    """End this process soon after the one that started it."""
    with contextlib.suppress(OSError):
        while os.getppid() == parent:
            time.sleep(0.5)
    os._exit(1)
