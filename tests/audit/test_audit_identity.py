"""Law: a verdict holds for settings, code and prices as they were, and for nothing else."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lstmtrader import Experiment
from lstmtrader.audit.identity import audit_identity
from lstmtrader.audit.sources import source_digest

if TYPE_CHECKING:
    from tests.conftest import Console, ConsoleRun

Settings = dict[str, Any]
PRICES = "0" * 64

STRATEGY = """
from __future__ import annotations

import pandas as pd

import their_helpers.constants as constants
from their_helpers import sizing
from lstmtrader.weights import TargetWeights


class Theirs:
    trades = None

    def target_weights(self, forecast, prices):
        import their_late

        size = sizing.of(forecast.mean) * constants.SCALE * their_late.FACTOR
        return TargetWeights(size.fillna(0.0))
"""
FILES = {
    "their_strategy.py": STRATEGY,
    "their_helpers/__init__.py": "",
    "their_helpers/constants.py": "SCALE = 2.0\nNAMES = ('a', 'b')\n",
    "their_helpers/sizing.py": "from . import deep\n\n\ndef of(x):\n    return x * deep.HALF\n",
    "their_helpers/deep.py": "HALF = 0.5\n",
    "their_late.py": "FACTOR = 1.0\n",
    "unrelated.py": "X = 1\n",
}


def forget_theirs() -> None:
    for name in [one for one in sys.modules if one.partition(".")[0].startswith("their_")]:
        del sys.modules[name]
    importlib.invalidate_caches()


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of a user with a strategy, and modules that it imports in every way."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    forget_theirs()
    yield tmp_path
    forget_theirs()


def theirs_anew() -> str:
    """The identity in what is as good as a fresh process: nothing of theirs is loaded."""
    forget_theirs()
    importlib.import_module("their_strategy")
    return identity_of({"strategy": "their_strategy:Theirs"})


def identity_of(config: Settings, prices: str = PRICES) -> str:
    return audit_identity({"name": "x", **config}, prices)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("seed", 2),
        ("members", 2),
        ("refit", "none"),
        ("execution", "next_close"),
        ("capital", 5000.0),
        ("costs.fees", 0.01),
        ("limits.gross", 0.5),
        ("walk_forward.purge", 9),
        ("model.params.lookback", 11),
        ("strategy.params.window", 21),
        ("target.params.horizon", 2),
        ("prices.provider.params.seed", 4),
    ],
)
def test_every_setting_that_an_order_depends_on_counts(
    key: str, value: object, tiny_yaml: Path
) -> None:
    before = Experiment.from_yaml(tiny_yaml).config
    after = Experiment.from_yaml(tiny_yaml, [f"{key}={value}"]).config
    assert after != before
    assert identity_of(after) != identity_of(before)


@pytest.mark.parametrize("override", ["name=other", "benchmark=S00"])
def test_what_no_order_depends_on_does_not(override: str, tiny_yaml: Path) -> None:
    before = Experiment.from_yaml(tiny_yaml).config
    after = Experiment.from_yaml(tiny_yaml, [override]).config
    assert after != before
    assert audit_identity(after, PRICES) == audit_identity(before, PRICES)


def test_other_prices_are_another_matter(tiny_experiment: Experiment) -> None:
    config, prices = tiny_experiment.config, tiny_experiment.prices.fetch()
    raised = prices.bars(0, prices.n_bars - 1)
    assert audit_identity(config, prices.sha256()) == audit_identity(config, prices.sha256())
    assert audit_identity(config, raised.sha256()) != audit_identity(config, prices.sha256())


@pytest.mark.parametrize("file", [name for name in FILES if name != "unrelated.py"])
def test_an_edit_of_any_file_of_theirs_makes_the_verdict_void(file: str, theirs: Path) -> None:
    before = theirs_anew()
    assert theirs_anew() == before
    (theirs / file).write_text(FILES[file] + "# even a comment\n")
    assert theirs_anew() != before
    (theirs / file).write_text(FILES[file])
    assert theirs_anew() == before


def test_a_constant_read_through_a_module_counts(theirs: Path) -> None:
    """Compiled code does not show it: a digest of that alone would be the same."""
    before = theirs_anew()
    (theirs / "their_helpers/constants.py").write_text("SCALE = 3.0\nNAMES = ('a', 'b')\n")
    assert theirs_anew() != before


def test_a_file_that_was_edited_and_not_loaded_again_is_neither_the_old_nor_the_new(
    theirs: Path,
) -> None:
    old = theirs_anew()
    (theirs / "their_helpers/constants.py").write_text("SCALE = 3.0\nNAMES = ('a', 'b')\n")
    stale = identity_of({"strategy": "their_strategy:Theirs"})
    assert len({old, stale, theirs_anew()}) == 3


def test_it_is_the_same_whether_a_late_import_has_happened_or_not(theirs: Path) -> None:
    before = theirs_anew()
    importlib.import_module("their_late")
    assert identity_of({"strategy": "their_strategy:Theirs"}) == before


def test_it_is_the_same_in_another_folder(
    theirs: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = theirs_anew()
    other = tmp_path_factory.mktemp("elsewhere")
    for name, text in FILES.items():
        path = other / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(other)
    assert theirs_anew() == before
    assert str(other) in str(sys.modules["their_strategy"].__file__)


def test_files_that_it_does_not_import_do_not_count(theirs: Path) -> None:
    before = theirs_anew()
    (theirs / "unrelated.py").write_text("X = 2\n")
    assert theirs_anew() == before


@pytest.mark.parametrize(
    "text",
    [
        "import their_late",
        "from their_late import FACTOR",
        "def f():\n    from their_late import FACTOR\n    return FACTOR",
        "if True:\n    import their_late as other",
        "import importlib\nimportlib.import_module('their_late')",
        "class C:\n    import their_late",
    ],
)
def test_every_way_of_importing_is_seen(text: str, theirs: Path) -> None:
    (theirs / "their_own.py").write_text(text)
    importlib.invalidate_caches()
    before = source_digest(["their_own"])
    (theirs / "their_late.py").write_text("FACTOR = 2.0\n")
    assert source_digest(["their_own"]) != before


def test_modules_that_are_nobodys_or_come_with_a_version_count_for_nothing() -> None:
    none = source_digest([])
    assert source_digest(["json", "numpy", "lstmtrader.study", "no.such.module", "sys"]) == none
    assert source_digest(["strategies.direct_positions"]) != none


def test_values_that_differ_in_every_process_do_not_count(theirs: Path) -> None:
    """Or no verdict would ever be found again."""
    text = "import time\n\nstarted = time.perf_counter()\ncalls = 0\ncalls += 1\nHERE = __file__\n"
    (theirs / "their_clock.py").write_text(text)
    importlib.invalidate_caches()
    first = importlib.import_module("their_clock")
    before = source_digest(["their_clock"])
    first.__dict__.update(started=1.0, calls=5)
    assert source_digest(["their_clock"]) == before


def test_a_file_that_cannot_be_parsed_still_counts_by_its_bytes(theirs: Path) -> None:
    (theirs / "their_broken.py").write_text("def (")
    importlib.invalidate_caches()
    before = source_digest(["their_broken"])
    (theirs / "their_broken.py").write_text("def ((")
    assert before != source_digest(["their_broken"]) != source_digest([])


@pytest.mark.xdist_group("console run")
def test_a_fresh_process_finds_the_same(
    tiny_experiment: Experiment, console_run: ConsoleRun
) -> None:
    (folder,) = console_run.folders
    environment = json.loads((folder / "environment.json").read_text(encoding="utf-8"))
    prices = tiny_experiment.prices.fetch().sha256()
    assert environment["audit_identity"] == audit_identity(tiny_experiment.config, prices)


def test_of_a_notebook_the_modules_that_it_has_imported_count(
    theirs: Path, console: Console
) -> None:
    """A class of ``__main__`` has no file; what it reads through a module still does."""
    code = (
        "import their_helpers.constants as constants\n"
        "from lstmtrader.audit.identity import audit_identity\n"
        "class Mine:\n"
        "    def target_weights(self, forecast, prices):\n"
        "        return constants.SCALE\n"
        f"print(audit_identity({{'name': 'x', 'strategy': '__main__:Mine'}}, {PRICES!r}))"
    )

    def identity() -> str:
        done = console.python(code, cwd=theirs)
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    before = identity()
    assert identity() == before
    (theirs / "their_helpers/constants.py").write_text("SCALE = 3.0\n")
    assert identity() != before


def test_a_package_without_init_and_what_its_modules_import_from_it_count(theirs: Path) -> None:
    folder = theirs / "their_space" / "inner"
    folder.mkdir(parents=True)
    (folder / "one.py").write_text("from ..other import X\nfrom . import two\n")
    (folder / "two.py").write_text("Y = 1\n")
    (theirs / "their_space" / "other.py").write_text("X = 1\n")
    importlib.invalidate_caches()
    seen = {source_digest(["their_space.inner.one"])}
    (folder / "two.py").write_text("Y = 2\n")
    seen.add(source_digest(["their_space.inner.one"]))
    (theirs / "their_space" / "other.py").write_text("X = 2\n")
    seen.add(source_digest(["their_space.inner.one"]))
    assert len(seen) == 3
    assert "their_space" not in sys.modules


def test_modules_that_import_each_other_are_no_trap(theirs: Path) -> None:
    (theirs / "their_a.py").write_text("import their_b\n")
    (theirs / "their_b.py").write_text("import their_a\n")
    importlib.invalidate_caches()
    assert source_digest(["their_a"]) == source_digest(["their_b"])
