"""One class of one's own with its test, and the line of a configuration that names it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from lstmtrader.scaffold.files import filled
from lstmtrader.scaffold.names import Names


class Kind(StrEnum):
    """What can be written anew."""

    STRATEGY = "strategy"
    FEATURE = "feature"
    MODEL = "model"

    @property
    def folder(self) -> str:
        """Where they lie in a package."""
        return "strategies" if self is Kind.STRATEGY else f"{self}s"


def class_files(folder: Path, package: str, kind: Kind, names: Names) -> dict[Path, str]:
    """Return the file of a new class and that of its test, and what makes the folder a package.

    Parameters
    ----------
    folder : Path
        Of the project.
    package : str
        The project's own.
    kind : Kind
    names : Names
    """
    home = folder / package / kind.folder
    values = {"Class": names.cls, "module": names.module, "package": package}
    files = {
        home / f"{names.module}.py": filled(f"{kind}.py", **values),
        folder / "tests" / f"test_{names.module}.py": filled(f"test_{kind}.py", **values),
    }
    init = home / "__init__.py"
    if not init.exists():
        files[init] = f'"""{kind.folder.capitalize()} of one\'s own."""\n'
    return files


def yaml_line(package: str, kind: Kind, names: Names) -> str:
    """Return what names the class in a configuration.

    Examples
    --------
    >>> yaml_line("my_research", Kind.STRATEGY, Names.of("mean-reversion"))
    'strategy: {target: "my_research.strategies.mean_reversion:MeanReversion"}'
    """
    named = f'{{target: "{package}.{kind.folder}.{names.module}:{names.cls}"}}'
    return f"- {named}  # under features" if kind is Kind.FEATURE else f"{kind}: {named}"
