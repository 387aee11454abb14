"""Law: forecasts of any other model are traded and judged as those of an experiment are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from lstmtrader import (
    Calendar,
    Costs,
    Experiment,
    Forecast,
    PriceFrame,
    Run,
    TargetWeights,
    backtest_forecasts,
)
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError, ContractError, DataError, LstmtraderError
from lstmtrader.evaluation.trials import read
from lstmtrader.features import ForwardReturn
from strategies.long_flat import LongFlat
from strategies.rank_long_short import RankLongShort

pytestmark = pytest.mark.xdist_group("own forecasts")

PRICES = SyntheticProvider(n_symbols=3, n_bars=300, seed=5).fetch()
FREE = Costs(fees=0.0, slippage=0.0)


@dataclass(frozen=True)
class Sides:
    """Long what is forecast to rise, short what is forecast to fall."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        return TargetWeights(np.sign(forecast.mean).fillna(0.0) / len(forecast.symbols))


def momentum(prices: PriceFrame = PRICES) -> pd.DataFrame:
    return prices.close.pct_change(10, fill_method=None).iloc[50:]


def test_an_experiments_own_forecast_gives_its_account_to_the_last_bit(
    tiny_run: Run, tiny_experiment: Experiment
) -> None:
    one = tiny_experiment
    again = backtest_forecasts(
        tiny_run.forecast, one.prices.fetch(), one.strategy, target=one.target,
        execution=one.execution, costs=one.costs, limits=one.limits, sizing=one.sizing,
        rebalancing=one.rebalancing, capital=one.capital,
    )  # fmt: skip
    assert again.data_hash == tiny_run.data_hash
    for name in ("equity", "weights", "trades", "outcome"):
        mine, other = getattr(again, name), getattr(tiny_run, name)
        pd.testing.assert_frame_equal(
            pd.DataFrame(mine), pd.DataFrame(other), check_exact=True, check_freq=False
        )
    assert again.metrics["strategy"] == pytest.approx(
        tiny_run.metrics["strategy"], rel=0, abs=0, nan_ok=True
    )
    skill = again.metrics["skill"]
    assert skill["rank_ic"] == tiny_run.metrics["skill"]["rank_ic"]
    assert skill["n"] == tiny_run.metrics["skill"]["n"]


def test_foresight_gets_rich_and_a_bar_later_it_does_not() -> None:
    known = ForwardReturn(horizon=1, scaled=False)(PRICES, Experiment.execution)
    seen = known.iloc[50:-2]
    rich = backtest_forecasts(seen, PRICES, Sides(), costs=FREE)
    late = backtest_forecasts(known.shift(1).iloc[50:-2], PRICES, Sides(), costs=FREE)
    assert rich.metrics["strategy"]["sharpe"] > 10
    assert abs(late.metrics["strategy"]["sharpe"]) < 2.5
    assert rich.metrics["skill"]["ic"] > 0.999
    assert abs(late.metrics["skill"]["ic"]) < 0.15


@pytest.mark.parametrize("factor", [1.01, 3.0])
def test_prices_after_a_bar_change_no_weight_before(factor: float) -> None:
    bar = 200
    later = np.where(np.arange(PRICES.n_bars) > bar, factor, 1.0)[:, None]
    fields = {name: getattr(PRICES, name) * later for name in ("open", "high", "low", "close")}
    other = replace(PRICES, **fields)
    forecasts, until = momentum(), PRICES.index[bar]
    weights = [
        backtest_forecasts(forecasts, one, RankLongShort(top=0.34)).weights.loc[:until]
        for one in (PRICES, other)
    ]
    pd.testing.assert_frame_equal(*weights, check_exact=True)
    assert len(weights[0]) > 100


def test_closes_alone_are_filled_a_close_later_and_opens_at_the_next_open() -> None:
    closes = backtest_forecasts(momentum(), PRICES.close, LongFlat(), calendar="24/5")
    opens = backtest_forecasts(momentum(), PRICES.to_pandas(), LongFlat(), calendar="24/5")
    assert (closes.result.execution, opens.result.execution) == ("next_close", "next_open")


def test_the_calendar_is_said_and_never_guessed_in_silence() -> None:
    assumed = backtest_forecasts(momentum(), PRICES.close, LongFlat())
    assert assumed.result.periods_per_year == 252
    assert "XNYS" in assumed.facts["Annualisation"]
    assert "assumed, as no calendar was given" in assumed.facts["Annualisation"]
    assert any("No calendar was given" in note for note in assumed.notes)
    given = backtest_forecasts(momentum(), PRICES.close, LongFlat(), calendar=Calendar("24/5"))
    assert given.result.periods_per_year == 261
    assert "24/5" in given.facts["Annualisation"]
    assert not any("calendar" in note for note in given.notes)
    daily = PRICES.close.set_axis(pd.date_range("2020-01-01", periods=PRICES.n_bars))
    with pytest.raises(DataError, match="2020-01-04 is a Saturday, on which XNYS has no"):
        backtest_forecasts(daily.pct_change().iloc[1:], daily, LongFlat())
    with pytest.raises(ConfigError, match="the prices have 24/5 already; got XNYS"):
        backtest_forecasts(momentum(), PRICES, LongFlat(), calendar="XNYS")


def test_what_is_left_out_is_counted_and_named() -> None:
    some = momentum()[["SYN02", "SYN00"]].iloc[::5]
    run = backtest_forecasts(some, PRICES, LongFlat())
    notes = " ".join(run.notes)
    assert "1 of 3 symbols with prices have no column of forecasts" in notes
    assert "SYN01" in notes
    bars = len(PRICES.index[50:].to_list()[: 5 * (len(some) - 1) + 1])
    assert f"{bars - len(some)} of {bars} bars" in notes
    assert run.weights.columns.tolist() == ["SYN02", "SYN00"]
    assert run.weights.index.equals(some.index)


def changed(**changes: Any) -> pd.DataFrame:
    table = momentum()
    for name, value in changes.items():
        setattr(table, name, value)
    return table


BARS = momentum().index
BAD: dict[str, tuple[Any, str]] = {
    "other bars": (changed(index=BARS + pd.Timedelta(hours=1)), "250 of 250 bars have no prices"),
    "a later bar": (
        pd.concat([momentum(), momentum().tail(1).shift(1, freq="D")]), "1 of 251 bars have no"
    ),
    "another symbol": (changed(columns=["SYN00", "SYN01", "XYZ"]), "1 of 3 symbols have no .*XYZ"),
    "twice": (pd.concat([momentum(), momentum().tail(1)]), "appears more than once"),
    "not sorted": (momentum()[::-1], "are not sorted"),
    "symbol twice": (changed(columns=["SYN00", "SYN01", "SYN00"]), "SYN00 appears more than once"),
    "numbers for symbols": (changed(columns=[0, 1, 2]), "expected symbols as text; got 0"),
    "time zone": (momentum().tz_localize("UTC"), "have UTC, those of the prices no time zone"),
    "no dates": (momentum().reset_index(drop=True), "expected a DatetimeIndex"),
    "words": (momentum().astype(object).mask(momentum() > 0, "up"), "expected numbers"),
    "infinite": (momentum() * np.inf, "infinities"),
    "nothing": (momentum() * np.nan, "every one is missing"),
    "empty": (momentum().iloc[:0], "no bars or no symbols"),
    "a series": (momentum()["SYN00"], "expected a DataFrame; got Series"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_forecasts_that_do_not_fit_the_prices_are_refused(name: str) -> None:
    table, said = BAD[name]
    with pytest.raises((DataError, ContractError), match=said) as caught:
        backtest_forecasts(table, PRICES, LongFlat())
    assert "\n" not in str(caught.value)


SETTINGS: dict[str, tuple[dict[str, Any], str]] = {
    "kind": ({"kind": "guess"}, "kind: expected one of return,"),
    "kind of no use": ({"kind": "log_volatility"}, "LongFlat trades forecasts of"),
    "name": ({"name": "a b"}, "name: expected letters"),
    "execution": ({"execution": "now"}, "execution: expected one of next_open"),
    "horizon": ({"horizon": 0}, "horizon: expected at least 1 bar"),
    "both horizons": ({"target": ForwardReturn(5), "horizon": 2}, "give one of them"),
    "benchmark": ({"benchmark": "SPY"}, "SPY is not among the prices"),
    "capital": ({"capital": 0.0}, "capital: expected a finite sum above 0"),
    "rival": ({"baselines": {"late": momentum().iloc[1:]}}, "late has other bars or symbols"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_that_make_no_sense_are_refused(name: str) -> None:
    settings, said = SETTINGS[name]
    with pytest.raises(LstmtraderError, match=said):
        backtest_forecasts(momentum(), PRICES, LongFlat(), **settings)


def test_a_kind_is_not_given_twice() -> None:
    made = Forecast.from_pandas(momentum(), "score")
    with pytest.raises(ConfigError, match="are of score already; got return"):
        backtest_forecasts(made, PRICES, RankLongShort(), kind="return")


def test_a_saved_run_is_counted_as_a_trial_and_read_again(tmp_path: Any) -> None:
    rival = {"reversal": -momentum()}
    run = backtest_forecasts(
        momentum(), PRICES, LongFlat(), name="mine", runs=tmp_path, baselines=rival
    )
    assert run.path is not None
    loaded = Run.load(run.path)
    assert loaded.report() == run.report() == (run.path / "report.html").read_text("utf-8")
    assert loaded.folds.empty
    assert loaded.config == run.config
    assert list(loaded.baselines) == ["reversal"]
    assert [one.name for one in read(tmp_path)] == ["mine"]
    backtest_forecasts(momentum(), PRICES, LongFlat(), name="again", runs=tmp_path)
    assert len(read(tmp_path)) == 1, "the same trial is not counted twice"
    backtest_forecasts(-momentum(), PRICES, LongFlat(), runs=tmp_path)
    assert len(read(tmp_path)) == 2
    assert run.trials["n_trials"] == 1


def test_members_are_kept_and_judged() -> None:
    both = Forecast.from_pandas([momentum(), -momentum().shift(1)], "return")
    run = backtest_forecasts(both, PRICES, LongFlat())
    assert run.forecast.n_members == 2
    assert len(run.evaluation.significance.members) == 3
    assert "Ensemble" in run.plot.members().to_json()
