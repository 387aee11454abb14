"""``lstmtrader runs …``: what was run, side by side, and away with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lstmtrader.cli.options import RUNS, Debug, Json, Runs
from lstmtrader.run_catalogue.headings import HEADINGS

if TYPE_CHECKING:
    from lstmtrader.run_catalogue.comparison import Comparison

app = typer.Typer(no_args_is_help=True, help="List, show, compare and remove finished runs.")

RUN = (
    "A run: its folder, the name of that or the beginning of it, the name in its settings if only "
    "one has it, or last: the newest finished run, never a sweep."
)
Words = Annotated[list[str], typer.Argument(metavar="RUN...", help=RUN)]


@app.command(
    "list",
    epilog="Examples:\n\nlstmtrader runs list\n\nlstmtrader runs list --sort sharpe\n\n"
    "lstmtrader runs list --runs other/runs --json",
)
def list_(
    runs: Runs = RUNS,
    sort: Annotated[
        str,
        typer.Option(
            metavar="COLUMN",
            help=f"{', '.join(HEADINGS)}, or a name that --json has. Figures and dates from the "
            "highest, words from A.",
        ),
    ] = "created",
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """List runs and sweeps, the newest first; of a sweep, the figures as it was configured."""
    del debug  # read by run_app, before and after this function
    from lstmtrader.cli.runs_list import print_list
    from lstmtrader.run_catalogue.finding import catalogue, ordered

    print_list(ordered([one.row for one in catalogue(runs)], sort), runs, as_json=as_json)


@app.command(
    epilog="Examples:\n\nlstmtrader runs show last\n\nlstmtrader runs show 20260131-0915 --json"
)
def show(
    run: Annotated[str, typer.Argument(metavar="RUN", help=RUN)],
    runs: Runs = RUNS,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show one run: figures beside buy & hold, its assumptions, how much was tried."""
    del debug
    from lstmtrader.cli.audited import verdict_on
    from lstmtrader.cli.runs_tables import print_entry
    from lstmtrader.run_catalogue.entry import read_entry
    from lstmtrader.run_catalogue.finding import find
    from lstmtrader.run_catalogue.tried import tried

    entry = read_entry(find(runs, run))
    print_entry(entry, tried(entry), verdict_on(entry), as_json=as_json)


@app.command(
    epilog="Examples:\n\nlstmtrader runs compare 20260131-0915 last\n\n"
    "lstmtrader runs compare runs/20260131-* --html compared.html --open"
)
def compare(
    words: Words,
    runs: Runs = RUNS,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the comparison as one offline page.")
    ] = None,
    open_: Annotated[
        bool, typer.Option("--open", help="Open the page; without --html, a temporary one.")
    ] = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Put runs side by side: figures, equity, and the settings in which they differ."""
    del debug
    from lstmtrader.cli.opening import open_page
    from lstmtrader.cli.runs_tables import print_comparison
    from lstmtrader.errors import ConfigError
    from lstmtrader.run_catalogue.comparison import Comparison
    from lstmtrader.run_catalogue.finding import find

    if len(words) < 2:
        raise ConfigError(
            f"runs compare: expected at least two runs; lstmtrader runs show {words[0]} shows one"
        )
    compared = Comparison.of([find(runs, word) for word in words])
    written = _write_page(compared, html) if html is not None or open_ else None
    print_comparison(compared, written, as_json=as_json)
    if open_ and written is not None:
        open_page(written)


@app.command(
    epilog="Examples:\n\nlstmtrader runs rm 20260131-0915 --dry-run\n\n"
    "lstmtrader runs rm 20260131-091500-quickstart-1a2b3c4d --yes"
)
def rm(
    words: Words,
    runs: Runs = RUNS,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what would be removed.")] = False,
    debug: Debug = False,
) -> None:
    """Remove run folders; the trials they were stay counted."""
    del debug
    import sys

    from lstmtrader.errors import ConfigError
    from lstmtrader.run_catalogue.removing import counted, removable, remove, size

    paths = removable(runs, words)
    verb = "would be removed" if dry_run else "to remove"
    for path in paths:
        typer.echo(f"{verb}: {path} ({size(path) / 1e6:.1f} MB)")
    if dry_run:
        return
    if not yes:
        if not sys.stdin.isatty():
            raise ConfigError("runs rm: not a terminal to ask on; --yes removes without asking")
        if not typer.confirm(f"Remove {len(paths)} folder(s) for good?"):
            typer.echo("nothing removed")
            raise typer.Exit(1)
    seen = len(counted(paths))
    remove(paths)
    typer.echo(f"{len(paths)} removed." + _stay(seen, len(paths)))


def _stay(seen: int, removed: int) -> str:
    if not seen:
        return ""
    whose = "Their trials" if seen == removed else f"The trials of {seen} of them"
    whose = "Its trials" if removed == 1 else whose
    return f" {whose} stay in the ledger: a run that is gone was still looked at."


def _write_page(compared: Comparison, html: Path | None) -> Path:
    import tempfile

    from lstmtrader.errors import RunError
    from lstmtrader.report.runs_page import RunsPage, render_runs

    page = render_runs(
        RunsPage(
            equity=compared.equity,
            benchmark=compared.benchmark,
            table=compared.table,
            words=compared.words,
            differences=compared.differences,
            warnings=compared.warnings,
        )
    )
    if html is None:
        html = Path(tempfile.mkdtemp(prefix="lstmtrader-")) / "runs.html"
    try:
        html.write_text(page, encoding="utf-8")
    except OSError as error:
        raise RunError(f"{html}: cannot be written ({error.strerror})") from error
    return html
