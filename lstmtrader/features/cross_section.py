"""Features that compare a symbol with the others on the same bar."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from lstmtrader.features.feature import Feature
from lstmtrader.prices import PriceFrame


def centred_rank(values: pd.DataFrame) -> pd.DataFrame:
    """Rank across symbols on each bar, from -1 (lowest) to 1 (highest); NaN stays NaN.

    Ties share their average rank; a bar with a single value gives 0.
    """
    rank = values.rank(axis=1)
    count = values.notna().sum(axis=1)
    return rank.sub((count + 1) / 2, axis=0).div(((count - 1) / 2).clip(lower=0.5), axis=0)


@dataclass(frozen=True)
class CrossSectionRank:
    """Rank of another feature among the members of the universe on that bar, from -1 to 1.

    Parameters
    ----------
    of : Feature

    Examples
    --------
    >>> from lstmtrader.features.technical import Return
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> prices = SyntheticProvider(n_symbols=3, n_bars=120, seed=1).fetch()
    >>> feature = CrossSectionRank(of=Return(horizon=5))
    >>> feature.name, feature.lookback
    ('rank_return_5', 6)
    >>> feature(prices).iloc[-1].round(3).tolist()
    [0.0, -1.0, 1.0]
    """

    of: Feature

    @property
    def name(self) -> str:
        """``rank_<name of the other feature>``."""
        return f"rank_{self.of.name}"

    @property
    def lookback(self) -> int:
        """That of the other feature."""
        return self.of.lookback

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        """See `Feature`; members of the universe are ranked, others are NaN."""
        return centred_rank(self.of(prices).where(prices.member))
