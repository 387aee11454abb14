"""Prices and universe: what was handed out about a bar must not depend on later bars."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from lstmtrader.audit.cuts import telling_bars
from lstmtrader.audit.filled import looks_filled, still_starts
from lstmtrader.audit.finding import Finding, ProbeResult, Stage
from lstmtrader.audit.movement import CHANGED_SHAPE, compare, movement
from lstmtrader.audit.outside import Outside
from lstmtrader.audit.perturbation import How, changed
from lstmtrader.audit.refusals import said
from lstmtrader.audit.subject import Subject
from lstmtrader.data.source import PriceSource
from lstmtrader.data.universe import Universe
from lstmtrader.errors import LstmtraderError
from lstmtrader.prices import PriceFrame

_FIELDS = ("close", "open", "high", "low", "volume", "dividends")
_ASKED = {"quick": 5, "full": 16}
_SUSPECTS = 6
_SAME = 1e-9


def probe_data(source: PriceSource, subject: Subject) -> ProbeResult:
    """Ask the provider again for histories that end earlier, and the universe about other futures.

    Parameters
    ----------
    source : PriceSource
        Of the study, before its prices were frozen.
    subject : Subject
    """
    prices, name = subject.prices, type(source.provider).__name__
    found: list[Finding] = []
    notes: list[str] = []
    for still in still_starts(prices):
        if still.dead:
            found.append(Finding(Stage.DATA, name, still.words, still.since, still.symbol))
        else:
            notes.append(f"{still.symbol}: {still.words}?")
    unjudged: list[str] = []
    asked = 0
    cuts = _some(telling_bars(prices, subject.folds, subject.level), _ASKED[subject.level])
    if getattr(source.provider, "downloads", False):
        notes.append(f"{name} was not asked again: it would download")
    else:
        found += _again(source, prices, name)
        for cut in sorted({*cuts, *_before_listings(prices), *looks_filled(prices, _SUSPECTS)}):
            asked += 1
            found += _shorter(source, subject, cut, name)
    if source.universe is not None:
        try:
            found += _universe(source.universe, prices, cuts)
        except LstmtraderError as error:
            unjudged.append(f"universe: {said(error)}")
    first = {finding.guilty: finding for finding in reversed(found)}
    return ProbeResult(
        "future: prices and universe",
        f"{name} asked {asked} times for a history that ends earlier; universe on other futures",
        tuple(reversed(first.values())),
        notes=tuple(notes),
        unjudged=tuple(unjudged),
    )


def _some(bars: list[int], most: int) -> list[int]:
    picked = np.linspace(0, len(bars) - 1, min(most, len(bars))).astype(int)
    return [bars[at] for at in sorted(set(picked.tolist()))]


def _before_listings(prices: PriceFrame) -> list[int]:
    """The bar before the first price of the symbols that are listed last."""
    there = prices.close.notna().to_numpy()
    firsts = np.unique(there.argmax(axis=0))
    return [int(first) - 1 for first in firsts[-3:] if first > 1]


def _again(source: PriceSource, prices: PriceFrame, name: str) -> list[Finding]:
    """Two fetches of the same history are the same."""
    again = source.fetch()
    if again.sha256() == prices.sha256():
        return []
    moved = None
    if again.close.shape == prices.close.shape:
        moved = movement(prices.close, again.close, prices.index[-1])
    if moved is None:
        return [Finding(Stage.DATA, name, "two fetches of the same history differ")]
    return [moved.finding(Stage.DATA, name, "two fetches differ; a close moved")]


def _shorter(source: PriceSource, subject: Subject, cut: int, name: str) -> list[Finding]:
    """Compare with what the provider says when the history ends at a bar."""
    prices = subject.prices
    until = prices.index[cut]
    ends = pd.Timestamp(until.date(), tz=until.tz) + pd.Timedelta(days=1)
    day = prices.index[prices.index < ends][-1]
    # Later symbols are not there yet; a provider may well refuse to be asked for them.
    known = ~np.isnan(prices.close.to_numpy()[: prices.index.get_loc(day) + 1]).all(axis=0)
    listed = list(prices.close.columns[known])
    asked = PriceSource(source.provider, tuple(listed), source.start, until.date())
    what = f"history asked for up to {until:%Y-%m-%d}"
    try:
        shorter = asked.fetch()
    except LstmtraderError:
        return _unknown_then(source, listed, day, name, what)
    found = []
    now, then = (_up_to(one, day, shorter.close.columns) for one in (prices, shorter))
    constants = _rewritten(now["close"], then["close"])
    rewritten = bool((constants != 1.0).any())
    if rewritten and ((constants - 1).abs() > _SAME).any():
        found += _level_read(subject, constants, day, name, what)
    for field in (one for one in now if one in then):
        before, after = now[field], then[field]
        if field != "volume" and rewritten:
            after = after * constants
        if (moved := movement(before, after, day, CHANGED_SHAPE)) is not None:
            found.append(moved.finding(Stage.DATA, name, f"{what}; {field} moved"))
            break
    return found


def _unknown_then(
    source: PriceSource, listed: list[str], day: pd.Timestamp, name: str, what: str
) -> list[Finding]:
    """Name a symbol that has prices by a day, and had none when the history ended there."""
    known = 0
    without: list[tuple[str, str]] = []
    for symbol in listed:
        try:
            PriceSource(source.provider, (symbol,), source.start, day.date()).fetch()
            known += 1
        except LstmtraderError as error:
            without.append((symbol, said(error)))
    if not known or not without:
        return []  # it refuses such questions altogether
    symbol, why = without[0]
    text = f"{what}: {symbol} has no price by then ({why}), and has one in the whole history"
    return [Finding(Stage.DATA, name, text, f"{day:%Y-%m-%d}", symbol)]


def _up_to(prices: PriceFrame, day: pd.Timestamp, symbols: pd.Index) -> dict[str, pd.DataFrame]:
    """The fields up to a bar, of some symbols."""
    stop = int(prices.index.searchsorted(day, side="right"))
    tables = {name: getattr(prices, name) for name in _FIELDS}
    there = {name: table.iloc[:stop] for name, table in tables.items() if table is not None}
    if prices.close.columns.equals(symbols):
        return there
    return {name: table[list(symbols)] for name, table in there.items()}


def _rewritten(close: pd.DataFrame, shorter: pd.DataFrame) -> pd.Series:
    """The constant by which a later adjustment rewrote each symbol; 1 where there is none."""
    if compare(close, shorter) is None:
        return pd.Series(1.0, index=close.columns)
    ratio = (close / shorter).median()
    return ratio.where(ratio.notna(), 1.0)


def _level_read(
    subject: Subject, constants: pd.Series, day: pd.Timestamp, name: str, what: str
) -> list[Finding]:
    """Constants tell what came later to whoever reads the level of prices."""
    prices = subject.prices
    by = 1 / constants.reindex(list(prices.symbols)).fillna(1.0)
    money = ("close", "open", "high", "low", "dividends")
    tables = {field: table * by for field in money if (table := getattr(prices, field)) is not None}
    then = replace(prices, **tables)
    for feature in subject.study.features:
        moved = movement(feature(prices), feature(then), day, CHANGED_SHAPE)
        if moved is not None:
            text = f"{what}: prices were rewritten, and feature {feature.name} reads their level"
            return [moved.finding(Stage.DATA, name, text)]
    return []


def _universe(universe: Universe, prices: PriceFrame, cuts: list[int]) -> list[Finding]:
    name = type(universe).__name__
    raw = replace(prices, members=None)  # as they were before anybody said who belongs
    before = universe.restrict(raw).member.astype(float)
    for cut in cuts:
        until = prices.index[cut]
        for how in (How.WILD, How.CRASH, How.TRUNCATE):
            with Outside() as outside, outside.reading(until):
                other = outside.after(universe, until)
                after = other.restrict(changed(raw, cut, how)).member.astype(float)
            if (moved := movement(before, after, until)) is not None:
                what = f"prices after {until:%Y-%m-%d}: {how}; its members moved"
                return [moved.finding(Stage.UNIVERSE, name, what)]
    return []
