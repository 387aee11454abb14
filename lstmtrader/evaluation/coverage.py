"""What was left out of an evaluation, counted and named."""

from __future__ import annotations

from lstmtrader.backtest.result import BacktestResult
from lstmtrader.forecast import Forecast

_MOST_NAMES = 10


def coverage(forecast: Forecast, benchmark: BacktestResult) -> dict[str, str]:
    """Say which symbols and bars have no forecast, and which symbols buy & hold never held.

    Returns
    -------
    dict
        Facts for the report; empty parts say so in words.
    """
    there = forecast.mean.notna()
    silent = [str(name) for name in there.columns[~there.any().to_numpy()]]
    dead = int((~there.any(axis=1)).sum())
    held = benchmark.positions.ne(0).any()
    return {
        "Forecasts": f"{len(there.columns) - len(silent)} of {len(there.columns)} symbols"
        + (f", none for {_named(silent)}" if silent else "")
        + f"; {dead} of {len(there)} test bars without any",
        "Buy & hold": "equal weights in the symbols that traded on the first decision bar; "
        f"{int(held.sum())} of {len(held)} were held; later listings are not bought",
    }


def _named(symbols: list[str]) -> str:
    rest = len(symbols) - _MOST_NAMES
    return ", ".join(symbols[:_MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")
