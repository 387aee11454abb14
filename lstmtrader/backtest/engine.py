"""The backtest: target weights in, an account whose every fill can be explained out.

The rules are in `lstmtrader.backtest.account`, which decides on every fill; vectorbt executes
them all and values the accounts, and the two must agree to nine digits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lstmtrader import vbt
from lstmtrader.backtest.account import keep_books
from lstmtrader.backtest.books import Books
from lstmtrader.backtest.charges import Charges
from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.decisions import Decisions, first_bar
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.market import Market
from lstmtrader.backtest.rebalancing import Rebalancing
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.backtest.sizing import Sizing
from lstmtrader.backtest.terms import Terms
from lstmtrader.clock import Execution
from lstmtrader.errors import AccountingError, ContractError
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights

_AGREEMENT = 1e-9


def run_backtest(
    prices: PriceFrame,
    weights: TargetWeights,
    costs: Costs | None = None,
    timing: Execution = Execution.NEXT_OPEN,
    *,
    limits: Limits | None = None,
    sizing: Sizing | None = None,
    rebalancing: Rebalancing | None = None,
    capital: float = 1_000_000.0,
) -> BacktestResult:
    """Trade target weights in one account.

    Parameters
    ----------
    prices : PriceFrame
        Must hold every bar and symbol of the weights.
    weights : TargetWeights
        Decisions; NaN holds. Bars without a row hold.
    costs : Costs, optional
        Default `Costs()`: 2 basis points of fees.
    timing : Execution
        When orders are filled.
    limits : Limits, optional
        Default `Limits()`: gross exposure up to 1, no borrowed money.
    sizing : Sizing, optional
        Default `Sizing()`: fractions of shares, no band, weights as they come.
    rebalancing : Rebalancing, optional
        Default `Rebalancing()`: every decision is traded; what cannot be filled is cancelled.
    capital : float
        Money at the start.

    Returns
    -------
    BacktestResult
        From the bar of the first decision to the last bar of the prices.

    Raises
    ------
    DataError
        If a decision is on a bar or for a symbol that the prices do not have, or the timing, the
        costs or the limits need prices or volumes that are missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=2, n_bars=30).fetch()
    >>> half = pd.DataFrame(0.5, index=prices.index[:1], columns=list(prices.symbols))
    >>> run_backtest(prices, TargetWeights(half)).order_summary()
    '2 orders: 100 % as wanted'
    """
    terms = Terms(
        timing,
        costs or Costs(),
        limits or Limits(),
        sizing or Sizing(),
        rebalancing or Rebalancing(),
        capital,
    )
    return trade(prices, weights, terms)


def trade(
    prices: PriceFrame, weights: TargetWeights, terms: Terms, engine: vbt.Engine = "rust"
) -> BacktestResult:
    """Trade target weights on terms; see `run_backtest`."""
    (result,) = trade_many(prices, [weights], [terms], engine=engine)
    return result


def trade_many(
    prices: PriceFrame,
    weights: Sequence[TargetWeights],
    terms: Sequence[Terms],
    *,
    engine: vbt.Engine = "rust",
    told: Callable[[int], None] | None = None,
) -> list[BacktestResult]:
    """Trade several strategies, or one on several terms, side by side in accounts of their own.

    Parameters
    ----------
    prices : PriceFrame
    weights : sequence of TargetWeights
        All with the same first decision.
    terms : sequence of Terms
        One for each, all with the same execution.
    engine : {"rust", "numba"}
        Of vectorbt.
    told : callable, optional
        Called with the number of every bar that is done.

    Returns
    -------
    list of BacktestResult
        Each as if it had been traded alone.
    """
    execution, first = terms[0].execution, first_bar(prices, weights[0])
    if any(one.execution is not execution for one in terms):
        raise ContractError("terms: expected the same execution for all accounts")
    if any(first_bar(prices, one) != first for one in weights[1:]):
        raise ContractError("weights: expected the same first decision for all accounts")
    for its in terms:
        its.check(prices)
    market = Market.of(
        prices,
        first,
        execution,
        estimates=frozenset(name for one in terms for name in one.costs.estimates),
        volume=any(one.limits.participation is not None for one in terms),
    )
    decisions = [
        Decisions.of(prices, one, its, market.gone) for one, its in zip(weights, terms, strict=True)
    ]
    orders = np.full((len(market), len(terms), len(market.symbols)), np.nan)
    for number, one in enumerate(decisions):
        one.on_bars(len(market), orders[:, number])
    books = keep_books(market, orders, terms, prices.periods_per_year, told)
    del orders  # as big as the books; vectorbt needs the room
    _execute(market, books, terms, engine)
    return [
        BacktestResult.of(
            market, books, decisions[number], its, number, prices.periods_per_year
        )
        for number, its in enumerate(terms)
    ]  # fmt: skip


def _execute(market: Market, books: Books, terms: Sequence[Terms], engine: vbt.Engine) -> None:
    """Have vectorbt execute the fills, and compare the equity of each account at each close.

    vectorbt knows neither debt nor interest. It is lent, interest-free, what an account ever needs
    to buy before it sells; the loan is taken out of its figures again, and the flows of the nights
    are added. It also refuses a sale that brings less than its commission: the rest of such a
    commission is added to the flows.

    Raises
    ------
    AccountingError
        If the two do not agree.
    """
    capital = np.array([one.capital for one in terms], dtype=np.float64)
    commission, rest = _collectable(market, books, terms)
    flows = sum(books.flows.values(), rest).cumsum(axis=0)
    before = np.vstack([capital, (books.cash - flows)[:-1]])
    loan = np.maximum((books.spent - before).max(axis=0), 0.0) * (1 + 1e-6)
    value = vbt.simulate(
        market.close, books.shares, books.price,
        fees=np.array([one.costs.fees for one in terms], dtype=np.float64),
        commission=commission, capital=capital + loan, engine=engine,
    )  # fmt: skip
    equity = value - loan + flows
    alive = np.arange(len(market))[:, None] < books.stops - books.ruined
    apart = np.abs(equity - books.equity)
    # Written so that NaN does not pass.
    wrong = alive & ~(apart <= _AGREEMENT * (np.abs(books.equity) + capital + loan))
    if wrong.any():
        bar, account = np.argwhere(wrong)[0]
        raise AccountingError(
            f"on {market.index[bar]} vectorbt values the account at {equity[bar, account]!r}, and "
            f"its rules say {books.equity[bar, account]!r}; please report this"
        )


def _collectable(
    market: Market, books: Books, terms: Sequence[Terms]
) -> tuple[np.ndarray | None, np.ndarray]:
    """Split commissions into what each fill can pay for itself, and the rest of each bar.

    None for commissions that are nothing but a fraction of the value: vectorbt knows those.
    """
    rest = np.zeros_like(books.cash)
    if not any(one.costs.fixed or one.costs.minimum or one.costs.per_share for one in terms):
        return None, rest
    size = np.diff(books.shares, axis=0, prepend=0.0)
    price = np.nan_to_num(books.price)
    commission = Charges([one.costs for one in terms], market).commission(size, price)
    sold = np.where(size < 0, -size * price, np.inf)
    paid = np.minimum(commission, sold * (1 - 1e-9))
    return paid, rest - (commission - paid).sum(axis=-1)
