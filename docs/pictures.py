"""The pictures of the concept pages, drawn from what the package itself says.

``python -m docs.pictures`` writes them into docs/drawn/; a test draws them again and compares
byte by byte, so that a picture cannot tell what is no longer true.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from lstmtrader import Execution, WalkForward
from lstmtrader.evaluation.significance.sharpe import expected_max_sharpe

HERE = Path(__file__).resolve().parent / "drawn"

_INK = "#5c6370"
_FAINT = "#c8ccd4"
_BLUE, _GREEN, _ORANGE, _RED = "#3b6fb6", "#3d9970", "#e08a2e", "#c0392b"


def clock() -> str:
    """When a decision is made, filled and judged, for each execution."""
    shapes, step, left = [], 78, 150
    shapes += [_text(left + step * bar, 22, f"bar {_name(bar)}", "middle") for bar in range(5)]
    for row, execution in enumerate(Execution):
        y = 68 + 62 * row
        horizon = 1
        at = left + (0 if execution.lag == 0 else step * execution.lag)
        # The open of a bar is drawn a little before its close.
        at -= 26 if execution.price == "open" else 0
        end = at + step * horizon
        colour = _GREEN if execution.is_tradable else _RED
        shapes += [
            _text(left - 36, y + 4, execution.value, "end"),
            _line(left - 20, y, left + step * 4 + 20, y, _FAINT),
            *(_dot(left + step * bar, y, 2.5, _FAINT) for bar in range(5)),
            _dot(left, y, 6, _BLUE),
            _line(at, y - 14, end, y - 14, colour, 5),
            _dot(at, y, 4, colour),
            _text((at + end) / 2, y - 22, "label", "middle"),
            _text(at, y + 20, "fill", "middle") if execution.lag else "",
        ]
    shapes.append(_text(left, 68 + 62 * 3 - 20, "decision: after this close", "start"))
    return _svg(530, 250, shapes, "When a decision is made, filled and judged")


def folds() -> str:
    """Three folds of a rolling plan and of an expanding one, to scale."""
    shapes, scale, left = [], 2.6, 16
    y = 10
    for window in ("rolling", "expanding"):
        shapes.append(_text(left, y + 14, window, "start"))
        y += 24
        plan = WalkForward(train=80, validation=24, test=28, purge=6, window=window)
        for fold in plan.split(200):
            for part, colour in (
                (fold.train, _BLUE),
                (fold.validation, _ORANGE),
                (fold.test, _GREEN),
            ):
                shapes.append(_box(left + scale * part[0], y, scale * len(part), 14, colour))
            y += 20
        y += 12
    for number, (word, colour) in enumerate(
        {"train": _BLUE, "validation": _ORANGE, "test": _GREEN}.items()
    ):
        shapes.append(_box(left + 110 * number, y, 12, 12, colour))
        shapes.append(_text(left + 110 * number + 18, y + 10, word, "start"))
    shapes.append(_text(left + 330, y + 10, "white between them: purge", "start"))
    return _svg(560, y + 26, shapes, "Folds of a rolling and an expanding plan")


def purge() -> str:
    """Labels at a border of slices, without a purge and with one."""
    shapes, step, left, horizon = [], 26, 16, 4
    span = Execution.NEXT_CLOSE.label_span(horizon)
    y = 24
    for gap, words in ((0, "no purge: labels reach into the next slice"), (span, f"purge {span}")):
        border = 8
        shapes.append(_text(left, y, words, "start"))
        for bar in range(20):
            colour = _BLUE if bar < border else _FAINT if bar < border + gap else _GREEN
            shapes.append(_box(left + step * bar, y + 10, step - 4, 14, colour))
        for row, bar in enumerate(range(border - 3, border)):
            first, last = bar + Execution.NEXT_CLOSE.lag, bar + span
            bad = last >= border + gap
            shapes.append(
                _line(
                    left + step * first,
                    y + 36 + 10 * row,
                    left + step * last + step - 4,
                    y + 36 + 10 * row,
                    _RED if bad else _BLUE,
                    4,
                )
            )
        y += 94
    shapes.append(
        _text(left, y, "blue: train; green: next slice; lines: what labels read", "start")
    )
    return _svg(560, y + 14, shapes, f"Labels of horizon {horizon} at the border of two slices")


def trials() -> str:
    """The best Sharpe ratio that luck alone is expected to find, by the number of trials."""
    left, bottom, width, height, years = 50, 190, 460, 150, 10
    most = 1000
    highest = 1.2

    def x(count: float) -> float:
        return left + width * math.log10(count) / math.log10(most)

    def y(sharpe: float) -> float:
        return bottom - height * sharpe / highest

    counts = [round(10 ** (step / 20), 6) for step in range(61)]
    # Of strategies without skill, the variance of a yearly Sharpe ratio over T years is 1 / T.
    best = [expected_max_sharpe(count, 1 / years) if count > 1 else 0.0 for count in counts]
    path = " ".join(f"{x(c):.1f},{y(s):.1f}" for c, s in zip(counts, best, strict=True))
    shapes = [
        _line(left, bottom, left + width, bottom, _INK),
        *(_text(x(tick), bottom + 18, f"{tick}", "middle") for tick in (1, 10, 100, 1000)),
        *(_text(left - 8, y(tick) + 4, f"{tick:.1f}", "end") for tick in (0.0, 0.5, 1.0)),
        *(_line(left, y(tick), left + width, y(tick), _FAINT) for tick in (0.5, 1.0)),
        f'<polyline points="{path}" fill="none" stroke="{_RED}" stroke-width="2.5"/>',
        _text(left, 20, f"best Sharpe ratio of trials without skill, {years} years", "start"),
        _text(left + width, bottom + 36, "trials", "end"),
    ]
    return _svg(540, 236, shapes, "What luck alone is expected to find")


def costs() -> str:
    """What a return before costs must be, a year, so that nothing is lost, by turnover."""
    left, bottom, width, height = 60, 190, 440, 150
    most, highest = 250.0, 0.26
    shapes = [_line(left, bottom, left + width, bottom, _INK)]
    for tick in (0.0, 0.1, 0.2):
        at = bottom - height * tick / highest
        shapes += [
            _text(left - 8, at + 4, f"{100 * tick:.0f} %", "end"),
            _line(left, at, left + width, at, _FAINT),
        ]
    for tick in (0, 50, 100, 150, 200, 250):
        shapes.append(_text(left + width * tick / most, bottom + 18, f"{tick} ×", "middle"))
    for fee, colour in ((0.0002, _GREEN), (0.0005, _ORANGE), (0.001, _RED)):
        end = fee * most
        shapes += [
            _line(left, bottom, left + width, bottom - height * end / highest, colour, 2.5),
            _text(left + width, bottom - height * end / highest - 6, f"{1e4 * fee:.0f} bp", "end"),
        ]
    shapes += [
        _text(left, 20, "paid a year, of the account, by fees of one fill", "start"),
        _text(left + width, bottom + 36, "turnover a year, Σ|Δw|", "end"),
    ]
    return _svg(540, 236, shapes, "What turnover costs")


PICTURES: Mapping[str, Callable[[], str]] = {
    "clock.svg": clock,
    "folds.svg": folds,
    "purge.svg": purge,
    "trials.svg": trials,
    "costs.svg": costs,
}


def _name(bar: int) -> str:
    return f"t + {bar}" if bar else "t"


def _svg(width: float, height: float, shapes: Iterable[str], title: str) -> str:
    inside = "\n".join(shape for shape in shapes if shape)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img" '
        'font-family="system-ui, sans-serif" font-size="12">\n'
        f"<title>{title}</title>\n"
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>\n{inside}\n</svg>\n'
    )


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{_INK}">{words}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{width:g}"/>'
    )


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'
    )


def _dot(x: float, y: float, radius: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{colour}"/>'


def main() -> None:
    """Write every picture."""
    HERE.mkdir(exist_ok=True)
    for name, draw in PICTURES.items():
        (HERE / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
