"""Writing new files from templates, all of them or none, and none that is there already."""

from __future__ import annotations

import importlib.resources
from collections.abc import Mapping
from pathlib import Path
from string import Template

from lstmtrader.errors import ConfigError


def filled(template: str, **values: str) -> str:
    """Return the text of a template with its names filled in."""
    source = importlib.resources.files("lstmtrader.scaffold") / "templates" / f"{template}.tmpl"
    return Template(source.read_text(encoding="utf-8")).substitute(values)


def write_new(files: Mapping[Path, str]) -> list[Path]:
    """Write files that are not there yet, and the folders they lie in.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    ConfigError
        Before anything is written, if one of them is there; or if one cannot be written, and then
        those before it are removed again.
    """
    for path in files:
        if path.exists() or path.is_symlink():
            raise ConfigError(f"{path} is there already; nothing was written")
    written: list[Path] = []
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                written.append(path)
                file.write(text)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        where = getattr(error, "filename", None) or "a file"
        raise ConfigError(f"{where} cannot be written ({error.strerror})") from error
    return written
