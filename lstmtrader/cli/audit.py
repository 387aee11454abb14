"""``lstmtrader audit``: prove that nothing in an experiment knows the future."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EPILOG = (
    "Examples:\n\n"
    "lstmtrader audit configs/quickstart.yaml\n\n"
    "lstmtrader audit my_experiment.yaml --quick --json\n\n"
    "lstmtrader audit my_experiment.yaml --set strategy.params.window=20\n\n"
    "Exit code: 0 nothing leaks, 1 something does, 2 could not judge."
)


def audit(
    config: Annotated[Path, typer.Argument(help="YAML file of the experiment.")],
    full: Annotated[
        bool,
        typer.Option("--full/--quick", help="Every probe, or only those that take seconds."),
    ] = True,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Override a setting; may be repeated."),
    ] = None,
    runs: Annotated[
        Path, typer.Option(help="Folder of runs, whose reports show the verdict.")
    ] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="Print the audit as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
    debug: Annotated[bool, typer.Option(help="Show the traceback of an error.")] = False,
) -> None:
    """Prove that nothing leaks: your own features, model and strategy included."""
    del debug  # read by run_app, before and after this function
    from lstmtrader.audit import audit as probe
    from lstmtrader.audit.saved import plain, save_audit
    from lstmtrader.cli.audit_summary import print_audit
    from lstmtrader.cli.failures import named_in_errors
    from lstmtrader.cli.progress import counting_progress
    from lstmtrader.cli.runs_tables import print_plain
    from lstmtrader.errors import blaming
    from lstmtrader.experiment import Experiment

    experiment = Experiment.from_yaml(config, list(set_ or ()))
    with (
        named_in_errors(str(config)),
        counting_progress("probes", visible=not quiet) as progress,
        blaming("the audit"),  # an exit code of 1 means a leak, never a crash
    ):
        report = probe(experiment, "full" if full else "quick", progress)
        page = save_audit(runs, report)
    if as_json:
        print_plain({**plain(report), "page": str(page)})
    else:
        print_audit(report, page)
    raise typer.Exit(report.exit_code)
