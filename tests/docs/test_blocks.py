"""Law: every code block of the README and of the docs does what its page says.

Pages and blocks are found, not registered.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.data.yahoo.replay import Replay, serving, synthetic_chart
from tests.docs.blocks import ROOT, blocks_of, pages
from tests.docs.desk import LOOKED_AT, BlockError, Desk, furnish
from tests.docs.small import smaller

if TYPE_CHECKING:
    from tests.conftest import Program

# The symbols that pages ask Yahoo for; a loopback server answers, with drawn prices.
AT_YAHOO = ("SPY", "TLT", "GLD")


@pytest.fixture
def yahoo(monkeypatch: pytest.MonkeyPatch) -> Iterator[Replay]:
    """Answer what is sent to Yahoo on a loopback port; everything else is refused."""
    from lstmtrader.data.yahoo import wire
    from tests.data.yahoo.replay import LoopbackSession

    with serving(Replay({symbol: synthetic_chart(symbol) for symbol in AT_YAHOO})) as replay:
        monkeypatch.setattr(wire, "Session", lambda **_: LoopbackSession(replay.port))
        yield replay


@pytest.fixture
def desk(
    tmp_path: Path, program: Program, yahoo: Replay, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    """A desk with a price store of its own, and no browser to open."""
    del yahoo
    monkeypatch.setenv("LSTMTRADER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    place = tmp_path / "desk"
    place.mkdir()
    monkeypatch.syspath_prepend(str(place))
    furnish(place)
    made = Desk(place, program)
    yield made
    made.forget()


def _do(desk: Desk, page: Path) -> None:
    for block in blocks_of(page):
        desk.do(block)


@pytest.mark.parametrize(
    "page",
    [page for page in pages() if blocks_of(page)],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)
def test_every_block_of_the_page_does_what_it_says(page: Path, desk: Desk) -> None:
    _do(desk, page)


def test_there_are_pages_and_they_have_blocks() -> None:
    assert {"README.md", "index.md", "tutorial.md"} <= {page.name for page in pages()}
    assert sum(len(blocks_of(page)) for page in pages()) >= 60


def test_what_is_only_looked_at_says_why() -> None:
    assert all(look.__doc__ for look in LOOKED_AT.values())
    assert len(LOOKED_AT) <= 5


Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a page, and return its path."""

    def page(text: str) -> Path:
        path = tmp_path / "page.md"
        path.write_text(text, encoding="utf-8")
        return path

    return page


class TestTheRunnerCanFail:
    """A runner that lets everything through would pass every test above."""

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("```bash\necho\n```", "page.md:1: expected a block of"),
            ("```\nno language\n```", "got ''"),
            ("```console\n$ echo\n```", "got 'console'"),
            ("a\n\n```python\nimport nothing_at_all\n```", "page.md:3: ModuleNotFoundError"),
            ("```python\n1 +\n```", "SyntaxError"),
            ('```python\nprint(2)\n```\n\n```text title="output"\n3\n```', "expected\n3"),
            ("```sh\nfalse\n```", "exit code 1"),
            ("```sh\nlstmtrader run nowhere.yaml\n```", "exit code 2"),
            ("```sh\necho one | cat >&2; exit 3\n```", "exit code 3"),
            ("```sh\nlstmtrader run nowhere.yaml || exit 4\n```", "exit code 4"),
            (
                '```sh\nlstmtrader run x.yaml || echo $?\n```\n\n```text title="output"\n1\n```',
                "got\n2",
            ),
            ("```sh\nmake coffee\n```", "no coffee"),
            ("```sh\npip install 'lstmtrader[tea]'\n```", "no extra tea"),
            ("```sh\n. elsewhere/bin/activate\n```", "expected the environment"),
            ("```sh\njupyter lab notebooks/none.ipynb\n```", "there is no notebooks/none"),
            ("```sh\npython anything.py\n```", "expected a file of benchmarks"),
            ("```yaml\nmember: 3\n```", "member"),
            ("```yaml\n- a\n```", "key: value"),
            ("```yaml\nprices: {provider: sample, symbols: [ZZZ]}\n```", "ZZZ"),
            ("Save this as `mine.py`:\n\n```python\nclass:\n```", "SyntaxError"),
        ],
        ids=lambda value: " ".join(value.replace("`", "").split()),
    )
    def test_a_block_that_does_not_hold_is_named(
        self, desk: Desk, write: Write, text: str, said: str
    ) -> None:
        page = write(text)
        with pytest.raises(BlockError, match=re.escape(said)):
            _do(desk, page)

    def test_an_open_fence_is_an_error(self, write: Write) -> None:
        with pytest.raises(ValueError, match="never closed"):
            blocks_of(write("```python\nprint()\n"))


def test_the_blocks_of_a_page_share_names_files_and_the_desk(desk: Desk, write: Write) -> None:
    page = write(
        "Save this as `my_part.py`:\n\n```python\nSIZE = 3\n```\n\n"
        "```python\nfrom my_part import SIZE\ntwice = 2 * SIZE\n```\n\n"
        "- in a list\n\n  ```python\n  print(twice)\n  ```\n\n"
        '  ```text title="output"\n  6\n  ```\n\n'
        "```sh\ncat my_part.py\n```\n\n"
        '```text title="output"\nSIZE = ...\n```\n'
    )
    _do(desk, page)
    desk.forget()
    assert "my_part" not in sys.modules


def test_settings_get_smaller_once_and_keep_their_keys() -> None:
    import yaml

    for path in (ROOT / "configs").glob("*.yaml"):
        settings = yaml.safe_load(path.read_text(encoding="utf-8"))
        small = smaller(settings)
        assert small == smaller(small)
        assert settings.keys() <= small.keys()
        assert (settings["model"]["target"], settings["strategy"]) == (
            small["model"]["target"],
            small["strategy"],
        )
