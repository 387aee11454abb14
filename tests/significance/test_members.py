"""Law: a member is traded alone just as an ensemble of one would be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import trade
from lstmtrader.backtest.terms import Terms
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ContractError, MissingDetailError
from lstmtrader.evaluation.drawdown import max_drawdown
from lstmtrader.evaluation.metrics import cagr, sharpe_ratio, volatility
from lstmtrader.evaluation.significance.members import judge_members
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import Strategy, decide
from lstmtrader.weights import TargetWeights
from strategies.long_flat import LongFlat

TERMS = Terms(costs=Costs(fees=0.001))
PRICES = SyntheticProvider(n_symbols=3, n_bars=120, seed=4).fetch()


def forecast_of(n_members: int) -> Forecast:
    """Of the last 80 bars."""
    members = np.random.default_rng(n_members).normal(0, 1, (n_members, 80, 3))
    return Forecast(
        members.astype(np.float32), PRICES.index[-80:], PRICES.symbols, ForecastKind.RETURN
    )


@dataclass(frozen=True)
class NeedsTwo:
    """Trades what several members agree on."""

    error: type[Exception] = MissingDetailError

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        if forecast.n_members < 2:
            raise self.error("one member has nobody to agree with")
        return TargetWeights((forecast.dispersion < 0.8) / 3.0)


def alone(forecast: Forecast, strategy: Strategy, prices: PriceFrame = PRICES) -> list[float]:
    result = trade(prices, decide(strategy, forecast, prices), TERMS)
    returns, a_year = result.returns, result.periods_per_year
    return [
        sharpe_ratio(returns, a_year),
        cagr(returns, a_year),
        volatility(returns, a_year),
        max_drawdown(returns),
    ]


@pytest.mark.parametrize("n_members", [2, 5])
def test_every_row_is_an_account_of_its_own(n_members: int) -> None:
    forecast, strategy = forecast_of(n_members), LongFlat()
    table = judge_members(forecast, strategy, PRICES, TERMS)
    assert list(table.index) == [*range(n_members), "ensemble"]
    assert list(table.columns) == ["sharpe", "cagr", "volatility", "max_drawdown"]
    for number in range(n_members):
        assert table.loc[number].tolist() == alone(forecast.member(number), strategy)
    assert table.loc["ensemble"].tolist() == alone(forecast, strategy)
    assert table["sharpe"].is_unique


def test_one_member_is_the_ensemble() -> None:
    forecast = forecast_of(1)
    table = judge_members(forecast, LongFlat(), PRICES, TERMS)
    assert list(table.index) == [0, "ensemble"]
    assert table.loc[0].equals(table.loc["ensemble"])
    assert table.loc[0].tolist() == alone(forecast, LongFlat())


@pytest.mark.parametrize("error", [MissingDetailError, ContractError, ZeroDivisionError])
def test_a_member_that_cannot_be_traded_alone_is_nan(error: type[Exception]) -> None:
    forecast, strategy = forecast_of(3), NeedsTwo(error)
    table = judge_members(forecast, strategy, PRICES, TERMS)
    assert list(table.index) == [0, 1, 2, "ensemble"]
    assert table.loc[[0, 1, 2]].isna().all(axis=None)
    assert table.loc["ensemble"].tolist() == alone(forecast, strategy)


def test_an_ensemble_that_cannot_be_traded_is_an_error() -> None:
    with pytest.raises(MissingDetailError, match="nobody to agree"):
        judge_members(forecast_of(1), NeedsTwo(), PRICES, TERMS)


def test_many_accounts_are_traded_in_parts() -> None:
    """Eight accounts of 600 000 cells; four million are traded at once: six, then two."""
    prices = SyntheticProvider(n_symbols=300, n_bars=2000).fetch()
    members = np.full((7, 2000, 300), -1.0, dtype=np.float32)
    members[range(7), :, range(7)] = 9.0  # each holds a symbol of its own, the ensemble all of them
    forecast = Forecast(members, prices.index, prices.symbols, ForecastKind.RETURN)
    table = judge_members(forecast, LongFlat(), prices, TERMS)
    assert list(table.index) == [*range(7), "ensemble"]
    assert table["sharpe"].is_unique
    assert table.loc[6].tolist() == alone(forecast.member(6), LongFlat(), prices)
    assert table.loc["ensemble"].tolist() == alone(forecast, LongFlat(), prices)


def test_a_member_is_not_changed_by_its_neighbours() -> None:
    forecast = forecast_of(4)
    whole = judge_members(forecast, LongFlat(), PRICES, TERMS)
    for number in range(4):
        one = judge_members(forecast.member(number), LongFlat(), PRICES, TERMS)
        assert one.loc[0].equals(whole.loc[number])


def test_the_table_has_numbers_only() -> None:
    table = judge_members(forecast_of(2), LongFlat(), PRICES, TERMS)
    assert isinstance(table, pd.DataFrame)
    assert (table.dtypes == np.float64).all()
