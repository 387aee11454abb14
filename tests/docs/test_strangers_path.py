"""Law: from one's own closes to a report with one's own strategy, exactly as the README prints it.

Each command is the real script in a process of its own, in a folder with what a clone has and a
file of closes. No setting is made smaller; the closes are few.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lstmtrader.data.provider import PriceRequest
from lstmtrader.data.sample import SampleProvider
from tests.docs.blocks import ROOT, Block, blocks_of

if TYPE_CHECKING:
    from tests.conftest import Console

HEADING = "## Your own closes, your own strategy"
README = ROOT / "README.md"
# What made the clone ready: the environment of these tests is there already.
BEFORE = ("make demo", ". .venv/bin/activate")

pytestmark = pytest.mark.xdist_group("stranger's path")


def _path() -> list[Block]:
    """The blocks of the section."""
    lines = README.read_text(encoding="utf-8").splitlines()
    first = lines.index(HEADING) + 1
    last = next(n for n, line in enumerate(lines, 1) if n > first and line.startswith("## "))
    return [block for block in blocks_of(README) if first < block.line < last]


def _commands() -> list[str]:
    shown = "".join(block.text for block in _path() if block.language == "sh")
    return [shlex.join(shlex.split(line, comments=True)) for line in shown.splitlines()]


def test_it_is_under_ten_commands_and_twenty_lines_of_strategy() -> None:
    commands = _commands()
    assert tuple(commands[:2]) == BEFORE
    assert len(commands) < 10
    (strategy,) = (block for block in _path() if block.saved_as)
    assert len(strategy.text.strip().splitlines()) <= 20


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What the stranger has: the files of a clone that commands name, and closes of their own."""
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    (tmp_path / "strategies").symlink_to(ROOT / "strategies")
    closes = SampleProvider().fetch(PriceRequest(symbols=("AAPL", "KO", "XOM"))).close
    closes.loc["2012":"2019"].to_csv(tmp_path / "closes.csv")
    return tmp_path


def test_every_command_of_the_path_works_as_printed(
    clone: Path, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LSTMTRADER_HOME", str(clone / "home"))
    said: list[str] = []
    for block in _path():
        if block.saved_as:
            (clone / block.saved_as).write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            for line in block.text.splitlines():
                words = shlex.split(line, comments=True)
                if shlex.join(words) in BEFORE:
                    continue
                assert words[0] == "lstmtrader", line
                done = console(*words[1:], cwd=clone)
                assert done.returncode == 0, done.stderr
                said.append(done.stdout)
    planned, first, second, listed, report = said
    assert "fold" in planned
    assert re.search(r"[1-9]\d* trained, 0 from the cache", first)
    assert re.search(r"\b0 trained, [1-9]\d* from the cache", second)
    assert len(re.findall(r"own_csv", listed)) == 2
    pages = sorted((clone / "runs").glob("*own_csv*/report.html"))
    assert len(pages) == 2
    assert str(pages[-1].relative_to(clone)) in report
    assert "my_strategy:MembersAgree" in pages[-1].read_text(encoding="utf-8")
