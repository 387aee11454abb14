"""Names of columns, in words."""

from __future__ import annotations

_SKILL = {
    "n": "Pairs",
    "ic": "IC",
    "rank_ic": "Rank IC",
    "ic_t": "t of the IC",
    "rank_ic_t": "t of the rank IC",
    "hit_rate": "Hit rate",
    "mse": "MSE",
    "r2_zero": "R² against zero",
    "model_r2": "R² of the model against it",
    "pinball": "Pinball loss",
}
_ROWS = {"model": "Model", "strategy": "Strategy", "buy_and_hold": "Buy & hold"}


def skill_label(column: str) -> str:
    """Return the name of a figure of forecast skill."""
    if column in _SKILL:
        return _SKILL[column]
    if column.startswith("r2_vs_"):
        return column.replace("r2_vs_", "R² against ").replace("_", " ")
    return column.replace("_", " ").capitalize()


def row_name(name: object) -> str:
    """Return the name of an account or of a forecast."""
    text = str(name)
    return _ROWS.get(text, text.replace("_", " "))
