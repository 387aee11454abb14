"""Law: the docs build without a warning, need no network, and say what the code says."""

from __future__ import annotations

import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import lstmtrader
from docs import layers, pictures
from tests.docs.blocks import ROOT, pages
from tests.test_layers import LAYERS

DOCS = ROOT / "docs"
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)[^)]*\)")
_FENCED = re.compile(r"^ *```.*?^ *```", flags=re.DOTALL | re.MULTILINE)

pytestmark = pytest.mark.xdist_group("docs site")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built once, strictly."""
    place = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(place)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return place


class _Fetched(HTMLParser):
    """Collects what a browser fetches to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "img", "iframe", "source"):
            self.addresses.append(given.get("src") or "")
        elif tag == "link" and given.get("rel") not in ("canonical", "prev", "next"):
            self.addresses.append(given.get("href") or "")


def test_the_site_asks_no_other_host(site: Path) -> None:
    built = sorted(site.rglob("*.html"))
    assert len(built) >= 25
    for page in built:
        seen = _Fetched()
        seen.feed(page.read_text(encoding="utf-8"))
        assert seen.addresses
        assert [one for one in seen.addresses if urlsplit(one).netloc] == [], page


def test_every_page_is_in_the_site(site: Path) -> None:
    for page in DOCS.rglob("*.md"):
        assert (site / page.relative_to(DOCS)).with_suffix(".html").is_file(), page


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    body = (site / "objects.inv").read_bytes().split(b"\n", 4)[4]
    told = {line.split(" ")[0] for line in zlib.decompress(body).decode().splitlines()}
    for name in lstmtrader.__all__:
        one = getattr(lstmtrader, name)
        assert f"{one.__module__}.{one.__qualname__}" in told, name


def test_every_strategy_is_in_the_reference() -> None:
    told = (DOCS / "reference" / "strategies.md").read_text(encoding="utf-8")
    for path in (ROOT / "strategies").glob("*.py"):
        if re.search(r"^class [A-Z]\w*:", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            assert f"::: strategies.{path.stem}\n" in told, path.stem


def _commands() -> Iterator[str]:
    from typer.main import get_command

    from lstmtrader.cli.main import app

    for name, command in get_command(app).commands.items():
        inside = getattr(command, "commands", None)
        yield from (f"{name} {one}" for one in inside) if inside else (name,)


def test_every_command_is_in_the_reference() -> None:
    told = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    commands = list(_commands())
    assert len(commands) >= 17
    for command in commands:
        assert f"`lstmtrader {command}" in told, command


def _anchors(path: Path) -> set[str]:
    """Anchors of the headings of a page, as GitHub makes them."""
    text = _FENCED.sub("", path.read_text(encoding="utf-8"))
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    }


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    for address in _LINK.findall(text):
        parts = urlsplit(address)
        if parts.scheme:
            assert parts.scheme == "https", address
            continue
        path = (page.parent / parts.path).resolve() if parts.path else page
        assert path.exists(), f"{page}: {address}"
        if parts.fragment:
            assert parts.fragment in _anchors(path), f"{page}: {address}"


def test_the_architecture_page_has_the_layers_of_the_law() -> None:
    text = layers.PAGE.read_text(encoding="utf-8")
    assert layers.page(text) == text, "python -m docs.layers writes the table"
    told = re.findall(r"^\| \d+ \| `([\w.]+)` \| .", text, flags=re.MULTILINE)
    assert told == [layer for layer in LAYERS if layer]


def test_the_pictures_are_what_the_package_draws() -> None:
    drawn = {path.name for path in pictures.HERE.iterdir()}
    assert drawn == set(pictures.PICTURES)
    for name, draw in pictures.PICTURES.items():
        assert draw() == (pictures.HERE / name).read_text(encoding="utf-8"), name


def test_every_picture_is_shown() -> None:
    shown = "".join(page.read_text(encoding="utf-8") for page in pages())
    for path in pictures.HERE.iterdir():
        assert f"drawn/{path.name})" in shown, path.name


def test_the_docs_are_made_by_make() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "mkdocs build --strict" in makefile
