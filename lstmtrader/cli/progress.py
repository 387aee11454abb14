"""A progress bar over folds, members and epochs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as Bars,
)

from lstmtrader.progress import Progress, Step, silent

_LATER = {"variant": "variants", "judged": "judged"}


@contextlib.contextmanager
def _bars(first: str, *, visible: bool) -> Iterator[Bars | None]:
    """Bars on standard error where that is a terminal; nothing is left behind."""
    console = Console(stderr=True)
    if not visible or not console.is_terminal:
        yield None
        return
    bars = Bars(
        TextColumn(f"{{task.description:<{len(first)}}}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
        transient=True,
    )
    with bars:
        yield bars


@contextlib.contextmanager
def training_progress(*, visible: bool) -> Iterator[Progress]:
    """Show training: one bar counts the fits (folds x members), one for each fit that goes on
    counts its epochs, with fold, member and latest loss. Variants of a sweep, and the parts
    of the judgement, get one of their own.
    """
    name = "fits (folds x members)"
    with _bars(name, visible=visible) as bars:
        if bars is None:
            yield silent
            return
        fits = bars.add_task(name, total=None, note="")
        going_on: dict[str, TaskID] = {}

        def show(step: Step) -> None:
            if step.stage in _LATER:
                if step.stage not in going_on:
                    words = _LATER[step.stage]
                    going_on[step.stage] = bars.add_task(words, total=step.of, note="")
                bars.update(going_on[step.stage], completed=step.done, note=step.label)
            elif step.stage == "epoch":
                if step.label not in going_on:
                    going_on[step.label] = bars.add_task(step.label, total=step.of, note="")
                loss = "" if step.loss is None else f"loss {step.loss:.4f}"
                bars.update(going_on[step.label], completed=step.done, note=loss)
            else:
                if step.label in going_on:
                    bars.remove_task(going_on.pop(step.label))
                bars.update(fits, completed=step.done, total=step.of)

        yield show


@contextlib.contextmanager
def counting_progress(what: str, *, visible: bool) -> Iterator[Progress]:
    """Show one bar that counts, with the latest label."""
    with _bars(what, visible=visible) as bars:
        if bars is None:
            yield silent
            return
        task = bars.add_task(what, total=None, note="")
        yield lambda step: bars.update(task, completed=step.done, total=step.of, note=step.label)
