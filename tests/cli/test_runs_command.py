"""`lstmtrader runs`: what is there, side by side, and what is removed stays counted."""

from __future__ import annotations

import itertools
import json
import math
import os
import pty
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lstmtrader import Experiment
from lstmtrader.cli.run_columns import broken, shortened
from lstmtrader.errors import RunError
from lstmtrader.evaluation.drawdown import max_drawdown
from lstmtrader.evaluation.metrics import sharpe_ratio, total_return
from lstmtrader.evaluation.trial_set import trials_of
from lstmtrader.evaluation.trials import LEDGER, read
from lstmtrader.report.run_figures import SHARED
from lstmtrader.report.runs_page import RunsPage, render_runs
from lstmtrader.report.wording import METRICS, RELATIVE
from lstmtrader.run_catalogue.comparison import Comparison
from lstmtrader.run_catalogue.entry import read_entry, title_of
from lstmtrader.run_catalogue.finding import catalogue, find, ordered
from lstmtrader.run_catalogue.headings import HEADINGS
from lstmtrader.run_catalogue.removing import counted, removable
from lstmtrader.run_catalogue.tried import tried

if TYPE_CHECKING:
    from lstmtrader import Run
    from tests.conftest import Console, Program, Settings

pytestmark = pytest.mark.xdist_group("runs command")

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


@pytest.fixture
def say(cwd: Path, program: Program) -> Program:
    """Call ``lstmtrader runs …`` in that folder."""
    return lambda *words: program("runs", *words, cwd=cwd)


@pytest.fixture
def printed(say: Program) -> Callable[..., str]:
    def call(*words: str) -> str:
        said = say(*words)
        assert (said.returncode, said.stderr) == (0, "")
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
    for words in (
        "not tradable",
        "4 variants",
        "incomplete",
        f"{BROKEN}: config.yaml",
        "next_open",
    ):
        assert words in table, words
    assert table.index(named(cwd, "tiny-sweep").name) < table.index(HALF)


def test_a_name_that_is_no_date_is_listed_without_one(
    printed: Callable[..., str], printed_json: Callable[..., Any], cwd: Path
) -> None:
    (cwd / "runs" / "20261399-135941-own-abe8a0bf").mkdir()
    row = printed_json("list")[-1]
    assert (row["name"], row["created"]) == ("20261399-135941-own-abe8a0bf", None)
    assert row["name"] in printed("list")


def test_a_list_is_sorted_by_what_its_headings_say(
    printed: Callable[..., str], printed_json: Callable[..., Any]
) -> None:
    assert set(HEADINGS.values()) == set(printed_json("list")[0])
    for heading, column in HEADINGS.items():
        expected = printed_json("list", "--sort", column)
        for word in (heading, heading.upper(), heading.lower()):
            assert printed_json("list", "--sort", word) == expected
    help_ = " ".join(printed("list", "--help").replace("│", " ").split())
    assert ", ".join(HEADINGS) in help_


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
    assert find(runs, "20200101") == find(runs, str(runs / BROKEN)) == runs / BROKEN
    with pytest.raises(RunError, match=r"2 folders in .* begin so"):
        find(runs, "2020")
    with pytest.raises(RunError, match=f"did you mean {run.name}"):
        find(runs, run.name[:-1] + "z")


def test_a_name_of_the_settings_means_the_only_run_that_has_it(cwd: Path) -> None:
    runs, run = cwd / "runs", named(cwd, "tiny")
    assert find(runs, "tiny") == run
    assert find(runs, "tiny-sweep") == named(cwd, "tiny-sweep")
    assert find(runs, "half") == runs / HALF
    twin = runs / "20190101-000000-tiny-00000000-2.incomplete"
    shutil.copytree(run, twin)
    assert find(runs, "tiny") == run  # the other was never finished
    twin.rename(twin.with_suffix(""))
    with pytest.raises(RunError, match=rf"newest first: {run.name}, 20190101-000000-tiny-"):
        find(runs, "tiny")


def test_show_says_how_to_go_on(printed: Callable[..., str], cwd: Path) -> None:
    text = printed("show", HALF)
    assert "To finish it run the same command again; finished fits come from the cache" in text
    assert f"lstmtrader run runs/{HALF}/config.yaml\n" in text
    broken = printed("show", BROKEN)
    assert "run the same command again" in broken
    assert "Its settings are not in the folder" in broken
    (cwd / "runs").rename(cwd / "other")
    text = printed("show", HALF, "--runs", "other")
    assert f"lstmtrader run other/{HALF}/config.yaml --runs other\n" in text


def test_show_counts_one_independent_trial_as_one(
    printed: Callable[..., str], tiny_run: Run
) -> None:
    text = printed("show", str(tiny_run.path))
    assert "by now: 1, worth about 1 independent one;" in " ".join(text.split())


def test_every_figure_that_is_written_has_the_name_and_form_of_the_report(
    printed: Callable[..., str], cwd: Path
) -> None:
    known = METRICS.keys() | RELATIVE.keys() | SHARED.keys()
    for name, file, part in (("tiny", "metrics", "strategy"), ("tiny-sweep", "sweep", "base")):
        figures = json.loads((named(cwd, name) / f"{file}.json").read_text(encoding="utf-8"))[part]
        assert {key for key, value in figures.items() if not isinstance(value, str)} <= (
            known | {"ruined_on"}
        )
    run, other = named(cwd, "tiny"), named(cwd, "dear")
    figures = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    figures["strategy"] |= {"alpha": 0.0716, "break_even_bp": None, "tracking_error": 0.0837}
    (run / "metrics.json").write_text(json.dumps(figures), encoding="utf-8")
    measured = json.loads((run / "evaluation/figures.json").read_text(encoding="utf-8"))
    measured["strategy"]["break_even_bp"] = "inf"
    (run / "evaluation/figures.json").write_text(json.dumps(measured), encoding="utf-8")
    for text in (printed("show", run.name), printed("compare", run.name, other.name)):
        for words in ("Alpha a year", "7.2\u202f%", "8.4\u202f%", "more than tried"):
            assert words in text, words
    page = render_runs(RunsPage({run.name: pd.Series([1.0], [pd.Timestamp(0)])}, None,
                                Comparison.of([run, other]).table, {}, {}, []))  # fmt: skip
    assert "more than tried" in page
    assert "Bars with a liquidation" in printed("show", "tiny-sweep")


def test_figures_that_are_none_are_broken_and_never_last(
    printed: Callable[..., str], printed_json: Callable[..., Any], cwd: Path
) -> None:
    dear = named(cwd, "dear")
    assert printed_json("show", "last")["name"] == dear.name
    (dear / "metrics.json").write_text("{}", encoding="utf-8")
    assert read_entry(dear).state == "broken"
    assert printed_json("show", "last")["name"] == named(cwd, "tiny").name
    assert f"{dear.name}: metrics.json: no figures of an account" in printed("list")


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


def test_buy_and_hold_is_drawn_only_where_all_runs_share_it(cwd: Path) -> None:
    """Scaled by two it is the same account; of a run with other costs it is not."""
    one, other = named(cwd, "tiny"), named(cwd, "dear")
    compared = Comparison.of([one, other])
    assert compared.benchmark is None
    assert any("Buy & hold is not the same" in text for text in compared.warnings)
    held = pd.read_parquet(one / "benchmark" / "equity.parquet")
    (2 * held[["equity"]]).to_parquet(other / "benchmark" / "equity.parquet")
    compared = Comparison.of([one, other])
    common = held["equity"].loc[compared.common[1].index]
    assert len(common) < len(held)
    assert compared.benchmark is not None
    pd.testing.assert_series_equal(compared.benchmark, common / common.iloc[0], check_freq=False)
    assert not any("Buy & hold" in text for text in compared.warnings)
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


def test_a_sweep_among_runs_is_left_out_by_name(
    printed: Callable[..., str], printed_json: Callable[..., Any], cwd: Path
) -> None:
    sweep = named(cwd, "tiny-sweep").name
    words = ("compare", "tiny", "tiny-sweep", "dear")
    assert f"{sweep}: a sweep; it is left out" in printed(*words)
    content = printed_json(*words)
    assert content["left_out"] == [sweep]
    assert content["runs"] == [named(cwd, "tiny").name, named(cwd, "dear").name]


# On a terminal of 80 columns


def terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """Let the library behind believe that the output is a terminal of that width."""
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(width))


def plain(text: str) -> list[str]:
    return re.sub(r"\x1b\[[\d;]*m", "", text).splitlines()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_list_keeps_name_and_state_whatever_the_terminal(
    width: int, printed: Callable[..., str], cwd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal(monkeypatch, width)
    lines = plain(printed("list"))
    states = {"tiny-sweep": "4 variants", "dear": "not tradable", "half": "incomplete"}
    for path in (one for one in (cwd / "runs").iterdir() if one.name[0] != "."):
        (line, *reason) = [line for line in lines if line.startswith(path.name)]
        assert states.get(title_of(path), "") in line
        assert [text.startswith(f"{BROKEN}: config.yaml: missing; ") for text in reason] == [
            True for _ in reason
        ]
        assert len(reason) == (path.name == BROKEN)
        assert len(line) <= max(width, len(HALF) + 1 + len("not tradable"))
    heading = lines[1].split()
    assert heading[0] == "run"
    assert heading[-1] == "state"
    for first, later in itertools.pairwise(["fills", "turnover", "from", "to", "prices", "DD"]):
        assert (first in heading) <= (later in heading)
    gone = {"from", "to", "Sharpe", "DD", "B&H", "fills", "turnover"} - set(heading)
    (note,) = [line for line in lines if line.startswith("too narrow for")] or [""]
    assert all(word in note for word in gone)
    assert bool(note) == bool(gone)


def test_a_comparison_breaks_names_only_at_their_joints(
    printed: Callable[..., str], cwd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight runs: they do not fit beside each other, and no figure is cut for it."""
    terminal(monkeypatch, 80)
    names = [named(cwd, "tiny").name, named(cwd, "dear").name]
    for number in range(6):
        names.append(f"2019010{number + 1}-000000-quickstart-0000000{number}")
        shutil.copytree(named(cwd, "tiny"), cwd / "runs" / names[-1])
    for few in (names[:2], names[:3], names):
        lines = plain(printed("compare", *few))
        table = [line for line in lines if line and line[0] in "┏┃┡│└"]
        assert 0 < max(map(len, table)) <= 80
        text = " ".join("".join(table).translate(str.maketrans("┃│", "  ")).split())
        assert "…" not in text
        for part in {one for name in few for one in name.split("-")}:
            assert part in text, part
        sharpes = [line for line in table if "Sharpe ratio " in line and "," not in line]
        assert sum(line.count("−") for line in sharpes) == len(few)


@given(name=st.text("ab-._", min_size=1, max_size=60), width=st.integers(min_value=1, max_value=30))
def test_a_name_in_lines_is_whole_wherever_its_parts_fit(name: str, width: int) -> None:
    lines = broken(name, width)
    assert all(len(line) <= width for line in lines)
    longest = max(len(part) for part in re.findall(r"[ab]*[-._]+|[ab]+", name))
    assert ("".join(lines) == name) == (longest <= width)
    assert all(line[-1] in "-._…" for line in lines[:-1]) or longest > width
    assert len(shortened(name, width)) == min(len(name), width)


# rm


def test_rm_removes_runs_and_nothing_else(
    say: Program, printed: Callable[..., str], cwd: Path
) -> None:
    runs, run = cwd / "runs", named(cwd, "tiny")
    before = sorted(runs.iterdir())
    words = ("rm", run.name, "20200102")
    asked = say(*words)
    assert asked.returncode == 2
    assert (
        asked.stderr == "error: runs rm: not a terminal to ask on; --yes removes without asking\n"
    )
    assert "would be removed" in printed(*words, "--dry-run")
    assert sorted(runs.iterdir()) == before
    trials = read(runs)
    text = printed(*words, "--yes")
    assert sorted(runs.iterdir()) == [one for one in before if one not in (run, runs / HALF)]
    assert "2 removed. The trials of 1 of them stay in the ledger" in text
    assert read(runs) == trials


def test_what_was_never_a_trial_is_not_said_to_stay_in_the_ledger(
    printed: Callable[..., str], cwd: Path
) -> None:
    """The half has the settings of tiny: that trial is tiny's, unless tiny was never finished."""
    runs, half = cwd / "runs", cwd / "runs" / HALF
    aside = cwd / "aside"
    shutil.copytree(half, aside)
    assert printed("rm", HALF, "--yes").splitlines()[-1] == "1 removed."
    shutil.copytree(aside, half)
    (half / "config.yaml").write_text("name: other\nexecution: next_open\n", encoding="utf-8")
    assert counted([half]) == []
    shutil.rmtree(half)
    shutil.copytree(aside, half)
    for path in (named(cwd, "tiny"), named(cwd, "tiny-sweep")):
        shutil.rmtree(path)
    assert "Its trials stay in the ledger" in printed("rm", HALF, "--yes")
    assert [path.name for path in runs.iterdir() if HALF in path.name] == []


def test_whoever_answers_no_is_told_so_and_loses_nothing(console: Console, cwd: Path) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, b"n\n")
    done = subprocess.run(
        [str(console.script), "runs", "rm", "tiny"], stdin=theirs, cwd=cwd, text=True,
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    os.close(ours)
    os.close(theirs)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.endswith("nothing removed\n")
    assert named(cwd, "tiny").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("rm", "elsewhere", "--yes"), "not a run in runs"),
        (("show", "nothing"), "nothing: no run in runs; lstmtrader runs list"),
        (("list", "--sort", "sharp"), "no sharp; did you mean sharpe?"),
        (("list", "--sort", "b&g"), "no b&g; did you mean b&h?"),
        (("compare", "last"), "at least two runs; lstmtrader runs show last shows one"),
        (("show", "lats"), "lats: no run in runs; did you mean last?"),
        (("show", "tinny"), "tinny: no run in runs; did you mean tiny?"),
        (("show", "runs/none"), "runs/none: does not exist"),
        (("show", "runs/.cache"), "runs/.cache: not the folder of a run"),
        (("compare", "last", "RUN", "--html", "no/c.html"), "no/c.html: cannot be written"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(
    say: Program, cwd: Path, words: tuple[str, ...], message: str
) -> None:
    shutil.copytree(named(cwd, "tiny"), cwd / "elsewhere")
    before = sorted(cwd.rglob("*"))
    done = say(*(named(cwd, "tiny").name if w == "RUN" else w for w in words))
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(cwd.rglob("*")) == before


def test_only_runs_are_removable(cwd: Path) -> None:
    runs, link = cwd / "runs", "20200103-000000-link-00000000"
    shutil.copytree(named(cwd, "tiny"), cwd / "elsewhere")
    (runs / link).symlink_to(cwd / "elsewhere")
    for word in (str(cwd / "elsewhere"), LEDGER, ".trials", ".cache", str(runs), "", ".", link):
        with pytest.raises(RunError, match=r"no run in|not a run in|not the folder of a run"):
            removable(runs, [named(cwd, "tiny").name, word])
        with pytest.raises(RunError, match=r"not the folder of a run|not a run in"):
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
        if command != "list":
            flat = " ".join(text.replace("│", " ").split())
            assert "last: the newest finished run, never a sweep" in flat
