"""Reading calls in a tree of code."""

from __future__ import annotations

import ast


def is_chain(node: ast.AST) -> bool:
    """Whether a call stands at the end of a chain, which may begin lines above."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)


def called(node: ast.AST) -> str:
    """Return the last name of what a node calls."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def argument(node: ast.AST, name: str, position: int | None = None) -> ast.expr | None:
    """Return an argument by its name, or by its position."""
    if not isinstance(node, ast.Call):
        return None
    for keyword in node.keywords:
        if keyword.arg == name:
            return keyword.value
    if position is not None and len(node.args) > position:
        return node.args[position]
    return None


def is_constant(node: ast.expr | None, *values: object) -> bool:
    """Whether a node is one of some constants."""
    return isinstance(node, ast.Constant) and node.value in values


def is_negative(node: ast.AST | None) -> bool:
    """Whether a node is written with a minus before it."""
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
