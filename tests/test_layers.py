"""Law: imports only go down the house, never in a circle, and nobody shifts the clock by hand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "lstmtrader"

# From the bottom up. A module may import from its own layer and from those before it. The
# package itself ("") is near the bottom: it imports no more until a name of it is asked for.
LAYERS = (
    "isolation", "", "errors", "bounds", "axes", "display", "nursery", "versions",
    "clock", "progress", "price_tables", "prices", "panel", "forecast", "weights", "splits", "vbt",
    "data", "features", "models", "models.training", "walkforward", "strategy", "backtest",
    "evaluation", "config", "study", "explain", "report", "run_files", "run", "run_folder",
    "run_catalogue", "trading", "pipeline", "audit", "contracts", "keeping", "sweep",
    "own_forecasts", "experiment", "scaffold", "cli", "__main__",
)  # fmt: skip

# Each of these is big, slow to import or likely to change: one file knows it.
HOMES = {
    "vectorbt": "vbt.py",
    "pytorch_lightning": "models/training/module.py",
    "lightning": None,
    "yfinance": "data/yahoo/source.py",
}
REQUIRED = ("vectorbt", "pytorch_lightning")

# Only labels look ahead, and only the account moves weights to the bar of their fill.
MAY_LOOK_AHEAD = {
    "lstmtrader/features/target.py",
    "lstmtrader/features/assemble.py",
    "lstmtrader/backtest/engine.py",
}
LOOKS_AHEAD = re.compile(r"\.shift\(\s*(periods\s*=\s*)?-")


def module_files(package: Path) -> dict[str, Path]:
    """Map the name of every module, relative to the package, to its file."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def is_type_checking(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def import_nodes(path: Path, text: str) -> Iterator[ast.AST]:
    """Every node of a file, function bodies and TYPE_CHECKING blocks included.

    Except for TYPE_CHECKING blocks of an ``__init__``: those tell type checkers the names that a
    package hands out lazily; they never run, and a package hands out what lies above it.
    """
    tree = ast.parse(text)
    if path.name == "__init__.py":
        tree.body = [node for node in tree.body if not is_type_checking(node)]
    return ast.walk(tree)


def imported_names(path: Path) -> set[str]:
    """Absolute dotted names a file imports; ``from a import b`` gives ``a.b``."""
    return set(names_in(path, path.read_text(encoding="utf-8")))


@cache  # each law asks for them
def names_in(path: Path, text: str) -> frozenset[str]:
    names: set[str] = set()
    for node in import_nodes(path, text):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                names.add(first.value)
    return frozenset(names)


def edges(package: Path) -> dict[str, set[str]]:
    """Map each module to the modules of the package that it imports."""
    files = module_files(package)
    graph: dict[str, set[str]] = {}
    for module, path in files.items():
        graph[module] = set()
        for name in imported_names(path):
            if name.split(".")[0] != package.name:
                continue
            inner = name.removeprefix(package.name).lstrip(".")
            while inner not in files:  # a class or function: its module
                inner = inner.rpartition(".")[0]
            graph[module].add(inner)
    return graph


def layer_of(module: str) -> str | None:
    """The longest layer name that a module lies in."""
    parents = [".".join(module.split(".")[:depth]) for depth in range(module.count(".") + 2)]
    homes = [name for name in parents if name in LAYERS and (name or not module)]
    return homes[-1] if homes else None


def upward_imports(package: Path) -> list[str]:
    """Every import that does not go down, in words."""
    wrong = []
    files = module_files(package)
    for module, targets in edges(package).items():
        layer = layer_of(module)
        if layer is None:
            wrong.append(f"{module} is in no layer")
            continue
        own = f"{module}." if files[module].name == "__init__.py" and module else None
        for target in sorted(targets):
            found = layer_of(target)
            if own and target.startswith(own):
                continue  # a package hands out names of its own modules
            if found is None or LAYERS.index(found) > LAYERS.index(layer):
                wrong.append(f"{module} imports {target}")
    return wrong


def cycle(graph: Mapping[str, set[str]]) -> list[str] | None:
    """One circle of imports, if there is any."""
    done: set[str] = set()

    def visit(module: str, path: list[str]) -> list[str] | None:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return None
        for target in sorted(graph.get(module, ())):
            found = visit(target, [*path, module])
            if found:
                return found
        done.add(module)
        return None

    for module in sorted(graph):
        found = visit(module, [])
        if found:
            return found
    return None


def importers(package: Path, name: str) -> list[str]:
    """Files of a package that import a top-level name."""
    return [
        path.relative_to(package).as_posix()
        for path in module_files(package).values()
        if any(imported.split(".")[0] == name for imported in imported_names(path))
    ]


def test_every_import_goes_down() -> None:
    assert upward_imports(ROOT / PACKAGE) == []


def test_every_layer_named_here_is_a_layer_or_yet_to_be_built() -> None:
    """A layer that was renamed must be renamed here too, or it would be checked no more."""
    modules = module_files(ROOT / PACKAGE)
    missing = [layer for layer in LAYERS if layer not in modules]
    assert set(missing) <= {"audit"}


def test_no_circles() -> None:
    assert cycle(edges(ROOT / PACKAGE)) is None


@pytest.mark.parametrize("name", sorted(HOMES))
def test_one_file_knows_each_big_dependency(name: str) -> None:
    home = HOMES[name]
    found = importers(ROOT / PACKAGE, name)
    assert found in ([[home]] if name in REQUIRED else [[], [home]])
    assert importers(ROOT / "strategies", name) == []


def test_the_package_knows_no_strategy() -> None:
    assert importers(ROOT / PACKAGE, "strategies") == []


def test_the_clock_is_shifted_in_one_place() -> None:
    looks_ahead = {
        path.relative_to(ROOT).as_posix()
        for folder in (PACKAGE, "strategies")
        for path in (ROOT / folder).rglob("*.py")
        if LOOKS_AHEAD.search(path.read_text(encoding="utf-8"))
    }
    assert looks_ahead <= MAY_LOOK_AHEAD


class TestTheCheckersCanFail:
    """A checker that finds nothing anywhere would pass every test above."""

    @pytest.fixture
    def house(self, tmp_path: Path) -> Path:
        package = tmp_path / PACKAGE
        for folder in ("", "data", "models", "models/training"):
            (package / folder).mkdir(exist_ok=True)
            (package / folder / "__init__.py").write_text("")
        (package / "errors.py").write_text("")
        (package / "prices.py").write_text("from lstmtrader.errors import DataError\n")
        (package / "data/files.py").write_text("from lstmtrader import prices\n")
        return package

    def test_a_sound_house_passes(self, house: Path) -> None:
        assert upward_imports(house) == []
        assert cycle(edges(house)) is None

    @pytest.mark.parametrize(
        "text",
        [
            "from lstmtrader.data.files import provider",
            "from lstmtrader.data.files.provider import Anything",
            "import lstmtrader.data.files.provider",
            "def late():\n    from lstmtrader.data.files.provider import Anything",
            "if TYPE_CHECKING:\n    from lstmtrader.data.files.provider import Anything",
            "importlib.import_module('lstmtrader.data.files.provider')",
        ],
    )
    def test_an_upward_import_is_caught(self, house: Path, text: str) -> None:
        (house / "prices.py").write_text(text)
        assert upward_imports(house) == ["prices imports data.files"]
        assert cycle(edges(house)) is not None

    def test_an_upward_import_inside_one_folder_is_caught(self, house: Path) -> None:
        (house / "models/training/module.py").write_text("")
        (house / "models/baselines.py").write_text("import lstmtrader.models.training.module")
        assert upward_imports(house) == ["models.baselines imports models.training.module"]

    def test_a_circle_inside_one_layer_is_caught(self, house: Path) -> None:
        (house / "data/files.py").write_text("from lstmtrader.data.store.price_store import Store")
        (house / "data/store.py").write_text("from lstmtrader.data.files.provider import Files")
        assert upward_imports(house) == []
        assert cycle(edges(house)) == ["data.files", "data.store", "data.files"]

    def test_a_module_without_a_layer_is_caught(self, house: Path) -> None:
        (house / "utils.py").write_text("")
        assert upward_imports(house) == ["utils is in no layer"]

    def test_a_stray_dependency_is_caught(self, house: Path) -> None:
        (house / "prices.py").write_text("def late():\n    import vectorbt.portfolio as vbt")
        assert importers(house, "vectorbt") == ["prices.py"]

    @pytest.mark.parametrize("text", ["x.shift(-1)", "x.shift( -h)", "x.shift(periods=-1)"])
    def test_a_look_ahead_is_caught(self, text: str) -> None:
        assert LOOKS_AHEAD.search(text)
        assert not LOOKS_AHEAD.search("x.shift(1)")
