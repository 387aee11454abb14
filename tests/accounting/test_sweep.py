"""Law: a variant of a sweep is what it would be alone, and every one is counted."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest, trade
from lstmtrader.backtest.presets import PRESETS
from lstmtrader.backtest.terms import Terms
from lstmtrader.cli.sweep_summary import print_sweep
from lstmtrader.clock import Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError, RunError
from lstmtrader.evaluation.break_even import break_even_slippage
from lstmtrader.evaluation.performance import performance
from lstmtrader.evaluation.trials import LEDGER, Trial, read, record, trial, variant_hash
from lstmtrader.experiment import Experiment
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models import Zero
from lstmtrader.strategy import decide
from lstmtrader.sweep.folder import save_sweep
from lstmtrader.sweep.grid import vary
from lstmtrader.sweep.result import Sweep
from lstmtrader.sweep.runner import account_figures, trade_variants
from lstmtrader.weights import TargetWeights

ROOT = Path(__file__).parents[2]
PRICES = SyntheticProvider(n_symbols=4, n_bars=300, seed=3, holes=10, delisted=1).fetch()
AXES = {
    "strategy.params.target_volatility": [0.1, 0.2, 0.4],
    "costs.fees": [0.0, 0.001],
    "sizing.band": [0.0, 0.02],
    "limits.net": [1.0, 0.2],
}


def quickstart() -> Experiment:
    return Experiment.from_yaml(ROOT / "configs" / "quickstart.yaml")


def forecast() -> Forecast:
    members = np.random.default_rng(4).standard_normal((1, 200, 4)).astype(np.float32)
    return Forecast(np.tanh(members), PRICES.index[80:280], PRICES.symbols, ForecastKind.POSITION)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return trade_variants(vary(quickstart(), AXES), forecast(), PRICES, workers=1)


def test_a_variant_is_what_it_is_alone(table: pd.DataFrame) -> None:
    variants = vary(quickstart(), AXES)
    assert len(table) == len(variants) == 24
    for number, one in enumerate(variants):
        study = one.study
        weights = decide(study.strategy, forecast(), PRICES)
        alone = performance(trade(PRICES, weights, study.terms))
        assert table.loc[number, list(alone)].to_dict() == alone
        assert table.loc[number, list(AXES)].to_dict() == dict(one.settings)
    assert table["sharpe"].nunique() == 24


def test_the_number_of_processes_and_the_chunks_do_not_matter(
    table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    spread = trade_variants(vary(quickstart(), AXES), forecast(), PRICES, workers=2)
    pd.testing.assert_frame_equal(spread, table, check_exact=True)
    monkeypatch.setattr("lstmtrader.sweep.runner.CELLS", 3 * 220 * 4)
    done = []
    chunked = trade_variants(
        vary(quickstart(), AXES), forecast(), PRICES, workers=1,
        progress=lambda step: done.append((step.done, step.of)),
    )  # fmt: skip
    pd.testing.assert_frame_equal(chunked, table, check_exact=True)
    assert len(done) == 8
    assert done[-1] == (24, 24)


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({"model.params.lookback": [10]}, "experiment of its own"),
        ({"strategy.params.target_volatilty": [0.1]}, "did you mean target_volatility"),
        ({"costs.fees": []}, "at least one value"),
        ({"costs.fees": [0.5]}, "fees: expected a fraction"),
        ({"costs.fees": "0.1"}, "list of at least one"),
        ({"costs.fees": [0.0], " costs.fees": [0.1]}, "given twice"),
        ({"costs.fees": [0.0], "costs": [{"fees": 0.1}]}, "costs.fees: .* inside the axis costs"),
        ({"costs": [{"fees": 0.1}], "costs.fees": [0.0]}, "costs.fees: .* inside the axis costs"),
    ],
)
def test_what_cannot_be_varied_is_refused(axes: dict[str, list[float]], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        vary(quickstart(), axes)


def test_a_preset_of_costs_is_an_axis_too() -> None:
    axes = {"costs": ["us_equities_retail", {"fees": 0.001}]}
    made = vary(quickstart(), axes, {Costs: PRESETS})
    assert [one.study.costs.per_share for one in made] == [0.005, 0.0]
    assert len({one.study.config_hash for one in made}) == 2


def test_axes_with_a_common_beginning_are_two() -> None:
    axes = {"costs.borrow": [0.1], "costs.borrow_by_symbol": [{"S": 0.1}, {"S": 0.2}]}
    made = vary(quickstart(), axes)
    assert [one.study.costs.borrow_by_symbol["S"] for one in made] == [0.1, 0.2]


# Ruin


def swept(
    axes: dict[str, list[Any]], study: Experiment | None = None, rate: float = 0.001
) -> Sweep:
    study = study or quickstart()
    variants = vary(study, axes)
    found = trade_variants(variants, forecast(), PRICES, workers=1)
    weights = decide(study.strategy, forecast(), PRICES)
    base = account_figures(trade(PRICES, weights, study.terms))
    return Sweep("tiny", tuple(axes), found, "prices", base, rate, study.execution)


@pytest.fixture(scope="module")
def ruined() -> Sweep:
    axes = {
        "costs.fixed": [0.0, 50_000.0],
        "limits.maintenance": [0.25, 0.95],
        "strategy.params.target_volatility": [0.2, 20.0],
    }
    return swept(axes)


def test_ruin_and_margin_calls_are_told(ruined: Sweep) -> None:
    for number, one in enumerate(vary(quickstart(), dict(_axes_of(ruined)))):
        weights = decide(one.study.strategy, forecast(), PRICES)
        alone = trade(PRICES, weights, one.study.terms)
        row = ruined.records[number]
        assert row["ruined_on"] == (alone.ruined_on and f"{alone.ruined_on:%Y-%m-%d}")
        assert row["liquidated_bars"] == len(alone.liquidations)
        assert {name: row[name] for name in performance(alone)} == performance(alone)
    assert ruined.ruined.any()
    assert not ruined.ruined.all()
    assert ruined.table["liquidated_bars"].any()


def _axes_of(sweep: Sweep) -> Iterator[tuple[str, list[Any]]]:
    for name in sweep.axes:
        values = sweep.table[name].to_list()
        yield name, [one for at, one in enumerate(values) if one not in values[:at]]


def test_the_sharpe_ratio_of_the_ruined_is_left_out(ruined: Sweep) -> None:
    alive = ruined.table[~ruined.ruined]
    assert ruined.spread()["best"] == alive["sharpe"].max()
    assert ruined.spread()["worst"] == alive["sharpe"].min()
    assert ruined.spread("cagr")["worst"] == -1.0
    (trace,) = ruined.heat_map().data
    assert np.isnan(trace.z).tolist() == [[False, True], [False, True]]


@pytest.mark.parametrize("metric", ["sharpe", "volatility"])
def test_the_ruined_are_last_and_called_so(
    ruined: Sweep, metric: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # By this figure they would be first.
    table = ruined.table.assign(sharpe=ruined.table["sharpe"].mask(ruined.ruined, 99.0))
    print_sweep(replace(ruined, table=table), metric)
    printed = capsys.readouterr().out
    rows = [line for line in printed.splitlines() if line.startswith("│")]
    many = int(ruined.ruined.sum())
    assert ["ruined" in row for row in rows] == [False] * (len(rows) - many) + [True] * many
    assert "99" not in printed
    assert f"{many} of 8 variants were ruined" in printed


# What is printed


@pytest.mark.parametrize("execution", [Execution.SAME_CLOSE, Execution.NEXT_CLOSE])
def test_fills_at_a_price_already_seen_are_flagged(
    execution: Execution, capsys: pytest.CaptureFixture[str]
) -> None:
    found = swept({"costs.fees": [0.0, 0.001]}, replace(quickstart(), execution=execution))
    print_sweep(found)
    flagged = execution is Execution.SAME_CLOSE
    sentence = "same_close: fills at a price already seen; not tradable"
    assert (sentence in capsys.readouterr().out) == flagged
    assert (sentence in found.heat_map().layout.title.text) == flagged
    assert found.figures["execution"] == str(execution)
    assert found.figures["tradable"] != flagged


def test_headers_tell_the_axes_apart(capsys: pytest.CaptureFixture[str]) -> None:
    table = pd.DataFrame([{"strategy.params.a": 1, "costs.b.a": 2, "limits.net": 3}])
    found = swept({"costs.fees": [0.0]})
    shown = found.table.join(table)
    print_sweep(replace(found, table=shown, axes=tuple(table.columns)))
    (header,) = (line for line in capsys.readouterr().out.splitlines() if "Sharpe ┃" in line)
    assert [one.strip() for one in header.split("┃")][1:4] == ["params.a", "b.a", "net"]


# Break-even


def test_the_break_even_is_where_the_gain_is_gone() -> None:
    index = PRICES.index[:200]
    # Foresight of the next two closes, to have something to lose.
    move = PRICES.close.shift(-2) / PRICES.close.shift(-1) - 1
    weights = TargetWeights((np.sign(move).loc[index] / 4).fillna(0.0))
    terms = Terms(Execution.NEXT_CLOSE, Costs(fees=0.0005))
    level = break_even_slippage(PRICES, weights, terms)
    assert 0.001 < level < 0.05
    for slippage, gains in ((level - 1e-5, True), (level + 1e-5, False)):
        costs = Costs(fees=0.0005, slippage=slippage)
        result = run_backtest(PRICES, weights, costs, Execution.NEXT_CLOSE)
        assert (result.equity.iloc[-1] > result.capital) == gains
    loser = TargetWeights(-weights.frame)
    assert math.isnan(break_even_slippage(PRICES, loser, terms))


def test_an_account_that_never_trades_has_no_break_even(
    capsys: pytest.CaptureFixture[str],
) -> None:
    idle = TargetWeights(pd.DataFrame(0.0, PRICES.index[:200], list(PRICES.symbols)))
    assert break_even_slippage(PRICES, idle, Terms(Execution.NEXT_CLOSE)) == math.inf
    found = swept({"costs.fees": [0.0]}, rate=math.inf)
    print_sweep(found)
    assert "never traded" not in capsys.readouterr().out
    print_sweep(replace(found, base=account_figures(run_backtest(PRICES, idle))))
    assert "break-even: as configured it never traded" in capsys.readouterr().out


# The trial ledger


def test_a_trial_counts_once(tmp_path: Path) -> None:
    one, other = (Trial("data", name, name, "run", 0.5, "next_open") for name in ("a", "b"))
    assert record(tmp_path, [one, one]) == 1
    assert record(tmp_path, [one, other, replace(one, data_hash="others")]) == 2
    assert [trial.config_hash for trial in read(tmp_path)] == ["a", "b", "a"]
    # A writer that was killed halfway through a line.
    with (tmp_path / LEDGER).open("a", encoding="utf-8") as file:
        file.write('{"data_hash": "x"')
    assert len(read(tmp_path)) == 3
    assert record(tmp_path, [replace(one, config_hash="c")]) == 1
    assert [trial.config_hash for trial in read(tmp_path)] == ["a", "b", "a", "c"]
    for line in (tmp_path / LEDGER).read_text(encoding="utf-8").splitlines():
        json.loads(line)


def test_a_trial_is_known_by_what_its_account_depends_on() -> None:
    def of(study: Experiment, **more: Any) -> Trial:
        return trial("prices", study.config, "run", **({"sharpe": 0.5, "ruined": False} | more))

    plain = of(quickstart())
    assert plain.execution == "next_close"
    same = of(replace(quickstart(), name="other", baselines=(Zero(),)))
    assert (same.config_hash, same.name) == (plain.config_hash, "other")
    for other in (
        replace(quickstart(), seed=2), replace(quickstart(), costs=Costs(fees=0.0)),
        replace(quickstart(), execution=Execution.SAME_CLOSE),
    ):  # fmt: skip
        assert of(other).config_hash != plain.config_hash
    assert (plain.sharpe, of(quickstart(), ruined=True).sharpe) == (0.5, None)
    assert of(quickstart(), sharpe=math.nan).sharpe is None


def test_a_sweep_counts_what_it_started_from_too(tmp_path: Path, ruined: Sweep) -> None:
    variants = vary(quickstart(), dict(_axes_of(ruined)))
    saved = save_sweep(tmp_path, ruined, quickstart(), variants)
    trials = read(tmp_path)
    assert [one.kind for one in trials] == ["base"] + ["variant"] * 8
    assert trials[0].config_hash == variant_hash(quickstart().config)
    assert trials[0].sharpe == ruined.base["sharpe"]
    assert [one.sharpe is None for one in trials[1:]] == ruined.ruined.to_list()
    assert saved.path is not None
    assert pd.read_parquet(saved.path / "variants.parquet")["ruined_on"].notna().any()


def test_a_ledger_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    one = Trial("data", "a", "a", "run", 0.5, "next_open")
    (tmp_path / LEDGER).write_text('{"data_hash": "x"}\n', encoding="utf-8")
    with pytest.raises(RunError, match="line 1 is no trial"):
        record(tmp_path, [one])
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        record(tmp_path / "file", [one])


# The folder


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left"), pa.ArrowInvalid("no column"), KeyboardInterrupt()]
)
def test_nothing_written_leaves_nothing(
    tmp_path: Path,
    ruined: Sweep,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    variants = vary(quickstart(), dict(_axes_of(ruined)))
    monkeypatch.setattr("pandas.DataFrame.to_parquet", fail)
    expected = RunError if isinstance(error, Exception) else KeyboardInterrupt
    with pytest.raises(expected):
        save_sweep(tmp_path, ruined, quickstart(), variants)
    assert [path.name for path in tmp_path.iterdir()] == [LEDGER]


def test_a_whole_table_is_kept(
    tmp_path: Path, ruined: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    variants = vary(quickstart(), dict(_axes_of(ruined)))
    monkeypatch.setattr("plotly.graph_objects.Figure.write_html", fail)
    with pytest.raises(RunError, match="No space left") as caught:
        save_sweep(tmp_path, ruined, quickstart(), variants)
    (folder,) = tmp_path.glob("*.incomplete")
    assert caught.value.__notes__ == [f"kept: the table of variants in {folder}"]
    assert len(pd.read_parquet(folder / "variants.parquet")) == 8


def test_several_processes_lose_no_trial(tmp_path: Path) -> None:
    import subprocess
    import sys

    script = (
        "import sys; from pathlib import Path; from lstmtrader.evaluation.trials import *\n"
        "for n in range(50):\n"
        "    record(Path(sys.argv[1]), ["
        "Trial('d', f'{sys.argv[2]}-{n}', 'n', 'run', None, 'next_open'),"
        " Trial('d', f'shared-{n}', 'n', 'run', None, 'next_open')])"
    )
    words = [sys.executable, "-c", script, str(tmp_path)]
    started = [subprocess.Popen([*words, str(number)]) for number in range(4)]
    assert [one.wait(timeout=120) for one in started] == [0] * 4
    hashes = [trial.config_hash for trial in read(tmp_path)]
    assert len(hashes) == len(set(hashes)) == 250
