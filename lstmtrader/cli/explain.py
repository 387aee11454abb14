"""``lstmtrader explain``: look into the network behind one forecast of a finished run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from lstmtrader.cli.options import RUNS, Debug, Json, Quiet, Runs
from lstmtrader.cli.runs import RUN

if TYPE_CHECKING:
    from lstmtrader.progress import Progress, Step

EPILOG = (
    "Examples:\n\n"
    "lstmtrader explain last --open\n\n"
    "lstmtrader explain last --symbol AAPL --date 2020-03-16 --member 0\n\n"
    "lstmtrader explain runs/20261121-103920-quickstart-6832e67e --quick --json"
)

_QUICK = 3


def explain(
    run: Annotated[str, typer.Argument(help=RUN)],
    symbol: Annotated[
        str | None,
        typer.Option("--symbol", "-s", help="By default the one with the largest forecast."),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option(
            "--date",
            "-d",
            help="Test bar, such as 2020-03-16; by default the last with a forecast.",
        ),
    ] = None,
    member: Annotated[int, typer.Option(help="Member of the ensemble, from 0.")] = 0,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            help=f"Importance on {_QUICK} folds at most, no other cells fitted to compare with.",
        ),
    ] = False,
    runs: Runs = RUNS,
    open_: Annotated[bool, typer.Option("--open", help="Open the report in the browser.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """See what a network sees: its gates and memory, and which inputs made a forecast.

    The report of the run shows the last explanation that was made.
    """
    del debug  # read by run_app, before and after this function
    from lstmtrader.cli.explain_summary import explanation_row, print_explanation
    from lstmtrader.cli.finished import require_finished, sheet_of
    from lstmtrader.cli.opening import open_page
    from lstmtrader.cli.progress import counting_progress
    from lstmtrader.cli.runs_tables import print_plain
    from lstmtrader.explain.explaining import COMPARED
    from lstmtrader.report.saved_explanation import save_explanation
    from lstmtrader.report.tearsheet import render
    from lstmtrader.run import Run
    from lstmtrader.run_catalogue.entry import read_entry
    from lstmtrader.run_catalogue.finding import find
    from lstmtrader.run_folder import as_run_error

    entry = read_entry(find(runs, run))
    require_finished(entry)
    with counting_progress("networks", visible=not quiet) as progress:
        found = Run.load(entry.path).explain(
            symbol,
            date,
            member,
            folds=_QUICK if quick else None,
            cells=() if quick else COMPARED,
            progress=_counted(progress),
        )
    save_explanation(entry.path, found)
    page = entry.path / "report.html"
    with as_run_error(page):
        page.write_text(render(sheet_of(entry)), encoding="utf-8")
    if as_json:
        print_plain({**explanation_row(found), "report": str(page)})
    else:
        print_explanation(found, page)
    if open_:
        open_page(page)


def _counted(progress: Progress) -> Progress:
    """Count networks; the epochs of one that is fitted are only a word beside the count."""
    done: list[Step] = []

    def show(step: Step) -> None:
        if step.stage == "fit":
            done[:] = [step]
            progress(step)
        elif step.stage == "epoch" and done:
            progress(replace(done[0], label=f"{step.label}, epoch {step.done} of {step.of}"))

    return show
