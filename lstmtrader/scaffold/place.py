"""Where a project keeps its classes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from lstmtrader.errors import ConfigError

SETTINGS = "pyproject.toml"


@dataclass(frozen=True)
class Project:
    """A folder made by `init`, and the name of its own package."""

    folder: Path
    package: str

    @staticmethod
    def at(folder: Path) -> Project:
        """Read which package a folder keeps its classes in.

        Raises
        ------
        ConfigError
            If it is no project.
        """
        path = folder / SETTINGS
        try:
            settings = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            settings = {}
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path}: cannot be read ({error})") from error
        tools = settings.get("tool")
        own = tools.get("lstmtrader") if isinstance(tools, dict) else None
        package = own.get("package") if isinstance(own, dict) else None
        if not isinstance(package, str) or not package.isidentifier():
            raise ConfigError(
                f'no project here: {path} has no [tool.lstmtrader] with package = "…"; make one '
                "with lstmtrader init, and run this in its folder"
            )
        return Project(folder, package)
