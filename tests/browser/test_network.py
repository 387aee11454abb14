"""What the network sees, in a real browser: drawn in light and dark, on a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from drawn import ARTEFACTS, assert_drawn, assert_no_sideways_scroll
from seeded_sheet import HOSTILE, bare
from visits import Opener

from lstmtrader.report.tearsheet import TearSheet
from tests.seeded_explanation import explanation

pytestmark = pytest.mark.xdist_group("browser")

PARTS = ("gates", "memory", "attribution", "importance", "gradients")
FEATURES = (HOSTILE, "scaled_return_21", "volatility_20")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_section_is_drawn_in_both_themes(
    theme: str, opened: Opener, written: Callable[..., Path], sheet: TearSheet
) -> None:
    found = explanation(symbol=HOSTILE, features=FEATURES)
    page = opened(written(bare(sheet), explanation=found), color_scheme=theme).page
    assert page.locator('nav a[href="#explain"]').count() == 1
    section = page.locator("#explain")
    assert_drawn(page, [f"network-{part}" for part in PARTS])
    assert section.locator("p.said").count() == section.locator("details").count() == len(PARTS)
    assert section.locator("details[open]").count() == 0
    for summary in section.locator("summary").all():
        summary.click()
    assert section.locator("table:visible").count() == len(PARTS) + 1
    text = section.text_content() or ""
    assert "completeness error" in text
    assert re.findall(r"\b(?:nan|NaN|inf|None|undefined)\b", text) == []
    assert HOSTILE in text
    assert page.locator("[onclick]").count() == 0
    ARTEFACTS.mkdir(exist_ok=True)
    section.screenshot(path=ARTEFACTS / f"network-{theme}.png")


@pytest.mark.parametrize(
    "settings",
    [
        {"cell": "gru", "hidden": 64, "lookback": 120, "older": 40, "zone": "UTC"},
        {"cell": "window_mlp"},
        {"features": [f"a_feature_with_a_long_name_{one}" for one in range(30)]},
    ],
    ids=["hours", "no gates", "many features"],
)
def test_on_a_phone_it_has_no_sideways_scroll(
    settings: dict[str, Any], opened: Opener, written: Callable[..., Path], sheet: TearSheet
) -> None:
    path = written(bare(sheet), explanation=explanation(**settings))
    page = opened(path, viewport={"width": 390, "height": 844}).page
    parts = PARTS if settings.get("cell") != "window_mlp" else PARTS[2:]
    assert_drawn(page, [f"network-{part}" for part in parts])
    for summary in page.locator("#explain summary").all():
        summary.click()
    assert_no_sideways_scroll(page)
    ARTEFACTS.mkdir(exist_ok=True)
    name = "-".join([settings.get("cell", "lstm"), str(len(settings.get("features", ())))])
    page.locator("#explain").screenshot(path=ARTEFACTS / f"network-phone-{name}.png")


def test_gates_and_price_zoom_together(
    opened: Opener, written: Callable[..., Path], sheet: TearSheet
) -> None:
    page = opened(written(bare(sheet), explanation=explanation())).page
    shared = page.evaluate(
        "Object.keys(document.getElementById('chart-network-gates')._fullLayout)"
        ".filter(key => /^xaxis/.test(key))"
    )
    assert shared == ["xaxis"]
