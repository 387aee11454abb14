"""The sentences a report opens with, made from the figures alone."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.clock import Execution
from lstmtrader.evaluation.evaluation import Evaluation
from lstmtrader.report.labels import HOLD, benchmark_symbol, lowered
from lstmtrader.report.wording import basis_points, count, date, number, percent, span

_HOLD = lowered(HOLD).replace(" ", "\u00a0")
_LIKELY = 0.95


def years(account: TrackRecord) -> float:
    """Length of the account in years of the trading calendar."""
    return (len(account.equity) - 1) / account.periods_per_year


def headline(account: TrackRecord, benchmark: TrackRecord, evaluation: Evaluation) -> str:
    """Return the outcome against the benchmark in a few words.

    Where the interval of the difference of the Sharpe ratios is known, the words say whether it
    includes zero: if it does, the two accounts cannot be told apart.
    """
    strategy, other, hold = evaluation.strategy, evaluation.benchmark, _hold(benchmark)
    if account.ruined_on is not None:
        return f"The account was ruined on {date(account.ruined_on)}."
    if account.trades.empty:
        return "The strategy never traded."
    by_return = _compared(_of(strategy, "total_return"), _of(other, "total_return"), 3)
    by_sharpe = _compared(_of(strategy, "sharpe"), _of(other, "sharpe"), 2)
    if by_sharpe is None:
        return "The Sharpe ratios cannot be compared."
    words = {1: "ahead of", 0: "level with", -1: "behind"}
    if by_return == by_sharpe:
        text = f"The strategy ended {words[by_sharpe]} {hold}, both by return and by Sharpe ratio"
    else:
        side = {1: "ahead", 0: "level", -1: "behind"}
        text = (
            f"Against {hold} the strategy ended {side[by_sharpe]} by Sharpe ratio and "
            f"{side[by_return or 0]} by return"
        )
    low, high = _interval(evaluation.significance.intervals, "difference")
    if not (math.isfinite(low) and math.isfinite(high)):
        return f"{text}."
    if low <= 0 <= high:
        return f"{text}; the difference in Sharpe ratio is not distinguishable from zero."
    return f"{text}; the difference in Sharpe ratio is more than chance alone would explain."


def verdict(
    account: TrackRecord,
    benchmark: TrackRecord,
    evaluation: Evaluation,
    sample: str = "out of sample",
) -> str:
    """Return one plain sentence on what both accounts earned; `sample` is that of the sheet."""
    sample = sample.capitalize()
    period = f"{sample}, {date(account.equity.index[0])} to {date(account.equity.index[-1])}"
    mine = _earned(evaluation.strategy, years(account))
    if account.ruined_on is not None:
        mine = "lost the whole account"
    terms = "with the same costs and fills"
    if benchmark.equity.index[-1] != account.equity.index[-1]:
        terms += f", to {date(benchmark.equity.index[-1])},"
    other = _earned(evaluation.benchmark, years(benchmark))
    return f"{period}, the strategy {mine}; {held(benchmark)} {terms} {other}."


def held(benchmark: TrackRecord) -> str:
    """Name the benchmark: all of the universe, or one symbol."""
    return _hold(benchmark) if benchmark_symbol(benchmark) else f"equal-weight {_HOLD}"


def doubts(account: TrackRecord, benchmark: TrackRecord, evaluation: Evaluation) -> str:
    """Return what intervals, trials and costs say of the verdict; empty where nothing is known."""
    if account.ruined_on is not None or account.trades.empty:
        return ""
    parts = (
        _intervals(evaluation, _hold(benchmark)),
        _trials(evaluation),
        _break_even(evaluation.strategy),
    )
    return " ".join(part for part in parts if part)


def caution(account: TrackRecord, evaluation: Evaluation) -> str:
    """Return what the figures do not say; without intervals, the error of the Sharpe ratio.

    References
    ----------
    Lo, A. W. (2002). The Statistics of Sharpe Ratios. Financial Analysts Journal, 58(4), 36-52.
    """
    text = (
        "This is one simulated history. Other symbols, another decade or other training seeds "
        "would move every figure, and symbols that were chosen because they still trade flatter "
        "all of them."
    )
    figures = evaluation.significance.figures
    if not _of(figures, "n_trials") > 0:
        text += " How many variants were tried before this one is not counted here."
    sharpe, length = _of(evaluation.strategy, "sharpe"), years(account)
    low, _ = _interval(evaluation.significance.intervals, "strategy")
    if not math.isfinite(low) and length > 0 and math.isfinite(sharpe):
        error = math.sqrt((1 + sharpe**2 / (2 * account.periods_per_year)) / length)
        text += (
            f" Over {number(length, 1)} years, and if returns were independent, the standard "
            f"error of this Sharpe ratio would be about {number(error)}."
        )
    return text


def fills(execution: Execution) -> str:
    """Return when orders are filled, in words."""
    return {
        Execution.NEXT_OPEN: "orders fill at the open of the bar after the decision",
        Execution.NEXT_CLOSE: "orders fill at the close of the bar after the decision",
        Execution.SAME_CLOSE: "orders fill at the close they were decided on",
    }[execution]


def _hold(benchmark: TrackRecord) -> str:
    symbol = benchmark_symbol(benchmark)
    return _HOLD if symbol is None else f"{_HOLD} of {symbol}"


def _intervals(evaluation: Evaluation, hold: str) -> str:
    level = _of(evaluation.significance.figures, "level")
    which = f"{percent(level, 0)} interval" if math.isfinite(level) else "interval"
    intervals = evaluation.significance.intervals
    mine, gap = _interval(intervals, "strategy"), _interval(intervals, "difference")
    whole = [all(map(math.isfinite, one)) for one in (mine, gap)]
    if all(whole):
        return (
            f"The {which} of its Sharpe ratio is {span(*mine)}, that of the difference to {hold} "
            f"{span(*gap)}."
        )
    if whole[0]:
        return f"The {which} of its Sharpe ratio is {span(*mine)}."
    if whole[1]:
        return f"The {which} of the difference of its Sharpe ratio to {hold} is {span(*gap)}."
    return ""


def _trials(evaluation: Evaluation) -> str:
    figures = evaluation.significance.figures
    trials, deflated = (_of(figures, key) for key in ("n_trials", "dsr"))
    # Runs of old were deflated by their families.
    apart = _of(figures, "deflated_by" if "deflated_by" in figures else "effective_trials")
    if not trials > 0:
        return ""
    if trials == 1:
        when = "When it was run it was the first trial on these prices"
    else:
        when = f"When it was run it was one of {count(trials)} trials on these prices"
        if math.isfinite(apart) and round(apart) < trials:
            when += f" (about {count(apart)} independent {'one' if round(apart) == 1 else 'ones'})"
    if not math.isfinite(deflated):
        return f"{when}; a deflated Sharpe ratio is not defined."
    luck = (
        "luck over so many trials is an unlikely explanation of a Sharpe ratio above zero; a "
        "rising market may be one"
        if deflated >= _LIKELY
        else f"short of the {number(_LIKELY)} at which luck over so many trials would be an "
        "unlikely explanation"
    )
    if trials == 1:
        luck = luck.replace(" over so many trials", "")
    return f"{when}; its deflated Sharpe ratio is {number(deflated)}: {luck}."


def _break_even(strategy: Mapping[str, float]) -> str:
    more, gained = _of(strategy, "break_even_bp"), _of(strategy, "total_return")
    if more == math.inf:
        return "No slippage that was tried would eat the gains."
    if math.isfinite(more) and more > 0:
        text = basis_points(more)
        return f"{text[0].upper()}{text[1:]} of slippage more on every fill would eat the gains."
    return "There are no gains for costs to eat." if gained <= 0 else ""


def _interval(intervals: pd.DataFrame, whose: str) -> tuple[float, float]:
    columns = [f"{whose}_low", f"{whose}_high"]
    if "sharpe" not in intervals.index or not set(columns) <= set(intervals.columns):
        return math.nan, math.nan
    low, high = intervals.loc["sharpe", columns]
    return float(low), float(high)


def _of(figures: Mapping[str, float], key: str) -> float:
    value = figures.get(key)
    return math.nan if value is None else float(value)


def _compared(mine: float, other: float, digits: int) -> int | None:
    if not (math.isfinite(mine) and math.isfinite(other)):
        return None
    gap = round(mine, digits) - round(other, digits)
    return (gap > 0) - (gap < 0)


def _earned(figures: Mapping[str, float], length: float) -> str:
    # A return of less than a year is not blown up to one.
    key, period = ("cagr", "a year") if length >= 1 else ("total_return", "in all")
    value = _of(figures, key)
    if not math.isfinite(value):
        return "has no return to speak of"
    verb = "lost" if value < 0 else "earned"
    text = f"{verb} {percent(abs(value))} {period}"
    sharpe, volatility = _of(figures, "sharpe"), _of(figures, "volatility")
    if math.isfinite(sharpe) and math.isfinite(volatility):
        text += f" at {percent(volatility)} volatility (Sharpe\u00a0{number(sharpe)})"
    return text
