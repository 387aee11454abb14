"""Rules B1 to B4: from the decisions of a strategy to the orders of an account.

Where the rules leave something open it is decided here:

- Bar 0 is the bar of the first decision, also when the schedule does not keep that decision.
- A decision that the schedule does not keep never was: its weights are not carried either.
- Sums of weights exceed a limit when they do so by more than 1e-9, and room below 1e-9 is none:
  what rounding leaves of a used-up limit is not a position.
- What was carried of a symbol that is gone takes no room: its position is closed.
- A scaled order is one whose weight was changed: an order for 0 is not scaled.
- The reasons are those of all orders in the data, whether or not the account lives to see them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from terms import LimitTerms, Terms

Orders = dict[int, dict[int, float]]
Reasons = dict[tuple[int, int], set[str]]

_ROUNDING = 1e-9


def orders_of(
    decisions: Mapping[int, Sequence[float]],
    terms: Terms,
    n_bars: int,
    session_ends: Mapping[str, set[int]],
    gone_from: Sequence[float],
) -> tuple[Orders, Reasons]:
    """Return the weight ordered (bar -> symbol -> weight) and why it is not the one decided.

    Orders are by the bar of the tables, reasons by the bar counted from the first decision.
    `gone_from` is the bar from which each symbol is gone.
    """
    first = min(decisions)
    n_symbols = len(decisions[first])
    wait = (0 if terms.timing == "same_close" else 1) + terms.rebalancing.delay
    orders: Orders = {}
    reasons: Reasons = {}
    carried = [0.0] * n_symbols
    for bar in sorted(decisions):
        if not _is_kept(bar, first, terms.rebalancing.every, session_ends):
            continue
        gone = {symbol for symbol, since in enumerate(gone_from) if bar >= since}
        weights, why = _inside_limits(decisions[bar], carried, terms.limits, gone)
        if bar + wait >= n_bars:  # B4: beyond the last bar it is no order
            continue
        orders[bar + wait] = weights
        for symbol, words in why.items():
            reasons[bar + wait - first, symbol] = words
    return orders, reasons


def _is_kept(bar: int, first: int, every: int | str, session_ends: Mapping[str, set[int]]) -> bool:
    """B1: every n-th bar, or the last session of a week or month by the calendar."""
    if isinstance(every, str):
        return bar in session_ends[every]
    return (bar - first) % every == 0


def _inside_limits(
    row: Sequence[float], carried: list[float], limits: LimitTerms, gone: set[int]
) -> tuple[dict[int, float], dict[int, set[str]]]:
    """B3: clip each name, then scale to gross, then to net. `carried` is brought up to date."""
    decided = {symbol: weight for symbol, weight in enumerate(row) if not math.isnan(weight)}
    others = [
        weight
        for symbol, weight in enumerate(carried)
        if symbol not in decided and symbol not in gone
    ]
    why: dict[int, set[str]] = {}

    clipped = {symbol: _clipped(weight, limits) for symbol, weight in decided.items()}
    _note(why, "per_name", [symbol for symbol in decided if clipped[symbol] != decided[symbol]])

    gross = sum(abs(weight) for weight in clipped.values())
    to_gross = _gross_factor(gross, others, limits.gross)
    weights = {symbol: weight * to_gross for symbol, weight in clipped.items()}
    if to_gross < 1:
        _note(why, "scaled_to_gross", [symbol for symbol in clipped if clipped[symbol] != 0])

    to_net = _net_factor(sum(weights.values()), sum(others), limits.net)
    if to_net < 1:
        _note(why, "scaled_to_net", [symbol for symbol in weights if weights[symbol] != 0])
    weights = {symbol: weight * to_net for symbol, weight in weights.items()}

    own = limits.gross / gross if gross > limits.gross else 1.0
    for symbol, weight in clipped.items():
        carried[symbol] = weight * own
    return weights, why


def _clipped(weight: float, limits: LimitTerms) -> float:
    if limits.per_name is None:
        return weight
    return min(max(weight, -limits.per_name), limits.per_name)


def _gross_factor(gross: float, others: Sequence[float], limit: float) -> float:
    """What all stated weights are multiplied by to leave the others their share of the limit."""
    room = _room(limit - sum(abs(weight) for weight in others))
    return room / gross if gross > room + _ROUNDING else 1.0


def _net_factor(stated: float, others: float, limit: float) -> float:
    """The largest k in [0, 1] with |k stated + others| <= limit, 0 if there is none."""
    if abs(stated + others) <= limit + _ROUNDING:
        return 1.0
    # The sum is beyond the limit on one side; what is stated must lead there from within it.
    side = 1.0 if stated + others > 0 else -1.0
    room = _room(limit - side * others)
    return room / (side * stated) if room > 0 else 0.0


def _room(room: float) -> float:
    return room if room > _ROUNDING else 0.0


def _note(why: dict[int, set[str]], word: str, symbols: Sequence[int]) -> None:
    for symbol in symbols:
        why.setdefault(symbol, set()).add(word)
