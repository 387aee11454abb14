"""Laws of `Run.explain`: it explains the forecast that was saved, or it says why it cannot."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from lstmtrader import Experiment
from lstmtrader.config.building import build
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError, DataError, RunError, UnknownSymbolError
from lstmtrader.explain.explaining import explain
from lstmtrader.explain.fits import Networks
from lstmtrader.explain.result import Explanation
from lstmtrader.pipeline import Fits, Forecasts, forecast_study
from lstmtrader.progress import Step
from lstmtrader.study import Study
from lstmtrader.walkforward.executor import InProcess

if TYPE_CHECKING:
    from lstmtrader import Run
    from tests.conftest import Settings

CELLS = ("rnn", "lstm", "gru")


@pytest.fixture(scope="module")
def explained(tiny_run: Run) -> Explanation:
    return tiny_run.explain()


def test_its_figure_draws_what_was_attributed(tiny_run: Run, explained: Explanation) -> None:
    drawn = tiny_run.plot.attribution()
    beside = next(trace for trace in drawn.data if trace.name == "Sum of the feature")
    sums = explained.attribution.values.sum()
    assert dict(zip(beside.y, beside.x, strict=True)) == pytest.approx(dict(sums))
    assert f"{explained.symbol}, {explained.date:%Y-%m-%d}" in drawn.layout.title.text


def content(found: Explanation) -> bytes:
    """Everything in it but the notes, which say where the networks came from."""
    return pickle.dumps(
        [
            found.gates and [found.gates.state, dict(found.gates.gates)],
            found.memory and [found.memory.by_unit.to_numpy(), found.memory.over_time.to_numpy()],
            found.attribution.values.to_numpy(),
            found.importance["mean"].to_numpy(),
            found.gradients.to_numpy(),
        ]
    )


def saved(run: Run, found: Explanation) -> float:
    forecast = run.forecast.member(found.member).mean
    return float(forecast.loc[found.date, found.symbol])


def test_by_default_it_is_the_largest_forecast_of_the_last_bar(
    tiny_run: Run, explained: Explanation
) -> None:
    last = tiny_run.forecast.mean.dropna(how="all").iloc[-1]
    assert explained.date == last.name
    assert explained.symbol == last.abs().idxmax()
    assert (explained.fold, explained.member, explained.cell) == (4, 0, "lstm")


def test_what_is_explained_is_what_was_forecast(tiny_run: Run, explained: Explanation) -> None:
    assert explained.attribution.output == pytest.approx(saved(tiny_run, explained), abs=1e-6)
    assert explained.attribution.completeness_error < 0.01


def test_the_gates_end_in_the_forecast_that_was_saved(
    tiny_run: Run, explained: Explanation
) -> None:
    study = build(Study, tiny_run.config)
    prices = study.prices.fetch()
    assert tiny_run.path is not None
    networks = Networks(
        study, study.labelled_panel(prices), study.folds(prices), tiny_run.path.parent / ".cache"
    )
    head: Any = networks.of_run(study.folds(prices)[explained.fold], 0).network.head
    assert networks.fitted_again == 0
    assert explained.gates is not None
    hidden = explained.gates.gates["output"][-1] * np.tanh(explained.gates.state[-1])
    position = np.tanh(head.weight.detach().numpy()[0] @ hidden + float(head.bias.detach()[0]))
    assert position == pytest.approx(saved(tiny_run, explained), abs=1e-6)
    close = prices.close.loc[explained.gates.index, explained.symbol]
    np.testing.assert_array_equal(explained.gates.close, close)
    assert explained.gates.index[-1] == explained.date


def test_every_part_has_its_shape(explained: Explanation) -> None:
    assert list(explained.gradients.columns) == list(CELLS)
    assert (explained.gradients.loc[0] == 1).all()
    assert explained.gradients.shape == (10, 3)
    assert sorted(explained.importance.index) == ["absolute_return_5", "scaled_return_1"]
    assert explained.memory is not None
    assert len(explained.memory.by_unit) == 4
    assert explained.memory.over_time.index[-1] == explained.date


def test_twice_the_same_bytes_from_the_cache_or_fitted_again(
    tiny_run: Run, explained: Explanation
) -> None:
    assert not any("not in the cache" in note for note in explained.notes)
    again = replace(tiny_run, path=None).explain()
    assert any("5 networks were not in the cache" in note for note in again.notes)
    assert content(again) == content(explained)


def test_what_is_fitted_again_is_kept(tiny_run: Run, tmp_path: Path) -> None:
    run = replace(tiny_run, path=tmp_path / "somewhere")
    steps: list[Step] = []
    run.explain(cells=(), folds=1, progress=steps.append)
    assert {step.stage for step in steps} == {"epoch", "fit"}
    steps.clear()
    run.explain(cells=(), folds=1, progress=steps.append)
    assert [(step.stage, step.done, step.of) for step in steps] == [("fit", 1, 2), ("fit", 2, 2)]


def test_a_cache_elsewhere_can_be_named(tiny_run: Run) -> None:
    assert tiny_run.path is not None
    nowhere = replace(tiny_run, path=None)
    found = nowhere.explain(cells=(), folds=1, cache=str(tiny_run.path.parent / ".cache"))
    assert not any("not in the cache" in note for note in found.notes)


def test_a_symbol_and_a_date_can_be_chosen(tiny_run: Run) -> None:
    date = tiny_run.forecast.index[60]
    found = tiny_run.explain("SYN01", str(date.date()), cells=(), folds=1)
    assert (found.symbol, found.date, found.fold) == ("SYN01", date, 1)
    assert found.attribution.output == pytest.approx(saved(tiny_run, found), abs=1e-6)
    assert list(found.gradients.columns) == ["lstm"]
    alone = tiny_run.explain(date=date, cells=(), folds=1)
    assert alone.symbol == tiny_run.forecast.mean.loc[date].abs().idxmax()


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "symbol": ({"symbol": "SYN09"}, UnknownSymbolError, "expected one of SYN00, SYN01, SYN02"),
    "weekend": ({"date": "2001-11-04"}, ConfigError, "expected a test bar"),
    "between": ({"date": "2001-10-28"}, ConfigError, "the bar before it is 2001-10-26"),
    "training": ({"date": "2000-06-01"}, ConfigError, "expected a test bar"),
    "no date": ({"date": "yesterdayish"}, ConfigError, "expected a date such as"),
    "NaT": ({"date": pd.NaT}, ConfigError, "expected a date such as"),
    "member": ({"member": 1}, ConfigError, "expected one of 0 to 0; got 1"),
    "cell": ({"cells": ("elman",)}, ConfigError, "expected some of rnn"),
    "folds": ({"folds": 0}, ConfigError, "expected at least 1"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_question_gets_one_clear_sentence(tiny_run: Run, case: str) -> None:
    asked, error, words = WRONG[case]
    with pytest.raises(error, match=words) as caught:
        tiny_run.explain(**asked)
    assert "\n" not in str(caught.value)


def test_other_prices_than_those_of_the_run_are_refused(tiny_run: Run) -> None:
    other = SyntheticProvider(n_symbols=3, n_bars=480, seed=4).fetch()
    with pytest.raises(DataError, match="not those of the run"):
        tiny_run.explain(prices=other)
    same = SyntheticProvider(n_symbols=3, n_bars=480, seed=3).fetch()
    tiny_run.explain(prices=same, cells=(), folds=1)


def test_a_forecast_that_the_network_does_not_give_is_not_explained(tiny_run: Run) -> None:
    bent = replace(tiny_run.forecast, members=tiny_run.forecast.members * np.float32(1.1))
    with pytest.raises(RunError, match="another kind of machine"):
        replace(tiny_run, forecast=bent).explain()


def test_a_baseline_cannot_be_explained(tiny_experiment: Experiment, tiny_run: Run) -> None:
    from lstmtrader.models import HistoricalMean
    from strategies.long_flat import LongFlat

    study = replace(tiny_experiment, model=HistoricalMean(), strategy=LongFlat())
    with pytest.raises(ConfigError, match="the run's model is HistoricalMean"):
        explain(study, tiny_run.forecast, tiny_run.data_hash)


def test_forecasts_that_were_given_cannot_be_explained(tiny_run: Run) -> None:
    settings = {key: value for key, value in tiny_run.config.items() if key != "model"}
    with pytest.raises(ConfigError, match="there is no network"):
        replace(tiny_run, config=settings).explain()


def test_an_explanation_is_short_in_a_shell(explained: Explanation) -> None:
    assert repr(explained).startswith("Explanation of SYN02 on 2001-11-02")
    assert len(repr(explained)) < 250


def test_folds_are_spread_and_hold_the_explained_one(tiny_run: Run) -> None:
    steps: list[Step] = []
    found = tiny_run.explain(cells=(), folds=2, progress=steps.append)
    labels = [step.label for step in steps]
    assert labels == ["fold 4, member 0", "fold 1, member 0", "fold 4, member 0"]
    assert any("2 of 5 folds" in note for note in found.notes)


def fitted(
    new_settings: Callable[[], Settings],
    write_yaml: Callable[[Settings, Path], Path],
    place: Path,
    change: Callable[[Settings], object],
) -> tuple[Experiment, Forecasts]:
    """A changed experiment and its forecasts, its fits in a cache at `place`."""
    settings = new_settings()
    settings["walk_forward"] = {"train": 200, "validation": 50, "test": 90}
    change(settings)
    experiment = Experiment.from_yaml(write_yaml(settings, place / "changed.yaml"))
    return experiment, forecast_study(experiment, Fits(InProcess(), place / "cache"))


def of_model(**changes: Any) -> Callable[[Settings], object]:
    return lambda settings: settings["model"]["params"].update(changes)


def traded(loss: str) -> Callable[[Settings], None]:
    """Another loss, and a strategy that takes its forecasts."""

    def change(settings: Settings) -> None:
        settings["model"]["params"]["loss"] = loss
        settings["strategy"] = "strategies.rank_long_short:RankLongShort"
        if loss in ("bce", "direction"):
            settings["target"] = "lstmtrader.features:Direction"

    return change


CHANGES: dict[str, Callable[[Settings], object]] = {
    "warm": lambda settings: settings.update(refit="warm"),
    "none": lambda settings: settings.update(refit="none"),
    "window": of_model(training={"epochs": 1, "mode": "window"}),
    "members": lambda settings: settings.update(members=2),
    "mse": traded("mse"),
    "quantile": traded("quantile"),
    "student_t": traded("student_t"),
    "ic": traded("ic"),
    "two layers": of_model(network={"hidden": 4, "layers": 2}),
    "attention": of_model(network={"hidden": 4, "cell": "attention"}),
    "own": of_model(network={"hidden": 4, "cell": "own_network:FadingMean"}),
    "holes": lambda settings: settings["prices"]["provider"]["params"].update(
        holes=40, listed_late=1
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_kind_of_run_is_reproduced(
    name: str,
    new_settings: Callable[[], Settings],
    write_yaml: Callable[[Settings, Path], Path],
    tmp_path: Path,
) -> None:
    experiment, forecasts = fitted(new_settings, write_yaml, tmp_path, CHANGES[name])
    forecast, member = forecasts.forecast, forecasts.forecast.n_members - 1
    steps: list[Step] = []
    found = explain(
        experiment, forecast, forecasts.data_hash,
        member=member, folds=2, cells=(), cache=tmp_path / "cache", progress=steps.append,
    )  # fmt: skip
    assert {step.stage for step in steps} == {"fit"}  # nothing was fitted again
    said = forecast.member(member).mean.loc[found.date, found.symbol]
    tolerance = 1e-5 if name == "own" else 1e-6
    assert found.attribution.output == pytest.approx(said, abs=tolerance)
    assert found.attribution.completeness_error < 0.01
    words = {"two layers": "the last of 2 layers", "own": "FadingMean is no cell"}.get(name, "")
    assert any(words in note for note in found.notes)
    assert (found.gates is None) == (name == "own")
    if name == "holes":
        blank = forecast.mean.isna()
        symbol = str(blank.any().idxmax())
        with pytest.raises(ConfigError, match=f"{symbol} has not a forecast"):
            explain(
                experiment, forecast, forecasts.data_hash,
                symbol=symbol, date=blank.index[blank[symbol]][0], cache=tmp_path / "cache",
            )  # fmt: skip


def test_a_run_folder_that_may_only_be_read_is_explained_all_the_same(
    tiny_run: Run, tmp_path: Path
) -> None:
    (tmp_path / ".cache").write_text("no folder")
    found = replace(tiny_run, path=tmp_path / "run").explain(cells=(), folds=1)
    assert any("not in the cache" in note for note in found.notes)


def test_a_damaged_cache_is_fitted_again(tiny_run: Run, tmp_path: Path) -> None:
    assert tiny_run.path is not None
    shutil.copytree(tiny_run.path.parent / ".cache", tmp_path / ".cache")
    for weights in (tmp_path / ".cache").rglob("weights.safetensors"):
        weights.write_bytes(weights.read_bytes()[:-1])
    found = replace(tiny_run, path=tmp_path / "run").explain(cells=(), folds=1)
    assert found.attribution.output == pytest.approx(saved(tiny_run, found), abs=1e-6)
