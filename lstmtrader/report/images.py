"""Charts as PNG images, drawn by a Chrome or Chromium that may not reach the network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from lstmtrader.bounds import above_zero, whole
from lstmtrader.errors import ConfigError, RunError
from lstmtrader.report.headless import Picture, pictures
from lstmtrader.report.palette import THEMES

# The page behind the charts, which are transparent themselves.
_GROUND = {"light": "#FFFFFF", "dark": "#14171B"}
_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
_HEIGHT = 450
_MARGIN = 24
# Numbers and words of the charts: never colours, whatever they look like.
_CONTENT = frozenset({"x", "y", "z", "text", "base", "customdata"})
_FILE_NAME = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_.-]*")


def write_images(
    figures: Mapping[str, go.Figure],
    folder: Path,
    *,
    theme: str = "light",
    width: int = 1000,
    scale: float = 2,
    limit_s: float = 120,
) -> list[Path]:
    """Write every chart as ``<name>.png``, with the colours and the ground of a theme.

    All charts are drawn before the first is written. The figures are not changed. The same
    figures give the same bytes with the same browser and fonts.

    Parameters
    ----------
    figures : mapping of str to Figure
        By name: letters, digits, ``_``, ``-`` and ``.``. The height is that of each figure.
    folder : Path
        Made if missing; images of the same names in it are replaced.
    theme : str
        ``light`` or ``dark``.
    width : int
        Of the layout, in pixels.
    scale : float
        Pixels of the image for each pixel of the layout: 2 for print and dense screens.
    limit_s : float
        Seconds after which the browser is ended and the call fails.

    Returns
    -------
    list of Path
        The images, in the order of the figures.

    Raises
    ------
    ConfigError
        If kaleido or a browser is missing (the text says what to install), or for an unknown
        theme, a name that is no file name, or a size that is not above zero.
    RunError
        If the browser fails, takes longer than `limit_s`, or an image cannot be written.
    """
    check_theme(theme)
    whole(1, width=width)
    above_zero(scale=scale, limit_s=limit_s)
    for name in figures:
        if not _FILE_NAME.fullmatch(name):
            raise ConfigError(f"expected names of charts that can name a file; got {name!r}")
    images = pictures(
        [
            Picture(themed(figure, theme), width, figure.layout.height or _HEIGHT, scale)
            for figure in figures.values()
        ],
        limit_s,
    )
    paths = [folder / f"{name}.png" for name in figures]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, image in zip(paths, images, strict=True):
            path.write_bytes(image)
    except OSError as error:
        raise RunError(f"{folder}: cannot be written ({error.strerror or error})") from error
    return paths


def check_theme(theme: str) -> None:
    """Refuse a theme that there is not.

    Raises
    ------
    ConfigError
        With the names of those that there are.
    """
    if theme not in _GROUND:
        raise ConfigError(f"theme: expected one of {', '.join(_GROUND)}; got {theme!r}")


def themed(figure: go.Figure, theme: str) -> dict[str, Any]:
    """Return a figure as plain data in the colours of a theme, on its ground, without buttons.

    Parameters
    ----------
    figure : Figure
        Stays as it is.
    theme : str
        ``light`` or ``dark``.
    """
    swaps = {"inherit": _FONT}
    for colour, shades in THEMES.items():
        swaps |= dict.fromkeys((colour, *shades.values()), shades[theme])
    spec: dict[str, Any] = _repainted(figure.to_dict(), swaps)
    layout = spec["layout"]
    layout["paper_bgcolor"] = layout["plot_bgcolor"] = _GROUND[theme]
    margin = layout.get("margin", {})
    layout["margin"] = margin | {side: max(_MARGIN, margin.get(side, 0)) for side in "lrtb"}
    layout.pop("updatemenus", None)
    return spec


def _repainted(node: Any, swaps: Mapping[str, str]) -> Any:
    if isinstance(node, str):
        return swaps.get(node, node)
    if isinstance(node, dict):
        return {
            key: value if key in _CONTENT else _repainted(value, swaps)
            for key, value in node.items()
        }
    if isinstance(node, list | tuple):
        return [_repainted(value, swaps) for value in node]
    return node
