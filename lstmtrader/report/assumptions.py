"""The assumptions behind an account, in words."""

from __future__ import annotations

from lstmtrader.backtest.result import BacktestResult


def trading_assumptions(result: BacktestResult) -> dict[str, str]:
    """Say how orders were filled, charged, limited and annualised."""
    timing, costs = result.execution, result.costs
    when = f"{timing.lag} bar later" if timing.lag else "of the very bar the decision used"
    return {
        "Fills": f"{timing}: decided after the close of a bar, filled at the {timing.price} {when}",
        "Costs": f"fees {costs.fees * 1e4:g} bp and slippage {costs.slippage * 1e4:g} bp of every "
        "fill; no financing, borrowing fees, interest or taxes",
        "Limits": f"gross exposure up to {result.limits.gross:g}, scaled pro rata",
        "Capital": f"{result.capital:,.0f}".replace(",", " "),
        "Annualisation": f"{result.periods_per_year} bars a year, from the calendar",
    }
