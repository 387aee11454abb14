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
    "--process-per-site",
)
_DESK = {"width": 1280, "height": 900}
_LOOKS = {"color_scheme": "light", "reduced_motion": "reduce"}  # nobody waits for a smooth scroll
_READY = "html[data-ready]"
_LINE = 5_000


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


class Tab:
    """A page that is shown one file after the other, always under the same address.

    Chromium takes seconds to compile plotly, and remembers it by the address of the document and
    the line it stands on: empty lines bring it to the same. Each file gets a fresh document, its
    own `Visit`, and the looks it asks for.
    """

    def __init__(self, page: Page, address: Path) -> None:
        self.page, self.address, self.visit = page, address, Visit(page)
        page.route("**/*", self._only_files)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.visit.problems.append(str(error)))

    def show(self, path: Path, ready: str) -> Visit:
        """Open a file in front, and wait for an element that says that it is drawn.

        Behind another tab a page gets one frame a second, and every click waits for two.
        """
        self.page.bring_to_front()
        self.address.write_text(_on_its_line(path.read_text(encoding="utf-8")), encoding="utf-8")
        self.visit = Visit(self.page)
        self.page.goto(self.address.as_uri())
        self.page.wait_for_selector(ready, state="attached")
        return self.visit

    def look(self, settings: dict[str, Any]) -> None:
        """Leave the file before, and set size and looks, those not named to what they are at first.

        To show the same address again would be to reload it, and to remember where one was.
        """
        self.page.goto("about:blank")
        self.page.set_viewport_size(settings.get("viewport", _DESK))
        self.page.emulate_media(
            media="null", **{name: settings.get(name, first) for name, first in _LOOKS.items()}
        )

    def _only_files(self, route: Route) -> None:
        if route.request.url.startswith(("file:", "data:", "blob:")):
            route.continue_()
        else:
            self.visit.requests.append(route.request.url)
            route.abort()

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.visit.problems.append(message.text)


def _on_its_line(document: str) -> str:
    """The document, with empty lines before the script that plotly is: the longest one."""
    parts = document.split("<script>")
    plotly = max(range(len(parts)), key=lambda number: len(parts[number]))
    before = "<script>".join(parts[:plotly])
    lines = before.count("\n")
    assert lines < _LINE
    return before + "\n" * (_LINE - lines) + document[len(before) :]


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each file lies while it is shown."""
    return tmp_path_factory.mktemp("tab") / "shown.html"


@pytest.fixture(scope="session")
def tabs(desk: BrowserContext) -> list[Tab]:
    """The tabs that no test uses now."""
    return []


@pytest.fixture
def opened(
    browser: Browser,
    desk: BrowserContext,
    tabs: list[Tab],
    address: Path,
) -> Iterator[Opener]:
    with contextlib.ExitStack() as stack:
        visits: list[Visit] = []

        def open_report(path: Path, ready: str = _READY, **settings: Any) -> Visit:
            if settings.keys() <= {"viewport", *_LOOKS}:
                tab = tabs.pop() if tabs else Tab(desk.new_page(), address)
                stack.callback(tabs.append, tab)
                tab.look(settings)
            else:
                context = stack.enter_context(browser.new_context(**settings))
                context.set_offline(True)
                tab = Tab(context.new_page(), address)
            visits.append(tab.show(path, ready))
            return visits[-1]

        yield open_report
        for visit in visits:
            visit.check()


@pytest.fixture(scope="session")
def kept_open(desk: BrowserContext, report: Path, address: Path) -> Iterator[Visit]:
    with desk.new_page() as page:
        yield Tab(page, address).show(report, _READY)


@pytest.fixture
def page(kept_open: Visit) -> Iterator[Page]:
    """The report, opened once for all tests that do not ask how the one before left it."""
    kept_open.page.bring_to_front()
    kept_open.page.emulate_media(**_LOOKS)
    yield kept_open.page
    kept_open.check()


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(sheet: TearSheet, **changes: object) -> Path:
        path = tmp_path / "report.html"
        path.write_text(render(replace(sheet, **changes)), encoding="utf-8")
        return path

    return write
