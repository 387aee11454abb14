"""What was found out about a network, in sentences: each is computed from what is drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lstmtrader.explain.result import Attribution, GateTrace, Memory
from lstmtrader.report import network_tables as tables
from lstmtrader.report.charts.explain.attribution import MOST_FEATURES
from lstmtrader.report.charts.explain.gates import in_order
from lstmtrader.report.charts.explain.importance import measure_of
from lstmtrader.report.charts.explain.memory import REACH, cell_name
from lstmtrader.report.wording import bars, date, loss, number, percent, small_share

_INEXACT = 0.01
_RECENT = 0.25
_KEEPING = ("forget", "update")


def gates_words(trace: GateTrace) -> str:
    """Return how open the gates were, and where most was kept and least."""
    hidden = trace.state.shape[1]
    levels = ", ".join(
        f"{name} {number(float(np.median(gate)))}" for name, gate in in_order(trace).items()
    )
    units = f"{hidden} units" if hidden > 1 else "one unit"
    if not trace.gates:
        size = np.abs(trace.state).mean(axis=1)
        top = date(trace.index[int(size.argmax())])
        return f"No gates. The mean size of the state of {units} was largest on {top}."
    text = f"Median over {units} and {bars(len(trace.index))}: {levels}."
    for name in _KEEPING:
        if name in trace.gates:
            middle = np.median(trace.gates[name], axis=1)
            high, low = int(middle.argmax()), int(middle.argmin())
            text += (
                f" Most of the state was kept on {date(trace.index[high])} (median {name} gate "
                f"{number(float(middle[high]))}), least on {date(trace.index[low])} "
                f"({number(float(middle[low]))})."
            )
    return text


def memory_words(memory: Memory, lookback: int) -> str:
    """Return the half-life of the middle unit, how many outlast the window, and when it changed."""
    units, middle = memory.by_unit, memory.over_time["median"].dropna()
    longest = units.idxmax()
    longer = int((units > lookback).sum())
    text = (
        f"Half of what the median unit holds is gone after {_bars(float(units.median()))}; unit "
        f"{longest} holds it longest: {_bars(float(units[longest]))}. "
        f"{longer or 'None'} of {len(units)} units {'has' if longer == 1 else 'have'} a half-life "
        f"beyond the {bars(lookback)} of the window."
    )
    if len(middle):
        low, high = middle.idxmin(), middle.idxmax()
        text += (
            f" Over the test bars the median was between {tables.half_life(float(middle[low]))} "
            f"({date(low)}) and {_bars(float(middle[high]))} ({date(high)})."
        )
    return text


def attribution_words(attribution: Attribution, lookback: int) -> str:
    """Return which features moved this forecast, how recent they are, and whether the sum is right.

    The sum is that of all attributions, which should be forecast minus baseline.
    """
    values = attribution.values
    gap = attribution.output - attribution.baseline_output
    first = values.sum().sort_values(key=np.abs, ascending=False, kind="stable").head(2)
    named = " and ".join(f"{name} ({_signed(float(value))})" for name, value in first.items())
    sizes = values.abs().to_numpy().sum(axis=1)
    weight = float(sizes.sum()) or float("nan")
    recent = max(1, round(_RECENT * lookback))
    place = f"{percent(float(sizes[:recent].sum()) / weight, 0)} of all that was added or taken "
    place += f"away is from the last {bars(recent)} of {lookback}"
    if len(values) > lookback:
        older = float(sizes[lookback:].sum()) / weight
        place += f", and {percent(older, 0)} from before the window"
    text = (
        f"The forecast is {loss(attribution.output)}; with every feature at its mean over the "
        f"training slice it would be {loss(attribution.baseline_output)}. The largest parts of the "
        f"difference of {_signed(gap)} are {named}; {place}. The attributions sum to the "
        f"difference up to {small_share(attribution.completeness_error)} of it (completeness "
        "error)."
    )
    if not attribution.completeness_error <= _INEXACT:
        text += f" More than {percent(_INEXACT, 0)}: do not read much into single cells."
    if values.shape[1] > MOST_FEATURES:
        text += f" Drawn{cut(values.shape[1], MOST_FEATURES)}."
    return text


def importance_words(importance: pd.DataFrame) -> str:
    """Return the feature that is worth most, and how many are worth nothing that can be seen."""
    importance = importance[importance["mean"].notna()]
    means, spread = importance["mean"], importance["deviation"]
    top = means.idxmax()
    none = int((means <= 0).sum())
    weak = int(((means > 0) & (means <= spread)).sum())
    many = len(importance)
    text = (
        f"Permuted inside the test folds, {top} costs most: {measure_of(importance)} "
        f"{loss(float(means[top]))}"
    )
    deviation = float(spread[top])
    if np.isfinite(deviation):
        text += f", with a deviation of {loss(deviation)} over the folds"
    if means[top] <= 0:
        return (
            f"No feature costs anything when it is permuted inside the test folds: {top} comes "
            f"nearest, {measure_of(importance)} {loss(float(means[top]))}."
        )
    text += "."
    if none:
        text += f" {none} of {many} {_cost(none)} nothing: the forecasts are no worse without."
    if many > MOST_FEATURES:
        text += f" Drawn: the first {MOST_FEATURES}."
    if weak:
        text += f" {weak} of {many} {_cost(weak)} less than the deviation over the folds."
    return text


def reach(norms: pd.Series, share: float = REACH) -> float:
    """Return the first lag from which on a gradient stays below a share of that at lag 0.

    NaN where it is not below it at the end of the window, or not known.
    """
    known = norms.dropna()
    above = known.index[known >= share]
    if known.empty or not len(above):
        return float("nan")
    later = known.index[known.index > above[-1]]
    return float(later[0]) if len(later) else float("nan")


def gradients_words(gradients: pd.DataFrame) -> str:
    """Return how far back each network can still be moved."""
    said = []
    for name in gradients.columns:
        norms = gradients[name]
        lag, cell = reach(norms), cell_name(str(name))
        if np.isfinite(lag):
            said.append(f"{cell} from lag {number(lag, 0)} on")
        else:
            said.append(
                f"{cell} not within the window (still {percent(float(norms.iloc[-1]), 1)} at lag "
                f"{gradients.index[-1]})"
            )
    return (
        f"The gradient falls below {percent(REACH, 0)} of that at lag 0: {'; '.join(said)}. An "
        "input whose gradient has vanished hardly changes the forecast, and teaches little."
    )


def cut(n_features: int, most: int) -> str:
    """Return what is left out of a picture or table, so that nobody misses it."""
    few = f": the {most} features of the largest weight of {n_features}"
    return few if n_features > most else ""


def _cost(many: int) -> str:
    return "costs" if many == 1 else "cost"


def _bars(value: float) -> str:
    return "for ever" if value == np.inf else f"{loss(value)} bars"


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + loss(value)
