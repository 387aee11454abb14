"""``lstmtrader config …``: what a configuration says, before anything is run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lstmtrader.cli.options import Config, Debug, Overrides

app = typer.Typer(no_args_is_help=True, help="Show a config in full, or check some.")


@app.command(
    epilog="Examples:\n\nlstmtrader config show configs/quickstart.yaml\n\n"
    "lstmtrader config show configs/quickstart.yaml --set costs=crypto_spot --json"
)
def show(
    config: Config,
    set_: Overrides = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of YAML.")] = False,
    debug: Debug = False,
) -> None:
    """Show every setting as a run would have it, defaults included."""
    del debug  # read by run_app, before and after this function
    import json

    from lstmtrader.config.writing import to_yaml
    from lstmtrader.experiment import Experiment

    settings = Experiment.from_yaml(config, list(set_ or ())).config
    typer.echo(json.dumps(settings, indent=2) if as_json else to_yaml(settings).rstrip("\n"))


@app.command(
    epilog="Examples:\n\nlstmtrader config validate configs/quickstart.yaml\n\n"
    "lstmtrader config validate configs/*.yaml --json\n\n"
    "Exit code: 0 all can be run, 2 at least one cannot."
)
def validate(
    configs: Annotated[list[Path], typer.Argument(help="YAML files of experiments.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
    debug: Debug = False,
) -> None:
    """Check configs, one line a file: every key, every type, and whether they fit together."""
    del debug
    import json

    from lstmtrader.errors import ConfigError, LstmtraderError
    from lstmtrader.experiment import Experiment

    found = []
    for path in configs:
        try:
            Experiment.from_yaml(path)
            error = None
        except LstmtraderError as wrong:
            error = " ".join(str(wrong).split())
        found.append({"config": str(path), "valid": error is None, "error": error})
        if not as_json:
            typer.echo(f"valid: {path}" if error is None else f"wrong: {error}")
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    if any(one["error"] for one in found):
        raise typer.Exit(ConfigError.exit_code)
