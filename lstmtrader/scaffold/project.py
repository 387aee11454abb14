"""A new project."""

from __future__ import annotations

from pathlib import Path

from lstmtrader.errors import ConfigError
from lstmtrader.scaffold.classes import Kind, class_files
from lstmtrader.scaffold.files import filled, write_new
from lstmtrader.scaffold.names import Names, package_name
from lstmtrader.scaffold.place import SETTINGS
from lstmtrader.scaffold.schema import schema_text


def init(folder: Path) -> list[Path]:
    """Write a project that works at once: an experiment, its own classes, tests, a notebook.

    Parameters
    ----------
    folder : Path
        Made if it is not there, and else empty; its name is that of the experiment, and of the
        package.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    ConfigError
        If there is something in the folder, or it cannot be named so.
    """
    name = folder.resolve().name
    package = package_name(name)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder} is there already and not empty; nothing was written")
    files = {
        folder / target: filled(template, name=name, package=package)
        for target, template in (
            ("README.md", "README.md"),
            (SETTINGS, "pyproject.toml"),
            (".gitignore", "gitignore"),
            (f"configs/{name}.yaml", "experiment.yaml"),
            ("research.ipynb", "research.ipynb"),
        )
    }
    files[folder / "configs" / "schema.json"] = schema_text()
    files[folder / package / "__init__.py"] = f'"""Classes of {name}, named in its configs."""\n'
    for kind in (Kind.STRATEGY, Kind.FEATURE):
        files |= class_files(folder, package, kind, Names.of(f"first-{kind}"))
    return write_new(files)
