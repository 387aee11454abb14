"""`lstmtrader report`: a finished run is shown again, to the same bytes, and exported."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from lstmtrader.cli.failures import run_app
from lstmtrader.cli.main import app
from lstmtrader.report.contents import contents
from lstmtrader.report.drawing import draw
from lstmtrader.report.saved import read_sheet

if TYPE_CHECKING:
    from lstmtrader import Run
    from tests.conftest import Console


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


@dataclass(frozen=True)
class Said:
    """What a command said."""

    code: int
    lines: list[str]
    stderr: str


@pytest.fixture
def report(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Call ``lstmtrader report …`` where the runs are, as its entry point does."""
    monkeypatch.chdir(folder.parent.parent)

    def call(*words: str) -> Said:
        command = ["report", *words]
        code = run_app(lambda: app(command, "lstmtrader", standalone_mode=False), debug=False)
        stdout, stderr = capsys.readouterr()
        return Said(code, stdout.splitlines(), stderr)

    return call


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
    word: str, report: Callable[..., Said], folder: Path, page: bytes
) -> None:
    words = {"path": str(folder), "name": folder.name, "beginning": folder.name[:15]}
    said = report(words[word], "-o", "again.html")
    assert (said.code, said.lines, said.stderr) == (0, ["again.html"], "")
    assert Path("again.html").read_bytes() == page
    assert (folder / "report.html").read_text() == "scribbled over"


def test_markdown_and_pictures_are_those_of_the_run(
    report: Callable[..., Said], folder: Path, chromium: str
) -> None:
    said = report("last", "--markdown", "sheet.md", "--png", "pictures", "--theme", "dark")
    sheet = read_sheet(folder)
    pictures = [f"pictures/{name}.png" for name in draw(sheet)]
    assert (said.code, said.stderr) == (0, "")
    assert said.lines == [f"runs/{folder.name}/report.html", "sheet.md", *pictures]
    assert all(Path(line).stat().st_size > 1000 for line in said.lines)
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
def test_bad_input_is_one_line(
    words: tuple[str, ...], message: str, report: Callable[..., Said]
) -> None:
    before = sorted(Path.cwd().rglob("*"))
    said = report(*words)
    assert (said.code, said.lines) == (2, [])
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
    file: str, content: str | None, message: str, report: Callable[..., Said], folder: Path
) -> None:
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(content)
    said = report(folder.name)
    assert (said.code, said.lines) == (2, [])
    assert said.stderr.startswith(f"error: runs/{folder.name}{message}")
    assert said.stderr.count("\n") == 1
    assert (folder / "report.html").read_text() == "scribbled over"


def test_the_help_has_examples(report: Callable[..., Said]) -> None:
    text = "\n".join(report("--help").lines)
    for words in ("Examples", "lstmtrader report last --open", "--quantstats"):
        assert words in text, words
