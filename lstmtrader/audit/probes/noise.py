"""Prices without memory that look like some others: the same symbols, bars, fields and holes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from lstmtrader.prices import PriceFrame

_TO_DEVIATION = 1.4826  # of the median absolute deviation of a normal distribution
_LEAST = 1e-4
_NIGHT = 0.25  # share of a bar's variance between a close and the next open
_WICK = 0.3  # highs and lows, in units of the bar's own volatility


def draws_like(prices: PriceFrame, rng: np.random.Generator) -> Iterator[PriceFrame]:
    """Draw prices whose log returns are independent, normal and without drift, without end.

    Each symbol keeps its own volatility, estimated robustly, its price at the start, its
    membership and its holes; a field that is missing stays missing. Symbols are independent of
    each other: what their outcomes share is of the target's making. Dividends become zero.
    """
    shape = (prices.n_bars, len(prices.symbols))
    size = _volatility(prices.close)
    start = np.log(prices.close.bfill().iloc[0].to_numpy())  # the first price of each, ever
    usual = _usual_volume(prices.volume, shape[1])
    while True:
        night = np.sqrt(_NIGHT) * size * rng.standard_normal(shape)
        day = np.sqrt(1 - _NIGHT) * size * rng.standard_normal(shape)
        path = np.cumsum(night + day, axis=0)
        close = start + path - path[0]
        open_ = close - day
        top, bottom = np.maximum(open_, close), np.minimum(open_, close)
        drawn = {
            "close": np.exp(close),
            "open": np.exp(open_),
            "high": np.exp(top + _WICK * size * np.abs(rng.standard_normal(shape))),
            "low": np.exp(bottom - _WICK * size * np.abs(rng.standard_normal(shape))),
            "volume": np.round(usual * np.exp(0.3 * rng.standard_normal(shape))),
            "dividends": np.zeros(shape),
        }
        yield replace(prices, **dict(_on(prices, drawn)), vintage="", notes=())


def _on(prices: PriceFrame, drawn: Mapping[str, np.ndarray]) -> Iterator[tuple[str, pd.DataFrame]]:
    """The fields that the prices have, with their holes."""
    for name, values in drawn.items():
        table = getattr(prices, name)
        if table is not None:
            there = np.where(table.notna(), values, np.nan)
            yield name, pd.DataFrame(there, index=table.index, columns=table.columns)


def redrawn_after(noise: PriceFrame, fresh: PriceFrame, bar: int, n_bars: int) -> PriceFrame:
    """Return prices up to `bar`, and `n_bars` more that move as other prices do.

    Another future of the same past; `fresh` is another draw of prices like these.
    """
    stop = bar + n_bars + 1
    known, other = noise.close.to_numpy()[:stop], fresh.close.to_numpy()
    # A symbol without a price by then is not among them.
    there = ~np.isnan(known).all(axis=0)
    columns = noise.close.columns[there]
    # The redrawn bars go on where the others end, symbol by symbol.
    scale = (_last(known[: bar + 1]) / _last(other[: bar + 1]))[there]
    fields = {}
    for name in ("close", "open", "high", "low", "volume", "dividends"):
        table = getattr(noise, name)
        if table is None:
            continue
        values = table.to_numpy()[:stop, there]
        if name not in ("volume", "dividends"):
            redrawn = getattr(fresh, name).to_numpy()[bar + 1 : stop, there]
            values = np.concatenate([values[: bar + 1], redrawn * scale])
        fields[name] = pd.DataFrame(values, index=table.index[:stop], columns=columns)
    return replace(noise, **fields)  # the members follow the closes


def _last(values: np.ndarray) -> np.ndarray:
    """Last value of each column that is there, 1 where none is."""
    there = ~np.isnan(values)
    rows = len(values) - 1 - there[::-1].argmax(axis=0)
    last: np.ndarray = np.where(there.any(axis=0), values[rows, np.arange(values.shape[1])], 1.0)
    return last


def _volatility(close: pd.DataFrame) -> np.ndarray:
    """Standard deviation of log returns by symbol, shape (n_symbols,), deaf to a few jumps."""
    returns = np.log(close / close.shift(1))
    away = (returns - returns.median()).abs().median() * _TO_DEVIATION
    known = away[away > _LEAST]
    usual = float(known.median()) if len(known) else 0.01
    size: np.ndarray = away.where(away > _LEAST, usual).to_numpy()
    return size


def _usual_volume(volume: pd.DataFrame | None, n_symbols: int) -> np.ndarray:
    usual = np.full(n_symbols, 1e6)
    if volume is not None:
        usual = np.maximum(volume.median().fillna(1e6).to_numpy(), 1.0)
    return usual
