"""What trading and holding cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lstmtrader.errors import ConfigError

_FRACTIONS = ("fees", "slippage", "haircut")
_MONEY = ("fixed", "per_share", "minimum")
_MULTIPLES = ("range_slippage", "volatility_slippage", "impact")
_RATES = ("borrow", "cash_rate", "debit_rate")


@dataclass(frozen=True)
class Costs:
    """Commissions, slippage and financing. Everything but `fees` is off unless it is asked for.

    A buy fills at reference x (1 + slip), a sell at reference x (1 - slip), with ::

        slip = slippage + range_slippage R + volatility_slippage S + impact S sqrt(shares / ADV)

    up to one half. ``R`` is the mean of (high - low) / close, ``S`` the standard deviation of the
    returns and ``ADV`` the mean volume, each over the 20 bars before the fill. The commission of
    an order is max(minimum, fees x value + per_share x shares + fixed).

    Parameters
    ----------
    fees : float
        Fraction of the filled value, 0.0002 for 2 basis points.
    slippage : float
        Fraction of the price.
    fixed, per_share, minimum : float
        Money an order, money a share, least commission of an order.
    range_slippage, volatility_slippage : float
        Fractions of the recent range of a bar and of the recent volatility of a bar.
    impact : float
        Coefficient of the square-root law of market impact; about 1 in the literature.
    borrow : float
        Fee a year on the value of short positions.
    borrow_by_symbol : mapping of str to float
        The same for symbols that differ.
    cash_rate, debit_rate : float
        Interest a year earned on free cash and paid on borrowed money. Proceeds of short sales
        are collateral: they neither earn nor pay for anything here.
    haircut : float
        Fraction of the last price lost when a position is closed at a delisting, on either side.

    References
    ----------
    Tóth, B. et al. (2011). Anomalous price impact and the critical nature of liquidity in
    financial markets. Physical Review X, 1, 021006.

    Examples
    --------
    >>> Costs(fees=0.0005, slippage=0.0002).fees
    0.0005
    >>> from lstmtrader import Experiment
    >>> Experiment.from_yaml("configs/quickstart.yaml", ["costs.borrow=0.01"]).costs.borrow
    0.01
    """

    fees: float = 0.0002
    slippage: float = 0.0
    fixed: float = 0.0
    per_share: float = 0.0
    minimum: float = 0.0
    range_slippage: float = 0.0
    volatility_slippage: float = 0.0
    impact: float = 0.0
    borrow: float = 0.0
    borrow_by_symbol: Mapping[str, float] = field(default_factory=dict, hash=False)
    cash_rate: float = 0.0
    debit_rate: float = 0.0
    haircut: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "borrow_by_symbol", MappingProxyType(dict(self.borrow_by_symbol)))
        for name in _FRACTIONS:
            _within(name, getattr(self, name), 0.99 if name == "haircut" else 0.1, "a fraction")
        for name in _MONEY:
            _within(name, getattr(self, name), 1e6, "an amount of money")
        for name in _MULTIPLES:
            _within(name, getattr(self, name), 100.0, "a multiple")
        for name in _RATES:
            _within(name, getattr(self, name), 10.0, "a rate a year")
        for symbol, rate in self.borrow_by_symbol.items():
            _within(f"borrow_by_symbol[{symbol}]", rate, 10.0, "a rate a year")

    def __reduce__(self) -> tuple[object, ...]:
        # A read-only view of a mapping cannot be pickled by itself; workers are sent settings.
        values = [getattr(self, name) for name in self.__dataclass_fields__]
        plain = [dict(one) if isinstance(one, Mapping) else one for one in values]
        return (type(self), tuple(plain))

    @property
    def proportional(self) -> bool:
        """Whether an order twice as big costs exactly twice as much."""
        return not any(getattr(self, name) for name in ("fixed", "minimum", "impact"))

    @property
    def estimates(self) -> tuple[str, ...]:
        """What must be known of a symbol's recent bars: of ``range, volatility, volume``."""
        known = []
        if self.range_slippage:
            known.append("range")
        if self.volatility_slippage or self.impact:
            known.append("volatility")
        if self.impact:
            known.append("volume")
        return tuple(known)


def _within(name: str, value: float, most: float, what: str) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= most or (value == most and most == 0.1):
        hint = " (2 basis points are 0.0002)" if most == 0.1 else ""
        raise ConfigError(f"{name}: expected {what} from 0 to {most:g}{hint}; got {value!r}")
