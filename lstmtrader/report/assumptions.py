"""The assumptions behind an account, in words."""

from __future__ import annotations

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.rebalancing import Rebalancing, Unfilled
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.backtest.sizing import Sizing
from lstmtrader.backtest.terms import Terms
from lstmtrader.report.wording import count


def trading_assumptions(result: BacktestResult) -> dict[str, str]:
    """Say how orders were filled, charged, limited and annualised."""
    return terms_in_words(
        result.terms,
        dividends=result.market.dividends is not None,
        periods_per_year=result.periods_per_year,
    )


def terms_in_words(terms: Terms, *, dividends: bool, periods_per_year: int) -> dict[str, str]:
    """Say the same of an account that is yet to be opened.

    Parameters
    ----------
    terms : Terms
    dividends : bool
        Whether the prices come with dividends in cash.
    periods_per_year : int
    """
    timing = terms.execution
    when = f"{_bars(terms.lag)} later" if terms.lag else "of the very bar the decision used"
    return {
        "Fills": f"{timing}: decided after the close of a bar, filled at the {timing.price} {when}",
        "Costs": _costs(terms.costs),
        "Financing": _financing(terms.costs, dividends=dividends),
        "Limits": _limits(terms.limits),
        "Sizing": _sizing(terms.sizing),
        "Rebalancing": _rebalancing(terms.rebalancing),
        "Delisting": "a symbol without a price to the end of the data is taken for delisted on the "
        "first bar without one, and closed at its last price; that day nobody could know",
        "Capital": count(terms.capital),
        "Annualisation": f"{periods_per_year} bars a year, from the calendar",
    }


def _bars(number: int) -> str:
    return f"{number} bar" if number == 1 else f"{number} bars"


def _costs(costs: Costs) -> str:
    parts = [f"fees {costs.fees * 1e4:g} bp and slippage {costs.slippage * 1e4:g} bp of every fill"]
    for text, value in (
        ("{:g} an order", costs.fixed),
        ("{:g} a share", costs.per_share),
        ("at least {:g} an order", costs.minimum),
        ("slippage of {:g} of the recent range of a bar", costs.range_slippage),
        ("slippage of {:g} of the recent volatility of a bar", costs.volatility_slippage),
        ("square-root impact with coefficient {:g}", costs.impact),
        ("{:.1%} of the price lost at a delisting", costs.haircut),
    ):
        if value:
            parts.append(text.format(value))
    return "; ".join(parts)


def _financing(costs: Costs, *, dividends: bool) -> str:
    borrowed = bool(costs.borrow or any(costs.borrow_by_symbol.values()))
    parts = [
        f"borrowing fees {costs.borrow:.2%} a year"
        + (f", {len(costs.borrow_by_symbol)} symbols otherwise" if costs.borrow_by_symbol else "")
        if borrowed
        else "no borrowing fees on shorts",
        f"interest on free cash {costs.cash_rate:.2%}, on debt {costs.debit_rate:.2%} a year"
        if costs.cash_rate or costs.debit_rate
        else "no interest on cash or debt",
        "dividends in cash"
        if dividends
        else "dividends only as far as the prices are adjusted for them",
        "no taxes",
    ]
    return "; ".join(parts)


def _limits(limits: Limits) -> str:
    parts = [f"gross exposure up to {limits.gross:g} and net up to {limits.net:g}, scaled pro rata"]
    if limits.per_name is not None:
        parts.append(f"one name up to {limits.per_name:g}")
    if limits.turnover is not None:
        parts.append(f"turnover of a bar up to {limits.turnover:g}")
    if limits.participation is not None:
        parts.append(f"an order up to {limits.participation:.1%} of the volume of its bar")
    parts.append(f"sold off below a margin of {limits.maintenance:.0%}")
    if limits.maintenance * limits.gross > 1:
        parts.append("which the gross limit itself is below: at the limit, all is sold at once")
    return "; ".join(parts)


def _sizing(sizing: Sizing) -> str:
    parts = [f"lots of {sizing.lot:g} shares" if sizing.lot else "fractions of shares"]
    if sizing.band:
        parts.append(f"no trade within {sizing.band:g} of the target weight")
    if sizing.volatility is not None:
        parts.append(
            f"weights scaled to {sizing.volatility:.1%} a year by the last "
            f"{sizing.volatility_window} bars"
        )
    return "; ".join(parts)


def _rebalancing(rebalancing: Rebalancing) -> str:
    every = rebalancing.every
    if isinstance(every, str):
        when = f"at the end of each {every}"
    else:
        when = "on every decision" if every == 1 else f"every {every} bars"
    parts = [when]
    if rebalancing.drift:
        parts.append(f"when weights are more than {rebalancing.drift:g} away from their targets")
    carried = rebalancing.unfilled is Unfilled.CARRY
    parts.append(f"orders that cannot be filled are {'carried on' if carried else 'cancelled'}")
    return "; ".join(parts)
