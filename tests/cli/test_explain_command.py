"""`lstmtrader explain`: a look into the network of a finished run, shown in its report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lstmtrader.report.network_section import network_section
from lstmtrader.report.saved_explanation import FOLDER, read_explanation

if TYPE_CHECKING:
    import subprocess

    from lstmtrader import Run
    from tests.conftest import Console, Program

    Explained = tuple[Path, subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.xdist_group("explain command")


def copied(run: Run, place: Path) -> Path:
    """Return the folder of a run in a folder of runs of the test's own, with its fits."""
    assert run.path is not None
    shutil.copytree(run.path.parent, place / "runs")
    return place / "runs" / run.path.name


@pytest.fixture(scope="module")
def explained(
    tiny_run: Run, loaded_console: Console, tmp_path_factory: pytest.TempPathFactory
) -> Explained:
    """The folder of a run that the real script has explained once, and what the script said."""
    place = tmp_path_factory.mktemp("explained")
    folder = copied(tiny_run, place)
    return folder, loaded_console("explain", "last", cwd=place)


def test_it_prints_what_it_found_and_where_the_report_is(explained: Explained) -> None:
    folder, done = explained
    assert (done.returncode, done.stderr) == (0, "")
    for words in ("Forecast", "Completeness error", "Moved by", "Without", "Half-life",
                  "Gradient of RNN", "Gradient of GRU", "Gradient of LSTM"):  # fmt: skip
        assert words in done.stdout
    assert done.stdout.splitlines()[-1] == f"report: runs/{folder.name}/report.html"
    found = read_explanation(folder)
    assert found is not None
    assert found.attribution.completeness_error < 0.01
    assert found.symbol in done.stdout


def test_the_report_of_the_run_shows_it_and_keeps_it(
    explained: Explained, program: Program, tiny_run: Run
) -> None:
    folder, _ = explained
    page = (folder / "report.html").read_text(encoding="utf-8")
    said = network_section(read_explanation(folder))
    assert said is not None
    assert [f'id="chart-{part["chart"]}"' in page for part in said["parts"]] == [True] * 5
    again = program("report", "last", "-o", "again.html", cwd=folder.parent.parent)
    assert (again.returncode, again.stderr) == (0, "")
    assert (folder.parent.parent / "again.html").read_text(encoding="utf-8") == page
    assert tiny_run.path is not None
    before = (tiny_run.path / "report.html").read_text(encoding="utf-8")
    assert 'id="explain"' in page
    assert 'id="explain"' not in before


def test_another_forecast_takes_its_place_and_json_is_for_programs(
    tiny_run: Run, program: Program, tmp_path: Path
) -> None:
    folder = copied(tiny_run, tmp_path)
    symbol, date = tiny_run.forecast.symbols[1], tiny_run.forecast.index[70]
    words = ("explain", folder.name, "--symbol", symbol, "--date", f"{date:%Y-%m-%d}", "--quick")
    done = program(*words, "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    row = json.loads(done.stdout)
    assert (row["symbol"], row["date"], row["member"]) == (symbol, date.isoformat(), 0)
    wanted = float(tiny_run.forecast.members[0, 70, 1])
    assert row["forecast"] == pytest.approx(wanted, rel=1e-3)
    gap = row["forecast"] - row["baseline"]
    assert sum(row["attribution"].values()) == pytest.approx(gap, rel=0.01)
    assert list(row["gradient_reach"]) == ["lstm"]
    assert row["report"] == f"runs/{folder.name}/report.html"
    found = read_explanation(folder)
    assert found is not None
    assert (found.symbol, found.date) == (symbol, date)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--symbol", "NONE"), "NONE"),
        (("--date", "1999-01-01"), "test bar"),
        (("--date", "someday"), "someday"),
        (("--member", "7"), "member"),
    ],
)
def test_what_there_is_not_is_an_error_of_one_line(
    words: tuple[str, ...], said: str, explained: Explained, program: Program
) -> None:
    folder, _ = explained
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done = program("explain", "last", *words, cwd=folder.parent.parent)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert said in done.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_run_without_forecasts_or_prices_is_an_error_of_one_line(
    tiny_run: Run, program: Program, tmp_path: Path
) -> None:
    folder = copied(tiny_run, tmp_path)
    (folder / "forecasts.parquet").unlink()
    done = program("explain", "last", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "forecasts.parquet" in done.stderr
    assert not (folder / FOLDER).exists()
    folder.rename(folder.with_name(folder.name + ".incomplete"))
    done = program("explain", folder.name + ".incomplete", cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "not complete" in done.stderr


def test_a_broken_explanation_is_named_by_the_report_with_the_way_out(
    explained: Explained, program: Program, tmp_path: Path
) -> None:
    place = shutil.copytree(explained[0].parent.parent, tmp_path / "place")
    folder = place / "runs" / explained[0].name
    (folder / FOLDER / "explanation.json").write_text("{")
    done = program("report", "last", cwd=place)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "remove this folder, and explain the run again" in done.stderr
    shutil.rmtree(folder / FOLDER)
    again = program("explain", "last", "--quick", cwd=place)
    assert (again.returncode, again.stderr) == (0, "")
