"""`lstmtrader report`: a finished run is shown again, to the same bytes, and exported."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from lstmtrader.evaluation.trials import LEDGER, read, record
from lstmtrader.report.contents import contents
from lstmtrader.report.drawing import draw
from lstmtrader.report.saved import read_sheet
from lstmtrader.report.wording import number
from lstmtrader.run_catalogue.entry import read_entry
from lstmtrader.run_catalogue.tried import tried

if TYPE_CHECKING:
    from lstmtrader import Run
    from tests.conftest import Console, Program


@pytest.fixture
def folder(tiny_run: Run, tmp_path: Path) -> Path:
    """The folder of a finished run whose report is gone, in a folder of runs of its own."""
    assert tiny_run.path is not None
    copied = tmp_path / "runs" / tiny_run.path.name
    shutil.copytree(tiny_run.path, copied)
    (copied / "report.html").write_text("scribbled over")
    return copied


@pytest.fixture
def page(tiny_run: Run) -> bytes:
    """The report as it was written on the day of the run."""
    assert tiny_run.path is not None
    return (tiny_run.path / "report.html").read_bytes()


@pytest.fixture
def report(folder: Path, program: Program, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Call ``lstmtrader report …`` where the runs are."""
    monkeypatch.chdir(folder.parent.parent)
    return lambda *words: program("report", *words, cwd=folder.parent.parent)


def test_the_report_is_written_again_to_the_same_bytes(
    console: Console, folder: Path, page: bytes
) -> None:
    """By the real script, which has nothing of the run but its folder."""
    kept = {path: path.read_bytes() for path in folder.rglob("*.parquet")}
    done = console("report", "last", cwd=folder.parent.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"runs/{folder.name}/report.html\n"
    assert (folder / "report.html").read_bytes() == page
    assert {path: path.read_bytes() for path in folder.rglob("*.parquet")} == kept


@pytest.mark.parametrize("word", ["path", "name", "beginning"])
def test_it_is_written_where_it_is_asked_for_and_the_run_is_left_alone(
    word: str, report: Program, folder: Path, page: bytes
) -> None:
    words = {"path": str(folder), "name": folder.name, "beginning": folder.name[:15]}
    said = report(words[word], "-o", "again.html")
    assert (said.returncode, said.stdout.splitlines(), said.stderr) == (0, ["again.html"], "")
    assert Path("again.html").read_bytes() == page
    assert (folder / "report.html").read_text() == "scribbled over"


def test_markdown_and_pictures_are_those_of_the_run(
    report: Program, folder: Path, chromium: str
) -> None:
    said = report("last", "--markdown", "sheet.md", "--png", "pictures", "--theme", "dark")
    sheet = read_sheet(folder)
    pictures = [f"pictures/{name}.png" for name in draw(sheet)]
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.splitlines() == [f"runs/{folder.name}/report.html", "sheet.md", *pictures]
    assert all(Path(line).stat().st_size > 1000 for line in said.stdout.splitlines())
    text = Path("sheet.md").read_text(encoding="utf-8")
    assert text.startswith("# tiny · tear sheet\n")
    assert contents(sheet)["headline"] in text
    parsed = MarkdownIt("commonmark").enable("table").parse(text)
    assert sum(token.type == "table_open" for token in parsed) > 8


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nothing",), "nothing: no run in runs; lstmtrader runs list"),
        (("last", "--runs", "nowhere"), "nowhere: no folder of runs"),
        (("last", "--theme", "purple", "--png", "p"), "theme: expected one of light, dark; got"),
        (("last", "--output", "no/page.html"), "no/page.html: cannot be written"),
        (("last", "--markdown", "no/page.md"), "no/page.md: cannot be written"),
    ],
)
def test_bad_input_is_one_line(words: tuple[str, ...], message: str, report: Program) -> None:
    before = sorted(Path.cwd().rglob("*"))
    said = report(*words)
    assert (said.returncode, said.stdout.splitlines()) == (2, [])
    assert said.stderr.startswith("error: ")
    assert message in said.stderr
    assert said.stderr.count("\n") == 1
    assert sorted(Path.cwd().rglob("*")) == before


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("sheet.json", None, ": no tear sheet can be read from it"),
        ("sheet.json", "{}", ": no tear sheet can be read from it"),
        ("benchmark/account.json", None, "/benchmark: no account can be read from it"),
        ("evaluation/figures.json", None, "/evaluation: no evaluation can be read from it"),
        ("evaluation/figures.json", "[]", ": no tear sheet can be read from it"),
    ],
)
def test_a_folder_of_another_version_is_refused_by_name(
    file: str, content: str | None, message: str, report: Program, folder: Path
) -> None:
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(content)
    said = report(folder.name)
    assert (said.returncode, said.stdout.splitlines()) == (2, [])
    assert said.stderr.startswith(f"error: runs/{folder.name}{message}")
    assert said.stderr.count("\n") == 1
    assert (folder / "report.html").read_text() == "scribbled over"


def test_it_says_in_one_line_what_was_tried_since(
    report: Program, folder: Path, page: bytes, tiny_run: Run
) -> None:
    """The page knows of one trial; so far nothing else was tried, then something else is."""
    assert tiny_run.path is not None
    runs = folder.parent
    shutil.copy(tiny_run.path.parent / LEDGER, runs)
    shutil.copytree(tiny_run.path.parent / ".trials", runs / ".trials")
    written = f"runs/{folder.name}/report.html"
    assert report("last").stdout.splitlines() == [written]
    (mine,) = read(runs)
    record(runs, [replace(mine, config_hash="0" * 64, sharpe=3.0)])
    said = report("last")
    now = tried(read_entry(folder))
    assert now is not None
    assert (said.returncode, said.stderr) == (0, "")
    since = (
        "by now 2 trials on these prices (about 2 independent), deflated Sharpe ratio by now "
        f"{number(now.dsr)}; the report has those of its day"
    )
    assert said.stdout.splitlines() == [written, since]
    assert (folder / "report.html").read_bytes() == page
    (runs / LEDGER).write_text("{}\n")
    said = report("last")
    assert (said.returncode, said.stdout.splitlines()) == (0, [written])
    assert said.stderr.startswith("warning: what was tried since is not known: ")
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize("content", [None, "{", "{}"])
def test_figures_that_cannot_be_read_are_warned_of_in_one_line(
    content: str | None, report: Program, folder: Path, page: bytes
) -> None:
    if content is None:
        (folder / "metrics.json").unlink()
    else:
        (folder / "metrics.json").write_text(content)
    said = report(folder.name)
    assert (said.returncode, said.stdout.splitlines()) == (0, [f"runs/{folder.name}/report.html"])
    assert said.stderr.startswith(f"warning: runs/{folder.name} is broken: metrics.json: ")
    assert said.stderr.count("\n") == 1
    assert (folder / "report.html").read_bytes() == page


def test_what_is_no_finished_run_is_told_from_it(report: Program, folder: Path) -> None:
    half = folder.rename(folder.with_name(f"{folder.name}.incomplete"))
    said = report(str(half))
    assert (said.returncode, said.stdout.splitlines()) == (2, [])
    assert said.stderr == (
        f"error: {half} is not complete; run the same command again to finish it\n"
    )
    sweep = half.with_name("20260101-000000-tiny-sweep-00000000")
    sweep.mkdir()
    (sweep / "sweep.json").write_text("{}")
    said = report(sweep.name)
    assert (said.returncode, said.stdout.splitlines()) == (2, [])
    assert said.stderr == (
        f"error: runs/{sweep.name} is a sweep; its picture is runs/{sweep.name}/sweep.html\n"
    )


@pytest.mark.parametrize("way", ["no screen", "no browser", "browser"])
def test_open_needs_a_browser_and_says_quietly_where_there_is_none(
    way: str, loaded_console: Console, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the tool that opens files there is only what matters here: noise, and an exit code."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    if way != "no screen":
        monkeypatch.setenv("DISPLAY", ":99")
    tool = tmp_path / "bin" / "xdg-open"
    tool.parent.mkdir()
    code = 0 if way == "browser" else 3
    tool.write_text(f'#!/bin/sh\necho noise\necho noise >&2\necho "$1" >> opened\nexit {code}\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    said = loaded_console("report", "last", "--open", cwd=tmp_path)
    page = f"runs/{folder.name}/report.html"
    assert (said.returncode, said.stdout) == (0, f"{page}\n")
    hint = f"no browser found; open {page} yourself\n"
    assert said.stderr == ("" if way == "browser" else hint)
    opened = tmp_path / "opened"
    assert opened.exists() == (way != "no screen")
    if opened.exists():
        assert opened.read_text() == (folder / "report.html").resolve().as_uri() + "\n"


def test_the_help_has_examples(report: Program) -> None:
    text = report("--help").stdout
    text = " ".join(text.replace("│", " ").split())
    for words in (
        "Examples",
        "lstmtrader report last --open",
        "--quantstats",
        "last: the newest finished run, never a sweep",
    ):
        assert words in text, words
