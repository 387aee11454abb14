"""A page in the browser of whoever sits there, or one line where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import webbrowser
from pathlib import Path

import typer

_FAILS_WITHIN_S = 3.0  # xdg-open that finds nothing says so at once


def open_page(page: Path) -> None:
    """Open a page; where no browser can be started, say so in one line on standard error."""
    if not _opened(page.resolve().as_uri()):
        typer.echo(f"no browser found; open {page} yourself", err=True)


def _opened(address: str) -> bool:
    if sys.platform != "linux":
        return webbrowser.open(address)
    if not any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")):
        return False
    tool = shutil.which("xdg-open")
    if tool is None:
        return webbrowser.open(address)
    quiet = subprocess.DEVNULL
    try:
        started = subprocess.Popen(
            [tool, address], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
        return started.wait(_FAILS_WITHIN_S) == 0
    except subprocess.TimeoutExpired:
        return True  # it is the browser itself, and lives as long as its window
    except OSError:
        return False
