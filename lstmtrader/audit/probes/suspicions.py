"""What in a tree of code often looks ahead, line by line. Nothing here runs anything."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from lstmtrader.audit.probes.calls import argument, called, is_chain, is_constant, is_negative
from lstmtrader.audit.probes.whole_columns import whole_columns

_FITS = frozenset({"fit", "fit_transform", "polyfit"})
_BOTH_WAYS = frozenset({"filtfilt", "sosfiltfilt", "savgol_filter"})
_READS = frozenset(
    {"read_csv", "read_parquet", "read_excel", "read_json", "read_feather", "read_pickle",
     "read_hdf", "read_sql", "loadtxt", "genfromtxt", "read_text", "read_bytes", "urlopen"}
)  # fmt: skip
_SEEDED = frozenset({"default_rng", "Generator", "SeedSequence", "RandomState", "PCG64"})
_CLOCKS = frozenset({"time.time", "time.time_ns", "datetime.now", "datetime.datetime.now",
                     "datetime.utcnow", "datetime.today", "date.today", "datetime.date.today",
                     "pd.Timestamp.now", "Timestamp.now", "pd.Timestamp.today"})  # fmt: skip
_UNSEEDED = frozenset({"random.random", "random.gauss", "random.choice", "random.shuffle",
                       "random.uniform", "random.randint", "random.sample"})  # fmt: skip

Suspicion = tuple[int, str]


def suspicions(
    tree: ast.AST, *, of_feature: bool = False, of_target: bool = False
) -> Iterator[Suspicion]:
    """Yield line and description of everything in a tree that is worth a look.

    Parameters
    ----------
    tree : AST
        Of a class or function.
    of_feature : bool
        Whether it is a feature's, where fitting and reading files is worth a look, too.
    of_target : bool
        Whether it is a target's, which looks ahead on purpose.
    """
    for node in ast.walk(tree):
        for check in _CHECKS:
            if check in _AHEAD and of_target:
                continue
            if check in _OF_FEATURES and not of_feature:
                continue
            what = check(node)
            if what:
                yield getattr(node, "end_lineno" if is_chain(node) else "lineno"), what
    yield from whole_columns(tree, of_feature=of_feature)


def _shift(node: ast.AST) -> str:
    if called(node) == "shift" and is_negative(argument(node, "periods", 0)):
        return "shift by a negative number takes later bars"
    if called(node) in ("diff", "pct_change") and is_negative(argument(node, "periods", 0)):
        return f"{called(node)} by a negative number takes later bars"
    if called(node) == "roll" and is_negative(argument(node, "shift", 1)):
        return "np.roll by a negative number takes later bars"
    return ""


def _backfill(node: ast.AST) -> str:
    if called(node) in ("bfill", "backfill"):
        return "filling backwards takes later bars"
    if called(node) in ("fillna", "reindex") and is_constant(
        argument(node, "method"), "bfill", "backfill"
    ):
        return "filling backwards takes later bars"
    return ""


def _reversed(node: ast.AST) -> str:
    if isinstance(node, ast.Subscript):
        first = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
        if isinstance(first, ast.Slice) and not first.lower and not first.upper:
            step = first.step
            if isinstance(step, ast.UnaryOp) and is_negative(step) and is_constant(step.operand, 1):
                return "[::-1] turns time around"
    return ""


def _centred(node: ast.AST) -> str:
    if is_constant(argument(node, "center"), True):
        return "center=True puts later bars into the window"
    return ""


def _last_row(node: ast.AST) -> str:
    if not (isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute)):
        return ""
    where = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
    if node.value.attr in ("iloc", "iat", "values") and is_negative(where):
        operand = where.operand if isinstance(where, ast.UnaryOp) else None
        if isinstance(operand, ast.Constant):
            return f".{node.value.attr}[-{operand.value!r}] of a whole table is its end"
    return ""


def _both_ways(node: ast.AST) -> str:
    name = called(node)
    if name in _BOTH_WAYS:
        return f"{name} runs over time in both directions"
    if name == "interpolate":
        return "interpolate fills holes from both sides"
    if name in ("qcut", "cut") and isinstance(node, ast.Call):
        return f"{name} takes its bounds from all bars"
    return ""


def _resampled(node: ast.AST) -> str:
    if called(node) != "resample" or argument(node, "axis") is not None:
        return ""
    return "resample without a shift tells the end of a period at its start"


def _fitted(node: ast.AST) -> str:
    if called(node) in _FITS:
        return f"{called(node)} in a feature learns from all bars"
    return ""


def _read(node: ast.AST) -> str:
    name = called(node)
    of_path = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    if name in _READS or (name == "open" and not of_path):
        return f"{name} in a feature: the audit cannot change what it reads there"
    if name == "open" and of_path and isinstance(node, ast.Call):
        return f"{name} in a feature: the audit cannot change what it reads there"
    return ""


def _random(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    text = ast.unparse(node.func)
    if text.startswith(("np.random.", "numpy.random.")) and text.split(".")[2] not in _SEEDED:
        return f"{text} draws from numpy's global state, which nothing seeds"
    seeded = node.args or node.keywords
    if text.rpartition(".")[2] in ("default_rng", "RandomState") and not seeded:
        return f"{text}() without a seed draws other numbers each time"
    if text in _UNSEEDED:
        return f"{text} draws from Python's global state, which nothing seeds"
    return ""


def _clock(node: ast.AST) -> str:
    if isinstance(node, ast.Call) and ast.unparse(node.func) in _CLOCKS:
        return f"{ast.unparse(node.func)} gives another answer each time"
    return ""


_AHEAD: tuple[Callable[[ast.AST], str], ...] = (_shift,)
_OF_FEATURES: tuple[Callable[[ast.AST], str], ...] = (_fitted, _read)
_CHECKS: tuple[Callable[[ast.AST], str], ...] = (
    _shift, _backfill, _reversed, _centred, _last_row, _both_ways, _resampled, _fitted,
    _read, _random, _clock,
)  # fmt: skip
