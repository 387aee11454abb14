"""Orders that the cash can pay for: nothing is left for the simulator to cut.

vectorbt fills buys one after the other and cuts the last ones when the cash is gone. What the
cash is depends on the path of the account, so the orders are simulated, the bars that ran out of
cash are sized anew from the state they were met in, and all is simulated again until no bar
changes. Where the static reserve of `limit_exposure` suffices, as it nearly always does, one
simulation is all there is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmtrader import vbt
from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.market import Market

_PASSES = 100
_HALVINGS = 60
_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class FundedAccount:
    """A simulation in which every order could be paid for.

    Parameters
    ----------
    simulation : vbt.Simulation
    value : float64 array of shape (n_bars,)
        The account before the bar's orders, which sized all of them.
    scale : float64 array of shape (n_bars,)
        Factor up to 1 by which the long targets of a bar were scaled to its cash.
    """

    simulation: vbt.Simulation
    value: np.ndarray
    scale: np.ndarray


def simulate_funded(
    market: Market, orders: np.ndarray, costs: Costs, capital: float
) -> FundedAccount:
    """Simulate target weights, scaling the long ones of a bar pro rata where cash runs out.

    Parameters
    ----------
    market : Market
    orders : float64 array of shape (n_bars, n_symbols)
        Target weights on their fill bar, NaN holds.
    costs : Costs
    capital : float
    """
    # A delisted position is closed at its last close, on as many bars as it takes.
    reference = np.where(market.gone, market.close, market.reference)
    asked = np.where(market.gone, 0.0, orders)
    affordable, scale = asked.copy(), np.ones(len(asked))
    short_of_cash: set[int] = set()
    for _ in range(_PASSES):
        simulation = vbt.simulate(
            market.close, affordable, reference, market.sizing,
            fees=costs.fees, slippage=costs.slippage, capital=capital,
        )  # fmt: skip
        shares, cash, value = _before(simulation, market.sizing, capital)
        achieved = weights_of(simulation.shares, market.sizing, value)
        missed = np.abs(achieved - affordable) > _TOLERANCE
        cut = missed & ~np.isnan(affordable) & ~np.isnan(reference) & (value > 0)[:, None]
        short_of_cash |= set(np.flatnonzero(cut.any(axis=1)).tolist())
        changed = False
        for bar in sorted(short_of_cash):
            if value[bar] <= 0:
                continue
            row, factor = _fund(
                asked[bar], reference[bar], shares[bar], cash[bar], value[bar], costs
            )
            changed |= not np.array_equal(row, affordable[bar], equal_nan=True)
            affordable[bar], scale[bar] = row, factor
        if not changed:
            break
    return FundedAccount(simulation, value, scale)


def _before(
    simulation: vbt.Simulation, sizing: np.ndarray, capital: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Shares, cash and value of the account before each bar's orders."""
    shares = np.vstack([np.zeros((1, sizing.shape[1])), simulation.shares[:-1]])
    cash = np.concatenate([[capital], simulation.cash[:-1]])
    return shares, cash, cash + np.where(shares == 0, 0.0, shares * sizing).sum(axis=1)


def weights_of(shares: np.ndarray, price: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Position values over account values; nothing is held where nothing is left."""
    weights = np.zeros_like(shares)
    held = (shares != 0) & (value > 0)[:, None]
    np.divide(shares * price, value[:, None], out=weights, where=held)
    return weights


def _fund(
    target: np.ndarray,
    reference: np.ndarray,
    shares: np.ndarray,
    cash: float,
    value: float,
    costs: Costs,
) -> tuple[np.ndarray, float]:
    """Scale the long targets of one bar to what the cash pays for.

    Where not even selling every long pays for covering the shorts, all covers are filled to the
    same fraction. Returns the targets and the factor of the longs.
    """
    active = ~np.isnan(target) & ~np.isnan(reference)
    wanted, price, held = target[active], reference[active], shares[active]
    buy = price * (1 + costs.slippage) * (1 + costs.fees)
    sell = price * (1 - costs.slippage) * (1 - costs.fees)

    def needed(weights: np.ndarray) -> float:
        traded = weights * value / price - held
        return float((traded * np.where(traded > 0, buy, sell)).sum())

    def scaled(factor: float) -> np.ndarray:
        weights: np.ndarray = np.where(wanted > 0, factor * wanted, wanted)
        return weights

    low, high = 0.0, 1.0
    if needed(wanted) <= cash:
        low = 1.0
    elif needed(scaled(0.0)) <= cash:
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if needed(scaled(middle)) <= cash:
                low = middle
            else:
                high = middle
    result = target.copy()
    result[active] = scaled(low)
    if low == 0.0 and needed(scaled(0.0)) > cash:
        traded = scaled(0.0) * value / price - held
        covers = np.where(traded > 0, traded, 0.0)
        proceeds = cash - float((np.minimum(traded, 0.0) * sell).sum())
        share = max(proceeds, 0.0) / float((covers * buy).sum())
        result[active] = (held + np.where(traded > 0, share * traded, traded)) * price / value
    return result, low
