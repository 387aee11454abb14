"""``lstmtrader init``, ``new`` and ``schema``: files that a researcher starts from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from lstmtrader.cli.options import Debug

app = typer.Typer(no_args_is_help=True, help="Write a class of your own, and its test.")

INIT_EPILOG = (
    "Examples:\n\n"
    "lstmtrader init my-research\n\n"
    "cd my-research && lstmtrader run configs/my-research.yaml"
)
SCHEMA_EPILOG = (
    "Examples:\n\n"
    "lstmtrader schema --output configs/schema.json\n\n"
    "An editor then completes and checks a config that begins with\n\n"
    "# yaml-language-server: $schema=schema.json"
)

_Name = Annotated[str, typer.Argument(help="Such as mean-reversion.")]
_FilesAsJson = Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")]


def init(
    folder: Annotated[Path, typer.Argument(help="Made; its name is that of the experiment.")],
    as_json: _FilesAsJson = False,
    debug: Debug = False,
) -> None:
    """Write a project that works at once: config, strategy, feature, notebook, tests."""
    del debug  # read by run_app, before and after this function
    from lstmtrader.scaffold.project import init as write

    files = write(folder)
    name = folder.resolve().name
    _told(files, as_json, f"cd {folder} && lstmtrader run configs/{name}.yaml")


@app.command(epilog="Example:\n\nlstmtrader new strategy mean-reversion")
def strategy(name: _Name, as_json: _FilesAsJson = False, debug: Debug = False) -> None:
    """Write a strategy: what to hold, given forecasts and prices."""
    del debug
    _new("strategy", name, as_json)


@app.command(epilog="Example:\n\nlstmtrader new feature overnight-gap")
def feature(name: _Name, as_json: _FilesAsJson = False, debug: Debug = False) -> None:
    """Write a feature: a number that a model sees of each symbol and bar."""
    del debug
    _new("feature", name, as_json)


@app.command(epilog="Example:\n\nlstmtrader new model nearest-days")
def model(name: _Name, as_json: _FilesAsJson = False, debug: Debug = False) -> None:
    """Write a model: something else than a network that is fitted and forecasts."""
    del debug
    _new("model", name, as_json)


def schema(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; by default it is printed.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Print the JSON schema of a config, with which editors complete and check it."""
    del debug
    from lstmtrader.errors import ConfigError
    from lstmtrader.scaffold.schema import schema_text

    if output is None:
        typer.echo(schema_text(), nl=False)
        return
    try:
        output.write_text(schema_text(), encoding="utf-8", newline="\n")
    except OSError as error:
        raise ConfigError(f"--output {output}: cannot be written ({error.strerror})") from error
    typer.echo(output)


def _new(kind: str, name: str, as_json: bool) -> None:
    from lstmtrader.scaffold.classes import Kind, class_files, yaml_line
    from lstmtrader.scaffold.files import write_new
    from lstmtrader.scaffold.names import Names
    from lstmtrader.scaffold.place import Project

    names, project = Names.of(name), Project.at(Path())
    files = write_new(class_files(project.folder, project.package, Kind(kind), names))
    _told(files, as_json, yaml_line(project.package, Kind(kind), names))


def _told(files: Sequence[Path], as_json: bool, line: str) -> None:
    import json

    if as_json:
        typer.echo(json.dumps({"files": [str(path) for path in files], "then": line}, indent=2))
        return
    for path in files:
        typer.echo(path)
    typer.echo(f"\n{line}")
