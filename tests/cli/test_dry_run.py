"""Law: a dry run says what the run would do, to the sample, and does nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from lstmtrader import Experiment
from lstmtrader.cli.dry_run import DryRun, dry_run
from lstmtrader.walkforward.planned import PlannedFits
from tests.determinism.fitting import fit

if TYPE_CHECKING:
    from lstmtrader import Run
    from tests.conftest import Program, Settings

DATES = [f"{name}_{end}" for name in ("train", "validation", "test") for end in ("start", "end")]

Write = Callable[[Mapping[str, Any], Path], Path]


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with the time it was last written and what it holds."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def planned(settings: Settings, write: Write, place: Path, cache: Path | None = None) -> DryRun:
    return dry_run(Experiment.from_yaml(write(settings, place / "planned.yaml")), cache)


def test_it_tells_the_folds_and_samples_of_the_run(
    tiny_run: Run, tiny_experiment: Experiment
) -> None:
    folds = dry_run(tiny_experiment, None).folds
    columns = [*DATES, "fold", "train_samples", "validation_samples"]
    pd.testing.assert_frame_equal(folds[columns], tiny_run.folds[columns], check_dtype=False)
    answered = tiny_run.forecast.mean.notna().sum(axis=1)
    for row in folds.itertuples():
        assert row.test_samples == answered.loc[row.test_start : row.test_end].sum()
        assert row.test_bars == len(answered.loc[row.test_start : row.test_end])


def test_holes_and_late_listings_cost_the_samples_that_a_fit_misses(
    tiny_settings: Settings, write_yaml: Write, tmp_path: Path
) -> None:
    tiny_settings["prices"]["provider"]["params"] |= {"holes": 12, "listed_late": 1}
    experiment = Experiment.from_yaml(write_yaml(tiny_settings, tmp_path / "holes.yaml"))
    folds = dry_run(experiment, None).folds
    assert folds["train_samples"].iloc[0] < 3 * 200
    run = experiment.run()
    for name in ("train_samples", "validation_samples"):
        assert folds[name].tolist() == run.folds[name].tolist()
    assert folds["test_samples"].sum() == np.isfinite(run.forecast.mean).to_numpy().sum()


def test_facts_are_those_of_the_report(tiny_run: Run, tiny_experiment: Experiment) -> None:
    plan = dry_run(tiny_experiment, None)
    shared = set(plan.facts) & set(tiny_run.facts)
    assert shared >= {"Prices", "Prices, SHA-256", "Target", "Walk-forward", "Model", "Costs"}
    assert {name: plan.facts[name] for name in shared} == {
        name: tiny_run.facts[name] for name in shared
    }


@pytest.mark.parametrize("refit", ["cold", "warm", "none"])
def test_fits_in_the_cache_are_counted_and_not_touched(
    refit: str, tiny_settings: Settings, write_yaml: Write, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    tiny_settings |= {"refit": refit, "members": 2}
    total = 2 if refit == "none" else 10
    assert planned(tiny_settings, write_yaml, tmp_path, cache).model == PlannedFits(total, 0)
    assert not cache.exists()
    fitted = fit(Experiment.from_yaml(tmp_path / "planned.yaml"), cache)
    assert fitted.n_fits == total
    before = snapshot(cache)
    assert planned(tiny_settings, write_yaml, tmp_path, cache).model == PlannedFits(total, total)
    other = tiny_settings | {"seed": 2}
    assert planned(other, write_yaml, tmp_path, cache).model == PlannedFits(total, 0)
    assert snapshot(cache) == before


def test_a_chain_of_warm_refits_is_counted_up_to_its_first_gap(
    tiny_settings: Settings, write_yaml: Write, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    tiny_settings |= {"refit": "warm"}
    short = json.loads(json.dumps(tiny_settings))
    short["prices"]["provider"]["params"]["n_bars"] = 373  # two folds, both whole
    fitted = fit(Experiment.from_yaml(write_yaml(short, tmp_path / "short.yaml")), cache)
    assert fitted.n_fits == 2
    assert planned(tiny_settings, write_yaml, tmp_path, cache).model == PlannedFits(5, 2)


def test_fits_of_baselines_are_counted_by_name(
    tiny_settings: Settings, write_yaml: Write, tmp_path: Path
) -> None:
    tiny_settings["baselines"] = [
        {"target": "lstmtrader.models:AlwaysLong"},
        {"target": "lstmtrader.models:Ridge"},
    ]
    plan = planned(tiny_settings, write_yaml, tmp_path)
    assert plan.baselines == (("always_long", PlannedFits(5, 0)), ("ridge", PlannedFits(5, 0)))


def test_it_prints_every_fold_and_writes_nothing(program: Program, tiny_yaml: Path) -> None:
    place = tiny_yaml.parent
    before = snapshot(place)
    finished = program("run", "tiny.yaml", "--dry-run", cwd=place)
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == ""
    for row in dry_run(Experiment.from_yaml(tiny_yaml), None).folds.itertuples():
        line = next(
            text for text in finished.stdout.splitlines() if f"{row.test_start:%Y-%m-%d}" in text
        )
        for name in DATES:
            assert f"{getattr(row, name):%Y-%m-%d}" in line
        assert str(row.train_samples) in line
    assert "5 fits, 0 of them in the cache" in finished.stdout
    assert snapshot(place) == before
    assert sorted(path.name for path in place.iterdir()) == ["tiny.yaml"]


def test_as_json_it_is_one_object(program: Program, tiny_yaml: Path) -> None:
    finished = program("run", "tiny.yaml", "--dry-run", "--json", cwd=tiny_yaml.parent)
    content = json.loads(finished.stdout)
    assert content["name"] == "tiny"
    assert content["fits"] == {"total": 5, "kept": 0}
    assert content["config_sha256"] == Experiment.from_yaml(tiny_yaml).config_hash
    table = dry_run(Experiment.from_yaml(tiny_yaml), None).folds
    for row, expected in zip(content["folds"], table.to_dict("records"), strict=True):
        for name in DATES:
            assert pd.Timestamp(row[name]) == expected[name]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("walk_forward.train=9y", "one fold needs"),
        ("walk_forward.purge=1", "needs purge >= 2"),
        ("costs.borrow_by_symbol={AAA: 0.1}", "AAA is not in the prices"),
        (
            "prices.provider={target: files, params: {path: nowhere.csv}}",
            "nowhere.csv: there is no such file",
        ),
        ("benchmark=AAA", "AAA"),
    ],
)
def test_what_a_run_would_refuse_is_refused_in_one_line(
    setting: str, said: str, program: Program, tiny_yaml: Path
) -> None:
    finished = program("run", "tiny.yaml", "--set", setting, "--dry-run", cwd=tiny_yaml.parent)
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert len(finished.stderr.splitlines()) == 1
    assert said in finished.stderr
    assert "tiny.yaml" in finished.stderr


def test_a_fold_without_anything_to_learn_from_is_told(
    program: Program, tiny_settings: Settings, write_yaml: Write, tmp_path: Path
) -> None:
    """Its features can be known nowhere in the first training slice."""
    tiny_settings["prices"]["provider"]["params"] |= {"n_symbols": 1, "listed_late": 1}
    tiny_settings["walk_forward"] = {"train": 60, "validation": 20, "test": 100}
    write_yaml(tiny_settings, tmp_path / "late.yaml")
    finished = program("run", "late.yaml", "--dry-run", cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert "nothing to learn from in folds 0" in finished.stdout
