"""What the optimisers give is optimal by the formula, and what they were given is the past."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.covariance import LedoitWolf

from lstmtrader.clock import Calendar
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.strategy import Strategy, decide
from strategies.mean_variance import MeanVariance
from strategies.optimising import solved
from strategies.risk_parity import RiskParity

WINDOW = 60
OPTIMISERS = [MeanVariance(window=WINDOW, every=7), RiskParity(window=WINDOW, every=7)]
both = pytest.mark.parametrize("strategy", OPTIMISERS, ids=str)


@pytest.fixture(scope="module")
def prices() -> PriceFrame:
    """Four symbols, the later ones with more volatility, all with a common part."""
    plain = SyntheticProvider(n_symbols=4, n_bars=120, seed=3).fetch()
    moves = np.log(plain.close).diff().fillna(0.0)
    mixed = moves * [1.0, 1.5, 2.0, 3.0] + 0.4 * moves.mean(axis=1).to_numpy()[:, None]
    return PriceFrame(100 * np.exp(mixed.cumsum()), calendar=Calendar("24/5"))


def said(prices: PriceFrame, values: object, kind: ForecastKind) -> Forecast:
    members = np.atleast_2d(np.asarray(values, dtype=np.float32))[None]
    return Forecast(members, prices.index[-members.shape[1] :], prices.symbols, kind)


def weights_of(strategy: Strategy, forecast: Forecast, prices: PriceFrame) -> np.ndarray:
    return decide(strategy, forecast, prices).frame.to_numpy()


def past_returns(prices: PriceFrame) -> np.ndarray:
    return prices.close.pct_change().to_numpy()[-WINDOW:]


@pytest.mark.parametrize("horizon", [1, 4])
@pytest.mark.parametrize("kind", [ForecastKind.RETURN, ForecastKind.SCALED_RETURN])
def test_mean_variance_is_that_of_the_formula(
    prices: PriceFrame, kind: ForecastKind, horizon: int
) -> None:
    """Where no limit binds: inverse covariance x expected return / twice the risk aversion."""
    values = np.array([1.0, -0.5, 0.25, 0.75], dtype=np.float32) * 1e-2
    past = past_returns(prices) * np.sqrt(horizon)
    expected = values * (past.std(axis=0, ddof=1) if kind is ForecastKind.SCALED_RETURN else 1.0)
    aversion = 5.0 if kind is ForecastKind.SCALED_RETURN else 500.0
    formula = np.linalg.solve(LedoitWolf().fit(past).covariance_, expected) / (2 * aversion)
    assert formula.clip(0).sum() < 0.45 > -formula.clip(None, 0).sum()
    strategy = MeanVariance(aversion, long_only=False, horizon=horizon, window=WINDOW)
    found = weights_of(strategy, said(prices, values, kind), prices)
    np.testing.assert_allclose(found[0], formula, rtol=2e-4, atol=2e-6)


def test_mean_variance_leaves_the_money_in_cash_where_all_will_fall(prices: PriceFrame) -> None:
    forecast = said(prices, [-0.01, -0.02, -0.01, -0.03], ForecastKind.RETURN)
    assert (weights_of(MeanVariance(window=WINDOW), forecast, prices) == 0).all()


def test_mean_variance_without_limits_on_sides_is_half_long_half_short(prices: PriceFrame) -> None:
    forecast = said(prices, [0.05, -0.05, 0.04, -0.06], ForecastKind.RETURN)
    strategy = MeanVariance(0.01, long_only=False, window=WINDOW)
    weights = weights_of(strategy, forecast, prices)[0]
    np.testing.assert_allclose(
        [weights.clip(0).sum(), weights.clip(None, 0).sum()], [0.5, -0.5], rtol=1e-6
    )


def shares_of_risk(weights: np.ndarray, returns: np.ndarray) -> np.ndarray:
    contribution = weights * (np.cov(returns, rowvar=False) @ weights)
    return contribution / contribution.sum()


def test_risk_parity_gives_every_side_the_same_share(prices: PriceFrame) -> None:
    forecast = said(prices, [0.05, -0.05, 0.04, -0.06], ForecastKind.RETURN)
    weights = weights_of(RiskParity(window=WINDOW), forecast, prices)[0]
    assert list(np.sign(weights)) == [1, -1, 1, -1]
    assert np.abs(weights).sum() == pytest.approx(1.0, abs=1e-9)
    np.testing.assert_allclose(shares_of_risk(weights, past_returns(prices)), 0.25, rtol=1e-3)


def test_risk_parity_can_leave_out_what_will_fall(prices: PriceFrame) -> None:
    forecast = said(prices, [0.6, 0.4, 0.7, 0.5], ForecastKind.PROBABILITY)
    strategy = RiskParity(long_only=True, window=WINDOW)
    weights = weights_of(strategy, forecast, prices)[0]
    assert list(weights > 0) == [True, False, True, False]
    held = shares_of_risk(weights[[0, 2]], past_returns(prices)[:, [0, 2]])
    np.testing.assert_allclose(held, 0.5, rtol=1e-3)


@pytest.mark.parametrize("kind", [ForecastKind.VOLATILITY, ForecastKind.LOG_VOLATILITY])
def test_risk_parity_takes_volatilities_from_the_forecast(
    prices: PriceFrame, kind: ForecastKind
) -> None:
    volatility = np.array([0.04, 0.01, 0.02, 0.03])
    values = volatility if kind is ForecastKind.VOLATILITY else np.log(volatility)
    weights = weights_of(RiskParity(window=WINDOW), said(prices, values, kind), prices)[0]
    past = past_returns(prices)
    ahead = past / past.std(axis=0) * volatility
    np.testing.assert_allclose(shares_of_risk(weights, ahead), 0.25, rtol=1e-3)
    assert (weights > 0).all()


@both
def test_they_decide_every_so_often_and_hold_between(
    strategy: Strategy, prices: PriceFrame
) -> None:
    """Two bars without any forecast when it is due: nothing is held, and then it starts anew."""
    values = np.full((30, 4), 0.01)
    values[:3] = np.nan
    values[9:12] = np.nan
    weights = weights_of(strategy, said(prices, values, ForecastKind.RETURN), prices)
    decided = np.flatnonzero(~np.isnan(weights).any(axis=1))
    assert list(decided) == [0, 1, 2, 3, 10, 11, 12, 19, 26]
    assert list(np.abs(weights[decided]).sum(axis=1) > 0) == [
        False, False, False, True, False, False, True, True, True
    ]  # fmt: skip


@both
def test_symbols_that_cannot_be_judged_are_left_out(strategy: Strategy, prices: PriceFrame) -> None:
    """One never moves, one is listed too late; a hole in a third does not matter."""
    close = prices.close.copy()
    close.iloc[:, 0] = 5.0
    close.iloc[: -WINDOW // 2, 1] = np.nan
    close.iloc[-10, 2] = np.nan
    odd = PriceFrame(close, calendar=prices.calendar)
    forecast = said(odd, [0.01] * 4, ForecastKind.RETURN)
    assert list(weights_of(strategy, forecast, odd)[0] > 0) == [False, False, True, True]


@both
def test_a_single_symbol_gets_everything_it_is_worth(
    strategy: Strategy, prices: PriceFrame
) -> None:
    forecast = said(prices, [np.nan, 0.01, np.nan, np.nan], ForecastKind.RETURN)
    weights = weights_of(strategy, forecast, prices)[0]
    np.testing.assert_allclose(weights, [0, 1, 0, 0], atol=1e-6)


@both
def test_prices_that_move_as_one_have_an_answer(strategy: Strategy, prices: PriceFrame) -> None:
    """A covariance without an inverse: the symbols share, no one fails."""
    close = prices.close.copy()
    for number in range(4):
        close.iloc[:, number] = close.iloc[:, 0] * (number + 1)
    forecast = said(prices, [0.01] * 4, ForecastKind.RETURN)
    twins = PriceFrame(close, calendar=prices.calendar)
    weights = weights_of(strategy, forecast, twins)[0]
    np.testing.assert_allclose(weights, 0.25, atol=1e-2)


def test_where_the_solver_fails_the_positions_stay() -> None:
    from skfolio.optimization import MeanRisk

    impossible = MeanRisk(min_weights=0.9, max_weights=1.0)  # twice 0.9 is more than there is
    returns = np.random.default_rng(0).normal(size=(50, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(solved(impossible, returns)).all()


class _Inaccurate:
    def fit(self, returns: np.ndarray) -> _Inaccurate:
        warnings.warn("Solution may be inaccurate. Try changing the solver params", stacklevel=2)
        self.weights_ = np.ones(returns.shape[1])
        return self


def test_an_inaccurate_answer_is_none() -> None:
    assert np.isnan(solved(_Inaccurate(), np.zeros((5, 2)))).all()


def test_all_symbols_keep_their_positions_where_there_is_no_answer(
    prices: PriceFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that took no part: half an answer is none."""
    monkeypatch.setattr(RiskParity, "_solve", lambda *_: np.full(3, np.nan))
    forecast = said(prices, [0.01, np.nan, 0.01, 0.01], ForecastKind.RETURN)
    assert np.isnan(weights_of(RiskParity(window=WINDOW), forecast, prices)).all()


@both
def test_the_window_is_all_they_see(strategy: Strategy, prices: PriceFrame) -> None:
    """A change before the window changes no bit, one at its beginning does."""
    forecast = said(prices, [0.01, 0.02, 0.01, 0.02], ForecastKind.RETURN)
    now = weights_of(strategy, forecast, prices)
    for bar, matters in ((-WINDOW - 2, False), (-WINDOW - 1, True)):
        close = prices.close.copy()
        close.iloc[bar, 0] *= 1.5
        other = replace(prices, close=pd.DataFrame(close))
        assert (weights_of(strategy, forecast, other) != now).any() == matters
