"""Law: ``lstmtrader data`` says what it did, in one line or one table, and its exit code too."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from tests.data.archive.conftest import LOOPBACK, daily_chart
from tests.data.yahoo.replay import ROOT, Replay, serving, synthetic_bars

if TYPE_CHECKING:
    from tests.conftest import Console, Program

Finished = subprocess.CompletedProcess[str]
Data = Callable[..., Finished]
COMMANDS = ("download", "update", "list", "actions", "restatements", "export", "check")
FETCHING = ("--source", "my_loopback:LoopbackSource")
DAYS = ("--start", "2024-01-02", "--end", "2024-06-28")


@pytest.fixture
def server() -> Iterator[Replay]:
    with serving(Replay()) as replay:
        yield replay


@pytest.fixture
def data(
    console: Console,
    loaded_console: Console,
    program: Program,
    server: Replay,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Data:
    """Call ``lstmtrader data`` in a folder of its own, with a store of its own.

    What asks the network is asked in a process of its own; an update of the real script.
    """
    (tmp_path / "my_loopback.py").write_text(LOOPBACK, encoding="utf-8")
    monkeypatch.setenv("LSTMTRADER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOOPBACK_PORT", str(server.port))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def call(*arguments: str, exits: int = 0) -> Finished:
        asks = "--source" in arguments and exits != 2
        alone = console if arguments[0] == "update" else loaded_console
        finished = (alone if asks else program)("data", *arguments, cwd=tmp_path)
        assert finished.returncode == exits, finished.stderr + finished.stdout
        assert "Traceback" not in finished.stderr + finished.stdout
        if exits in (0, 1, 3):
            assert finished.stderr == ""
        return finished

    return call


def error_line(finished: Finished) -> str:
    [line] = finished.stderr.splitlines()
    assert line.startswith("error: ")
    return line


def test_download_update_and_every_listing(data: Data, server: Replay, tmp_path: Path) -> None:
    chart = daily_chart("SYNA")
    second = chart["timestamp"][-1000]
    event = {"amount": 0.5, "date": second}
    server.charts["SYNA"] = {**chart, "events": {"dividends": {str(second): event}}}
    (tmp_path / "symbols.txt").write_text("# mine\nSYNA\n\nNOPE  # gone\n", encoding="utf-8")

    said = data("download", "SYNB", "@symbols.txt", *DAYS, *FETCHING, exits=3).stdout
    assert "2 symbols stored" in said
    assert "unknown: NOPE:" in said
    before = len(server.requests)
    told = json.loads(data("download", "SYNA", "SYNB", *DAYS, *FETCHING, "--json").stdout)
    assert told["complete_before"] == ["SYNA", "SYNB"]
    assert told["requests"] == told["bars_added"] == 0
    assert len(server.requests) == before

    bars = synthetic_bars("SYNB")
    bars.loc["2024-06-27", "volume"] += 1
    server.charts["SYNB"] = daily_chart("SYNB", bars)
    charts = server.chart_requests()
    said = data("update", "SYNB", *FETCHING).stdout
    assert "1 numbers restated" in said
    assert "2024-06-27" in said
    assert server.chart_requests() == charts + 1

    listed = json.loads(data("list", "--json").stdout)
    assert [row["symbol"] for row in listed] == ["SYNA", "SYNB"]
    assert (listed[0]["bars"], listed[0]["holes"], listed[0]["needs_refetch"]) == (129, 0, False)
    [changed] = json.loads(data("restatements", "SYNB", "--json").stdout)
    assert (changed["field"], changed["new"]) == ("volume", changed["old"] + 1)
    assert "SYNA" in data("list").stdout
    assert error_line(data("actions", "SYNC", exits=2)).count("SYNC") == 1

    written = data("export", "prices", "--format", "csv").stdout.split()
    assert [Path(name).name for name in written] == ["bars.csv", "actions.csv", "fetches.csv"]
    table = pd.read_csv(tmp_path / "prices" / "bars.csv")
    assert len(table[table["symbol"] == "SYNA"]) == 129
    fetches = pd.read_csv(tmp_path / "prices" / "fetches.csv")
    assert fetches["source_version"].str.startswith("yfinance ").all()
    checked = json.loads(data("check", "--json").stdout)
    assert {row["severity"] for row in checked} <= {"warning"}


def test_actions(data: Data, server: Replay) -> None:
    chart = daily_chart("SYNA")
    second = next(s for s in chart["timestamp"] if s > pd.Timestamp("2024-03-01").timestamp())
    event = {"amount": 0.5, "date": second}
    server.charts["SYNA"] = {**chart, "events": {"dividends": {str(second): event}}}
    data("download", "SYNA", *DAYS, *FETCHING)
    [action] = json.loads(data("actions", "SYNA", "--json").stdout)
    assert (action["kind"], action["value"]) == ("dividend", 0.5)
    assert action["time"].startswith("2024-03-01")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("download", "SPY", "--start", "2024-13-01"), "--start: expected a date such as"),
        (("download", "@nowhere.txt"), "nowhere.txt: cannot be read"),
        (("download", "SPY", "--start", "2990-01-01"), "start 2990-01-01 is after"),
        (("download", "SPY", "--interval", "3d"), "interval: expected one of"),
        (("download", "SPY", "--source", "my_loopback:Nothing"), "no class 'Nothing'"),
        (("download", "SPY", "--source", "json:JSONDecoder"), "--source"),
        (("update",), "there is no price store yet"),
        (("list",), "there is no price store yet"),
        (("check", "nowhere.csv"), "nowhere.csv"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_is_one_line(data: Data, arguments: tuple[str, ...], said: str) -> None:
    assert said in error_line(data(*arguments, exits=2))


def test_check_finds_planted_errors_in_a_file(data: Data, tmp_path: Path) -> None:
    bars = synthetic_bars("SYNA").loc["2024-01-02":"2024-06-28"]
    sessions = bars.drop(columns="adj_close").rename_axis("date").reset_index()
    holidays = pd.to_datetime(
        ["2024-01-15", "2024-02-19", "2024-03-29", "2024-05-27", "2024-06-19"]
    )
    sessions = sessions[~sessions["date"].isin(holidays)].assign(symbol="SYNA")
    sessions.to_csv(tmp_path / "clean.csv", index=False)
    assert data("check", "clean.csv").stdout.startswith("findings: 0")
    assert json.loads(data("check", "clean.csv", "--json").stdout) == []

    planted: Any = pd.concat([sessions, sessions.iloc[[40]]])
    planted.iloc[60, planted.columns.get_loc("close")] = -1.0
    planted.to_csv(tmp_path / "dirty.csv", index=False)
    found = json.loads(data("check", "dirty.csv", "--json", exits=1).stdout)
    errors = {row["check"] for row in found if row["severity"] == "error"}
    assert errors == {"duplicate_bar", "not_positive"}
    shown = data("check", "dirty.csv", "--no-warnings", exits=1).stdout
    assert shown.startswith("findings: 2")
    assert "duplicate_bar" in shown
    assert "nonsense" in error_line(data("check", "clean.csv", "--calendar", "nonsense", exits=2))


def test_check_finds_errors_in_the_store(data: Data, server: Replay) -> None:
    bars = synthetic_bars("SYNA")
    bars.loc["2024-03-12", "high"] = bars.loc["2024-03-12", "low"] / 2
    server.charts["SYNA"] = daily_chart("SYNA", bars)
    data("download", "SYNA", *DAYS, *FETCHING)
    found = json.loads(data("check", "--json", "--no-warnings", exits=1).stdout)
    assert [(row["check"], row["symbol"]) for row in found] == [("high_low", "SYNA")]


def test_help_shows_examples_and_loads_nothing_heavy(console: Console, tmp_path: Path) -> None:
    code = f"""
import sys
from typer.testing import CliRunner
from lstmtrader.cli.main import app
for words in ([], *([name] for name in {COMMANDS!r})):
    shown = CliRunner().invoke(app, ["data", *words, "--help"])
    assert shown.exit_code == 0, shown.output
    assert not words or "lstmtrader data " + words[0] in shown.output, shown.output
    assert "Usage" in shown.output
heavy = {{"pandas", "duckdb", "torch", "yfinance", "numpy"}} & set(sys.modules)
assert not heavy, heavy
"""
    finished = console.python(code, cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
