"""Law 5, the cache: what was fitted once is not fitted again, and nothing else is taken for it."""

from __future__ import annotations

import datetime
import importlib
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import safetensors.numpy
from fitting import fit
from models_that_tell import Telling

from lstmtrader import Experiment
from lstmtrader.clock import Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError
from lstmtrader.features import ForwardReturn, ScaledReturn
from lstmtrader.features.assemble import build_panel
from lstmtrader.forecast import ForecastKind
from lstmtrader.models import HistoricalMean
from lstmtrader.splits import Fold
from lstmtrader.walkforward.cache import FitCache
from lstmtrader.walkforward.engine import Refit, walk_forward
from lstmtrader.walkforward.identity import Provenance
from lstmtrader.walkforward.kept_fits import entries, remove

if TYPE_CHECKING:
    from lstmtrader import Run
    from tests.conftest import Settings

FOLDS = 5


@pytest.fixture(scope="session")
def filled(
    new_settings: Callable[[], Settings],
    write_yaml: Callable[[Settings, Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The cache that one run of the tiny experiment leaves."""
    place = tmp_path_factory.mktemp("filled")
    experiment = Experiment.from_yaml(write_yaml(new_settings(), place / "tiny.yaml"))
    run = experiment.run(cache=place / "cache", workers=1)
    assert (run.n_fits, run.n_reused) == (FOLDS, 0)
    return place / "cache"


@pytest.fixture
def fitted(filled: Path, tiny_experiment: Experiment, tmp_path: Path) -> Experiment:
    """The tiny experiment, run once with a cache of which ``tmp_path / "cache"`` is a copy."""
    shutil.copytree(filled, tmp_path / "cache")
    return tiny_experiment


@pytest.fixture
def again(tmp_path: Path) -> Callable[[Experiment], Run]:
    return lambda experiment: experiment.run(cache=tmp_path / "cache", workers=1)


def trained(run: Run) -> int:
    return run.n_fits - run.n_reused


def test_the_same_again_trains_nothing_and_says_the_same(
    fitted: Experiment, again: Callable[[Experiment], Run], tiny_run: Run, tmp_path: Path
) -> None:
    run = again(fitted)
    assert trained(run) == 0
    assert run.forecast.members.tobytes() == tiny_run.forecast.members.tobytes()
    run = fitted.run(tmp_path, cache=tmp_path / "cache", workers=1)
    assert run.path is not None
    assert tiny_run.path is not None
    for name in (
        "forecasts.parquet",
        "metrics.json",
        "folds.parquet",
        "evaluation/skill_by_fold.parquet",
    ):
        assert (run.path / name).read_bytes() == (tiny_run.path / name).read_bytes()


def test_a_run_folder_brings_its_own_cache(tiny_experiment: Experiment, tmp_path: Path) -> None:
    one = replace(tiny_experiment, walk_forward=replace(tiny_experiment.walk_forward, test=125))
    assert trained(one.run(tmp_path, workers=1)) == 2
    assert trained(one.run(tmp_path, workers=1)) == 0
    assert trained(one.run(tmp_path, cache=False, workers=1)) == 2
    assert len(entries(tmp_path / ".cache")) == 2


@pytest.mark.parametrize("part", ["strategy", "costs", "limits", "capital", "name"])
def test_what_comes_after_the_forecasts_retrains_nothing(
    part: str, fitted: Experiment, again: Callable[[Experiment], Run]
) -> None:
    from strategies.long_flat import LongFlat

    changed: dict[str, Any] = {
        "strategy": LongFlat(),
        "costs": replace(fitted.costs, fees=0.01),
        "limits": replace(fitted.limits, gross=0.5),
        "capital": 5e5,
        "name": "other",
    }
    assert trained(again(replace(fitted, **{part: changed[part]}))) == 0


def with_model(experiment: Experiment, **changes: Any) -> Experiment:
    model: Any = experiment.model
    return replace(experiment, model=replace(model, **changes))


CHANGES: dict[str, Callable[[Experiment], Experiment]] = {
    "seed": lambda e: replace(e, seed=2),
    "feature": lambda e: replace(e, features=(ScaledReturn(2, 10), e.features[1])),
    "order of features": lambda e: replace(e, features=e.features[::-1]),
    "target": lambda e: replace(e, target=replace(e.target, horizon=2)),  # type: ignore[type-var]
    "training length": lambda e: replace(e, walk_forward=replace(e.walk_forward, train=199)),
    "embargo": lambda e: replace(e, walk_forward=replace(e.walk_forward, embargo=1)),
    "loss": lambda e: with_model(e, loss=replace(e.model.loss, turnover_cost=0.01)),  # type: ignore[attr-defined]
    "lookback": lambda e: with_model(e, lookback=9),
    "network": lambda e: with_model(e, network=replace(e.model.network, hidden=5)),  # type: ignore[attr-defined]
    "training": lambda e: with_model(e, training=replace(e.model.training, epochs=1)),  # type: ignore[attr-defined]
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_what_a_fit_depends_on_retrains_it(change: str, fitted: Experiment, tmp_path: Path) -> None:
    changed = CHANGES[change](fitted)
    found = fit(changed, tmp_path / "cache")
    assert found.n_reused == 0
    assert found.members == fit(changed).members


def test_later_bars_retrain_no_earlier_fold(fitted: Experiment, tmp_path: Path) -> None:
    """With more history only folds that read it are fitted; the forecasts before stay.

    Those of whole folds to the bit. The cut fold is answered in another shape, in which a matrix
    product may round otherwise on some processors: to 1e-6, as everywhere.
    """
    index = fitted.prices.fetch().index
    end: datetime.date = index[-21].date()
    shorter = replace(fitted, prices=replace(fitted.prices, end=end))
    short = fit(shorter, tmp_path / "other")
    longer = fit(fitted, tmp_path / "other")
    assert short.n_fits == 4
    assert (longer.n_fits, longer.n_reused) == (FOLDS, 4), "the cut fold answers from its weights"
    known, whole = len(short.forecast.index), 3 * 50
    before = longer.forecast.members[:, :known]
    np.testing.assert_array_equal(before[:, :whole], short.forecast.members[:, :whole])
    np.testing.assert_allclose(before, short.forecast.members, rtol=0, atol=1e-6)


def test_a_changed_price_retrains_the_folds_that_saw_it(fitted: Experiment, tmp_path: Path) -> None:
    from changed import Changed

    from lstmtrader.data.source import PriceSource

    changed = replace(fitted, prices=PriceSource(Changed(fitted.prices.provider, bar=100)))
    found = fit(changed, tmp_path / "cache")
    assert 0 < found.n_reused < FOLDS
    assert found.members == fit(changed).members


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "gone"])
@pytest.mark.parametrize("pattern", ["fit.json", "weights.safetensors", "forecast-*.safetensors"])
def test_damage_is_noticed_and_mended(
    pattern: str, damage: str, fitted: Experiment, tiny_run: Run, tmp_path: Path
) -> None:
    for path in (tmp_path / "cache").glob(f"*/*/{pattern}"):
        content = bytearray(path.read_bytes())
        if damage == "gone":
            path.unlink()
        elif damage == "flipped":
            content[-3] ^= 0x10
            path.write_bytes(content)
        else:
            path.write_bytes(content[: len(content) // 2 if damage == "cut" else 0])
    found = fit(fitted, tmp_path / "cache")
    assert found.members == tiny_run.forecast.members.tobytes()
    if pattern == "forecast-*.safetensors":
        assert found.trained == 0, "the weights answer once more"
    assert fit(fitted, tmp_path / "cache").trained == 0, "mended"


MINE = """
from dataclasses import dataclass

from helping import helped
from fitting import fit
from models_that_tell import Telling

FACTOR = {factor}


def scaled(value):
    return value * FACTOR


@dataclass(frozen=True)
class Mine(Telling):
    note: int = {note}

    def misbehave(self, task):
        scaled(helped({constant}))
"""
BASE = {"factor": "2", "note": "1", "constant": "3", "helping": "1"}
EDITS = {
    "nothing": {},
    "a constant in a method": {"constant": "4"},
    "a module constant": {"factor": "5"},
    "a function in another module": {"helping": "2"},
}


@pytest.mark.parametrize("edit", list(EDITS))
def test_the_users_code_is_part_of_the_address(
    edit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code as it is loaded: a file edited but not loaded again changes nothing."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(parts: dict[str, str]) -> None:
        (tmp_path / "helping.py").write_text(
            f"def helped(value):\n    return value + {parts['helping']}\n", encoding="utf-8"
        )
        mine = {name: part for name, part in parts.items() if name != "helping"}
        (tmp_path / "mine.py").write_text(MINE.format(**mine), encoding="utf-8")

    def load() -> str:
        for name in ("mine", "helping"):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()
        return Provenance.of(importlib.import_module("mine").Mine(), "same").sha256

    write(BASE)
    first = load()
    loaded = sys.modules["mine"].Mine
    write({**BASE, **EDITS[edit]})
    assert Provenance.of(loaded(), "same").sha256 == first, "not loaded yet"
    assert (load() == first) is (edit == "nothing")
    write(BASE)
    assert load() == first


def test_a_model_of_a_notebook_is_told_from_its_later_self() -> None:
    def cell(number: int) -> Any:
        scope: dict[str, Any] = {"__name__": "__main__", "Telling": Telling}
        exec(f"class Mine(Telling):\n    def misbehave(self, task):\n        {number}\n"
             f"        return {number}\n", scope)  # fmt: skip
        return Provenance.of(scope["Mine"](), "same").sha256

    assert cell(1) == cell(1)
    assert cell(1) != cell(2)


def test_a_warm_refit_does_not_go_on_from_damaged_weights(
    fitted: Experiment, tmp_path: Path
) -> None:
    warm = replace(fitted, refit=Refit.WARM)
    expected = fit(warm, tmp_path / "warm")
    for path in (tmp_path / "warm").glob("*/*/weights.safetensors"):
        path.unlink()
    for record in sorted((tmp_path / "warm").glob("*/*/fit.json"))[::2]:
        for path in record.parent.iterdir():
            path.unlink()
    assert fit(warm, tmp_path / "warm").members == expected.members


def test_panels_do_not_take_each_others_fits(tmp_path: Path) -> None:
    """One cache object, several panels that come and go."""
    model = HistoricalMean()
    cache = FitCache(tmp_path, Provenance.of(model, "mean"))
    fold = Fold(0, range(50, 100), range(100, 100), range(110, 120))
    features = (ScaledReturn(1, 10),)
    for seed in range(4):
        prices = SyntheticProvider(n_bars=130, seed=seed).fetch()
        panel = build_panel(prices, features, ForwardReturn(1, False), Execution.NEXT_CLOSE)
        (kept,) = walk_forward(panel, [fold], model, ForecastKind.RETURN, cache=cache)
        (fresh,) = walk_forward(panel, [fold], model, ForecastKind.RETURN)
        assert kept.reused == 0
        assert kept.forecast.members.tobytes() == fresh.forecast.members.tobytes()


def long_flat() -> Any:
    from strategies.long_flat import LongFlat

    return LongFlat()


def test_without_a_refit_the_first_fold_answers_for_all(
    fitted: Experiment, again: Callable[[Experiment], Run], tiny_run: Run, tmp_path: Path
) -> None:
    never = replace(fitted, refit=Refit.NONE)
    run = again(never)
    assert (run.n_fits, run.n_reused) == (1, 1)
    assert fit(replace(never, seed=5), tmp_path / "cache").trained == 1
    first = slice(0, 50)
    assert run.forecast.members[:, first].tobytes() == tiny_run.forecast.members[:, first].tobytes()
    assert run.forecast.members.tobytes() == fit(never).members
    for column in ("train_samples", "train_start", "train_end", "validation_end"):
        assert run.folds[column].nunique() == 1, "the table names the slices that were fitted"
    assert run.folds["test_start"].nunique() == FOLDS


def test_a_warm_refit_starts_from_the_fold_before(
    fitted: Experiment, again: Callable[[Experiment], Run], tiny_run: Run, tmp_path: Path
) -> None:
    warm = replace(fitted, refit=Refit.WARM)
    run = again(warm)
    assert run.n_reused == 1, "the first fold starts from nothing either way"
    assert fit(warm, tmp_path / "cache").trained == 0
    first, later = slice(0, 50), slice(50, None)
    assert run.forecast.members[:, first].tobytes() == tiny_run.forecast.members[:, first].tobytes()
    assert run.forecast.members[:, later].tobytes() != tiny_run.forecast.members[:, later].tobytes()
    assert run.forecast.members.tobytes() == fit(warm).members


def test_what_cannot_start_warm_says_so(tiny_experiment: Experiment) -> None:
    with pytest.raises(ConfigError, match="refit warm: model HistoricalMean cannot start"):
        replace(
            tiny_experiment, model=HistoricalMean(), refit=Refit.WARM, strategy=long_flat(),
            target=ForwardReturn(volatility_window=10),
        )  # fmt: skip


def test_fits_can_be_listed_and_removed(fitted: Experiment, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    found = entries(cache)
    assert len(found) == FOLDS
    assert {entry.model for entry in found} == {"RecurrentForecaster"}
    assert json.loads(found[0].settings)["params"]["lookback"] == 10
    assert sum(entry.n_bytes for entry in found) == sum(
        path.stat().st_size for path in cache.rglob("*") if path.is_file()
    )
    remove(cache, found[:2])
    assert len(entries(cache)) == FOLDS - 2
    assert fit(fitted, cache).trained == 2
    assert entries(tmp_path / "nowhere") == []


def test_weights_are_no_pickles(fitted: Experiment, tmp_path: Path) -> None:
    files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".safetensors"}
    for path in (tmp_path / "cache").glob("*/*/weights.safetensors"):
        arrays = safetensors.numpy.load_file(path)
        assert arrays["features.mean"].shape == (2,)
