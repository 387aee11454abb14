"""Trade many variants: side by side in chunks that bound memory, the chunks over all cores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import joblib
import pandas as pd

from lstmtrader.backtest.engine import trade_many
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.backtest.terms import Terms
from lstmtrader.bounds import at_least
from lstmtrader.evaluation.performance import performance
from lstmtrader.evaluation.trial_returns import TrialReturns
from lstmtrader.forecast import Forecast
from lstmtrader.prices import PriceFrame
from lstmtrader.progress import Progress, Step, silent
from lstmtrader.report.wording import date
from lstmtrader.strategy import Strategy, decide
from lstmtrader.sweep.grid import Variant
from lstmtrader.walkforward.local import default_workers
from lstmtrader.weights import TargetWeights

CELLS = 4_000_000
"""Bars x symbols x variants that one process trades at once: about 0.6 GB."""

Job = list[tuple[int, Strategy, Terms]]
Figures = list[tuple[int, dict[str, Any]]]


def trade_variants(
    variants: Sequence[Variant],
    forecast: Forecast,
    prices: PriceFrame,
    *,
    workers: int | None = None,
    progress: Progress = silent,
    returns: TrialReturns | None = None,
) -> pd.DataFrame:
    """Trade every variant on one set of forecasts.

    Parameters
    ----------
    variants : sequence of Variant
    forecast : Forecast
        Out of sample.
    prices : PriceFrame
    workers : int, optional
        Processes; None for ``LSTMTRADER_WORKERS``, and without that for one a core. The figures
        are the same for any number.
    progress : Progress
        Told of every variant.
    returns : TrialReturns, optional
        Filled with the block returns of variant after variant, which then cost 4 kB each.

    Returns
    -------
    DataFrame of shape (n_variants, n_axes + n_figures)
        The settings of each variant, then its `account_figures`, in the order given.
    """
    n_cells = (prices.n_bars - prices.index.get_loc(forecast.index[0])) * len(prices.symbols)
    size = max(1, CELLS // n_cells)
    cores = default_workers() if workers is None else workers
    at_least(1, workers=cores)
    # Small sweeps are spread over all cores, too.
    size = max(1, min(size, -(-len(variants) // cores)))
    numbered = [(at, one.study.strategy, one.study.terms) for at, one in enumerate(variants)]
    # Neighbours of one strategy share its decisions.
    order = {id(strategy): number for number, strategy, _ in reversed(numbered)}
    numbered.sort(key=lambda one: order[id(one[1])])
    jobs = [numbered[start : start + size] for start in range(0, len(numbered), size)]
    figures: dict[int, dict[str, Any]] = {}
    for done, kept in _results(jobs, forecast, prices, cores, keep=returns is not None):
        figures.update(done)
        if returns is not None and kept is not None:
            returns.take([number for number, _ in done], kept)
        progress(Step("variant", len(figures), len(variants)))
    rows = [{**one.settings, **figures[number]} for number, one in enumerate(variants)]
    return pd.DataFrame(rows)


def _results(
    jobs: Sequence[Job], forecast: Forecast, prices: PriceFrame, workers: int, *, keep: bool
) -> Iterator[tuple[Figures, TrialReturns | None]]:
    if workers == 1 or len(jobs) == 1:
        for job in jobs:
            yield trade_chunk(job, forecast, prices, keep=keep)
        return
    parallel = joblib.Parallel(
        n_jobs=min(workers, len(jobs)), return_as="generator_unordered", batch_size=1
    )
    chunk = joblib.delayed(trade_chunk)
    yield from parallel(chunk(job, forecast, prices, keep=keep) for job in jobs)


def trade_chunk(
    job: Job, forecast: Forecast, prices: PriceFrame, *, keep: bool
) -> tuple[Figures, TrialReturns | None]:
    """Trade some variants in one portfolio of vectorbt, and return the figures of each.

    With the block returns of each, in the same order, if they are to be kept.
    """
    weights: list[TargetWeights] = []
    strategy_before: Strategy | None = None
    for _, strategy, _ in job:
        same = strategy is strategy_before
        weights.append(weights[-1] if same else decide(strategy, forecast, prices))
        strategy_before = strategy
    results = trade_many(prices, weights, [terms for _, _, terms in job])
    figures = [
        (number, account_figures(result))
        for (number, _, _), result in zip(job, results, strict=True)
    ]
    if not keep:
        return figures, None
    kept = TrialReturns.empty(prices, len(job))
    for at, result in enumerate(results):
        kept.put(at, result.returns)
    return figures, kept


def account_figures(result: BacktestResult) -> dict[str, Any]:
    """Return the `performance` of an account, and how it went under.

    Returns
    -------
    dict
        `ruined_on` is the date on which equity reached zero, or None; `liquidated_bars` counts
        the bars on which the account was sold off for want of margin.
    """
    return {
        **performance(result),
        "ruined_on": None if result.ruined_on is None else date(result.ruined_on),
        "liquidated_bars": len(result.liquidations),
    }
