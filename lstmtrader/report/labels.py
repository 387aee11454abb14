"""Names of columns and of accounts, in words."""

from __future__ import annotations

from lstmtrader.backtest.track_record import TrackRecord

HOLD = "Buy & hold"

_SKILL = {
    "n": "Pairs",
    "n_bars": "Bars with a pair",
    "ic": "IC",
    "ic_mean": "IC, mean over bars",
    "ic_t": "t of the mean IC",
    "icir": "IC, mean over deviation",
    "rank_ic": "Rank IC",
    "rank_ic_t": "t of the rank IC",
    "rank_icir": "Rank IC, mean over deviation",
    "hit_rate": "Hit rate",
    "pt": "Pesaran-Timmermann",
    "pt_p": "Pesaran-Timmermann, p",
    "mse": "MSE",
    "r2_zero": "R² against zero",
    "r2_mean": "R² against the mean so far",
    "model_r2": "R² against the row",
    "mz_slope": "Mincer-Zarnowitz slope",
    "mz_intercept": "Mincer-Zarnowitz intercept",
    "crps": "CRPS",
    "pinball": "Pinball loss",
}
_ROWS = {
    "model": "Model",
    "strategy": "Strategy",
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


def row_name(name: object, hold: str = HOLD) -> str:
    """Return the name of an account or of a forecast; `hold` is that of the benchmark."""
    text = str(name)
    if text == "buy_and_hold":
        return hold
    return _ROWS.get(text, text.replace("_", " "))


def benchmark_symbol(benchmark: TrackRecord) -> str | None:
    """Return the symbol that buy & hold is of; None where it is of many, in equal weights."""
    symbols = benchmark.weights.columns
    return str(symbols[0]) if len(symbols) == 1 else None


def hold_name(benchmark: TrackRecord) -> str:
    """Return the name of buy & hold where there is little room: with its symbol, if it is one."""
    symbol = benchmark_symbol(benchmark)
    return HOLD if symbol is None else f"{HOLD} {symbol}"


def with_hold(label: str, hold: str) -> str:
    """Return a label that speaks of buy & hold, with the name the benchmark goes by."""
    return label.replace(HOLD, hold).replace(lowered(HOLD), lowered(hold))


def lowered(hold: str) -> str:
    """Return the name of buy & hold as it stands inside a sentence."""
    return hold[:1].lower() + hold[1:]
