"""What was left out of an evaluation, counted and named."""

from __future__ import annotations

from lstmtrader.backtest.result import BacktestResult
from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame

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
        "Buy & hold": f"{held.index[0]} alone, from its first price on"
        if len(held) == 1
        else "equal weights in the symbols that traded on the first decision bar; "
        f"{int(held.sum())} of {len(held)} were held; later listings are not bought",
    }


def survivorship(prices: PriceFrame) -> str:
    """Say whether the universe was chosen with hindsight, as far as the prices can tell."""
    there = prices.close.notna()
    total = len(prices.symbols)
    gone = total - int(there.iloc[-1].sum())
    if prices.members is not None:
        changed = int((prices.members.any() & ~prices.members.all()).sum())
        text = f"{changed} of {total} symbols entered or left the universe on dates of a list."
        return text + _disappeared(gone, total)
    if total == 1:
        return "One symbol, chosen by hand: no universe, and no telling why this one."
    if not gone:
        return (
            f"All {total} symbols trade to the last bar: nobody who held them could know that, and "
            "what disappeared before is not among them (survivorship bias). It lifts the strategy "
            "and buy & hold alike."
        )
    return "The universe is a fixed list, chosen with hindsight." + _disappeared(gone, total)


def _disappeared(gone: int, total: int) -> str:
    return f" {gone} of {total} have no price on the last bar: they stopped trading, or missed it."


def _named(symbols: list[str]) -> str:
    rest = len(symbols) - _MOST_NAMES
    return ", ".join(symbols[:_MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")
