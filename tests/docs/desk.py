"""A reader's desk: a folder in which the blocks of one page are done in order, as printed.

==========  =====================================================================================
python      is executed; all blocks of a page share their names
sh          ``lstmtrader …`` and ``lstmtrader … || …`` are called in this process, everything else
            by a shell
yaml        must build an experiment, on top of the quickstart where it is a part only; prices that
            it names are fetched
csv         is a file, or a sample of one
text        nothing, or what the block before it prints (``title="output"``)
==========  =====================================================================================

Any block below «Save this as `name`» is written to that file; Python modules are imported.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.docs.blocks import LANGUAGES, ROOT, Block
from tests.docs.small import FEW_SYMBOLS, make_smaller

if TYPE_CHECKING:
    from tests.conftest import Program

_SAME = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_BASE = "configs/quickstart.yaml"


class BlockError(AssertionError):
    """A block does not do what its page says."""


@dataclass
class Desk:
    """Where the blocks of one page are done.

    Parameters
    ----------
    folder : Path
        Starts with the shipped ``configs/`` (smaller), notebooks and a file of closes.
    program : callable
        Calls the command line in this process.
    place : Path
        The folder inside that `cd` has led to.
    """

    folder: Path
    program: Program
    place: Path = Path()
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    printed: str = ""

    def do(self, block: Block) -> None:
        """Do one block.

        Raises
        ------
        BlockError
            With page and line.
        """
        try:
            if block.language not in LANGUAGES:
                raise BlockError(
                    f"expected a block of {', '.join(LANGUAGES)}; got {block.language!r}"
                )
            if block.is_output:
                self._compare(block.text)
            elif block.saved_as:
                self._save(block)
            elif block.language in ("python", "sh", "yaml"):
                make_smaller(self.folder)  # what a block before has written
                {"python": self._python, "sh": self._sh, "yaml": self._yaml}[block.language](block)
        except Exception as error:
            what = "" if isinstance(error, BlockError) else f"{type(error).__name__}: "
            raise BlockError(f"{block.place}: {what}{error}") from error

    @property
    def here(self) -> Path:
        """Where the next block is done."""
        return self.folder / self.place

    def forget(self) -> None:
        """Forget the modules that were imported from the desk."""
        inside = f"{self.folder}{os.sep}"
        for name, module in list(sys.modules.items()):
            origin = getattr(module, "__file__", None) or ""
            if origin.startswith(inside):
                del sys.modules[name]

    def _save(self, block: Block) -> None:
        path = self.here / block.saved_as
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        self.forget()
        if block.language == "python":
            compile(block.text, str(path), "exec")
        elif block.language == "yaml":
            self._yaml(block)

    def _python(self, block: Block) -> None:
        out = io.StringIO()
        # Errors show the line of the page.
        code = compile("\n" * block.line + block.text, str(block.page), "exec")
        with contextlib.chdir(self.here), contextlib.redirect_stdout(out):
            exec(code, self.names)
        self.printed = out.getvalue()

    def _yaml(self, block: Block) -> None:
        from lstmtrader import Experiment

        part = yaml.safe_load(block.text)
        if not isinstance(part, dict):
            raise BlockError("expected settings as «key: value»")
        with contextlib.chdir(self.folder):
            settings = yaml.safe_load(Path(_BASE).read_text(encoding="utf-8"))
            if {"prices", "model", "strategy"} <= part.keys():
                settings = part
            else:
                prices = {**settings["prices"], **part.get("prices", {})}
                if "provider" in part.get("prices", {}):
                    prices = part["prices"]
                settings = {**settings, **part, "prices": prices}
            trial = Path("as_printed.yaml")
            trial.write_text(yaml.safe_dump(settings), encoding="utf-8")
            try:
                experiment = Experiment.from_yaml(trial)
                if "prices" in part:
                    experiment.prices.fetch()
            finally:
                trial.unlink()

    def _sh(self, block: Block) -> None:
        self.printed = ""
        if "<<" in block.text:  # a document inside the commands: all of it is the shell's
            self._shell(block.text)
            return
        for line in block.text.replace("\\\n", " ").splitlines():
            self._command(line)

    def _command(self, line: str) -> None:
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words = list(lexer)
        if not words:
            return
        make_smaller(self.folder)  # what the line before has written
        if words[0] in LOOKED_AT:
            LOOKED_AT[words[0]](words)
        elif words[0] == "cd" and len(words) == 2:
            self.place /= words[1]
            if not self.here.is_dir():
                raise BlockError(f"{line}: there is no such folder")
        elif words[0] == "lstmtrader" and (signs := [word for word in words if _is_sign(word)]):
            if signs == ["||"] and line.count("||") == 1:
                self._or_else(words[1 : words.index("||")], line.partition("||")[2])
            else:
                self._shell(line)
        elif words[0] == "lstmtrader":
            done = self.program(*words[1:], cwd=self.here)
            if done.returncode:
                raise BlockError(f"{line}: exit code {done.returncode}: {done.stderr}")
            self.printed += done.stdout
        else:
            self._shell(line)

    def _or_else(self, words: list[str], otherwise: str) -> None:
        """``lstmtrader … || …``: what comes after is the shell's, with the exit code in ``$?``."""
        done = self.program(*words, cwd=self.here)
        self.printed += done.stdout
        self._shell(f"(exit {done.returncode}) || {otherwise}")

    def _shell(self, script: str) -> None:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        done = subprocess.run(
            ["sh", "-ec", script],
            cwd=self.here,
            env={**os.environ, "PATH": path, "COLUMNS": "100"},
            capture_output=True,
            text=True,
            timeout=240,
        )
        if done.returncode:
            raise BlockError(f"{script}: exit code {done.returncode}: {done.stderr}{done.stdout}")
        self.printed += done.stdout

    def _compare(self, wanted: str) -> None:
        checker = doctest.OutputChecker()
        if not checker.check_output(wanted, self.printed, _SAME):
            raise BlockError(f"expected\n{wanted}\ngot\n{self.printed}")


def _is_sign(word: str) -> bool:
    """Whether a word is the shell's: a pipe, a redirection, «or else»."""
    return set(word) <= set("();<>|&")


def _is_target(words: list[str]) -> None:
    """``make``: it would make an environment of its own, and run these tests inside themselves."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for word in words[1:]:
        if not re.search(rf"^{re.escape(word)}:", makefile, flags=re.MULTILINE):
            raise BlockError(f"{' '.join(words)}: the Makefile has no {word}")


def _is_extra(words: list[str]) -> None:
    """``pip install``: it would ask the package index, and change the environment of the tests."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extra in re.findall(r"\[([^\]]+)\]", " ".join(words)):
        if extra not in project["optional-dependencies"]:
            raise BlockError(f"{' '.join(words)}: there is no extra {extra}")


def _is_environment(words: list[str]) -> None:
    """``. .venv/bin/activate``: only a clone in which ``make`` was called has it."""
    if words != [".", ".venv/bin/activate"]:
        raise BlockError(f"{' '.join(words)}: expected the environment that the Makefile makes")


def _is_notebook(words: list[str]) -> None:
    """``jupyter lab``: it would wait for a browser."""
    for word in words[2:]:
        if not (ROOT / word).exists():
            raise BlockError(f"{' '.join(words)}: there is no {word}")


def _is_benchmark(words: list[str]) -> None:
    """``python benchmarks/…``: it needs the packages that it compares ours with."""
    if len(words) < 2 or not words[1].startswith("benchmarks/") or not (ROOT / words[1]).exists():
        raise BlockError(f"{' '.join(words)}: expected a file of benchmarks/")


# The only commands that are looked at and not run; each says why.
LOOKED_AT: Mapping[str, Callable[[list[str]], None]] = {
    "make": _is_target,
    "pip": _is_extra,
    ".": _is_environment,
    "jupyter": _is_notebook,
    "python": _is_benchmark,
}


def furnish(folder: Path) -> None:
    """Put on the desk what a reader of any page has."""
    shutil.copytree(ROOT / "configs", folder / "configs")
    make_smaller(folder)
    (folder / "notebooks").symlink_to(ROOT / "notebooks")
    (folder / "closes.csv").write_text(_closes(), encoding="utf-8")


@cache
def _closes() -> str:
    """A file of closes, as a reader has one."""
    from lstmtrader.data.provider import PriceRequest
    from lstmtrader.data.sample import SampleProvider

    closes = SampleProvider().fetch(PriceRequest(symbols=FEW_SYMBOLS)).close
    return str(closes.loc["2010":"2014"].to_csv())
