"""The tear sheet in a real browser, from disk, without a network."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn import CHARTS, assert_drawn
from playwright.sync_api import Locator, Page
from plotly.offline import get_plotlyjs
from seeded_sheet import HOSTILE, bare, make_sheet
from seeded_tables import EMPTY, NO_SIGNIFICANCE
from visits import Opener

from lstmtrader.backtest.engine import run_backtest
from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.clock import Execution
from lstmtrader.evaluation.performance import performance
from lstmtrader.prices import PriceFrame
from lstmtrader.report.charts.returns import monthly_chart
from lstmtrader.report.drawing import draw
from lstmtrader.report.periods import monthly_returns
from lstmtrader.report.tearsheet import TearSheet, render
from lstmtrader.report.wording import GROUPS, KEY_FIGURES
from lstmtrader.weights import TargetWeights

pytestmark = pytest.mark.xdist_group("browser")


def _style(page: Page, selector: str, name: str) -> str:
    return page.eval_on_selector(selector, f"node => getComputedStyle(node).{name}")


def test_hover_shows_a_label_on_every_chart(page: Page) -> None:
    for tab in page.locator('[role="tab"]').all():
        tab.click()
        panel = page.locator(f"#{tab.get_attribute('aria-controls')}")
        for chart in panel.locator("[data-chart]").all():
            _assert_hover(page, chart)
    shown = page.locator("[data-chart]:visible")
    assert shown.count() == len(CHARTS) - 3
    for chart in shown.all():
        _assert_hover(page, chart)


def _assert_hover(page: Page, chart: Locator) -> None:
    name = chart.get_attribute("data-chart")
    chart.scroll_into_view_if_needed()
    page.evaluate("scrollBy(0, 60)")  # from under the navigation, if it is there
    target = chart.locator(".draglayer .nsewdrag").first
    closest = chart.evaluate("node => node._fullLayout.hovermode === 'closest'")
    marks = chart.locator(".bars .point path, .scatterlayer .points path")
    # Where only what is nearest answers, a mark has to be hit.
    box = (marks if closest and marks.count() else target).first.bounding_box()
    assert box is not None, name
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.5)
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    label = chart.locator(".hoverlayer").locator(".hovertext, .legend").first
    label.wait_for(timeout=5000)
    assert re.search(r"\d", label.text_content() or ""), name


def test_toggle_changes_page_and_charts_and_keeps_the_scale(page: Page) -> None:
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


def test_scale_buttons_switch_the_equity_axis(page: Page) -> None:
    for scale in ("linear", "log"):
        page.get_by_role("button", name=scale).click()
        kind = page.evaluate("document.getElementById('chart-equity')._fullLayout.yaxis.type")
        assert kind == scale
        pressed = page.locator('[data-scale][aria-pressed="true"]').all_text_contents()
        assert pressed == [scale]


def test_no_button_sends_a_chart_away(page: Page) -> None:
    buttons = page.locator(".modebar-btn")
    names = {button.get_attribute("data-title") or "" for button in buttons.all()}
    assert any("Download" in name for name in names)
    assert not any(re.search("cloud|share|send|edit", name, re.IGNORECASE) for name in names)


def test_a_bar_is_never_thinned_out(page: Page, sheet: TearSheet) -> None:
    drawn = page.evaluate("document.getElementById('chart-equity')._fullData.map(t => t._length)")
    assert drawn == [len(sheet.benchmark.equity), len(sheet.account.equity)]


def test_each_account_has_a_colour_scale_of_its_own(sheet: TearSheet) -> None:
    """A calm account is not bleached by a wild one."""
    calm = monthly_chart(sheet.account.returns).data[0]
    (heat,) = draw(sheet)["months"].data
    assert (heat.zmin, heat.zmax) == (-calm.zmax, calm.zmax)
    months = np.abs(monthly_returns(sheet.account.returns).to_numpy().ravel())
    assert calm.zmax == np.nanquantile(months, 0.98)
    (other,) = draw(sheet)["months-benchmark"].data
    assert other.zmax != calm.zmax


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


def test_html_in_names_stays_text(page: Page) -> None:
    assert page.locator("[onclick]").count() == 0
    assert HOSTILE in (page.locator("p.name").text_content() or "")
    assert HOSTILE in (page.locator("#orders").text_content() or "")
    assert HOSTILE in (page.locator("#assumptions").text_content() or "")
    assert HOSTILE in (page.locator("#reproduce").text_content() or "")
    assert HOSTILE in (page.locator("#baselines table").text_content() or "")
    assert f"nobody trades {HOSTILE}" in (page.locator("#baselines .note").text_content() or "")
    assert HOSTILE.replace("_", " ") in (page.locator("#groups-1 table").text_content() or "")


def test_the_first_screen_says_what_happened(page: Page, sheet: TearSheet) -> None:
    said = page.locator(".verdict").text_content() or ""
    assert str(sheet.account.equity.index[0].date()) in said
    assert str(sheet.account.equity.index[-1].date()) in said
    assert f"{sheet.evaluation.strategy['sharpe']:.2f}".replace("-", "\u2212") in said
    assert "same costs and fills" in said
    assert "one simulated history" in said
    assert page.locator("#key-figures tbody tr").count() == len(KEY_FIGURES)
    known = {name for names in GROUPS.values() for name in names}
    unpaid = {"debit_per_year", "borrow_per_year"}
    assert page.locator("#figures tbody tr").count() == len(known - unpaid)
    assert page.locator(".banner:visible").count() == 0


def test_same_close_is_marked(opened: Opener, written: Callable[..., Path]) -> None:
    page = opened(written(bare(make_sheet(600, Execution.SAME_CLOSE)))).page
    assert "fills at a price already seen" in (page.locator("#not-tradable").text_content() or "")


def test_a_short_run_of_one_fold_without_skill(
    opened: Opener, written: Callable[..., Path]
) -> None:
    short = make_sheet(420, one_fold=True, gaps=False)
    skill = short.evaluation.skill
    blank = replace(skill, by_fold=skill.by_fold * np.nan, figures={"ic": math.nan})
    page = opened(written(short, evaluation=replace(short.evaluation, skill=blank))).page
    assert_drawn(page, ["equity", "months", "timeline"])
    assert page.locator("#rolling, #chart-skill-fold").count() == 0
    assert "in all" in (page.locator(".verdict").text_content() or "")
    assert "nan" not in (page.locator("main").text_content() or "").lower()


def _with_account(
    sheet: TearSheet, account: TrackRecord, written: Callable[..., Path]
) -> tuple[Path, dict[str, float]]:
    figures = performance(account)
    found = replace(
        sheet.evaluation,
        strategy=figures,
        significance=NO_SIGNIFICANCE,
        round_trips=EMPTY,
        rivals=EMPTY,
    )
    return written(sheet, account=account, evaluation=found), figures


def test_a_strategy_that_never_trades(opened: Opener, written: Callable[..., Path]) -> None:
    sheet = make_sheet(600, gaps=False)
    prices = PriceFrame(close=sheet.account.equity.to_frame("A") * 0 + 100.0)
    nothing = TargetWeights(prices.close.iloc[:1] * 0)
    flat = run_backtest(prices, nothing, timing=Execution.NEXT_CLOSE)
    path, _ = _with_account(sheet, flat, written)
    page = opened(path).page
    assert "never traded" in (page.locator(".lead").text_content() or "")
    assert page.locator("#holdings, #trades, #chart-costs, #chart-distribution").count() == 0
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
    path, _ = _with_account(sheet, result, written)
    page = opened(path).page
    assert "lost the whole account" in (page.locator(".verdict").text_content() or "")
    assert str(result.ruined_on.date()) in (page.locator("#ruined").text_content() or "")
    assert_drawn(page, ["equity", "months", "timeline"])
