"""Baselines: forecasters that are cheap enough to stand beside every network.

They share the protocols of `lstmtrader.models.forecaster`. scikit-learn and arch take a while to
import; they are imported in the first fit that needs them.
"""

from lstmtrader.models.baselines.boosting import Boosting
from lstmtrader.models.baselines.garch import Garch
from lstmtrader.models.baselines.har import Har
from lstmtrader.models.baselines.linear import Ridge
from lstmtrader.models.baselines.momentum import Momentum
from lstmtrader.models.baselines.naive import AlwaysLong, Ewma, HistoricalMean, LastValue, Zero

__all__ = [
    "AlwaysLong",
    "Boosting",
    "Ewma",
    "Garch",
    "Har",
    "HistoricalMean",
    "LastValue",
    "Momentum",
    "Ridge",
    "Zero",
]
