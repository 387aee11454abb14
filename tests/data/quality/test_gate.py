"""Law: a policy does what it says, and every row is either let through or listed as dropped."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lstmtrader.data.history import BAR_FIELDS, SymbolHistory
from lstmtrader.data.quality.check import Policy
from lstmtrader.data.quality.gate import CHECKS, FINDING_COLUMNS, Gate
from lstmtrader.errors import ConfigError, DataError
from tests.data.quality.planting import BARS, KINDS, plant_many

KIND_OF = {
    "unparseable": "error reply's line",
    "unsorted": "unsorted",
    "mixed_times": "mixed times",
    "nan_run": "NaN run",
    "empty_row": "empty row",
    "duplicate_bar": "revised bar",
    "conflicting_bar": "two closes, one bar",
    "not_positive": "zero, negative, infinite",
    "high_low": "high, low inside out",
    "missing_price": "a price missing",
    "stale": "stale",
    "after_delisting": "remnant",
    "reused_ticker": "reused ticker",
    "off_calendar": "bar on a Saturday",
    "missing_sessions": "sessions missing",
    "factor_100": "pence for a while",
    "spike": "spike x 0.1",
    "possible_spike": "last bar x 3.3",
    "unadjusted_split": "split 10:1",
}
CASES = [
    (check.name, policy.value)
    for check in CHECKS
    if check.name in KIND_OF
    for policy in check.allowed
]


@pytest.mark.parametrize(("check", "policy"), CASES)
def test_a_policy_does_what_it_says(check: str, policy: str, clean: pd.DataFrame) -> None:
    rng = np.random.default_rng(5)
    table, _, _ = plant_many(clean, KINDS[KIND_OF[check]], rng, 3)
    # A price of zero is also outside low and high.
    others = {"high_low": "keep"} if check == "not_positive" else {}
    gate = Gate({check: policy, **others}, calendar="24/5")
    report = gate.inspect(table)
    found = report.of(check)
    assert len(found) >= 1
    done = {"raise": "refused", "drop": "dropped", "keep": "kept"}[policy]
    assert set(found["done"]) == {done}
    rows = set(found["row"])
    if policy == "drop":
        assert rows <= set(report.dropped_rows)
        assert not rows & set(report.bars.index)
    elif policy == "keep" and check not in ("nan_run",):
        assert rows <= set(report.bars.index)
    if policy == "raise":
        with pytest.raises(DataError, match=f"{check}.*policies: {{{check}: keep}}"):
            gate.clean(table)


@pytest.mark.parametrize("kind", KINDS)
def test_dropped_and_kept_rows_are_the_input(kind: str, clean: pd.DataFrame) -> None:
    table, _, _ = plant_many(clean, KINDS[kind], np.random.default_rng(6), 4)
    before = table.copy(deep=True)
    gates = [Gate(calendar="24/5")]
    for policy in Policy:
        chosen = {c.name: policy.value for c in CHECKS if policy in c.allowed}
        gates.append(Gate(chosen, calendar="24/5"))
    for gate in gates:
        report = gate.inspect(table)
        kept, dropped = list(report.bars.index), list(report.dropped_rows)
        assert sorted(kept + dropped) == list(range(len(table)))
        pd.testing.assert_frame_equal(table, before)


def test_what_is_let_through_is_what_came(clean: pd.DataFrame) -> None:
    """No number changes on its way through the gate."""
    table, _, _ = plant_many(clean, KINDS["unsorted"], np.random.default_rng(8), 5)
    bars = Gate(calendar="24/5").inspect(table).bars
    came = table.loc[bars.index]
    for name in ("open", "high", "low", "close", "volume", "adj_close"):
        np.testing.assert_array_equal(bars[name], came[name])
    assert (bars["symbol"].astype(str) == came["symbol"]).all()
    assert (bars["time"] == pd.to_datetime(came["date"])).all()
    assert bars.groupby("symbol", observed=True)["time"].is_monotonic_increasing.all()


def test_findings_have_their_columns_even_where_there_are_none(clean: pd.DataFrame) -> None:
    report = Gate(calendar="24/5").inspect(clean.head(50))
    assert report.findings.empty
    assert tuple(report.findings.columns) == FINDING_COLUMNS
    assert report.summary().empty
    report.raise_if_refused()


def test_an_unreadable_row_stays_out_whatever_the_gate_is_told(clean: pd.DataFrame) -> None:
    with pytest.raises(ConfigError, match="unparseable: expected one of raise, drop; got 'keep'"):
        Gate({"unparseable": "keep"})


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        ({"spikes": "drop"}, "unknown check 'spikes'; expected one of unparseable, "),
        ({"spike": "fix"}, "spike: expected one of raise, drop, keep; got 'fix'"),
        ({"unadjusted_split": "drop"}, "unadjusted_split: expected one of raise, keep"),
    ],
)
def test_a_wrong_policy_is_refused(policies: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Gate(policies)


def test_an_unknown_calendar_is_named(clean: pd.DataFrame) -> None:
    with pytest.raises(ConfigError, match="calendar: 'NYSE!' is not known"):
        Gate(calendar="NYSE!").inspect(clean.head(100))


def test_another_calendar_is_one_finding_a_symbol() -> None:
    days = pd.date_range("2021-01-01", periods=400)
    price = np.exp(np.random.default_rng(0).normal(0, 0.01, 400).cumsum())
    table = pd.DataFrame({"date": days, "symbol": "BTC-USD", "close": price})
    report = Gate().inspect(table)
    assert list(report.findings["check"]) == ["off_calendar"]
    assert "name the symbol's own calendar" in report.findings["detail"][0]
    assert Gate(calendar="24/7").inspect(table).findings.empty
    assert Gate(calendar=None).inspect(table).findings.empty


def test_bars_of_an_hour_are_no_mixture_of_times(clean: pd.DataFrame) -> None:
    days = pd.bdate_range("2021-01-04", periods=60)
    times = [day + pd.Timedelta(hours=hour) for day in days for hour in range(14, 21)]
    price = np.exp(np.random.default_rng(0).normal(0, 0.003, len(times)).cumsum())
    report = Gate(calendar="24/5").inspect(pd.DataFrame({"time": times, "close": price}))
    assert report.findings.empty
    assert list(report.bars["time"]) == times


def _history(split_adjusted: bool, announced: bool, adj: bool = False) -> SymbolHistory:
    rng = np.random.default_rng(2)
    index = pd.bdate_range("2020-01-01", periods=BARS, name="time")
    close = 50 * np.exp(rng.normal(0, 0.01, BARS).cumsum())
    volume = np.round(1e6 * np.exp(rng.normal(0, 0.2, BARS)))
    scale = np.where(np.arange(BARS) < 300, 4.0, 1.0)
    bars = pd.DataFrame(
        {"open": close, "high": close * 1.01, "low": close * 0.99, "close": close}, index=index
    ).mul(scale, axis=0)
    bars["volume"] = volume / scale
    bars["adj_close"] = close if adj else np.nan
    actions = pd.DataFrame(
        {"kind": ["split"], "value": [4.0]},
        index=pd.DatetimeIndex([index[300]], name="time"),
    )
    if not announced:
        actions = actions.iloc[:0]
    return SymbolHistory("X", "1d", bars[list(BAR_FIELDS)], actions, split_adjusted)


def test_a_split_that_was_announced_explains_the_jump_of_raw_prices() -> None:
    gate = Gate(calendar="24/5")
    assert gate.inspect(_history(split_adjusted=False, announced=True)).findings.empty
    assert gate.inspect(_history(True, False, adj=True)).findings.empty
    for adjusted, announced in ((True, True), (True, False), (False, False)):
        found = gate.inspect(_history(adjusted, announced)).findings
        assert list(found["check"]) == ["unadjusted_split"]
        assert list(found["value"]) == ["4:1"]
        assert list(found["time"]) == [pd.bdate_range("2020-01-01", periods=BARS)[300]]
