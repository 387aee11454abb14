"""The program `lstmtrader`. Heavy imports live inside the commands: ``--help`` answers at once."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from lstmtrader.cli import audit, cache, config, data, explain, report, runs, scaffold, sweep
from lstmtrader.cli.failures import named_in_errors, run_app
from lstmtrader.cli.options import RUNS, Config, Debug, Fits, Overrides, Quiet, Runs

app = typer.Typer(
    name="lstmtrader",
    help="Find out, honestly and fast, whether an LSTM would have made money.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)

app.add_typer(data.app, name="data")
app.add_typer(cache.app, name="cache")
app.add_typer(runs.app, name="runs")
app.command(epilog=sweep.EPILOG)(sweep.sweep)
app.command(epilog=report.EPILOG)(report.report)
app.command(epilog=audit.EPILOG)(audit.audit)
app.command(epilog=explain.EPILOG)(explain.explain)
app.command(epilog=scaffold.INIT_EPILOG)(scaffold.init)
app.command(epilog=scaffold.SCHEMA_EPILOG)(scaffold.schema)
app.add_typer(scaffold.app, name="new")
app.add_typer(config.app, name="config")

_RUN_EPILOG = (
    "Examples:\n\n"
    "lstmtrader run configs/quickstart.yaml\n\n"
    "lstmtrader run configs/quickstart.yaml --set members=5 --set costs.fees=0.001\n\n"
    "lstmtrader run configs/quickstart.yaml --set 'prices.symbols=[AAPL, KO]' --json\n\n"
    "lstmtrader run configs/quickstart.yaml --set walk_forward.test=3mo --dry-run"
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from lstmtrader import __version__

        typer.echo(f"lstmtrader {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Find out, honestly and fast, whether an LSTM would have made money."""
    del version


@app.command(epilog=_RUN_EPILOG)
def run(
    config: Config,
    set_: Overrides = None,
    runs: Runs = RUNS,
    workers: Annotated[
        int | None,
        typer.Option("--workers", "-w", help="Processes that train; by default one a core."),
    ] = None,
    cache_: Fits = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Train everything, and keep no fits.")
    ] = False,
    dry_run_: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Fetch the prices, check everything, print the folds and count the fits; train "
            "nothing and write no run. Prices from Yahoo are kept in the store, as ever.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the metrics as JSON instead of a table.")
    ] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Run an experiment: prices, walk-forward training, trades, tear sheet."""
    del debug  # read by run_app, before and after this function
    from lstmtrader.cli.progress import training_progress
    from lstmtrader.cli.summary import print_json, print_summary
    from lstmtrader.errors import ConfigError
    from lstmtrader.experiment import Experiment

    overrides = list(set_ or ())
    if no_cache and cache_ is not None:
        raise ConfigError("expected either --cache or --no-cache")
    experiment = Experiment.from_yaml(config, overrides)
    if dry_run_:
        from lstmtrader.cli.dry_run import dry_run, print_dry_run, print_dry_run_json
        from lstmtrader.experiment import CACHE

        with named_in_errors(str(config)):
            plan = dry_run(experiment, None if no_cache else cache_ or runs / CACHE)
        (print_dry_run_json if as_json else print_dry_run)(plan)
        return
    with named_in_errors(str(config)), training_progress(visible=not quiet) as progress:
        finished = experiment.run(
            runs,
            cache=False if no_cache else cache_,
            workers=workers,
            progress=progress,
            command=_command(config, overrides),
        )
    if as_json:
        print_json(finished)
    else:
        print_summary(finished)


def _command(config: Path, overrides: list[str]) -> str:
    import shlex

    words = ["lstmtrader", "run", str(config)]
    for text in overrides:
        words += ["--set", text]
    return shlex.join(words)


def main() -> None:
    """Entry point of the console script."""
    # What is imported stays: to look through it for garbage is a tenth of a run's start.
    gc.set_threshold(100_000)
    # A user's own strategies/ lies in the folder they work in, as with python -m.
    sys.path.insert(0, str(Path.cwd()))
    sys.exit(run_app(app, debug="--debug" in sys.argv))
