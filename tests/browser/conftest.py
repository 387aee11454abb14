"""A browser that may not touch the network, and reports for it to open."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Route,
    sync_playwright,
)
from seeded_sheet import make_sheet
from visits import Opener, Visit

from lstmtrader.report.tearsheet import TearSheet, render

_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--process-per-site",  # one process for all pages: it compiles plotly once
)
_DESK = {"width": 1280, "height": 900}
_LOOKS = {"color_scheme", "reduced_motion"}


@pytest.fixture(scope="session")
def sheet() -> TearSheet:
    return make_sheet()


@pytest.fixture(scope="session")
def report(sheet: TearSheet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(sheet), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def desk(browser: Browser) -> Iterator[BrowserContext]:
    """Where all pages are opened but those that need a device of their own."""
    context = browser.new_context(viewport=_DESK)
    context.set_offline(True)
    yield context
    context.close()


def _visit(page: Page, path: Path) -> Visit:
    visit = Visit(page)

    def only_files(route: Route) -> None:
        if route.request.url.startswith(("file:", "data:", "blob:")):
            route.continue_()
        else:
            visit.requests.append(route.request.url)
            route.abort()

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            visit.problems.append(message.text)

    page.route("**/*", only_files)
    page.on("console", heard)
    page.on("pageerror", lambda error: visit.problems.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    return visit


@pytest.fixture
def opened(browser: Browser, desk: BrowserContext) -> Iterator[Opener]:
    with contextlib.ExitStack() as stack:
        visits: list[Visit] = []

        def open_report(path: Path, **settings: Any) -> Visit:
            if settings.keys() <= {"viewport", *_LOOKS}:
                page = stack.enter_context(desk.new_page())
                page.set_viewport_size(settings.pop("viewport", _DESK))
                page.emulate_media(**settings)
            else:
                context = stack.enter_context(browser.new_context(**settings))
                context.set_offline(True)
                page = context.new_page()
            visits.append(_visit(page, path))
            return visits[-1]

        yield open_report
        for visit in visits:
            visit.check()


@pytest.fixture(scope="session")
def kept_open(desk: BrowserContext, report: Path) -> Iterator[Visit]:
    with desk.new_page() as page:
        yield _visit(page, report)


@pytest.fixture
def page(kept_open: Visit) -> Iterator[Page]:
    """The report, opened once for all tests that leave it as it was."""
    yield kept_open.page
    kept_open.check()


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(sheet: TearSheet, **changes: object) -> Path:
        path = tmp_path / "report.html"
        path.write_text(render(replace(sheet, **changes)), encoding="utf-8")
        return path

    return write
