"""Random weights leave a fingerprint in the equity curve: that of the clock they are filled by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from lstmtrader.audit.finding import Finding, ProbeResult, Stage
from lstmtrader.audit.movement import movement
from lstmtrader.audit.perturbation import How, changed
from lstmtrader.audit.refusals import said
from lstmtrader.audit.subject import Subject
from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import trade
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.rebalancing import Rebalancing
from lstmtrader.backtest.sizing import Sizing
from lstmtrader.errors import DataError, LstmtraderError
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights

_BARS = {"quick": 120, "full": 500}
_CUTS = {"quick": 2, "full": 12}
_KINDS = {"quick": (How.WILD,), "full": (How.WILD, How.CRASH)}
_AGREEMENT = 1e-9
_FEWEST = 12


def probe_fills(subject: Subject) -> ProbeResult:
    """Trade random weights, and compare with an account kept by the declared convention."""
    study = subject.study
    found: list[Finding] = []
    unjudged: list[str] = []
    name = str(study.execution)
    if not (study.execution.is_tradable and study.terms.execution.is_tradable):
        text = "orders are filled at the close they were decided on, which nobody can trade"
        found.append(Finding(Stage.FILL, name, text))
    try:
        found += _fingerprint(subject, name)
        found += _futures(subject, name)
    except LstmtraderError as error:
        unjudged.append(said(error))
    return ProbeResult(
        "timing",
        f"random weights, filled by {name}: equity against a plain ledger, and with other futures",
        tuple({finding.guilty: finding for finding in reversed(found)}.values()),
        unjudged=tuple(unjudged),
    )


def random_weights(prices: PriceFrame, rows: range) -> TargetWeights:
    """Return long weights, drawn anew on each bar, that sum to less than 1."""
    rng = np.random.default_rng(len(rows))
    draws = rng.random((len(rows), len(prices.symbols)))
    index = prices.index[rows.start : rows.stop]
    return TargetWeights(
        pd.DataFrame(0.9 * draws / draws.sum(axis=1, keepdims=True), index, prices.close.columns)
    )


def plain_equity(
    prices: PriceFrame, weights: TargetWeights, price: str, lag: int, capital: float
) -> pd.Series:
    """Return the equity at each close of an account without costs, kept the plain way.

    Parameters
    ----------
    prices : PriceFrame
        Without holes, from the first decision on.
    weights : TargetWeights
        A decision a bar.
    price : {"open", "close"}
        What orders are filled at.
    lag : int
        Bars from a decision to its fill.
    capital : float
    """
    close = prices.close.loc[weights.frame.index[0] :].to_numpy()
    fill = getattr(prices, price).loc[weights.frame.index[0] :].to_numpy()
    wanted = weights.frame.to_numpy()
    cash, shares = capital, np.zeros(close.shape[1])
    equity = np.zeros(len(close))
    for bar in range(len(close)):
        decision = bar - lag
        if 0 <= decision < len(wanted):
            worth = cash + shares @ fill[bar]
            shares = wanted[decision] * worth / fill[bar]
            cash = worth - shares @ fill[bar]
        equity[bar] = cash + shares @ close[bar]
    return pd.Series(equity, prices.index[-len(close) :])


def _fingerprint(subject: Subject, name: str) -> list[Finding]:
    study = subject.study
    prices = _unbroken(subject)
    if prices is None:
        raise DataError("no stretch of bars on which any symbol has all its prices")
    weights = random_weights(prices, range(2, prices.n_bars - 3))
    delay = study.terms.rebalancing.delay
    terms = replace(
        study.terms,
        costs=Costs(fees=0.0),
        limits=Limits(),
        sizing=Sizing(),
        rebalancing=Rebalancing(delay=delay),
    )
    traded = trade(prices, weights, terms).equity
    declared = study.execution
    plain = plain_equity(
        prices, weights, declared.price, declared.lag + study.rebalancing.delay, study.capital
    )
    gap = (traded / plain.loc[traded.index] - 1).abs()
    if not gap.max() > _AGREEMENT:
        return []
    since = gap.index[int(np.argmax(gap.to_numpy() > _AGREEMENT))]
    text = f"equity of random weights is not that of {name} fills"
    if (like := _looks_like(prices, weights, traded, study.capital)) is not None:
        text += f"; it is that of {like}"
    return [Finding(Stage.FILL, name, text, f"{since:%Y-%m-%d}", size=float(gap.max()))]


def _looks_like(
    prices: PriceFrame, weights: TargetWeights, traded: pd.Series, capital: float
) -> str | None:
    """Name the clock the account was really kept by."""
    for lag in range(-1, 4):
        for price in ("open", "close"):
            if getattr(prices, price) is None or lag < 0:
                continue
            plain = plain_equity(prices, weights, price, lag, capital)
            if (traded / plain.loc[traded.index] - 1).abs().max() < _AGREEMENT:
                return f"fills at the {price} {lag} bars after the decision"
    return None


def _unbroken(subject: Subject) -> PriceFrame | None:
    """Return a stretch of bars from the first decision on, of the symbols without a hole in it."""
    prices, bars = subject.prices, _BARS[subject.level]
    there = prices.close.notna()
    if prices.open is not None:
        there &= prices.open.notna()
    for length in (bars, bars // 4, _FEWEST):
        for first in range(subject.folds[0].test.start, prices.n_bars - _FEWEST, length):
            part = there.iloc[first : first + length]
            kept = list(part.columns[part.all().to_numpy()])
            if kept and len(part) >= _FEWEST:
                cut = prices.bars(first, first + len(part)).select(kept, None, None)
                return replace(cut, members=None, dividends=None)
    return None


def _futures(subject: Subject, name: str) -> list[Finding]:
    """By the study's own terms: equity and orders up to a bar, with other prices after it."""
    study, first = subject.study, subject.folds[0].test.start
    prices = subject.prices.bars(0, min(first + _BARS[subject.level], subject.prices.n_bars))
    prices = replace(prices, members=None)
    weights = random_weights(prices, range(first, prices.n_bars))
    before = trade(prices, weights, study.terms).equity.to_frame("")
    for cut in np.linspace(first, prices.n_bars - 2, _CUTS[subject.level]).astype(int).tolist():
        for how in _KINDS[subject.level]:
            after = trade(changed(prices, cut, how), weights, study.terms).equity.to_frame("")
            until = prices.index[cut]
            if (moved := movement(before, after, until)) is not None:
                text = f"prices after {until:%Y-%m-%d}: {how}; equity moved"
                return [moved.finding(Stage.FILL, name, text)]
    return []
