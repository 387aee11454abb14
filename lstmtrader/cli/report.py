"""``lstmtrader report``: show a finished run again, without computing anything."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EPILOG = (
    "Examples:\n\n"
    "lstmtrader report last --open\n\n"
    "lstmtrader report runs/20261121-103920-quickstart-6832e67e --output sheet.html\n\n"
    "lstmtrader report last --markdown sheet.md --png pictures --quantstats theirs.html"
)


def report(
    run: Annotated[str, typer.Argument(help="Folder of the run, the start of its name, or last.")],
    runs: Annotated[Path, typer.Option(help="Folder in which run folders are.")] = Path("runs"),
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
    debug: Annotated[bool, typer.Option(help="Show the traceback of an error.")] = False,
) -> None:
    """Render the tear sheet of a finished run again, and export it."""
    del debug  # read by run_app, before and after this function
    from lstmtrader.report.drawing import draw
    from lstmtrader.report.images import check_theme, write_images
    from lstmtrader.report.saved import read_sheet
    from lstmtrader.report.tearsheet import render
    from lstmtrader.run_catalogue.finding import find
    from lstmtrader.run_folder import as_run_error

    check_theme(theme)
    folder = find(runs, run)
    sheet = read_sheet(folder)
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
    if open_:
        typer.launch(page.resolve().as_uri())
