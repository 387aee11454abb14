"""Costs by market, each with its source. A rate or a fee of today is not that of 1990.

Where there is no source, it says «assumed». A setting replaces a number of the preset::

    costs: {target: "lstmtrader.backtest.presets:UsEquitiesRetail", params: {borrow: 0.02}}
"""

from __future__ import annotations

from dataclasses import dataclass

from lstmtrader.backtest.costs import Costs

PRESETS = {
    name: f"lstmtrader.backtest.presets:{cls}"
    for name, cls in (
        ("us_equities_retail", "UsEquitiesRetail"),
        ("us_equities_institutional", "UsEquitiesInstitutional"),
        ("fx_majors", "FxMajors"),
        ("crypto_spot", "CryptoSpot"),
        ("fischer_krauss_2018", "FischerKrauss2018"),
    )
}
"""Short names for the classes of this file."""


@dataclass(frozen=True)
class UsEquitiesRetail(Costs):
    """US stocks through a retail broker: commissions by the share, no rebate on short proceeds.

    0.005 dollars a share and at least 1 dollar an order: Interactive Brokers, «Commissions:
    Stocks, ETFs», fixed pricing, United States, as of 2025 (its cap of 1 % of the value is left
    out). 2 basis points of slippage, about half the spread of a liquid stock: assumed. 1 % a year
    to borrow: the bound under which 91 % of stocks were lent in D'Avolio (2002). 6 % on debit
    balances and nothing on cash: assumed.

    References
    ----------
    D'Avolio, G. (2002). The market for borrowing stock. Journal of Financial Economics, 66(2-3),
    271-306.
    """

    fees: float = 0.0
    slippage: float = 0.0002
    per_share: float = 0.005
    minimum: float = 1.0
    borrow: float = 0.01
    debit_rate: float = 0.06


@dataclass(frozen=True)
class UsEquitiesInstitutional(Costs):
    """US stocks in size: low commissions, square-root impact.

    1 basis point of fees and 1 of slippage: assumed. An impact coefficient of 1: the order of
    magnitude in Tóth et al. (2011). 0.25 % a year to borrow: the value-weighted mean in D'Avolio
    (2002). 5 % on debit balances: assumed.

    References
    ----------
    Tóth, B. et al. (2011). Anomalous price impact and the critical nature of liquidity in
    financial markets. Physical Review X, 1, 021006.

    D'Avolio, G. (2002). The market for borrowing stock. Journal of Financial Economics, 66(2-3),
    271-306.
    """

    fees: float = 0.0001
    slippage: float = 0.0001
    impact: float = 1.0
    borrow: float = 0.0025
    debit_rate: float = 0.05


@dataclass(frozen=True)
class FxMajors(Costs):
    """Major currency pairs: 0.2 basis points and at least 2 dollars an order.

    Interactive Brokers, «Commissions: Spot Currencies», first tier, as of 2025. Half a basis
    point of slippage, about half a spread of one pip: assumed. No carry: it is not in spot rates.
    """

    fees: float = 0.00002
    minimum: float = 2.0
    slippage: float = 0.00005


@dataclass(frozen=True)
class CryptoSpot(Costs):
    """Crypto spot markets: 10 basis points.

    Binance, «Fee Rate», spot trading, regular users, as of 2025. 2 basis points of slippage:
    assumed.
    """

    fees: float = 0.001
    slippage: float = 0.0002


@dataclass(frozen=True)
class FischerKrauss2018(Costs):
    """5 basis points for every half-turn, as in the paper.

    References
    ----------
    Fischer, T. and Krauss, C. (2018). Deep learning with long short-term memory networks for
    financial market predictions. European Journal of Operational Research, 270(2), 654-669.
    """

    fees: float = 0.0005
