"""Law: an image is the chart of the page, and drawing it leaves nothing and asks for nothing."""

from __future__ import annotations

import asyncio
import http.server
import logging
import math
import os
import re
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import psutil
import pytest
from PIL import Image
from small_account import BENCHMARK, STRATEGY

from lstmtrader.errors import ConfigError, RunError
from lstmtrader.report.charts.account import drawdown_chart, equity_chart
from lstmtrader.report.charts.returns import monthly_chart
from lstmtrader.report.images import themed, write_images
from lstmtrader.report.palette import GRID, INK, THEMES

pytestmark = pytest.mark.xdist_group("images")


def charts() -> dict[str, go.Figure]:
    return {
        "equity": equity_chart(STRATEGY, BENCHMARK, STRATEGY.equity.index[100::100]),
        "drawdown": drawdown_chart(STRATEGY, BENCHMARK),
        "months": monthly_chart(STRATEGY.returns),
    }


@pytest.fixture
def own_temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The only place for temporary files, of this process and of those it starts.

    Its path is short: Chromium puts a socket there.
    """
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


class Visitors(http.server.BaseHTTPRequestHandler):
    paths: list[str] = []  # noqa: RUF012 - one server, one list

    def do_GET(self) -> None:
        self.paths.append(self.path)
        self.send_error(404)

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Visitors) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"localhost:{listening.server_port}"
        listening.shutdown()
        thread.join()


def leaking(server: str) -> go.Figure:
    """A chart with pictures that would have to be fetched."""
    figure = go.Figure(go.Scatter(y=[1, 2]))
    for host in (server, server.replace("localhost", "127.0.0.1")):
        figure.add_layout_image(source=f"http://{host}/pixel.png", x=0, y=1, sizex=1, sizey=1)
    return figure


@pytest.fixture(scope="module")
def light(chromium: str, server: str, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Drawn together with a chart that tempts the browser to ask the network."""
    folder = tmp_path_factory.mktemp("light") / "made" / "here"
    *drawn, leak = write_images({**charts(), "leak": leaking(server)}, folder, scale=2)
    assert leak.stat().st_size > 0
    return drawn


@pytest.fixture(scope="module")
def dark(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_images(charts(), tmp_path_factory.mktemp("dark"), theme="dark", width=700, scale=1)


def colours(path: Path) -> dict[tuple[int, ...], int]:
    with Image.open(path) as image:
        found = image.convert("RGB").getcolors(maxcolors=image.width * image.height)
    return {colour: n for n, colour in found}


def test_every_chart_becomes_a_png_of_the_asked_size(light: list[Path], dark: list[Path]) -> None:
    for paths, width, scale in ((light, 1000, 2), (dark, 700, 1)):
        assert [path.name for path in paths] == ["equity.png", "drawdown.png", "months.png"]
        for path, figure in zip(paths, charts().values(), strict=True):
            assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
            with Image.open(path) as image:
                assert image.size == (width * scale, figure.layout.height * scale)


def test_the_images_have_the_ground_and_the_lines_of_their_theme(
    light: list[Path], dark: list[Path]
) -> None:
    """Strategy blue is #0072B2 on white and #56B4E9 on the dark page; months have many shades."""
    for paths, ground, line in (
        (light, (255, 255, 255), (0, 114, 178)),
        (dark, (20, 23, 27), (86, 180, 233)),
    ):
        for path in paths:
            found = colours(path)
            assert max(found, key=lambda colour: found[colour]) == ground
            assert len(found) > 50
            assert sum(found.values()) - found[ground] > 2000
        assert colours(paths[0]).get(line, 0) > 200


def test_themed_figures_keep_nothing_of_the_other_theme_and_leave_the_original() -> None:
    figure = charts()["equity"]
    before = figure.to_json()
    text = {theme: str(themed(figure, theme)) for theme in ("light", "dark")}
    assert figure.to_json() == before
    for colour in (INK, GRID):
        assert colour in before
        assert colour not in text["light"] + text["dark"]
        assert THEMES[colour]["dark"] in text["dark"]
        assert THEMES[colour]["light"] not in text["dark"]
    assert "inherit" not in text["light"]
    assert "updatemenus" not in text["light"]
    # A word that looks like a colour of the page is no colour.
    word = go.Figure(go.Scatter(x=[INK], y=[1], text=[INK], line={"color": INK}))
    trace = themed(word, "dark")["data"][0]
    assert (trace["x"][0], trace["text"][0]) == (INK, INK)
    assert trace["line"]["color"] == THEMES[INK]["dark"]


def test_the_same_charts_give_the_same_bytes_also_inside_a_running_loop_and_leave_nothing(
    light: list[Path], own_temporary: Path, tmp_path: Path
) -> None:
    """The loop is that of a notebook. Nothing: no process, thread, file or class of loggers.

    It has a thread of its own: the browser tests may have left theirs running in this one.
    """

    async def cell() -> list[Path]:
        return write_images(charts(), tmp_path / "images", scale=2)

    processes, threads = psutil.Process().children(recursive=True), threading.active_count()
    logger_class, environment = logging.getLoggerClass(), dict(os.environ)
    with ThreadPoolExecutor(max_workers=1) as notebook:
        again = notebook.submit(asyncio.run, cell()).result()
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in light]
    assert psutil.Process().children(recursive=True) == processes
    assert logging.getLoggerClass() is logger_class
    assert dict(os.environ) == environment
    assert list(own_temporary.iterdir()) == []
    deadline = time.monotonic() + 5
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() <= threads


def test_the_browser_asks_the_network_for_nothing(light: list[Path], server: str) -> None:
    """Although the server, which one request reaches, was there while it drew."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://{server}/reachable")
    refused.value.close()
    assert Visitors.paths == ["/reachable"]


def fake_browser(folder: Path, script: str) -> Path:
    path = folder / "browser"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_browser_that_hangs_is_ended_in_time_with_all_it_started(
    own_temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f"sleep 300 & echo $$ $! > {tmp_path}/started; wait"
    monkeypatch.setenv("BROWSER_PATH", str(fake_browser(tmp_path, script)))
    start = time.monotonic()
    with pytest.raises(RunError, match="did not draw the charts within 2 s"):
        write_images(charts(), tmp_path / "images", limit_s=2)
    assert time.monotonic() - start < 40
    started = [int(number) for number in (tmp_path / "started").read_text().split()]
    assert len(started) == 2
    assert not any(alive(number) for number in started)
    assert not (tmp_path / "images").exists()
    assert list(own_temporary.iterdir()) == []


def alive(number: int) -> bool:
    try:
        return psutil.Process(number).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_browser_that_fails_at_once_is_an_error_of_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER_PATH", str(fake_browser(tmp_path, "exit 1")))
    with pytest.raises(RunError, match=r"^the browser could not draw the charts: [^\n]+$"):
        write_images(charts(), tmp_path / "images", limit_s=10)
    assert not (tmp_path / "images").exists()


def test_without_a_browser_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match="apt-get install chromium"):
        write_images(charts(), tmp_path / "images")


@pytest.mark.parametrize(
    ("figures", "settings", "said"),
    [
        ({"../up": go.Figure()}, {}, "can name a file; got '../up'"),
        ({"": go.Figure()}, {}, "can name a file"),
        ({"a": go.Figure()}, {"theme": "blue"}, "expected one of light, dark; got 'blue'"),
        ({"a": go.Figure()}, {"width": 0}, "width: expected"),
        ({"a": go.Figure()}, {"scale": math.nan}, "scale: expected"),
    ],
)
def test_bad_settings_are_refused_before_anything_is_drawn(
    figures: dict[str, go.Figure], settings: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        write_images(figures, tmp_path / "images", **settings)
    assert not (tmp_path / "images").exists()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="file: cannot be written"):
        write_images({}, tmp_path / "file")
