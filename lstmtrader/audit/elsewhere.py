"""Asking features, targets and strategies in a fresh process, which remembers nothing.

What comes back are arrays and texts; nothing the fresh process wrote is unpickled.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import cloudpickle
import numpy as np
import pandas as pd

from lstmtrader.audit.answering import ENDED, PROCESS, SAID
from lstmtrader.audit.questions import OfFeature, OfStrategy, OfTarget, Question
from lstmtrader.clock import Execution
from lstmtrader.errors import ContractError
from lstmtrader.features.feature import Feature, Target
from lstmtrader.forecast import Forecast
from lstmtrader.nursery.beginning import Fresh, begin
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import Strategy

_PATIENCE_S = 120.0
_FAILED = "could not be asked in a fresh process"
_LOOK_S = 0.02
_ANSWER, _LIBRARIES = "lstmtrader.audit.answering:main", ("lstmtrader.audit.answering:load",)


class Pending:
    """Questions on their way to a fresh process; see `Elsewhere.ask`."""

    def __init__(
        self,
        questions: Sequence[Question],
        place: Path,
        process: Fresh | None = None,
        failed: str = "",
    ) -> None:
        self._questions = questions
        self._place = place
        self._fresh = process
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
        if self._failed:
            raise ContractError(f"{_FAILED}: {self._failed}")
        deadline = time.monotonic() + timeout
        while not (self._place / ENDED).exists():
            if time.monotonic() > deadline:
                self.end()
                raise ContractError(f"{_FAILED}: no answer within {timeout:g} s")
            if self._died():
                raise ContractError(f"{_FAILED}: it died without an answer")
            time.sleep(_LOOK_S)
        listed = self._place / "answers.json"
        if not listed.exists():
            said = (self._place / SAID).read_text(encoding="utf-8", errors="replace").strip()
            last = said.splitlines()[-1] if said else "it said nothing"
            raise ContractError(f"{_FAILED}: it ended without an answer ({last})")
        answers = json.loads(listed.read_text(encoding="utf-8"))
        return [
            one if one is not None else self._table(number) for number, one in enumerate(answers)
        ]

    def _process(self) -> int | None:
        with contextlib.suppress(OSError, ValueError):
            return int((self._place / PROCESS).read_text())
        return None

    def _died(self) -> bool:
        """Whether it is gone and has not said that it ended."""
        lost = self._fresh is not None and self._fresh.lost()
        process = self._process()
        if (self._place / ENDED).exists():
            return False
        if lost or process is None:
            return lost
        status = Path(f"/proc/{process}/stat")
        try:
            gone = status.read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            gone = Path("/proc/self").exists()
        return gone and not (self._place / ENDED).exists()

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
        if self._fresh is not None:
            self._fresh.kill()


class Elsewhere:
    """Asks questions in processes of their own, and clears up after them.

    Each call of `ask` begins one process (see `lstmtrader.nursery`), which answers its questions
    one after the other. It has another hash seed than this one, one thread, and the same
    ``sys.path``. Classes that lie in importable modules are imported there; others travel by value.

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

    def __exit__(self, *error: object) -> None:
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
        pending = _start(list(questions), place)
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


def _start(questions: list[Question], place: Path) -> Pending:
    asked = place / "questions"
    try:
        with asked.open("wb") as file:
            cloudpickle.dump(questions, file)
    except Exception as error:  # whatever a user's own __reduce__ may raise
        return Pending(questions, place, failed=f"{type(error).__name__}: {error}")
    try:
        with Path(os.devnull).open("rb") as nothing, (place / SAID).open("wb") as said:
            streams = (nothing.fileno(), said.fileno(), said.fileno())
            process = begin(
                _ANSWER, str(place), streams=streams, libraries=_LIBRARIES, other_hash=True
            )
    except OSError as error:
        return Pending(questions, place, failed=f"{type(error).__name__}: {error}")
    return Pending(questions, place, process)
