"""``lstmtrader report``: show a finished run again, without computing anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lstmtrader.cli.options import RUNS, Debug, Runs
from lstmtrader.cli.runs import RUN

if TYPE_CHECKING:
    from lstmtrader.run_catalogue.entry import Entry

EPILOG = (
    "Examples:\n\n"
    "lstmtrader report last --open\n\n"
    "lstmtrader report runs/20261121-103920-quickstart-6832e67e --output sheet.html\n\n"
    "lstmtrader report last --markdown sheet.md --png pictures --quantstats theirs.html"
)


def report(
    run: Annotated[str, typer.Argument(help=RUN)],
    runs: Runs = RUNS,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="By default report.html of the run.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    markdown: Annotated[Path | None, typer.Option(help="Write it as Markdown, too.")] = None,
    png: Annotated[
        Path | None, typer.Option(help="Write every chart as a PNG file into this folder.")
    ] = None,
    theme: Annotated[str, typer.Option(help="Colours of the PNG files: light or dark.")] = "light",
    quantstats: Annotated[
        Path | None, typer.Option(help="Write the tear sheet of quantstats, too.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Render the tear sheet of a finished run again, and export it."""
    del debug  # read by run_app, before and after this function
    from lstmtrader.cli.finished import require_finished, sheet_of
    from lstmtrader.cli.opening import open_page
    from lstmtrader.report.drawing import draw
    from lstmtrader.report.images import check_theme, write_images
    from lstmtrader.report.tearsheet import render
    from lstmtrader.run_catalogue.entry import read_entry
    from lstmtrader.run_catalogue.finding import find
    from lstmtrader.run_folder import as_run_error

    check_theme(theme)
    folder = find(runs, run)
    entry = read_entry(folder)
    require_finished(entry)
    sheet = sheet_of(entry)
    page = output or folder / "report.html"
    with as_run_error(page):
        page.write_text(render(sheet), encoding="utf-8")
    written = [page]
    if markdown is not None:
        from lstmtrader.report.markdown import to_markdown

        with as_run_error(markdown):
            markdown.write_text(to_markdown(sheet), encoding="utf-8")
        written.append(markdown)
    if png is not None:
        written += write_images(draw(sheet), png, theme=theme)
    if quantstats is not None:
        from lstmtrader.report.quantstats import quantstats_tearsheet

        account, held = sheet.account, sheet.benchmark
        quantstats_tearsheet(
            account.returns, held.returns, account.periods_per_year, quantstats, sheet.name
        )
        written.append(quantstats)
    for path in written:
        typer.echo(path)
    _say_what_came_after(entry)
    if open_:
        open_page(page)


def _say_what_came_after(entry: Entry) -> None:
    from lstmtrader.errors import LstmtraderError
    from lstmtrader.report.wording import number
    from lstmtrader.run_catalogue.tried import tried

    if entry.problem:
        typer.echo(f"warning: {entry.path} is broken: {entry.problem}", err=True)
    try:
        now = tried(entry)
    except LstmtraderError as error:
        typer.echo(f"warning: what was tried since is not known: {error}", err=True)
        return
    if now is not None and now.is_more_than(entry.significance):
        typer.echo(
            f"by now {now.count} trials on these prices (about {now.independent} independent), "
            f"deflated Sharpe ratio by now {number(now.dsr)}; the report has those of its day"
        )
