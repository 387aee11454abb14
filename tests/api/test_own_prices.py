"""Law: prices of one's own table are what a file of them would be, and nothing is guessed."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from lstmtrader import Experiment, PriceFrame, Run
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import DataError

pytestmark = pytest.mark.xdist_group("own prices")

PRICES = SyntheticProvider(n_symbols=3, n_bars=480, seed=3).fetch()


def same(one: PriceFrame, two: PriceFrame) -> None:
    assert one.sha256() == two.sha256()


def test_every_shape_of_a_table_gives_the_same_prices() -> None:
    both = PRICES.to_pandas()
    same(PriceFrame.from_pandas(both, calendar="24/5"), PRICES)
    same(PriceFrame.from_pandas(both.swaplevel(axis=1), calendar="24/5"), PRICES)
    titled = both.rename(columns=str.title, level=0)
    same(PriceFrame.from_pandas(titled, calendar="24/5"), PRICES)
    one = PRICES.select(("SYN01",), None, None)
    flat = one.to_pandas().droplevel(1, axis=1)
    same(PriceFrame.from_pandas(flat, symbol="SYN01", calendar="24/5"), one)
    closes = PriceFrame(one.close, calendar=PRICES.calendar)
    same(PriceFrame.from_pandas(one.close, calendar="24/5"), closes)
    same(PriceFrame.from_pandas(one.close["SYN01"], calendar="24/5"), closes)


def test_names_of_axes_are_no_part_of_prices() -> None:
    named = PRICES.close.rename_axis(index="day", columns="ticker")
    made = PriceFrame.from_pandas(named, calendar="24/5")
    assert made.close.index.name is None
    assert made.close.columns.name is None


FLAT = PRICES.select(("SYN00",), None, None).to_pandas().droplevel(1, axis=1)
BAD: dict[str, tuple[Any, dict[str, Any], str]] = {
    "fields as symbols": (FLAT, {}, "are the fields of one symbol"),
    "unknown field": (FLAT.assign(wap=1.0), {"symbol": "A"}, "'wap' is no field"),
    "no close": (FLAT[["open", "high"]], {"symbol": "A"}, "no close among the fields"),
    "no name": (PRICES.close["SYN00"].rename(None), {}, "a Series needs a name"),
    "no level of fields": (
        pd.concat({"x": PRICES.close}, axis=1), {}, "expected a field named close in one level"
    ),
    "an array": (PRICES.close.to_numpy(), {}, "expected a DataFrame or a Series; got ndarray"),
    "open without close": (
        pd.concat({"close": PRICES.close[["SYN00"]], "open": PRICES.close}, axis=1), {},
        "SYN01 has open but no close",
    ),
    "symbol of many": (PRICES.to_pandas(), {"symbol": "A"}, "and no symbol="),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_table_that_says_not_what_it_is_is_refused(name: str) -> None:
    table, settings, said = BAD[name]
    with pytest.raises(DataError, match=said):
        PriceFrame.from_pandas(table, **settings)


def test_an_experiment_on_a_table_is_the_one_on_its_provider(
    tiny_experiment: Experiment, tiny_run: Run, tmp_path: Path
) -> None:
    run = tiny_experiment.run(tmp_path, prices=tiny_experiment.prices.fetch())
    assert run.data_hash == tiny_run.data_hash
    np.testing.assert_array_equal(run.equity, tiny_run.equity)
    np.testing.assert_array_equal(run.forecast.members, tiny_run.forecast.members)
    provider = run.config["prices"]["provider"]
    assert provider == {
        "target": "lstmtrader.data.memory:InMemory", "params": {"sha256": run.data_hash}
    }  # fmt: skip
    assert run.facts["Prices"].startswith("InMemory")


def test_its_settings_alone_say_what_they_lack(tiny_experiment: Experiment, tmp_path: Path) -> None:
    prices = tiny_experiment.prices.fetch()
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(tiny_experiment.on(prices).config), encoding="utf-8")
    again = Experiment.from_yaml(path)
    with pytest.raises(DataError, match=r"came from the memory of a program .* give them again"):
        again.prices.fetch()
    assert again.on(prices).config == tiny_experiment.on(prices).config
    other = prices.close * 1.01
    assert again.on(other).config_hash != again.on(prices).config_hash


def test_the_assumed_calendar_is_in_the_notes_of_a_run(tiny_experiment: Experiment) -> None:
    run = tiny_experiment.on(PRICES.to_pandas()).run()
    assert any("XNYS, one bar a session, 252 bars a year, is assumed" in one for one in run.notes)
    assert run.result.periods_per_year == 252


def test_days_are_selected_whole_whatever_the_time_of_day() -> None:
    bars, noon = PRICES.index, datetime.timedelta(hours=12)
    whole = PRICES.select(None, bars[3].date(), bars[9].date())
    assert list(whole.index) == list(bars[3:10])
    assert PRICES.select(None, bars[3] + noon, bars[9] + noon).sha256() == whole.sha256()
