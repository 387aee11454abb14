"""Small pictures for notebooks, as inline SVG: an account in time, and the folds of a plan."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import numpy as np

# Okabe and Ito; each shows on light and on dark ground.
BLUE, VERMILLION, GREEN, ORANGE = "#2A8BC7", "#D55E00", "#009E73", "#E69F00"
GREY = "rgb(128,134,142)"
SLICES = {"train": BLUE, "validation": ORANGE, "test": GREEN}

_WIDTH = 640
_MOST_POINTS = 500
_MOST_FOLDS = 40


def growth_sketch(lines: Mapping[str, np.ndarray], first: str, last: str, height: int = 130) -> str:
    """Draw accounts that begin at 1, on a logarithmic scale where all stay above zero.

    Parameters
    ----------
    lines : mapping of str to array of shape (n_bars,)
        By name, the most important last; at most three.
    first, last : str
        Dates at the ends of the axis.
    height : int
        Of the picture, in pixels.
    """
    values = {name: np.asarray(line, dtype=np.float64) for name, line in lines.items()}
    every = np.concatenate(list(values.values()))
    every = every[np.isfinite(every)]
    if not len(every):
        return ""
    scale = np.log if (every > 0).all() else (lambda x: x)
    low, high = float(scale(min(every.min(), 1.0))), float(scale(max(every.max(), 1.0)))
    wide, top, bottom = (high - low) or 1.0, 6.0, height - 18.0

    def place(value: np.ndarray | float) -> np.ndarray:
        share = (scale(np.asarray(value, dtype=np.float64)) - low) / wide
        return np.asarray(bottom - share * (bottom - top))

    colours = (GREY, VERMILLION, BLUE)[-len(values) :] if len(values) > 1 else (BLUE,)
    drawn = [_level(float(place(1.0)))]
    legend = []
    for (name, line), colour in zip(values.items(), colours, strict=False):
        step = max(1, -(-len(line) // _MOST_POINTS))
        chosen = np.unique(np.append(np.arange(0, len(line), step), len(line) - 1))
        across = chosen / max(len(line) - 1, 1) * _WIDTH
        height_of = place(line[chosen])
        points = " ".join(
            f"{x:.1f},{y:.1f}" for x, y in zip(across, height_of, strict=True) if np.isfinite(y)
        )
        drawn.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>'
        )
        legend.append((name, colour))
    said = [_text(0, height - 4, first), _text(_WIDTH, height - 4, last, "end")]
    return _svg("".join(drawn + said), height, "Growth of 1") + _legend(legend[::-1])


def fold_sketch(folds: Sequence[Mapping[str, tuple[float, float]]], first: str, last: str) -> str:
    """Draw a bar a slice and a row a fold, as shares of the whole time.

    Parameters
    ----------
    folds : sequence of mapping of str to (float, float)
        Start and end of ``train``, ``validation`` and ``test``, from 0 to 1; a slice may be
        missing. Of more than 40 folds some in the middle are left out, and that is said.
    first, last : str
        Dates at the ends of the axis.
    """
    if not folds:
        return ""
    shown = list(enumerate(folds))
    left_out = max(0, len(shown) - _MOST_FOLDS)
    if left_out:
        half = _MOST_FOLDS // 2
        shown = [*shown[:half], *shown[-half:]]
    thick, gap = (12, 4) if len(shown) <= 15 else (5, 2)
    drawn = []
    for row, (number, fold) in enumerate(shown):
        y = 2 + row * (thick + gap)
        for name, colour in SLICES.items():
            if name in fold:
                start, end = fold[name]
                wide = max((end - start) * _WIDTH, 1.0)
                drawn.append(
                    f'<rect x="{start * _WIDTH:.1f}" y="{y}" width="{wide:.1f}" height="{thick}" '
                    f'fill="{colour}"><title>Fold {number}, {name}</title></rect>'
                )
    height = 2 + len(shown) * (thick + gap) + 16
    said = [_text(0, height - 4, first), _text(_WIDTH, height - 4, last, "end")]
    present = [(name, one) for name, one in SLICES.items() if any(name in fold for fold in folds)]
    more = f" · {left_out} folds in the middle are not drawn" if left_out else ""
    return _svg("".join(drawn + said), height, f"{len(folds)} folds") + _legend(present, more)


def _level(y: float) -> str:
    return (
        f'<line x1="0" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GREY}" '
        'stroke-width="1" stroke-dasharray="2 3"/>'
    )


def _text(x: float, y: float, said: str, anchor: str = "start") -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="11" fill="{GREY}">'
        f"{html.escape(said)}</text>"
    )


def _svg(inner: str, height: int, label: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img" aria-label="{html.escape(label)}" '
        f'style="max-width:100%;font-family:inherit">{inner}</svg>'
    )


def _legend(entries: Sequence[tuple[str, str]], more: str = "") -> str:
    said = " &nbsp; ".join(
        f'<span style="color:{colour}">■</span> {html.escape(name)}' for name, colour in entries
    )
    return f'<div style="font-size:0.85em">{said}{html.escape(more)}</div>'
