"""`lstmtrader runs`: what is there, side by side, and what is removed stays counted."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import yaml

from lstmtrader import Experiment
from lstmtrader.cli.failures import run_app
from lstmtrader.cli.main import app
from lstmtrader.errors import RunError
from lstmtrader.evaluation.drawdown import max_drawdown
from lstmtrader.evaluation.metrics import sharpe_ratio, total_return
from lstmtrader.evaluation.trial_set import trials_of
from lstmtrader.evaluation.trials import LEDGER, read
from lstmtrader.run_catalogue.comparison import Comparison
from lstmtrader.run_catalogue.entry import read_entry
from lstmtrader.run_catalogue.finding import catalogue, find, ordered
from lstmtrader.run_catalogue.removing import removable
from lstmtrader.run_catalogue.tried import tried

if TYPE_CHECKING:
    from lstmtrader import Run
    from tests.conftest import Console, Settings

BROKEN = "20200101-000000-broken-00000000"
HALF = "20200102-000000-half-00000000.incomplete"


@pytest.fixture(scope="module")
def made(
    tiny_run: Run,
    new_settings: Callable[[], Settings],
    write_yaml: Callable[[Settings, Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder of runs with a cheap run, a dear one that begins later, and a sweep."""
    cwd = tmp_path_factory.mktemp("made")
    config, runs = write_yaml(new_settings(), cwd / "tiny.yaml"), cwd / "runs"
    assert tiny_run.path is not None
    shutil.copytree(tiny_run.path.parent, runs)
    dear = ["name=dear", "costs.fees=0.01", "walk_forward.train=250", "execution=same_close"]
    Experiment.from_yaml(config, dear).run(runs)
    axes = {"costs.fees": [0.0, 0.0002], "strategy.params.target_volatility": [0.1, 0.15]}
    Experiment.from_yaml(config).sweep(axes, runs)
    return cwd


@pytest.fixture
def cwd(made: Path, tmp_path: Path) -> Path:
    """A copy of it, with one folder that is broken and one that was interrupted."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    (tmp_path / "runs" / BROKEN).mkdir()
    (tmp_path / "runs" / BROKEN / "metrics.json").write_text("{", encoding="utf-8")
    (tmp_path / "runs" / HALF).mkdir()
    shutil.copy(named(tmp_path, "tiny") / "config.yaml", tmp_path / "runs" / HALF)
    return tmp_path


def named(cwd: Path, name: str) -> Path:
    pattern = rf"\d{{8}}-\d{{6}}-{name}-[0-9a-f]{{8}}"
    (found,) = (path for path in (cwd / "runs").iterdir() if re.fullmatch(pattern, path.name))
    return found


@dataclass(frozen=True)
class Said:
    """What a command said."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture
def say(
    cwd: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Call ``lstmtrader runs …`` in that folder, in this process, as its entry point does."""
    monkeypatch.chdir(cwd)

    def call(*words: str) -> Said:
        command = ["runs", *words]
        code = run_app(lambda: app(command, "lstmtrader", standalone_mode=False), debug=False)
        return Said(code, *capsys.readouterr())

    return call


@pytest.fixture
def printed(say: Callable[..., Said]) -> Callable[..., str]:
    def call(*words: str) -> str:
        said = say(*words)
        assert (said.code, said.stderr) == (0, "")
        return said.stdout

    return call


@pytest.fixture
def printed_json(printed: Callable[..., str]) -> Callable[..., Any]:
    return lambda *words: json.loads(printed(*words, "--json"))


# list


def test_a_list_has_a_line_for_every_folder_whatever_is_in_it(
    console: Console, printed_json: Callable[..., Any], cwd: Path
) -> None:
    rows = {row["name"]: row for row in printed_json("list")}
    assert set(rows) == {one.name for one in (cwd / "runs").iterdir() if one.name[0] != "."}
    run = named(cwd, "tiny")
    figures = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    row = rows[run.name]
    assert row["benchmark_sharpe"] == figures["benchmark"]["sharpe"]
    for name in ("sharpe", "cagr", "max_drawdown", "turnover_per_year"):
        assert row[name] == figures["strategy"][name]
        assert rows[named(cwd, "tiny-sweep").name][name] == figures["strategy"][name]
    assert (row["kind"], row["state"], row["tradable"]) == ("run", "complete", True)
    assert rows[named(cwd, "dear").name]["tradable"] is False
    assert rows[named(cwd, "tiny-sweep").name]["variants"] == 4
    assert rows[HALF]["state"] == "incomplete"
    assert (rows[BROKEN]["state"], rows[BROKEN]["sharpe"]) == ("broken", None)
    assert "metrics.json: Expecting" in rows[BROKEN]["problem"]
    bars = pd.read_parquet(run / "equity.parquet").index
    assert (row["start"], row["end"]) == (f"{bars[0]:%Y-%m-%d}", f"{bars[-1]:%Y-%m-%d}")
    done = console("runs", "list", cwd=cwd)
    assert (done.returncode, done.stderr) == (0, "")
    table = done.stdout
    for words in ("not tradable", "4 variants", "incomplete", "broken, ", "next_open"):
        assert words in table, words
    assert table.index(named(cwd, "tiny-sweep").name) < table.index(HALF)


def test_a_list_is_sorted_by_any_column(cwd: Path) -> None:
    rows = [one.row for one in catalogue(cwd / "runs")]
    names = [row["name"] for row in rows]
    assert names == sorted(names, reverse=True)
    for column in rows[0]:
        values = [row[column] for row in ordered(rows, column)]
        known = [value for value in values if value is not None]
        words = column in ("name", "kind", "state", "prices", "execution", "problem")
        assert known == sorted(known, reverse=not words), column
        assert values[len(known) :] == [None] * (len(values) - len(known)), column


# show


def test_show_says_what_was_found_and_how_much_was_tried(
    printed: Callable[..., str], printed_json: Callable[..., Any], cwd: Path
) -> None:
    run = named(cwd, "tiny")
    text = printed("show", run.name)
    for words in (
        "Sharpe ratio",
        "buy & hold",
        "trials on these prices by now: 5, worth",
        "config.yaml",
    ):
        assert words in text, words
    content = printed_json("show", str(run))
    assert content["figures"] == json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert content["config"] == yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
    assert content["trials"]["count"] == 5
    assert 1 <= content["trials"]["effective"] <= 5


def test_show_has_the_assumptions_and_notes_of_the_report(
    printed: Callable[..., str], printed_json: Callable[..., Any], cwd: Path
) -> None:
    run = named(cwd, "tiny")
    sheet = json.loads((run / "sheet.json").read_text(encoding="utf-8"))
    assert len(sheet["facts"]) > 10
    assert sheet["notes"]
    lines = printed("show", run.name).splitlines()
    assert [line for line in lines if line in sheet["notes"]] == sheet["notes"]
    for name, value in sheet["facts"].items():
        assert f"{name}: {value}" in lines
        assert len([line for line in lines if line.lower().startswith(f"{name.lower()}: ")]) == 1
    content = printed_json("show", run.name)
    assert (content["facts"], content["notes"]) == (sheet["facts"], sheet["notes"])


def test_show_tells_the_doubts_of_that_day_from_those_of_today(
    printed: Callable[..., str], printed_json: Callable[..., Any], cwd: Path
) -> None:
    """The first of five trials knew of one; what came after it counts against it, too."""
    first, second = named(cwd, "tiny"), named(cwd, "dear")
    saved = json.loads((first / "evaluation/figures.json").read_text(encoding="utf-8"))
    content = printed_json("show", first.name)
    then = {key: float(value) for key, value in saved["significance_figures"].items()}
    assert content["significance"] == {
        key: value if math.isfinite(value) else None for key, value in then.items()
    }
    assert (then["n_trials"], then["effective_trials"]) == (1, 1)
    assert content["trials"]["dsr"] < then["dsr"]
    assert printed_json("show", second.name)["significance"]["n_trials"] == 2
    text = printed("show", first.name)
    for words in ("when it was run", "Deflated Sharpe ratio", "by now: 5, worth"):
        assert words in text, words


def test_the_doubts_of_today_are_those_of_that_day_while_nothing_else_was_tried(
    tiny_run: Run,
) -> None:
    assert tiny_run.path is not None
    entry = read_entry(tiny_run.path)
    today = tried(entry)
    assert today is not None
    assert (today.count, today.effective) == (entry.significance["n_trials"], 1)
    assert today.dsr == pytest.approx(entry.significance["dsr"], rel=1e-12)


def test_a_folder_of_an_earlier_version_is_shown_all_the_same(
    printed: Callable[..., str], cwd: Path
) -> None:
    """It had no words of the report, no figures of doubt, and no account of buy & hold."""
    run, other = named(cwd, "tiny"), named(cwd, "dear")
    (run / "sheet.json").unlink()
    shutil.rmtree(run / "evaluation")
    shutil.rmtree(run / "benchmark")
    text = printed("show", run.name)
    for words in (": run, complete", "Sharpe ratio", "fills: next_open", "by now: 5"):
        assert words in text, words
    assert Comparison.of([run, other]).benchmark is None
    (run / "sheet.json").write_text("{", encoding="utf-8")
    assert "sheet.json: Expecting" in read_entry(run).problem


def test_show_takes_last_and_what_is_broken(
    printed: Callable[..., str], printed_json: Callable[..., Any], cwd: Path
) -> None:
    # The sweep is newer, but no run.
    assert printed_json("show", "last")["name"] == named(cwd, "dear").name
    assert "metrics.json: Expecting" in printed("show", BROKEN)
    assert "not tradable" in printed("show", named(cwd, "dear").name)


def test_a_word_means_a_path_a_name_or_a_beginning(cwd: Path) -> None:
    runs, run = cwd / "runs", named(cwd, "tiny")
    assert find(runs, str(run)) == find(runs, run.name) == run
    assert find(runs, "20200101") == runs / BROKEN
    with pytest.raises(RunError, match=r"2 folders in .* begin so"):
        find(runs, "2020")
    with pytest.raises(RunError, match=f"did you mean {run.name}"):
        find(runs, run.name[:-1] + "z")


# compare


def test_a_comparison_has_figures_and_the_settings_that_differ(
    printed: Callable[..., str], printed_json: Callable[..., Any], cwd: Path
) -> None:
    one, other = named(cwd, "tiny"), named(cwd, "dear")
    content = printed_json("compare", one.name, "last", "--html", "c.html")
    assert content["runs"] == [one.name, other.name]
    assert content["differences"] == {
        "name": ["tiny", "dear"], "walk_forward.train": [200, 250],
        "execution": ["next_open", "same_close"], "costs.fees": [0.0002, 0.01],
    }  # fmt: skip
    assert content["tradable"] == [True, False]
    for path in (one, other):
        figures = json.loads((path / "metrics.json").read_text(encoding="utf-8"))["strategy"]
        defined = {key: value for key, value in figures.items() if value is not None}
        assert content["figures"][path.name].items() >= defined.items()
    page = (cwd / "c.html").read_text(encoding="utf-8")
    assert one.name in page
    assert other.name in page
    text = printed("compare", one.name, other.name)
    for words in ("Sharpe ratio, common bars", "costs.fees", "not tradable", "different periods"):
        assert words in text, words


def test_common_figures_are_those_of_the_common_bars(cwd: Path) -> None:
    compared = Comparison.of([named(cwd, "tiny"), named(cwd, "dear")])
    long, short = (pd.read_parquet(one.path / "equity.parquet") for one in compared.entries)
    assert compared.period == (short.index[0], short.index[-1])
    assert not compared.same_period
    row = compared.table.loc[compared.entries[0].name]
    returns = long["return"].loc[short.index[1] :]
    periods = trials_of(cwd / "runs", str(compared.entries[0].data_hash)).periods_per_year
    assert row["common_return"] == pytest.approx(total_return(returns), rel=1e-9)
    assert row["common_sharpe"] == pytest.approx(sharpe_ratio(returns, periods or 0), rel=1e-9)
    assert row["common_max_drawdown"] == pytest.approx(max_drawdown(returns), rel=1e-9)
    assert all(one.iloc[0] == 1 and len(one) == len(short) for one in compared.equity.values())


def test_buy_and_hold_is_that_of_the_first_run_over_the_common_bars(cwd: Path) -> None:
    one, other = named(cwd, "tiny"), named(cwd, "dear")
    compared = Comparison.of([one, other])
    held = pd.read_parquet(one / "benchmark" / "equity.parquet")["equity"]
    common = held.loc[compared.common[1].index]
    assert len(common) < len(held)
    assert compared.benchmark is not None
    pd.testing.assert_series_equal(compared.benchmark, common / common.iloc[0], check_freq=False)
    (one / "benchmark" / "equity.parquet").write_text("no table")
    with pytest.raises(RunError, match=r"benchmark/equity.parquet: cannot be read"):
        Comparison.of([one, other])


def test_runs_without_a_bar_in_common_are_shown_but_warned_of(cwd: Path) -> None:
    other = named(cwd, "dear")
    table = pd.read_parquet(other / "equity.parquet")
    table.index = table.index + pd.Timedelta(days=9999)
    table.drop(columns=["gross", "return"]).to_parquet(other / "equity.parquet")
    compared = Comparison.of([named(cwd, "tiny"), other])
    assert compared.period is None
    assert "common_return" not in compared.table
    assert any("no period in common" in one for one in compared.warnings)
    assert set(compared.equity) == {named(cwd, "tiny").name, other.name}


def test_what_a_newer_version_writes_is_no_obstacle(cwd: Path) -> None:
    run = named(cwd, "tiny")
    figures = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    figures["strategy"] |= {"new": 1.5, "undefined": None, "text": "x"}
    figures["more"] = [{"a": 1}]
    (run / "metrics.json").write_text(json.dumps(figures), encoding="utf-8")
    table = pd.read_parquet(run / "equity.parquet").assign(extra=1.0)
    table.to_parquet(run / "equity.parquet")
    assert read_entry(run).state == "complete"
    found = Comparison.of([run, named(cwd, "dear")]).table
    assert found["new"].to_list()[0] == 1.5
    assert not {"undefined", "text"} & set(found)


# rm


def test_rm_removes_runs_and_nothing_else(
    say: Callable[..., Said], printed: Callable[..., str], cwd: Path
) -> None:
    runs, run = cwd / "runs", named(cwd, "tiny")
    before = sorted(runs.iterdir())
    words = ("rm", run.name, "20200102")
    asked = say(*words)
    assert asked.code == 2
    assert (
        asked.stderr == "error: runs rm: not a terminal to ask on; --yes removes without asking\n"
    )
    assert "would be removed" in printed(*words, "--dry-run")
    assert sorted(runs.iterdir()) == before
    trials = read(runs)
    text = printed(*words, "--yes")
    assert sorted(runs.iterdir()) == [one for one in before if one not in (run, runs / HALF)]
    assert "still looked at" in " ".join(text.split())
    assert read(runs) == trials


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("rm", "elsewhere", "--yes"), "not a run in runs"),
        (("show", "nothing"), "nothing: no run in runs; lstmtrader runs list"),
        (("list", "--sort", "sharp"), "no sharp; did you mean sharpe?"),
        (("compare", "last"), "at least two runs"),
        (("compare", "last", "RUN", "--html", "no/c.html"), "no/c.html: cannot be written"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(
    say: Callable[..., Said], cwd: Path, words: tuple[str, ...], message: str
) -> None:
    shutil.copytree(named(cwd, "tiny"), cwd / "elsewhere")
    before = sorted(cwd.rglob("*"))
    done = say(*(named(cwd, "tiny").name if w == "RUN" else w for w in words))
    assert done.code == 2
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(cwd.rglob("*")) == before


def test_only_runs_are_removable(cwd: Path) -> None:
    runs, link = cwd / "runs", "20200103-000000-link-00000000"
    shutil.copytree(named(cwd, "tiny"), cwd / "elsewhere")
    (runs / link).symlink_to(cwd / "elsewhere")
    for word in (str(cwd / "elsewhere"), LEDGER, ".trials", ".cache", str(runs), "", ".", link):
        with pytest.raises(RunError, match=r"no run in|not a run in"):
            removable(runs, [named(cwd, "tiny").name, word])
        with pytest.raises(RunError, match=r"no run in|not a run in"):
            removable(runs, [str(runs / word)])
    assert removable(runs, ["20200101", BROKEN]) == [runs / BROKEN]


def test_only_finished_runs_are_compared(cwd: Path) -> None:
    run = named(cwd, "tiny")
    for path, message in (
        (run, "given twice"),
        (cwd / "runs" / BROKEN, r"broken \(config.yaml: missing"),
        (cwd / "runs" / HALF, "incomplete"),
        (named(cwd, "tiny-sweep"), "a sweep; expected runs"),
    ):
        with pytest.raises(RunError, match=message):
            Comparison.of([run, path])
    with pytest.raises(RunError, match="no folder of runs"):
        catalogue(cwd / "none")


# The ledger behind it


def test_a_sweep_counts_its_variants_and_where_it_began_with_their_returns(made: Path) -> None:
    """Two runs and four variants, one of which is a run, and a base, which is that run: 2 + 3."""
    runs = made / "runs"
    trials = read(runs)
    assert [one.kind for one in trials] == ["run", "run", "variant", "variant", "variant"]
    found = trials_of(runs, trials[0].data_hash)
    assert list(found.returns) == [one.config_hash for one in trials]
    assert len(found.sharpes_per_bar) == 5
    account = pd.read_parquet(named(made, "tiny") / "equity.parquet")["return"].dropna()
    # 480 bars of prices: every block is one bar.
    kept = found.returns[trials[0].config_hash].dropna()
    assert kept.to_numpy() == pytest.approx(account.to_numpy(), abs=1e-8)
    assert trials[0].n_bars == len(account)
    assert {one.n_bars for one in trials[2:]} == {len(account)}


def test_every_command_has_help_with_examples(printed: Callable[..., str]) -> None:
    for command in ("list", "show", "compare", "rm"):
        text = printed(command, "--help")
        assert f"lstmtrader runs {command}" in text
        assert "Example" in text
