"""Statistics over whole columns, which know all bars."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lstmtrader.audit.probes.calls import argument, called, is_constant, is_negative

_STATISTICS = frozenset({"max", "min", "mean", "std", "var", "median", "quantile", "rank"})
_WINDOWS = frozenset({"rolling", "expanding", "ewm", "groupby"})
_MODULES = frozenset({"np", "numpy", "math", "torch"})
_OF_FORECASTS = frozenset({"members", "details"})  # their first axis is members, not bars


def whole_columns(tree: ast.AST, *, of_feature: bool) -> Iterator[tuple[int, str]]:
    """Yield line and description of statistics without a window and not across symbols.

    Functions of plain arrays are left alone unless they are a feature's: strategies hand them
    cuts of the past.
    """
    told_arrays = set() if of_feature else set(_in_functions_of_arrays(tree))
    of_members = set(_names_of_members(tree))
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        name, receiver = called(node), node.func.value
        if name not in _STATISTICS or id(node) in told_arrays:
            continue
        if _across(node) or _in_windows(receiver) or _is_of_a_forecast(receiver, of_members):
            continue
        if isinstance(receiver, ast.Name) and receiver.id in _MODULES:
            if not node.args or isinstance(node.args[0], ast.Constant):
                continue
        elif isinstance(receiver, ast.Name) and receiver.id in ("self", "cls"):
            continue
        yield node.end_lineno or node.lineno, f"{name} over whole columns knows all bars"


def _across(node: ast.Call) -> bool:
    """Whether it goes across the symbols of a bar."""
    axis = argument(node, "axis")
    if axis is not None:
        return is_constant(axis, 1, "columns") or is_negative(axis)
    func = node.func
    owner = func.value if isinstance(func, ast.Attribute) else None
    position = 1 if isinstance(owner, ast.Name) and owner.id in _MODULES else 0
    given = node.args[position] if len(node.args) > position else None
    return isinstance(given, ast.Constant) and type(given.value) is int and given.value == 1


def _in_windows(value: ast.AST) -> bool:
    """Whether a chain of calls has a window before it ends."""
    while True:
        if isinstance(value, ast.Call):
            if called(value) in _WINDOWS:
                return True
            value = value.func
        elif isinstance(value, ast.Attribute | ast.Subscript):
            value = value.value
        else:
            return False


def _is_of_a_forecast(receiver: ast.AST, of_members: set[str]) -> bool:
    """Whether a statistic is one over members, or a quantile that was forecast."""
    if isinstance(receiver, ast.Name):
        return receiver.id == "forecast" or receiver.id in of_members
    return _has_members(receiver)


def _has_members(value: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr in _OF_FORECASTS for node in ast.walk(value)
    )


def _names_of_members(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _has_members(node.value):
            for target in node.targets:
                yield from (one.id for one in ast.walk(target) if isinstance(one, ast.Name))


def _in_functions_of_arrays(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            hints = [ast.unparse(one.annotation) for one in node.args.args if one.annotation]
            if any("ndarray" in hint.lower() for hint in hints):
                yield from (id(inner) for inner in ast.walk(node))
