"""The comparison of several runs, opened by a browser without a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page
from visits import Opener

from lstmtrader.report.runs_page import RunsPage, render_runs

pytestmark = pytest.mark.xdist_group("browser")

SHARPES = {"first": 0.5, "second": np.nan, "third": 1.5, "fourth": -0.7}


def account(seed: int, first_day: str = "2020-01-01") -> pd.Series:
    moves = np.random.default_rng(seed).normal(0, 0.01, 300)
    grown = np.cumprod(1 + moves)
    return pd.Series(grown / grown[0], index=pd.date_range(first_day, periods=300, freq="B"))


def make_page() -> RunsPage:
    return RunsPage(
        equity={name: account(number) for number, name in enumerate(SHARPES)},
        benchmark=account(9),
        table=pd.DataFrame(
            {
                "sharpe": SHARPES,
                "cagr": dict.fromkeys(SHARPES, 0.1),
                "tail_ratio": {"first": 2.0},  # of a newer version
                "unknown": {"first": np.nan},
            }
        ).loc[list(SHARPES)],
        words={"Fills": ["next_open", "same_close", "next_open", "next_close"]},
        differences={"costs.fees": [0.0, 0.1, None, "<b>&</b>"]},
        warnings=["The runs were made on different prices."],
    )


@pytest.fixture
def shown(tmp_path: Path, opened: Opener) -> Callable[..., Page]:
    def show(page: RunsPage, **settings: object) -> Page:
        path = tmp_path / "runs.html"
        path.write_text(render_runs(page), encoding="utf-8")
        return opened(path, **settings).page

    return show


def order(page: Page) -> Sequence[str]:
    return page.locator("#compared thead th[scope=col]").all_text_contents()


def row(page: Page, name: str) -> Sequence[str]:
    heading = page.get_by_role("rowheader").filter(has_text=name)
    return page.locator("#compared tr", has=heading).locator("td").all_text_contents()


def drawn(page: Page, chart: str) -> Mapping[str, Sequence[float]]:
    # As drawn: what the page was given is packed.
    script = "id => document.getElementById(id)._fullData.map(t => [t.name, t.x.length, t.y[0]])"
    return {name: (bars, first) for name, bars, first in page.evaluate(script, f"chart-{chart}")}


def test_every_run_is_drawn_over_its_bars(shown: Callable[..., Page]) -> None:
    page = shown(make_page())
    names = [*SHARPES, "Buy & hold"]
    assert drawn(page, "equity") == dict.fromkeys(names, (300, 1))
    assert drawn(page, "drawdown") == dict.fromkeys(names, (300, 0))
    assert page.locator(".js-plotly-plot .scatterlayer .trace").count() == 2 * len(names)
    assert render_runs(make_page()) == render_runs(make_page())
    assert render_runs(make_page()).count("plotly.js v") == 1


def test_buy_and_hold_is_the_only_grey_line_and_dashed(shown: Callable[..., Page]) -> None:
    page = shown(make_page())
    script = (
        "() => document.getElementById('chart-equity').data.map(t => [t.line.color, t.line.dash])"
    )
    *runs, held = page.evaluate(script)
    assert held[1] == "dash"
    assert held[0] not in [colour for colour, _ in runs]


def test_the_rows_order_the_runs_by_mouse_and_by_keyboard(shown: Callable[..., Page]) -> None:
    page = shown(make_page())
    assert order(page) == ["first", "second", "third", "fourth"]
    sharpe = page.get_by_role("button", name="Sharpe ratio")
    heading = page.locator("#compared th", has=sharpe)
    sharpe.click()
    assert order(page) == ["third", "first", "fourth", "second"]
    assert heading.get_attribute("aria-sort") == "descending"
    # A run takes all of its cells along.
    assert row(page, "Sharpe ratio") == ["1.50", "0.50", "\u22120.70", "–"]
    assert row(page, "Fills") == ["next_open", "next_open", "next_close", "same_close"]
    assert row(page, "Tail ratio") == ["–", "2.00", "–", "–"]
    sharpe.press("Enter")
    assert order(page) == ["fourth", "first", "third", "second"]  # what is not known stays last
    assert heading.get_attribute("aria-sort") == "ascending"
    page.get_by_role("button", name="Run", exact=True).press("Space")
    assert order(page) == ["first", "fourth", "second", "third"]
    assert page.locator("[aria-sort]").count() == 1


def test_it_says_what_it_knows_and_no_more(shown: Callable[..., Page]) -> None:
    page = shown(make_page())
    headings = page.locator("#compared th[scope=row]").all_text_contents()
    assert headings == ["Run", "Fills", "Sharpe ratio", "Return a year", "Tail ratio"]
    assert page.locator(".banner:visible").all_text_contents() == [
        "The runs were made on different prices."
    ]
    settings = page.locator("#settings td").all_text_contents()
    assert settings == ["0.0", "0.1", "–", "<b>&</b>"]
    same = shown(replace(make_page(), differences={}, warnings=[], benchmark=None))
    assert "the settings are the same" in same.locator("#settings").inner_text()
    assert same.locator(".banner:visible").count() == 0
    assert len(drawn(same, "equity")) == len(SHARPES)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_in_light_and_dark(scheme: str, shown: Callable[..., Page]) -> None:
    page = shown(make_page(), color_scheme=scheme)
    other = {"light": "dark", "dark": "light"}[scheme]
    luminance = "() => getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(luminance)
    assert page.locator("html").get_attribute("data-shown") == scheme
    page.locator("#theme").click()
    assert page.locator("html").get_attribute("data-shown") == other
    assert page.evaluate(luminance) != before


def test_a_narrow_screen_scrolls_the_tables_and_not_the_page(shown: Callable[..., Page]) -> None:
    page = shown(make_page(), viewport={"width": 380, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_more_runs_than_colours_can_be_told_apart(shown: Callable[..., Page]) -> None:
    names = [f"run-{number}" for number in range(12)]
    one = make_page()
    page = shown(
        replace(
            one,
            equity={name: account(number) for number, name in enumerate(names)},
            table=pd.DataFrame({"sharpe": dict.fromkeys(names, 1.0)}),
            words={"Fills": [""] * 12},
            differences={},
        )
    )
    script = "() => document.getElementById('chart-equity').data.map(t => t.line.color+t.line.dash)"
    assert len(set(page.evaluate(script))) == 13
