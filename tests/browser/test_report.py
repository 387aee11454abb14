"""The tear sheet in a real browser, from disk, without a network."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page
from plotly.offline import get_plotlyjs
from seeded_sheet import HOSTILE, make_sheet
from visits import Opener

from lstmtrader.backtest.engine import run_backtest
from lstmtrader.clock import Execution
from lstmtrader.evaluation.performance import performance
from lstmtrader.prices import PriceFrame
from lstmtrader.report.tearsheet import TearSheet, render
from lstmtrader.weights import TargetWeights

ARTEFACTS = Path(__file__).parents[2] / "test-artefacts"
CHARTS = ("equity", "drawdown", "months", "exposure", "skill", "timeline")
_MARKS = "path.js-line, .heatmaplayer image, .bars path, .annotation-text"


def _style(page: Page, selector: str, name: str) -> str:
    return page.eval_on_selector(selector, f"node => getComputedStyle(node).{name}")


def _assert_drawn(page: Page) -> None:
    for name in CHARTS:
        chart = page.locator(f"#chart-{name}")
        assert chart.locator("svg.main-svg").count() > 0, name
        marks = chart.locator(_MARKS)
        assert marks.count() > 0, name
        box = chart.locator("svg.main-svg").first.bounding_box()
        assert box is not None, name
        assert box["width"] > 200, name
        assert box["height"] > 60, name


def _assert_no_sideways_scroll(page: Page) -> None:
    wide, seen = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide <= seen


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_chart_is_drawn(report: Path, opened: Opener, theme: str) -> None:
    page = opened(report, color_scheme=theme).page
    _assert_drawn(page)
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"report-{theme}-first.png")
    page.screenshot(path=ARTEFACTS / f"report-{theme}.png", full_page=True)


def test_phone_has_no_sideways_scroll(report: Path, opened: Opener) -> None:
    settings = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2}
    page = opened(report, viewport={"width": 390, "height": 844}, **settings).page
    _assert_drawn(page)
    _assert_no_sideways_scroll(page)
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / "report-phone-first.png")
    page.screenshot(path=ARTEFACTS / "report-phone.png", full_page=True)


@pytest.mark.parametrize("name", CHARTS)
def test_hover_shows_a_label(report: Path, opened: Opener, name: str) -> None:
    page = opened(report).page
    chart = page.locator(f"#chart-{name}")
    chart.scroll_into_view_if_needed()
    box = chart.locator(".draglayer .nsewdrag").first.bounding_box()
    assert box is not None
    # Rows of the time line are thin: hover the middle of a bar, else the middle of the plot.
    bar = chart.locator(".bars .point path").first
    if name == "timeline":
        box = bar.bounding_box()
        assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5)
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    label = chart.locator(".hoverlayer").locator(".hovertext, .legend")
    label.first.wait_for(timeout=5000)
    assert re.search(r"\d", label.first.text_content() or "")


def test_toggle_changes_page_and_charts_and_keeps_the_scale(report: Path, opened: Opener) -> None:
    page = opened(report, color_scheme="light").page
    tick, line = "#chart-equity .xtick text", "#chart-equity .scatterlayer path.js-line"
    page.get_by_role("button", name="linear").click()

    def looks() -> tuple[str, ...]:
        return (
            _style(page, "body", "backgroundColor"),
            _style(page, tick, "fill"),
            page.eval_on_selector_all(line, "nodes => nodes.at(-1).style.stroke"),
        )

    light = looks()
    toggle = page.locator("#theme")
    toggle.focus()
    page.keyboard.press("Enter")
    dark = looks()
    assert all(before != after for before, after in zip(light, dark, strict=True))
    assert page.evaluate("document.getElementById('chart-equity').layout.yaxis.type") == "linear"
    toggle.click()
    assert looks() == light


def test_scale_buttons_switch_the_equity_axis(report: Path, opened: Opener) -> None:
    page = opened(report).page
    for scale in ("linear", "log"):
        page.get_by_role("button", name=scale).click()
        kind = page.evaluate("document.getElementById('chart-equity')._fullLayout.yaxis.type")
        assert kind == scale
        pressed = page.locator('[data-scale][aria-pressed="true"]').all_text_contents()
        assert pressed == [scale]


def test_no_button_sends_a_chart_away(report: Path, opened: Opener) -> None:
    page = opened(report).page
    buttons = page.locator(".modebar-btn")
    names = {button.get_attribute("data-title") or "" for button in buttons.all()}
    assert any("Download" in name for name in names)
    assert not any(re.search("cloud|share|send|edit", name, re.IGNORECASE) for name in names)


def test_a_bar_is_never_thinned_out(report: Path, opened: Opener, sheet: TearSheet) -> None:
    page = opened(report).page
    drawn = page.evaluate("document.getElementById('chart-equity')._fullData.map(t => t._length)")
    assert drawn == [len(sheet.benchmark.equity), len(sheet.result.equity)]


def test_same_sheet_same_bytes(sheet: TearSheet) -> None:
    text = render(sheet)
    assert text == render(make_sheet())
    assert len(text.encode()) < 6_000_000


def test_no_network_reference_beside_plotly(sheet: TearSheet) -> None:
    text = render(sheet)
    script = get_plotlyjs()
    assert text.count(script) == 1
    rest = re.sub(r'"bdata":"[^"]*"', "", text.replace(script, ""))
    assert not re.search(r"https?:|ftp:|wss?:|@import|url\(|\bfetch\(|<(?:img|iframe|base)\b", rest)
    assert re.findall(r'\b(?:src|href)="(?!#)([^"]*)"', rest) == ["data:,"]


def test_html_in_names_stays_text(report: Path, opened: Opener) -> None:
    page = opened(report).page
    assert page.locator("[onclick]").count() == 0
    assert HOSTILE in (page.locator("p.name").text_content() or "")
    assert HOSTILE in (page.locator("#orders").text_content() or "")
    assert HOSTILE in (page.locator("#assumptions").text_content() or "")
    assert HOSTILE in (page.locator("#reproduce").text_content() or "")
    assert HOSTILE in (page.locator("#baselines table").text_content() or "")
    assert f"nobody trades {HOSTILE}" in (page.locator("#baselines .note").text_content() or "")
    assert HOSTILE.replace("_", " ") in (page.locator("#skill table").text_content() or "")


def test_the_first_screen_says_what_happened(
    report: Path, opened: Opener, sheet: TearSheet
) -> None:
    page = opened(report).page
    said = page.locator(".verdict").text_content() or ""
    assert str(sheet.result.equity.index[0].date()) in said
    assert str(sheet.result.equity.index[-1].date()) in said
    assert f"{sheet.metrics['strategy']['sharpe']:.2f}".replace("-", "\u2212") in said
    assert "same costs and fills" in said
    assert "one simulated history" in said
    assert page.locator(".figures tbody tr").count() == len(sheet.metrics["strategy"])
    assert page.locator(".banner:visible").count() == 0


def test_same_close_is_marked(opened: Opener, written: Callable[..., Path]) -> None:
    page = opened(written(make_sheet(600, Execution.SAME_CLOSE))).page
    assert "fills at a price already seen" in (page.locator("#not-tradable").text_content() or "")


def test_a_short_run_of_one_fold_without_skill(
    opened: Opener, written: Callable[..., Path]
) -> None:
    short = make_sheet(420, one_fold=True, gaps=False)
    page = opened(written(short, skill=short.skill * np.nan)).page
    _assert_drawn(page)
    assert "in all" in (page.locator(".verdict").text_content() or "")
    assert "nan" not in (page.locator("main").text_content() or "").lower()


def test_a_strategy_that_never_trades(opened: Opener, written: Callable[..., Path]) -> None:
    sheet = make_sheet(600, gaps=False)
    prices = PriceFrame(close=sheet.result.equity.to_frame("A") * 0 + 100.0)
    nothing = TargetWeights(prices.close.iloc[:1] * 0)
    flat = run_backtest(prices, nothing, timing=Execution.NEXT_CLOSE)
    metrics = {**sheet.metrics, "strategy": performance(flat)}
    page = opened(written(sheet, result=flat, metrics=metrics)).page
    assert "never traded" in (page.locator(".lead").text_content() or "")
    assert "nan" not in (page.locator("main").text_content() or "").lower()


def test_a_ruined_account_says_when(opened: Opener, written: Callable[..., Path]) -> None:
    sheet = make_sheet(600, gaps=False)
    bars = sheet.benchmark.equity.index
    # Too fast for a margin call: what is called for after one close is gone at the next.
    soaring = np.where(np.arange(len(bars)) < len(bars) // 2, 100.0, 900.0)
    prices = PriceFrame(close=sheet.benchmark.equity.to_frame("UP") * 0 + soaring[:, None])
    short = TargetWeights(prices.close.iloc[:1] * 0 - 1.0)
    result = run_backtest(prices, short, timing=Execution.NEXT_CLOSE)
    assert result.ruined_on is not None
    metrics = {**sheet.metrics, "strategy": performance(result)}
    page = opened(written(sheet, result=result, metrics=metrics)).page
    assert "lost the whole account" in (page.locator(".verdict").text_content() or "")
    assert str(result.ruined_on.date()) in (page.locator("#ruined").text_content() or "")
    _assert_drawn(page)
