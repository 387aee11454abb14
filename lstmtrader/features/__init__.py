"""What a network sees of the prices, and what it is asked about them."""

from lstmtrader.features.barriers import TripleBarrier
from lstmtrader.features.cross_section import CrossSectionRank
from lstmtrader.features.exogenous import Exogenous, ExogenousSeries
from lstmtrader.features.target import (
    BeatMedian,
    Direction,
    ForwardRank,
    ForwardReturn,
    ForwardVolatility,
)
from lstmtrader.features.technical import (
    AbsoluteReturn,
    MacdMomentum,
    RealisedVolatility,
    RelativeStrength,
    Return,
    ScaledReturn,
)

__all__ = [
    "AbsoluteReturn",
    "BeatMedian",
    "CrossSectionRank",
    "Direction",
    "Exogenous",
    "ExogenousSeries",
    "ForwardRank",
    "ForwardReturn",
    "ForwardVolatility",
    "MacdMomentum",
    "RealisedVolatility",
    "RelativeStrength",
    "Return",
    "ScaledReturn",
    "TripleBarrier",
]
