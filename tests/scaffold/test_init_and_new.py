"""Law: ``init`` and ``new`` write what they say, and never over anything."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lstmtrader.config.building import build
from lstmtrader.config.reading import parse_yaml
from lstmtrader.errors import ConfigError
from lstmtrader.scaffold.names import Names, package_name
from lstmtrader.strategy import Strategy

if TYPE_CHECKING:
    from tests.conftest import Program


def _settings(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder that is a project, with nothing in it."""
    return _settings(tmp_path, '[tool.lstmtrader]\npackage = "desk_of_one"\n')


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_init_writes_a_project_and_says_how_to_run_it(tmp_path: Path, program: Program) -> None:
    finished = program("init", "trend-following", cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    *written, blank, then = finished.stdout.splitlines()
    assert {Path(line).relative_to("trend-following").as_posix() for line in written} == _files(
        tmp_path / "trend-following"
    ) == {
        ".gitignore", "README.md", "pyproject.toml", "research.ipynb",
        "configs/trend-following.yaml", "configs/schema.json",
        "trend_following/__init__.py",
        "trend_following/strategies/__init__.py", "trend_following/strategies/first_strategy.py",
        "trend_following/features/__init__.py", "trend_following/features/first_feature.py",
        "tests/test_first_strategy.py", "tests/test_first_feature.py",
    }  # fmt: skip
    assert (blank, then) == (
        "",
        "cd trend-following && lstmtrader run configs/trend-following.yaml",
    )


def test_nothing_of_the_template_is_left_in_what_is_written(
    tmp_path: Path, program: Program
) -> None:
    program("init", "trend-following", cwd=tmp_path)
    for path in _files(tmp_path):
        text = (tmp_path / path).read_text(encoding="utf-8")
        # A schema has $ref, $defs and the like; a config names its $schema.
        assert "$" not in text.replace("$schema=", "") or path.endswith("schema.json"), path


def test_init_fills_an_empty_folder_and_no_other(tmp_path: Path, program: Program) -> None:
    (tmp_path / "mine").mkdir()
    assert program("init", "mine", cwd=tmp_path).returncode == 0
    before = _files(tmp_path)
    again = program("init", "mine", cwd=tmp_path)
    assert again.returncode == 2
    assert "mine is there already and not empty; nothing was written" in again.stderr
    assert _files(tmp_path) == before


@pytest.mark.parametrize("name", ["numpy", "lstmtrader", "strategies", "json", "tests", "pytest"])
def test_a_project_hides_no_other_package(name: str, tmp_path: Path, program: Program) -> None:
    refused = program("init", name, cwd=tmp_path)
    assert refused.returncode == 2
    assert f"{name} would hide a package or folder of that name" in refused.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["strategy", "feature", "model"])
def test_new_writes_a_class_and_its_test_and_prints_the_line(
    kind: str, desk: Path, program: Program
) -> None:
    finished = program("new", kind, "mean-reversion", cwd=desk)
    assert finished.returncode == 0, finished.stderr
    home = f"desk_of_one/{'strategies' if kind == 'strategy' else kind + 's'}"
    target = f"{home.replace('/', '.')}.mean_reversion:MeanReversion"
    assert target in finished.stdout.splitlines()[-1]
    assert _files(desk) == {
        "pyproject.toml", f"{home}/mean_reversion.py", f"{home}/__init__.py",
        "tests/test_mean_reversion.py",
    }  # fmt: skip
    tree = ast.parse((desk / home / "mean_reversion.py").read_text(encoding="utf-8"))
    assert "MeanReversion" in {node.name for node in tree.body if isinstance(node, ast.ClassDef)}


def test_the_printed_line_names_the_class_in_a_config(desk: Path, program: Program) -> None:
    line = program("new", "strategy", "quiet-days", cwd=desk).stdout.splitlines()[-1]
    spec = parse_yaml(line)["strategy"]

    class Holder:
        def __init__(self, strategy: Strategy) -> None:
            self.strategy = strategy

    made = build(Holder, {"strategy": spec}).strategy
    assert type(made).__name__ == "QuietDays"


def test_json_names_the_files_and_the_line(desk: Path, program: Program) -> None:
    told = json.loads(program("new", "feature", "gap", "--json", cwd=desk).stdout)
    assert {*told["files"], "pyproject.toml"} == _files(desk)
    assert "desk_of_one.features.gap:Gap" in told["then"]


def test_new_never_writes_over_anything(desk: Path, program: Program) -> None:
    program("new", "strategy", "mine", cwd=desk)
    own = desk / "desk_of_one/strategies/mine.py"
    own.write_text("# my work\n", encoding="utf-8")
    before = _files(desk)
    refused = program("new", "strategy", "mine", cwd=desk)
    assert refused.returncode == 2
    assert "mine.py is there already; nothing was written" in refused.stderr
    assert own.read_text(encoding="utf-8") == "# my work\n"
    # Another kind of the same name would share its test.
    assert program("new", "feature", "mine", cwd=desk).returncode == 2
    assert _files(desk) == before


def test_a_file_in_the_way_of_a_folder_leaves_nothing_half_written(
    desk: Path, program: Program
) -> None:
    (desk / "tests").write_text("a file where the folder should be\n", encoding="utf-8")
    before = _files(desk)
    refused = program("new", "model", "mine", cwd=desk)
    assert refused.returncode == 2
    assert "cannot be written" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert _files(desk) == before


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "[tool]\nlstmtrader = 3\n",
        "[tool.lstmtrader]\npackage = 7\n",
        "[tool.lstmtrader]\npackage = '../elsewhere'\n",
        "[tool.lstmtrader",
    ],
)
def test_new_wants_to_be_in_a_project(text: str | None, tmp_path: Path, program: Program) -> None:
    if text is not None:
        _settings(tmp_path, text)
    refused = program("new", "strategy", "mine", cwd=tmp_path)
    assert refused.returncode == 2
    assert "pyproject.toml" in refused.stderr
    assert _files(tmp_path) <= {"pyproject.toml"}


@pytest.mark.parametrize(
    ("written", "module", "cls"),
    [
        ("mean-reversion", "mean_reversion", "MeanReversion"),
        ("mean_reversion", "mean_reversion", "MeanReversion"),
        ("MeanReversion", "mean_reversion", "MeanReversion"),
        ("trend", "trend", "Trend"),
        ("top-10-names", "top_10_names", "Top10Names"),
        ("RSI", "rsi", "RSI"),
        ("RSIDivergence", "rsi_divergence", "RSIDivergence"),
        ("HAR-rv", "har_rv", "HARRv"),
    ],
)
def test_a_name_becomes_a_module_and_a_class(written: str, module: str, cls: str) -> None:
    assert Names.of(written) == Names(module, cls)
    assert module.isidentifier()
    assert cls.isidentifier()


@pytest.mark.parametrize(
    "written",
    ["", "10-names", "-x", "x-", "a--b", "_private", "../x", "a/b", "a.b", "class", "None", "match",
     "true", "naïve", "a b", "x" * 51],
)  # fmt: skip
def test_a_name_that_is_none_is_refused(written: str, desk: Path) -> None:
    with pytest.raises(ConfigError, match="name: "):
        Names.of(written)
    with pytest.raises(ConfigError, match="name: "):
        package_name(written)
