"""``lstmtrader data …``: prices in and out of the store."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lstmtrader.cli.options import Debug, Json
from lstmtrader.errors import ConfigError

if TYPE_CHECKING:
    from lstmtrader.data.archive import Archive, Update
    from lstmtrader.data.store import PriceStore

app = typer.Typer(no_args_is_help=True, help="Download, look at and check prices.")

NOT_ALL = 3

StoreFile = Annotated[
    Path | None, typer.Option("--store", help="DuckDB file; by default your own.")
]
Interval = Annotated[str, typer.Option(help="Length of a bar: 1d, 1h, 1m, …")]
Source = Annotated[
    str | None,
    typer.Option(help="Another source than Yahoo, by dotted path (module:Class).", hidden=True),
]


def _day(text: str | None, name: str) -> datetime.date | None:
    try:
        return None if text is None else datetime.date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{name}: expected a date such as 2020-01-31; got {text!r}") from error


def _store(path: Path | None) -> PriceStore:
    from lstmtrader.data.store import PriceStore

    return PriceStore(path)


def _archive(store: Path | None, interval: str, source: str | None) -> Archive:
    from lstmtrader.config.building import build
    from lstmtrader.config.locating import locate
    from lstmtrader.data.download import HistorySource
    from lstmtrader.data.yahoo.provider import yahoo_archive

    if source is None:
        return yahoo_archive(_store(store), interval)
    made = build(locate(source, "--source"), {"interval": interval}, "--source")
    if not isinstance(made, HistorySource):
        raise ConfigError(f"--source: {source} is no source; it needs history and traffic")
    return yahoo_archive(_store(store), interval, made)


def _symbols(given: list[str]) -> list[str]:
    """Take symbols from the command line, and from files named ``@path``, one a line."""
    symbols: list[str] = []
    for word in given:
        if not word.startswith("@"):
            symbols.append(word)
            continue
        try:
            lines = Path(word[1:]).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not a text file"
            raise ConfigError(f"{word[1:]}: cannot be read ({reason})") from error
        names = [line.partition("#")[0].strip() for line in lines]
        symbols += [name for name in names if name]
    if not symbols:
        raise ConfigError("expected symbols; got none")
    return list(dict.fromkeys(symbols))


def _known(store: PriceStore, symbol: str | None) -> PriceStore:
    """Return the store, if it ever fetched the symbol."""
    from lstmtrader.data.provider import require_symbols

    if symbol is not None and store.fetches(symbol).empty:
        require_symbols([symbol], sorted(set(store.fetches()["symbol"])), "the store")
    return store


@app.command(
    epilog="Examples:\n\n"
    "lstmtrader data download SPY TLT GLD --start 2005-01-01\n\n"
    "lstmtrader data download @symbols.txt --interval 1h"
)
def download(
    symbols: Annotated[list[str], typer.Argument(help="Symbols, or @file with one a line.")],
    start: Annotated[str | None, typer.Option(help="First day, such as 2005-01-01.")] = None,
    end: Annotated[str | None, typer.Option(help="Last day; by default yesterday.")] = None,
    interval: Interval = "1d",
    store: StoreFile = None,
    source: Source = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Fetch what the store does not have; what arrives is stored at once.

    Run it again after an interruption or a failure: only what is missing is asked for. Exit code
    3 means that some symbols did not arrive; they are named.
    """
    del debug
    from lstmtrader.cli.progress import counting_progress

    archive = _archive(store, interval, source)
    with counting_progress("symbols", visible=not as_json) as progress:
        done = archive.fetch(
            _symbols(symbols), _day(start, "--start"), _day(end, "--end"), progress
        )
    _report(done, as_json=as_json)


@app.command(epilog="Examples:\n\nlstmtrader data update\n\nlstmtrader data update SPY --json")
def update(
    symbols: Annotated[
        list[str] | None, typer.Argument(help="By default all in the store.")
    ] = None,
    interval: Interval = "1d",
    store: StoreFile = None,
    source: Source = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Fetch the bars since the last ones, and compare the week before them.

    What the source has changed is recorded and listed; the old numbers stay readable by vintage.
    """
    del debug
    from lstmtrader.cli.progress import counting_progress

    archive = _archive(store, interval, source)
    with counting_progress("symbols", visible=not as_json) as progress:
        done = archive.update(_symbols(symbols) if symbols else None, progress)
    _report(done, as_json=as_json)


@app.command("list", epilog="Example:\n\nlstmtrader data list --json")
def list_(store: StoreFile = None, as_json: Json = False, debug: Debug = False) -> None:
    """Show the symbols in the store: ranges, bars, holes, vintages."""
    del debug
    from lstmtrader.cli.tables import show

    show(_store(store).listing(), "prices in the store", as_json=as_json)


@app.command(epilog="Example:\n\nlstmtrader data actions AAPL")
def actions(
    symbol: Annotated[str | None, typer.Argument(help="By default all.")] = None,
    store: StoreFile = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show dividends, splits and capital gains."""
    del debug
    from lstmtrader.cli.tables import show

    show(_known(_store(store), symbol).actions(symbol), "actions", as_json=as_json)


@app.command(epilog="Example:\n\nlstmtrader data restatements AAPL")
def restatements(
    symbol: Annotated[str | None, typer.Argument(help="By default all.")] = None,
    store: StoreFile = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show every number a source changed, or dropped, after it was stored."""
    del debug
    from lstmtrader.cli.tables import show

    table = _known(_store(store), symbol).restatements(symbol)
    show(table, "restatements", as_json=as_json)


@app.command(epilog="Example:\n\nlstmtrader data export prices/ --format csv")
def export(
    folder: Annotated[Path, typer.Argument(help="Made if it is not there.")],
    format_: Annotated[str, typer.Option("--format", help="parquet or csv")] = "parquet",
    store: StoreFile = None,
    debug: Debug = False,
) -> None:
    """Write bars, actions and fetches as long tables."""
    del debug
    for path in _store(store).export(folder, format_):
        typer.echo(path)


@app.command(
    epilog="Examples:\n\n"
    "lstmtrader data check\n\n"
    "lstmtrader data check prices.csv.gz --calendar XNYS --json"
)
def check(
    path: Annotated[
        Path | None, typer.Argument(help="CSV or Parquet, long; by default the store.")
    ] = None,
    calendar: Annotated[
        str | None, typer.Option(help="Of the file's sessions; in the store it is told by symbol.")
    ] = None,
    warnings: Annotated[bool, typer.Option(help="Show warnings as well.")] = True,
    store: StoreFile = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Put prices through the quality gate and list what it finds; exit code 1 on errors."""
    del debug
    from lstmtrader.cli.tables import show
    from lstmtrader.data.inspect import inspect_file, inspect_store

    if path is not None:
        findings = inspect_file(path, calendar or "XNYS")
    else:
        findings = inspect_store(_store(store), calendar)
    shown = findings if warnings else findings[findings["severity"] == "error"]
    # Rare ones first: a split says more than the hundredth repeated line.
    often = shown["check"].map(shown["check"].value_counts())
    order = shown.assign(often=often).sort_values(["severity", "often"], kind="stable").index
    listed = shown.loc[order].drop(columns="row", errors="ignore")
    show(listed, "findings", as_json=as_json)
    if not as_json and len(shown):
        counts = shown.groupby(["severity", "check", "done"]).size().rename("findings")
        show(counts.reset_index(), "kinds of findings", as_json=False)
    if (findings["severity"] == "error").any():
        raise typer.Exit(1)


def _report(done: Update, *, as_json: bool) -> None:
    from lstmtrader.cli.tables import show, show_update

    show_update(done, as_json=as_json)
    if not as_json and len(done.restated):
        told = done.restated[["symbol", "time", "change", "field", "old", "new"]]
        show(told, "restated by the source", as_json=False)
    if not done.download.is_complete:
        raise typer.Exit(NOT_ALL)
