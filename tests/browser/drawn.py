"""What has to be on a page that shows a sheet with everything on it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Page

ARTEFACTS = Path(__file__).parents[2] / "test-artefacts"
CHARTS = (
    "equity", "drawdown", "rolling", "months", "months-benchmark", "distribution", "exposure",
    "costs", "cost-levels", "holdings", "skill-fold", "skill-year", "skill-symbol", "ic", "deciles",
    "cloud", "calibration", "decay", "intervals", "members", "rivals", "timeline", "curves",
)  # fmt: skip
TABS = {
    "months": ("Strategy", "Buy & hold"),
    "trips": ("Best", "Worst"),
    "groups": ("By fold", "By year", "By symbol"),
}
_MARKS = (
    "path.js-line, .heatmaplayer image, .bars path, .scatterlayer .points path, .annotation-text"
)
# One question for all charts: an answer takes as long for one of them.
_MEASURED = """([names, marks]) => names.map(name => {
  const chart = document.getElementById(`chart-${name}`);
  const box = chart?.querySelector("svg.main-svg")?.getBoundingClientRect();
  const inSight = chart?.checkVisibility({ visibilityProperty: true });
  return [name, chart?.querySelectorAll(marks).length, inSight, box?.width, box?.height];
})"""


def show_every_tab(page: Page) -> None:
    """Press each tab once, so that the charts of its panel are drawn."""
    for tab in page.locator('[role="tab"]').all():
        tab.click()


def assert_drawn(page: Page, names: Iterable[str]) -> None:
    """Every one of these charts has marks, and those in sight have a size."""
    for name, marks, in_sight, width, height in page.evaluate(_MEASURED, [list(names), _MARKS]):
        assert width is not None, name
        assert marks > 0, name
        if in_sight:
            assert width > 200, name
            assert height > 60, name


def assert_no_sideways_scroll(page: Page) -> None:
    wide, seen = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= seen
