"""The other end of `lstmtrader.audit.elsewhere`: questions read from a folder, answers written."""

from __future__ import annotations

import json
import os
import pickle
import sys
import traceback
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd

from lstmtrader import clock, vbt
from lstmtrader.audit.questions import Question
from lstmtrader.errors import ContractError, LstmtraderError, blaming
from lstmtrader.prices import PriceFrame
from lstmtrader.walkforward import worker

PROCESS, ENDED, SAID = "process", "ended", "said.txt"
"""Files in the folder of a question: the process that answers it, that it ended, what it said."""


def load() -> None:
    """Import what most answers need: once for all that is forked."""
    vbt.load()
    clock.load()
    worker.load()


def main(place: str) -> None:
    """Answer the questions that lie in a folder, and say there which process does so."""
    folder = Path(place)
    folder.joinpath(PROCESS).write_text(str(os.getpid()))
    try:
        answer(place)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        # Whoever asked may be gone, and the folder with them.
        with suppress(OSError):
            folder.joinpath(ENDED).touch()


def answer(place: str) -> None:
    """Answer the questions that lie in a folder, in their order."""
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
