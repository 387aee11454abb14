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


def show_every_tab(page: Page) -> None:
    """Press each tab once, so that the charts of its panel are drawn."""
    for tab in page.locator('[role="tab"]').all():
        tab.click()


def assert_drawn(page: Page, names: Iterable[str]) -> None:
    """Every one of these charts has marks, and those in sight have a size."""
    for name in names:
        chart = page.locator(f"#chart-{name}")
        assert chart.locator("svg.main-svg").count() > 0, name
        assert chart.locator(_MARKS).count() > 0, name
        if chart.is_visible():
            box = chart.locator("svg.main-svg").first.bounding_box()
            assert box is not None, name
            assert box["width"] > 200, name
            assert box["height"] > 60, name


def assert_no_sideways_scroll(page: Page) -> None:
    wide, seen = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= seen
