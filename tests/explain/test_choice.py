"""Law: without a symbol, the forecast that says most is explained, whatever its kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lstmtrader.explain.choice import choose
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.splits import Fold

SAID = {"A": 0.1, "B": 0.55, "C": -0.3, "D": 0.5}
STRONGEST = {
    ForecastKind.RETURN: "B",
    ForecastKind.RANK: "B",
    ForecastKind.LOG_VOLATILITY: "B",  # the wildest, not the one that is furthest from 0
}


def chosen(said: dict[str, float], kind: ForecastKind) -> str:
    index = pd.bdate_range("2020-01-01", periods=2)
    table = pd.DataFrame([said, said], index=index)
    forecast = Forecast.from_pandas(table, kind=kind)
    folds = [Fold(0, range(0), range(0), range(2))]
    return choose(forecast, index, folds, symbol=None, date=None, member=0).symbol


@pytest.mark.parametrize("kind", STRONGEST)
def test_the_strongest_is_chosen(kind: ForecastKind) -> None:
    assert chosen(SAID, kind) == STRONGEST[kind]


def test_a_probability_says_nothing_at_a_half() -> None:
    said = {name: value for name, value in SAID.items() if value > 0}
    assert chosen(said, ForecastKind.PROBABILITY) == "A"


def test_the_calmest_is_not_taken_for_the_strongest() -> None:
    assert (
        chosen({"calm": -4.0, "wild": -3.0, "gone": np.nan}, ForecastKind.LOG_VOLATILITY) == "wild"
    )
    assert chosen({"calm": -4.0, "wild": -3.0}, ForecastKind.RETURN) == "calm"
