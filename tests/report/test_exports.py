"""Law: what leaves the tear sheet says the same as the tear sheet, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import http.server
import logging
import math
import os
import re
import shutil
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from PIL import Image

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.clock import Execution
from lstmtrader.errors import ConfigError, RunError
from lstmtrader.evaluation.evaluation import Evaluation
from lstmtrader.evaluation.metrics import (
    cagr,
    max_drawdown,
    performance,
    sharpe_ratio,
    total_return,
    volatility,
)
from lstmtrader.evaluation.significance.result import Significance
from lstmtrader.evaluation.skill.result import Skill
from lstmtrader.prices import PriceFrame
from lstmtrader.report.charts import drawdown_chart, equity_chart, monthly_chart
from lstmtrader.report.images import themed, write_images
from lstmtrader.report.markdown import to_markdown
from lstmtrader.report.markdown_text import escaped, grid
from lstmtrader.report.palette import GRID, INK, THEMES
from lstmtrader.report.quantstats import quantstats_tearsheet
from lstmtrader.report.wording import METRICS
from lstmtrader.weights import TargetWeights

if TYPE_CHECKING:
    from tests.conftest import Console

HOSTILE = r'a|b \| *c* `d` <b onclick="x">&amp;</b> [e](f) _g_ ~~h~~ $i$ \ '
NOTHING = pd.DataFrame()


def account(
    exposure: float, n_bars: int = 700, timing: Execution = Execution.NEXT_CLOSE
) -> BacktestResult:
    rng = np.random.default_rng(5)
    index = pd.bdate_range("2018-03-05", periods=n_bars)
    steps = rng.normal(0.0004, 0.01, (n_bars, 2))
    close = pd.DataFrame(100 * np.exp(steps.cumsum(axis=0)), index=index, columns=["A", "B|C"])
    wanted = TargetWeights(close.iloc[::10] * 0 + exposure)
    return run_backtest(PriceFrame(close=close), wanted, Costs(fees=0.0005), timing)


STRATEGY, BENCHMARK = account(0.3), account(0.5)


# ---------------------------------------------------------------------------------- Markdown


def an_evaluation(**changes: Any) -> Evaluation:
    by_fold = pd.DataFrame(
        {"n": [90.0, 90.0, 180.0], "ic": [0.02, math.nan, 0.01], "hit_rate": [0.52, 0.49, 0.505]},
        index=["0", "1", "all"],
    )
    versus = pd.DataFrame(
        {"r2": 0.01, "dm": 1.5, "dm_p": 0.07, "cw": math.nan, "cw_p": math.nan},
        index=["zero", HOSTILE],
    )
    skill = Skill({}, by_fold, *[NOTHING] * 7, versus)
    intervals = pd.DataFrame(
        {
            f"{who}{end}": [value, value / 10, -value]
            for who, value in (("strategy", 0.8), ("benchmark", 0.5), ("difference", math.nan))
            for end in ("", "_low", "_high")
        },
        index=["sharpe", "cagr", "max_drawdown"],
    )
    contenders = pd.DataFrame(
        {
            "sharpe": [0.8, 0.4, 0.5],
            "superior": [True, False, False],
            "mcs_p": [1.0, 0.031, 0.5],
            "in_mcs": [True, False, True],
        },
        index=["strategy", "last_value", "buy_and_hold"],
    )
    members = pd.DataFrame(
        {"sharpe": [0.6, 0.9, 0.8], "cagr": [0.05, 0.09, math.nan]}, index=[0, 1, "ensemble"]
    )
    figures = {"level": 0.95, "psr": 0.87, "n_trials": 12.0, "pbo": math.nan, "dsr": 0.4}
    parts: dict[str, Any] = {
        "strategy": performance(STRATEGY),
        "benchmark": performance(BENCHMARK),
        "skill": skill,
        "significance": Significance(figures, intervals, contenders, members),
        "comparison": pd.DataFrame(
            {"n": 180.0, "ic": [0.01, math.nan, math.nan], "sharpe": [0.8, 0.4, 0.5]},
            index=["model", "last_value", "buy_and_hold"],
        ),
        "rivals": NOTHING,
        "cost_levels": pd.DataFrame(
            {"sharpe": [0.8, 0.1], "cagr": [0.07, -0.01]}, index=pd.Index([0.0, 2.5])
        ),
        "round_trips": NOTHING,
    }
    return Evaluation(**{**parts, **changes})


def document(evaluation: Evaluation | None = None, **changes: Any) -> str:
    given_: dict[str, Any] = {
        "title": "Ranking by an LSTM",
        "headline": "The strategy ended behind buy & hold.",
        "verdict": "Out of sample, it earned 1.2 % a year.",
        "caution": "This is one simulated history.",
        "facts": {"Costs": "5 bp", "Symbols": HOSTILE},
        "notes": ["One fold was short.", HOSTILE],
        "command": "lstmtrader run x.yaml --set 'name=```'",
        "versions": {"lstmtrader": "0.1.0"},
    }
    accounts = {"account": changes.pop("account", STRATEGY), "benchmark": BENCHMARK}
    return to_markdown(
        **accounts, evaluation=evaluation or an_evaluation(), **{**given_, **changes}
    )


def parsed(text: str) -> list[Any]:
    return list(MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text))


def shown(token: Any) -> str:
    assert {child.type for child in token.children} <= {"text", "text_special"}, token.content
    return "".join(child.content for child in token.children)


def tables(text: str) -> dict[str, list[list[str]]]:
    """Rows of every table, by its heading and the first cell of its head."""
    found: dict[str, list[list[str]]] = {}
    heading, rows = "", []
    tokens = parsed(text)
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = shown(tokens[place + 1])
        elif token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            rows[-1].append(shown(tokens[place + 1]))
        elif token.type == "table_close":
            found[f"{heading}/{rows[0][0]}"] = rows
    return found


def test_every_table_is_there_and_all_its_rows_are_as_wide_as_its_head() -> None:
    """GitHub cuts cells beyond the head off without a word, so raw lines are counted too."""
    text = document()
    found = tables(text)
    assert list(found) == [
        "Key figures/",
        "Calendar years/Year",
        "Model and baselines/",
        "Significance/Interval of 95\u202f%",
        "Significance/Could it be luck?",
        "Members of the ensemble/Member",
        "Forecast skill by fold/Fold",
        "Forecasts against naive ones/Forecast",
        "Cost levels/Slippage on top, bp",
        "Assumptions/Assumption",
    ]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    widths = [len(re.split(r"(?<!\\)(?:\\\\)*\|", line)) - 2 for line in lines]
    heads = [len(rows[0]) for rows in found.values() for _ in range(len(rows) + 1)]
    assert widths == heads


def test_the_figures_are_those_of_the_accounts() -> None:
    found = tables(document())
    mine = {row[0]: row[1:] for row in found["Key figures/"][1:]}
    for key, value in performance(STRATEGY).items():
        label, form = METRICS[key]
        assert mine[label] == [form(value), form(performance(BENCHMARK)[key])]
    years = [row[0] for row in found["Calendar years/Year"][1:]]
    assert years == ["2018 (part)", "2019", "2020 (part)"]


def test_a_row_of_the_comparison_carries_its_significance() -> None:
    head, *rows = tables(document())["Model and baselines/"]
    assert head[-2:] == ["Better than buy & hold (StepM)", "p-value, model confidence set"]
    assert [[row[0], *row[-2:]] for row in rows] == [
        ["Model", "yes", "1.000"],
        ["last value", "no", "0.031"],
        ["Buy & hold", "–", "0.500"],
    ]


def test_an_interval_is_written_with_its_ends() -> None:
    rows = {row[0]: row for row in tables(document())["Significance/Interval of 95\u202f%"]}
    assert rows["Sharpe ratio"][1:] == ["0.80 (0.80 to 0.80)", "0.50 (0.50 to 0.50)", "– (– to –)"]
    assert rows["Maximum drawdown"][1].startswith("\u221280.0\u202f% (")


def test_tables_without_rows_are_left_out_with_their_headings() -> None:
    empty = an_evaluation(
        skill=Skill({}, *[NOTHING] * 9),
        significance=Significance({}, *[NOTHING] * 3),
        comparison=NOTHING,
        cost_levels=NOTHING,
    )
    text = document(empty, facts={}, notes=[])
    assert [heading.split("/")[0] for heading in tables(text)] == ["Key figures", "Calendar years"]
    headings = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
    assert headings == ["Key figures", "Calendar years", "Orders", "Reproduce"]


def test_what_is_not_defined_is_a_dash() -> None:
    text = document(facts={}, notes=[])
    assert not re.search(r"\b(nan|none|inf|nat)\b", text, flags=re.IGNORECASE)
    assert tables(text)["Forecast skill by fold/Fold"][2][2] == "–"


def test_special_characters_survive_in_cells_and_notes() -> None:
    text = document()
    found = tables(text)
    assert found["Assumptions/Assumption"][2] == ["Symbols", HOSTILE.strip()]
    assert found["Forecasts against naive ones/Forecast"][2][0] == HOSTILE.replace("_", " ").strip()
    inline = [shown(token) for token in parsed(text) if token.content.startswith("a\\|b")]
    assert HOSTILE.strip() in inline
    assert not [token for token in parsed(text) if token.type.startswith("html")]


def test_the_command_survives_its_own_backticks() -> None:
    blocks = [token for token in parsed(document()) if token.type == "fence"]
    assert [block.content for block in blocks] == ["lstmtrader run x.yaml --set 'name=```'\n"]


PRINTABLE = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])) | st.text(
    "|\\*_`<&;a#1.- "
)


@given(text=PRINTABLE)
def test_any_text_reads_the_same_as_heading_note_and_headline(text: str) -> None:
    """Also a lone rule, number, hash or entity, which would be a list, a rule or a sign."""
    expected = text.strip()
    for before in ("# ", "- ", "", "x "):
        tokens = [token for token in parsed(before + escaped(text)) if token.type == "inline"]
        read = "".join(map(shown, tokens)).strip()
        assert read == (f"x {expected}".strip() if before == "x " else expected)


@given(cells=st.lists(PRINTABLE, min_size=1, max_size=4))
def test_any_text_reads_the_same_in_a_table(cells: list[str]) -> None:
    read = tables(grid([*cells, "head"], [[*cells, "x"], ["y", *cells]]))
    expected = [cell.strip() for cell in cells]
    assert list(read.values()) == [[[*expected, "head"], [*expected, "x"], ["y", *expected]]]


@pytest.mark.parametrize(
    "broken", ["two\nlines", "two\r\n\r\nlines", "two\u2028lines", "two\tlines"]
)
def test_a_line_break_is_a_space(broken: str) -> None:
    assert escaped(broken) == "two lines"


def test_numbers_stay_readable_in_the_source() -> None:
    assert escaped("0.80 (0.10 to 1.50)") == "0.80 (0.10 to 1.50)"
    assert escaped("12. not a list") == r"12\. not a list"


def test_the_same_input_gives_the_same_document() -> None:
    assert document() == document()


def test_what_must_not_be_overlooked_stands_before_the_figures() -> None:
    seen = account(0.5, timing=Execution.SAME_CLOSE)
    text = document(account=seen)
    assert text.index("> **Not tradable.**") < text.index("## Key figures")
    assert "Not tradable" not in document()
    assert STRATEGY.order_summary() in document()


# ------------------------------------------------------------------------------------ Images


@pytest.fixture(scope="module")
def browser() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        reason = f"none of {', '.join(names)} is installed; apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        # Only at a desk without a browser, where make test would install one; never in CI.
        pytest.skip(reason)
    return found


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


@pytest.fixture(scope="module")
def light(browser: str, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_images(charts(), tmp_path_factory.mktemp("light") / "made" / "here", scale=2)


@pytest.fixture(scope="module")
def dark(browser: str, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
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
    """The loop is that of a notebook. Nothing: no process, thread, file or class of loggers."""

    async def cell() -> list[Path]:
        return write_images(charts(), tmp_path / "images", scale=2)

    processes, threads = psutil.Process().children(recursive=True), threading.active_count()
    logger_class, environment = logging.getLoggerClass(), dict(os.environ)
    again = asyncio.run(cell())
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in light]
    assert psutil.Process().children(recursive=True) == processes
    assert logging.getLoggerClass() is logger_class
    assert dict(os.environ) == environment
    assert list(own_temporary.iterdir()) == []
    deadline = time.monotonic() + 5
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() <= threads


class Visitors(http.server.BaseHTTPRequestHandler):
    paths: list[str] = []  # noqa: RUF012 - one server, one list

    def do_GET(self) -> None:
        self.paths.append(self.path)
        self.send_error(404)

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Visitors) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"localhost:{listening.server_port}"
        listening.shutdown()
        thread.join()


def test_the_browser_asks_the_network_for_nothing(
    browser: str, server: str, tmp_path: Path
) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://{server}/reachable")
    refused.value.close()
    figure = go.Figure(go.Scatter(y=[1, 2]))
    for host in (server, server.replace("localhost", "127.0.0.1")):
        figure.add_layout_image(source=f"http://{host}/pixel.png", x=0, y=1, sizex=1, sizey=1)
    write_images({"leak": figure}, tmp_path, scale=1)
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
    with pytest.raises(RunError, match="did not draw the charts within 5 s"):
        write_images(charts(), tmp_path / "images", limit_s=5)
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


# -------------------------------------------------------------------------- Missing packages

BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
from pathlib import Path
import pandas as pd, plotly.graph_objects as go
from lstmtrader.errors import ConfigError
from lstmtrader.report.images import write_images
from lstmtrader.report.quantstats import quantstats_tearsheet
returns = pd.Series([0.01, -0.02], index=pd.bdate_range("2020-01-01", periods=2))
try:
    {call}
except ConfigError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("package", "call", "extra"),
    [
        ("kaleido", "write_images({'a': go.Figure()}, Path('images'))", "images"),
        (
            "quantstats",
            "quantstats_tearsheet(returns, returns, 252, Path('page.html'), 'A')",
            "quantstats",
        ),
    ],
)
def test_without_the_package_the_error_says_what_to_install(
    console: Console, package: str, call: str, extra: str, tmp_path: Path
) -> None:
    done = console.python(BLOCKED.format(package=package, call=call), tmp_path)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    assert f"pip install 'lstmtrader[{extra}]'" in done.stdout
    assert list(tmp_path.iterdir()) == []


# -------------------------------------------------------------------------------- quantstats

TITLE = "A <b>title</b> & more"
ALONE = """
import json, sys
from pathlib import Path
import pandas as pd
from lstmtrader.report.quantstats import quantstats_tearsheet
accounts = pd.read_pickle("accounts.pkl")
quantstats_tearsheet(accounts["strategy"], accounts["benchmark"].dropna(), 260,
                     Path("made/page.html"), {title!r})
print(json.dumps([name for name in ("matplotlib", "quantstats", "seaborn", "yfinance")
                  if name in sys.modules]))
"""
NO_NETWORK = """
import socket
def refuse(*arguments, **settings):
    raise SystemExit("the network was asked")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
"""


def accounts() -> pd.DataFrame:
    """Zoned, with a hole, idle at first, and with a benchmark that ends before."""
    table = pd.DataFrame({"strategy": STRATEGY.returns, "benchmark": BENCHMARK.returns})
    table.index = table.index.tz_localize("America/New_York")
    table.iloc[:40, 0] = 0.0
    table.iloc[60, 0] = math.nan
    table.iloc[-30:, 1] = math.nan
    return table


@pytest.fixture(scope="module")
def page(console: Console, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Made in a fresh process, whose children too cannot reach the network."""
    folder = tmp_path_factory.mktemp("quantstats")
    accounts().to_pickle(folder / "accounts.pkl")
    (folder / "sitecustomize.py").write_text(NO_NETWORK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
        asked = console.python("import socket; socket.getaddrinfo('localhost', 80)", folder)
        done = console.python(ALONE.format(title=TITLE), folder)
    assert "the network was asked" in asked.stderr
    assert (done.stderr, done.stdout) == ("", "[]\n")
    return (folder / "made/page.html").read_text(encoding="utf-8")


def cells(page: str) -> dict[str, list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", page.partition('<div id="right">')[2], flags=re.DOTALL)
    split = [re.findall(r"<td>(.*?)</td>", row) for row in rows]
    return {row[0]: row[1:] for row in split if row}


def test_quantstats_finds_the_same_figures_on_the_same_bars(page: str) -> None:
    """Two libraries, one account: also no bar may be lost at the start or the end."""
    found = cells(page)
    columns = ("benchmark", "strategy")
    series = [accounts()[name].fillna(0.0) for name in columns]
    for label, figure in (
        ("Cumulative Return", lambda r: 100 * total_return(r)),
        ("CAGR﹪", lambda r: 100 * cagr(r, 260)),
        ("Sharpe", lambda r: sharpe_ratio(r, 260)),
        ("Volatility (ann.)", lambda r: 100 * volatility(r, 260)),
        ("Max Drawdown", lambda r: 100 * max_drawdown(r)),
    ):
        told = [float(cell.rstrip("%").replace(",", "")) for cell in found[label]]
        assert told == pytest.approx([figure(one) for one in series], abs=0.0051), label
    for year in ("2018", "2019", "2020"):
        told = [float(cell) for cell in found[year][:2]]
        mine = [100 * total_return(one[one.index.year == int(year)]) for one in series]
        assert told == pytest.approx(mine, abs=0.0051)


def test_the_quantstats_page_is_whole_and_asks_the_network_for_nothing(page: str) -> None:
    assert page.count("<svg") == 14
    assert "A &lt;b&gt;title&lt;/b&gt; &amp; more" in page
    assert "<b>title" not in page
    assert "Periods/Year: 260" in page
    assert not re.search(r"<(?:link|script|img|iframe)\b|onload=|@import|url\(['\"]?http", page)


def test_the_same_returns_give_the_same_quantstats_page(page: str, tmp_path: Path) -> None:
    table = accounts()
    path = tmp_path / "page.html"
    quantstats_tearsheet(table["strategy"], table["benchmark"].dropna(), 260, path, TITLE)
    assert path.read_text(encoding="utf-8") == page


def test_what_quantstats_would_misread_is_refused(tmp_path: Path) -> None:
    """It takes a series without a loss and with a gain above 100 % for prices."""
    idle, path = STRATEGY.returns * 0, tmp_path / "page.html"
    prices = idle + 0.5
    prices.iloc[3] = 1.5
    with pytest.raises(RunError, match="never moved"):
        quantstats_tearsheet(idle, idle, 252, path, "A")
    with pytest.raises(RunError, match="takes returns for prices that never fall: strategy"):
        quantstats_tearsheet(prices, idle, 252, path, "A")
    assert not path.exists()


def test_a_broken_quantstats_is_an_error_of_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "quantstats.py").write_text("raise ImportError('half of it is missing')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RunError, match=r"^[^\n]*: ImportError: half of it is missing$"):
        quantstats_tearsheet(STRATEGY.returns, BENCHMARK.returns, 252, tmp_path / "a.html", "A")
