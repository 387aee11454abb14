"""Law: a run that was read from its folder gives what the fresh one gave."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sameness import assert_same

from lstmtrader import Experiment, Run
from lstmtrader.errors import RunError

pytestmark = pytest.mark.xdist_group("run load")

# Made anew at every call, and checked by what they give.
_MADE = {"plot"}


def public_properties() -> list[str]:
    return [
        name
        for name, member in inspect.getmembers(Run)
        if not name.startswith("_") and isinstance(member, property) and name not in _MADE
    ]


def fields() -> list[str]:
    return list(inspect.signature(Run).parameters)


@pytest.fixture(scope="module")
def rich_run(
    new_settings: Callable[[], dict[str, Any]],
    write_yaml: Callable[[dict[str, Any], Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """Quantiles of two members, baselines with and without an account, holes, a delisting."""
    settings = new_settings()
    settings["prices"]["provider"]["params"] |= {"delisted": 1, "holes": 20, "n_symbols": 4}
    settings["members"] = 2
    settings["model"]["params"]["loss"] = "quantile"
    settings["strategy"] = {"target": "strategies.long_flat:LongFlat"}
    settings["baselines"] = [
        {"target": "lstmtrader.models:HistoricalMean"},
        {"target": "lstmtrader.models:Momentum", "params": {"feature": "scaled_return_1"}},
    ]
    place = tmp_path_factory.mktemp("rich")
    path = write_yaml(settings, place / "rich.yaml")
    return Experiment.from_yaml(path).run(place / "runs", command="lstmtrader run rich.yaml")


@pytest.fixture(params=["tiny_run", "rich_run"])
def run(request: pytest.FixtureRequest) -> Run:
    found: Run = request.getfixturevalue(request.param)
    return found


def test_every_public_property_and_field_comes_back(run: Run) -> None:
    assert run.path is not None
    loaded = Run.load(run.path)
    for name in [*public_properties(), *fields()]:
        assert_same(getattr(loaded, name), getattr(run, name), name)


def test_the_law_looks_at_what_people_use() -> None:
    asked = {"forecast", "weights", "trades", "equity", "metrics", "folds", "skill", "comparison"}
    assert asked <= {*public_properties(), *fields()}


def test_a_loaded_run_has_every_member_and_detail(rich_run: Run) -> None:
    loaded = Run.load(str(rich_run.path))
    assert loaded.forecast.n_members == 2
    assert len(loaded.forecast.details) >= 3


def test_its_report_is_the_saved_one_to_the_byte(run: Run, tmp_path: Path) -> None:
    assert run.path is not None
    saved = (run.path / "report.html").read_text(encoding="utf-8")
    loaded = Run.load(run.path)
    assert run.report() == saved
    assert loaded.report(tmp_path / "again.html") == saved
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == saved


def test_its_charts_and_views_are_the_same(run: Run) -> None:
    assert run.path is not None
    loaded = Run.load(run.path)
    assert loaded.plot.equity().to_json() == run.plot.equity().to_json()
    assert loaded._repr_html_() == run._repr_html_()
    assert repr(loaded) == repr(run)


def test_what_is_no_folder_of_a_finished_run_is_told(tiny_run: Run, tmp_path: Path) -> None:
    assert tiny_run.path is not None
    with pytest.raises(RunError, match="there is no such folder"):
        Run.load(tmp_path / "nowhere")
    with pytest.raises(RunError, match=r"is not the folder of a run: it has no environment\.json"):
        Run.load(tmp_path)
    stopped = shutil.copytree(tiny_run.path, tmp_path / "20260101-000000-x.incomplete")
    with pytest.raises(RunError, match="is not complete; run the same experiment again"):
        Run.load(stopped)


@pytest.mark.parametrize(
    "lost", ["outcomes.parquet", "forecasts.parquet", "metrics.json", "sheet.json"]
)
def test_a_folder_that_lost_a_file_names_it(lost: str, tiny_run: Run, tmp_path: Path) -> None:
    assert tiny_run.path is not None
    moved = shutil.copytree(tiny_run.path, tmp_path / "broken")
    (moved / lost).unlink()
    with pytest.raises(RunError, match=lost):
        Run.load(moved)


def test_forecasts_of_other_bars_than_the_outcomes_are_refused(
    tiny_run: Run, rich_run: Run, tmp_path: Path
) -> None:
    assert tiny_run.path is not None
    assert rich_run.path is not None
    moved = shutil.copytree(tiny_run.path, tmp_path / "mixed")
    shutil.copy(rich_run.path / "forecasts.parquet", moved)
    with pytest.raises(RunError, match="a bar or a symbol that the forecast does not have"):
        Run.load(moved)


def test_a_sweep_is_no_run(tiny_experiment: Experiment, tmp_path: Path) -> None:
    swept = tiny_experiment.sweep({"costs.fees": [0.0, 0.001]}, tmp_path)
    assert swept.path is not None
    with pytest.raises(RunError, match="is a sweep, and not a run"):
        Run.load(swept.path)
