"""Names of columns, in words."""

from __future__ import annotations

_SKILL = {
    "n": "Pairs",
    "n_bars": "Bars with a pair",
    "ic": "IC",
    "ic_mean": "IC, mean over bars",
    "ic_t": "t of that",
    "icir": "IC, mean over deviation",
    "rank_ic": "Rank IC",
    "rank_ic_t": "t of the rank IC",
    "rank_icir": "Rank IC, mean over deviation",
    "hit_rate": "Hit rate",
    "pt": "Pesaran-Timmermann",
    "pt_p": "p of that",
    "mse": "MSE",
    "r2_zero": "R² against zero",
    "r2_mean": "R² against the mean so far",
    "model_r2": "R² of the model against it",
    "mz_slope": "Mincer-Zarnowitz slope",
    "mz_intercept": "Mincer-Zarnowitz intercept",
    "crps": "CRPS",
    "pinball": "Pinball loss",
}
_ROWS = {
    "model": "Model",
    "strategy": "Strategy",
    "buy_and_hold": "Buy & hold",
    "zero": "zero",
    "expanding_mean": "the mean so far",
}


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
