"""A browser that may not touch the network, and reports for it to open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Route, sync_playwright
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
)


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


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opener]:
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def open_report(path: Path, **settings: object) -> Visit:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
        contexts.append(context)
        context.set_offline(True)
        visit = Visit(context.new_page())

        def only_files(route: Route) -> None:
            if route.request.url.startswith(("file:", "data:", "blob:")):
                route.continue_()
            else:
                visit.requests.append(route.request.url)
                route.abort()

        def heard(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                visit.problems.append(message.text)

        context.route("**/*", only_files)
        visit.page.on("console", heard)
        visit.page.on("pageerror", lambda error: visit.problems.append(str(error)))
        visit.page.goto(path.as_uri())
        visit.page.wait_for_selector("html[data-ready]", state="attached")
        visits.append(visit)
        return visit

    yield open_report
    for visit in visits:
        visit.check()
    for context in contexts:
        context.close()


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(sheet: TearSheet, **changes: object) -> Path:
        path = tmp_path / "report.html"
        path.write_text(render(replace(sheet, **changes)), encoding="utf-8")
        return path

    return write
