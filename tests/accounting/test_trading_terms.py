"""Law: schedules know the calendar and not the data, and sizes know the past and nothing else."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from literal import FREE, NAN, table, trade

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.presets import PRESETS
from lstmtrader.backtest.rebalancing import Rebalancing
from lstmtrader.backtest.sizing import Sizing
from lstmtrader.backtest.terms import Terms
from lstmtrader.clock import Calendar, Execution
from lstmtrader.config.building import build_value, describe
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError, DataError
from lstmtrader.experiment import Experiment
from lstmtrader.prices import PriceFrame
from lstmtrader.report.assumptions import trading_assumptions
from lstmtrader.weights import TargetWeights

# Schedules


def test_the_last_session_before_a_holiday_ends_the_week_and_the_month() -> None:
    """Good Friday of 2024 was the 29th of March: Thursday was the end of both."""
    calendar = Calendar("XNYS")
    index = pd.bdate_range("2024-03-18", "2024-04-05").drop("2024-03-29")
    assert list(index[calendar.ends_of(index, "week")].day) == [22, 28, 5]
    assert list(index[calendar.ends_of(index, "month")].day) == [28]


@pytest.mark.parametrize("period", ["week", "month"])
def test_the_end_of_a_period_is_known_on_its_day(period: str) -> None:
    """Not only when the next bar is there."""
    index = pd.bdate_range("2021-01-04", "2021-12-31")
    ends = Calendar("24/5").ends_of(index, period)
    for length in range(1, len(index), 7):
        part = Calendar("24/5").ends_of(index[:length], period)
        np.testing.assert_array_equal(part, ends[:length])


def test_a_monthly_schedule_trades_once_a_month() -> None:
    prices = SyntheticProvider(n_symbols=3, n_bars=252, seed=1).fetch()
    weights = np.random.default_rng(1).dirichlet(np.ones(3), 252)
    frame = pd.DataFrame(weights, index=prices.index, columns=list(prices.symbols))
    result = run_backtest(
        prices, TargetWeights(frame), FREE, rebalancing=Rebalancing(every="month")
    )
    traded = pd.DatetimeIndex(result.trades["date"].unique())
    decided = result.targets.index
    assert len(decided) == len(set(decided.to_period("M"))) >= 11
    following = prices.index.get_indexer(decided) + 1
    assert list(traded) == list(prices.index[following[following < 252]])


def test_weeks_of_bars_shorter_than_a_session_are_refused() -> None:
    index = pd.date_range("2024-01-02 10:00", periods=5, freq="30min")
    with pytest.raises(ConfigError, match="every week: needs daily bars"):
        Calendar("XNYS", 30).ends_of(index, "week")


# The volatility of the whole portfolio


def returns_of(prices: PriceFrame) -> np.ndarray:
    close = prices.close.to_numpy()
    return close[1:] / close[:-1] - 1


def test_weights_are_scaled_to_the_volatility_they_would_have_had() -> None:
    prices = SyntheticProvider(n_symbols=3, n_bars=200, seed=2).fetch()
    row = np.array([0.2, -0.1, 0.3])
    frame = pd.DataFrame([row], index=prices.index[[100]], columns=list(prices.symbols))
    result = run_backtest(
        prices, TargetWeights(frame), FREE, sizing=Sizing(volatility=0.05, volatility_window=40),
        limits=Limits(10, 10),
    )  # fmt: skip
    past = returns_of(prices)[60:100] @ row
    expected = row * 0.05 / (past.std(ddof=1) * np.sqrt(prices.periods_per_year))
    np.testing.assert_allclose(result.targets.iloc[0], expected, rtol=1e-12)


def test_the_future_moves_no_size() -> None:
    prices = SyntheticProvider(n_symbols=3, n_bars=200, seed=2).fetch()
    weights = np.random.default_rng(3).uniform(-0.4, 0.4, (200, 3))
    frame = pd.DataFrame(weights, index=prices.index, columns=list(prices.symbols)).iloc[60:]

    def targets(shown: PriceFrame) -> pd.DataFrame:
        sizing = Sizing(volatility=0.1, volatility_window=60)
        return run_backtest(shown, TargetWeights(frame), FREE, sizing=sizing).targets

    close, open_ = prices.close.copy(), prices.open.copy()
    close.iloc[121:] *= 7.0
    open_.iloc[121:] *= 7.0
    moved = targets(PriceFrame(close, open=open_, calendar=prices.calendar))
    now = targets(prices)
    pd.testing.assert_frame_equal(moved.iloc[:61], now.iloc[:61], check_exact=True)
    assert not moved.iloc[61:].equals(now.iloc[61:])


def test_a_window_without_its_bars_is_refused() -> None:
    with pytest.raises(DataError, match="window of 60 bars"):
        trade([[10], [11], [12]], [[1.0]], sizing=Sizing(volatility=0.1))


# Estimates


def test_costs_by_estimates_know_only_the_bars_before_the_fill() -> None:
    """The range, the volatility and the volume of the fill bar and of later ones are not known."""
    prices = SyntheticProvider(n_symbols=2, n_bars=60, seed=4).fetch()
    frame = pd.DataFrame(0.4, index=prices.index[[40]], columns=list(prices.symbols))
    costs = Costs(range_slippage=0.2, volatility_slippage=0.1, impact=1.0)
    changed = {
        name: getattr(prices, name).copy() for name in ("close", "open", "high", "low", "volume")
    }
    for name, frame_ in changed.items():
        frame_.iloc[42:] *= 3.0
        if name in ("high", "volume"):
            frame_.iloc[41] *= 3.0
    first, second = (
        run_backtest(shown, TargetWeights(frame), costs).trades.iloc[:2]
        for shown in (prices, PriceFrame(**changed, calendar=prices.calendar))
    )
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    assert (first["slippage"] > 0).all()


@pytest.mark.parametrize(
    ("costs", "limits", "missing"),
    [
        (Costs(range_slippage=0.1), Limits(), "high"),
        (Costs(impact=1.0), Limits(), "volume"),
        (Costs(), Limits(participation=0.1), "volume"),
    ],
)
def test_what_needs_highs_or_volumes_says_so(costs: Costs, limits: Limits, missing: str) -> None:
    with pytest.raises(DataError, match=f"no {missing}"):
        trade([[10], [11]], [[1.0]], costs=costs, limits=limits)


# Presets and words


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_goes_through_yaml_and_processes_and_back(name: str) -> None:
    made = build_value(name, Costs, "costs", {Costs: PRESETS})
    assert type(made) is not Costs
    assert build_value(describe(made, Costs), Costs, "costs", {}) == made
    assert pickle.loads(pickle.dumps(made)) == made
    assert hash(made) == hash(pickle.loads(pickle.dumps(made)))


def test_a_preset_of_something_else_is_refused() -> None:
    with pytest.raises(ConfigError, match="Limits is no Costs"):
        build_value("lstmtrader.backtest.limits:Limits", Costs, "costs", {})


def test_the_report_says_on_what_terms() -> None:
    result = trade(
        [[10]] * 6,
        [[1.0]],
        costs=Costs(fees=0.001, borrow=0.02, debit_rate=0.05, minimum=3.0),
        limits=Limits(2.0, 1.5, per_name=0.5),
        sizing=Sizing(lot=1),
        rebalancing=Rebalancing(every=2, delay=1, unfilled="carry"),
    )
    said = " ".join(trading_assumptions(result).values())
    for words in (
        "2 bars later", "10 bp", "at least 3", "borrowing fees 2.00%", "debt 5.00%",
        "net up to 1.5", "one name up to 0.5", "lots of 1", "every 2 bars", "carried",
    ):  # fmt: skip
        assert words in said, (words, said)


def test_a_delay_of_one_bar_is_one_bar_later() -> None:
    close = [[10.0], [11.0], [12.0], [13.0], [14.0]]
    late = trade(close, [[1.0]], rebalancing=Rebalancing(delay=1))
    assert list(late.trades["price"]) == [12.0]
    assert len(late.returns) == 3
    assert trade(close, [[1.0]]).trades["price"].to_list() == [11.0]


@pytest.mark.parametrize("timing", [Execution.NEXT_CLOSE, Execution.SAME_CLOSE])
def test_nothing_is_traded_after_the_end(timing: Execution) -> None:
    """Equity at or under zero ends the account on that day; what comes later does not exist."""
    close = [[10, 10], [10, 10], [60, 10], [5, 10], [5, 10]]
    result = trade(close, [[-0.9, 0.1], [NAN, NAN], [0.5, 0.5], [0.5, 0.5]], timing=timing)
    assert result.ruined_on == table(close).index[2]
    assert result.equity.iloc[-1] == 0
    assert result.trades["date"].max() <= result.ruined_on
    assert (result.orders["reason"] != "unexplained").all()


def test_whole_numbers_are_numbers() -> None:
    """Fees of 0 and a capital of 1000, as people type them."""
    result = trade([[10.0], [10.0], [11.0]], [[1.0]], costs=Costs(fees=0), capital=1000)
    assert result.equity.to_list() == [1000, 1000, 1100]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Rebalancing(delay=1.5), "delay: expected a whole number"),
        (lambda: Rebalancing(every=True), "every: expected a whole number"),
        (lambda: Rebalancing(every="year"), "every: expected"),
        (lambda: Rebalancing(unfilled="x"), "unfilled: expected one of cancel, carry"),
        (lambda: Sizing(volatility_window=5.5), "volatility_window"),
        (lambda: Costs(fees="1"), "fees: expected a fraction"),
        (lambda: Terms("tomorrow"), "execution: expected one of next_open"),
    ],
)
def test_settings_are_as_strict_from_python(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make()


def test_a_fee_for_a_symbol_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match="borrow_by_symbol: ZZZ"):
        trade([[10], [11]], [[-1.0]], costs=Costs(borrow_by_symbol={"ZZZ": 0.5}))


def test_what_the_prices_do_not_allow_is_said_before_anything_is_trained(
    tiny_settings: dict[str, object], tmp_path: Path
) -> None:
    settings = {**tiny_settings, "costs": "us_equities_institutional"}
    closes = SyntheticProvider(n_symbols=3, n_bars=480, seed=3).fetch().close
    closes.to_csv(tmp_path / "closes.csv", index_label="date")
    settings["prices"] = {
        "provider": {
            "target": "files",
            "params": {"path": str(tmp_path / "closes.csv"), "layout": "wide", "calendar": "24/5"},
        }
    }
    settings["execution"] = "next_close"
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf-8")
    told: list[object] = []
    with pytest.raises(DataError, match="no volume"):
        Experiment.from_yaml(path).run(progress=told.append, workers=1)
    assert told == []
