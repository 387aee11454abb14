"""Every section of the tear sheet: drawn, chosen by tabs, left out where it has nothing to say."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from drawn import ARTEFACTS, CHARTS, TABS, assert_drawn, assert_no_sideways_scroll, show_every_tab
from playwright.sync_api import Page
from seeded_sheet import HOSTILE, bare, make_sheet
from seeded_tables import EMPTY
from visits import Opener

from lstmtrader.report.tearsheet import TearSheet, render

pytestmark = pytest.mark.xdist_group("browser")


def _sections(page: Page) -> list[str]:
    return page.eval_on_selector_all("main > section[id]", "all => all.map(one => one.id)")


def _assert_no_empty_box(page: Page) -> None:
    """Every chart has marks, every table rows, every tab a panel, and no text says nan."""
    show_every_tab(page)
    names = page.eval_on_selector_all("[data-chart]", "all => all.map(one => one.dataset.chart)")
    assert_drawn(page, names)
    empty = """all => all.filter(one => one.querySelectorAll('tbody tr').length === 0).length"""
    assert page.eval_on_selector_all("main table", empty) == 0
    silent = "all => all.filter(one => one.textContent.trim() === '').map(one => one.outerHTML)"
    assert page.eval_on_selector_all("main figure, main dl, main h2, main p", silent) == []
    links = page.eval_on_selector_all("nav a", "all => all.map(one => one.hash.slice(1))")
    assert links == _sections(page)
    text = page.locator("main").text_content() or ""
    assert re.findall(r"\b(?:nan|NaN|NaT|inf|None|undefined)\b", text) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_chart_of_every_section_is_drawn(report: Path, opened: Opener, theme: str) -> None:
    page = opened(report, color_scheme=theme).page
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"report-{theme}-first.png")
    page.screenshot(path=ARTEFACTS / f"report-{theme}.png", full_page=True)
    assert page.locator("[data-chart]").count() == len(CHARTS)
    _assert_no_empty_box(page)


def test_phone_has_no_sideways_scroll(report: Path, opened: Opener) -> None:
    settings = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2}
    page = opened(report, viewport={"width": 390, "height": 844}, **settings).page
    assert_no_sideways_scroll(page)
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / "report-phone-first.png")
    page.screenshot(path=ARTEFACTS / "report-phone.png", full_page=True)
    show_every_tab(page)
    assert_drawn(page, CHARTS)
    assert_no_sideways_scroll(page)


def test_paper_shows_every_tab_in_light(report: Path, opened: Opener) -> None:
    page = opened(report, color_scheme="dark").page
    ARTEFACTS.mkdir(exist_ok=True)
    pages = page.pdf(path=ARTEFACTS / "report-print.pdf", format="A4")
    assert pages.count(b"/Type /Page\n") + pages.count(b"/Type /Page/") >= 8
    # After printing the page is as it was: dark, and with one panel a group.
    page.wait_for_function("document.documentElement.dataset.shown === 'dark'")
    assert page.locator('[role="tabpanel"]:visible').count() == len(TABS)
    chart = page.locator("#chart-skill-year svg.main-svg").first
    page.locator("#groups-tab-2").click()
    height = chart.evaluate("node => node.getBoundingClientRect().height")
    page.set_viewport_size({"width": 680, "height": 960})  # A4 between its margins
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert chart.evaluate("node => node.getBoundingClientRect().height") == 0.75 * height
    assert page.locator('[role="tabpanel"]:visible').count() == sum(map(len, TABS.values()))
    assert page.locator('[role="tab"]:visible, nav:visible, button:visible').count() == 0
    assert_drawn(page, CHARTS)
    page.screenshot(path=ARTEFACTS / "report-print.png", full_page=True)


def test_paper_cuts_no_command_and_leaves_no_heading_alone(
    opened: Opener, written: Callable[..., Path], sheet: TearSheet
) -> None:
    long = "lstmtrader run x.yaml " + " ".join(f"--set a.b{number}=c" for number in range(40))
    page = opened(written(sheet, command=f"{long} --set {'x' * 300}=1")).page
    page.set_viewport_size({"width": 680, "height": 960})
    page.emulate_media(media="print")
    cut = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"
    assert page.eval_on_selector_all("#reproduce pre", cut) == 0
    style = "all => [...new Set(all.map(one => getComputedStyle(one)[{!r}]))]"
    heads = "h2, h3, caption, .panel-name"
    assert page.eval_on_selector_all(heads, style.format("breakAfter")) == ["avoid"]
    assert page.eval_on_selector_all("table", style.format("breakInside")) == ["avoid"]


def test_tabs_are_chosen_by_mouse(page: Page) -> None:
    for group, names in TABS.items():
        tabs = page.locator(f'[role="tab"][id^="{group}-tab-"]')
        assert tabs.all_text_contents() == list(names)
        for number in range(tabs.count()):
            tabs.nth(number).click()
            seen = page.locator(f'[role="tabpanel"][id^="{group}-"]:visible')
            assert seen.count() == 1
            assert seen.get_attribute("id") == f"{group}-{number + 1}"
            charts = seen.locator("[data-chart]")
            assert_drawn(page, charts.evaluate_all("all => all.map(d => d.dataset.chart)"))


def test_tabs_are_chosen_by_keyboard(page: Page) -> None:
    page.locator("#groups-tab-1").focus()

    def chosen() -> str:
        one = page.locator('[role="tab"][id^="groups-"][aria-selected="true"]')
        focused = page.evaluate("document.activeElement.id")
        assert one.get_attribute("id") == focused
        assert one.get_attribute("tabindex") == "0"
        return (one.text_content() or "").strip()

    said = []
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "Home", "End"):
        page.keyboard.press(key)
        said.append(chosen())
    assert said == ["By year", "By symbol", "By fold", "By symbol", "By fold", "By symbol"]
    # The next stop of the keyboard is the panel that belongs to it.
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "groups-3"


def test_a_chart_shown_after_a_change_of_theme_has_the_new_colours(
    report: Path, opened: Opener
) -> None:
    page = opened(report, color_scheme="light").page
    page.locator("#theme").click()
    page.locator("#groups-tab-2").click()
    fill = page.locator("#chart-skill-year .xtick text").first
    assert fill.evaluate("node => getComputedStyle(node).fill") == "rgb(183, 189, 198)"


def test_the_navigation_leads_to_every_section_and_marks_it(page: Page) -> None:
    for name in ("costs", "significance", "orders"):
        page.locator(f'nav a[href="#{name}"]').focus()
        page.keyboard.press("Enter")
        page.wait_for_function(
            "name => document.querySelector('nav a[aria-current]')?.hash === '#' + name", arg=name
        )
        heading = page.locator(f"#{name}-heading").bounding_box()
        bar = page.locator("nav").bounding_box()
        assert heading is not None
        assert bar is not None
        assert bar["y"] == 0  # it stays in sight, and does not cover the heading
        assert bar["height"] <= heading["y"] < 450


def test_what_was_not_measured_is_left_out(
    opened: Opener, written: Callable[..., Path], sheet: TearSheet
) -> None:
    page = opened(written(bare(sheet))).page
    _assert_no_empty_box(page)
    gone = {"trades", "skill", "significance", "baselines", "data"}
    assert not gone & set(_sections(page))
    said = page.locator(".verdict").text_content() or ""
    assert "standard error" in said
    assert "trials" not in said


def test_one_member_and_no_quantiles_leave_no_gap(
    opened: Opener, written: Callable[..., Path], sheet: TearSheet
) -> None:
    doubt = sheet.evaluation.significance
    found = replace(
        sheet.evaluation,
        skill=replace(sheet.evaluation.skill, calibration=EMPTY, by_year=EMPTY, by_symbol=EMPTY),
        significance=replace(doubt, members=doubt.members.iloc[[0, 3]]),
    )
    page = opened(written(sheet, evaluation=found)).page
    _assert_no_empty_box(page)
    drawn = page.eval_on_selector_all("[data-chart]", "all => all.map(one => one.dataset.chart)")
    assert not {"calibration", "members", "skill-year"} & set(drawn)
    assert page.locator('[role="tab"][id^="groups-"]').count() == 0


def test_an_account_and_a_benchmark_of_one_symbol_that_is_named_wherever_it_stands(
    opened: Opener, written: Callable[..., Path]
) -> None:
    """In sentences, heads of tables, tabs, legends and axes; its HTML stays text."""
    page = opened(written(make_sheet(900, symbols=(HOSTILE,), gaps=False))).page
    _assert_no_empty_box(page)
    assert HOSTILE in (page.locator("#holdings table").first.text_content() or "")
    text = page.locator("body").text_content() or ""
    said = re.sub(r"[\u00a0\s]+", " ", text[: text.index('{"bars"')])
    for found in re.finditer(r"buy & hold", said, flags=re.IGNORECASE):
        rest = said[found.end() :].removeprefix(" of")
        assert rest.startswith(f" {HOSTILE}"), said[found.start() - 60 : found.end() + 60]
    drawn = page.locator("svg.main-svg").all_text_contents()
    named = [one for one in drawn if "Buy & hold" in one]
    assert len(named) >= 5  # equity, drawdown, rolling, distribution, intervals
    assert all(f"Buy & hold {HOSTILE}" in one for one in named)
    assert page.locator("[onclick]").count() == 0


def test_a_sheet_of_the_size_of_the_quickstart_stays_small() -> None:
    symbols = [f"S{number:02d}" for number in range(20)]
    large = make_sheet(10_060, symbols=symbols)
    many = replace(
        large.evaluation,
        rivals=pd.concat([large.evaluation.rivals] * 5, axis=1).set_axis(list("abcde"), axis=1),
    )
    text = render(replace(large, evaluation=many))
    assert len(large.account.equity) > 6270
    assert len(text.encode()) < 6_000_000
