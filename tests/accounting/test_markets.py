"""A law is only as good as its examples: each rule is met by many of them."""

from __future__ import annotations

from collections import Counter
from datetime import date

from hypothesis import given, settings
from ledger import Account
from markets import SETTINGS, Market, changed_settings, example, session_ends, terms, weekdays
from terms import Terms

EXAMPLES = 2000
ENOUGH = 10
REASONS = (
    "no_price",
    "no_estimate",
    "margin",
    "band",
    "turnover",
    "participation",
    "lot",
    "cash",
    "per_name",
    "scaled_to_gross",
    "scaled_to_net",
)
EVENTS = (
    "delisted",
    "liquidated",
    "liquidated for long",
    "ruined",
    "debit",
    "money earned overnight",
    "money paid overnight",
    "least commission",
    "most slippage",
    "haircut",
    "carried fill",
    "shared covers",
    "many changed",
    "none changed",
)


def events(market: Market, drawn: Terms, account: Account) -> set[str]:
    """What of note happened in an account, beside the reasons for its orders."""
    changed = changed_settings(drawn)
    orders = set(market.decisions)
    lag = (drawn.timing != "same_close") + drawn.rebalancing.delay
    gone = {(bar, symbol) for bar, symbol in account.delisted}
    happened = {
        "delisted": bool(account.delisted),
        "liquidated": bool(account.liquidated),
        "liquidated for long": any(bar + 1 in account.liquidated for bar in account.liquidated),
        "ruined": account.ruined_on is not None,
        "debit": min(account.cash) < 0,
        "money earned overnight": max(account.flows) > 0,
        "money paid overnight": min(account.flows) < 0,
        "least commission": any(
            fill.commission == drawn.costs.minimum > 0 for fill in account.fills
        ),
        "most slippage": any(
            abs(abs(fill.price / fill.reference - 1) - 0.5) < 1e-12 for fill in account.fills
        ),
        "haircut": any(
            drawn.costs.haircut > 0 and (fill.bar, fill.symbol) in gone for fill in account.fills
        ),
        "carried fill": drawn.rebalancing.unfilled == "carry"
        and any(
            fill.bar + market.first - lag not in orders
            and (fill.bar, fill.symbol) not in gone
            and fill.bar not in account.liquidated
            for fill in account.fills
        ),
        "shared covers": any(
            "cash" in account.reasons.get((fill.bar, fill.symbol), ())
            and fill.size > 0
            and account.shares[fill.bar - 1][fill.symbol] < 0
            and account.shares[fill.bar][fill.symbol] < 0
            for fill in account.fills
            if fill.bar > 0
        ),
        "many changed": len(changed) >= 8,
        "none changed": not changed,
    }
    assert set(happened) == set(EVENTS)
    return {name for name, met in happened.items() if met}


def test_the_drawn_markets_reach_every_rule() -> None:
    met: Counter[str] = Counter()
    for seed in range(EXAMPLES):
        market, drawn = example(seed)
        account = market.by_ledger(drawn)
        met.update({reason for why in account.reasons.values() for reason in why})
        met.update(events(market, drawn, account))
        met.update(f"{name} changed" for name in changed_settings(drawn))
    wanted = {*REASONS, *EVENTS, *(f"{name} changed" for name in SETTINGS)}
    assert {name: met[name] for name in wanted if met[name] < ENOUGH} == {}
    assert set(met) == wanted


@settings(max_examples=50, deadline=None, derandomize=True, database=None)
@given(drawn=terms())
def test_terms_are_drawn_by_hypothesis_too(drawn: Terms) -> None:
    assert changed_settings(drawn) <= set(SETTINGS)


def test_weeks_and_months_end_by_the_calendar() -> None:
    """January 2024 ends on a Wednesday, bar 22; its Fridays are bars 4, 9, 14 and 19.

    The data end on a Thursday, 8 February, which ends nothing.
    """
    dates = weekdays(29)
    assert dates[-1] == date(2024, 2, 8)
    assert session_ends(dates) == {"week": {4, 9, 14, 19, 24}, "month": {22}}
