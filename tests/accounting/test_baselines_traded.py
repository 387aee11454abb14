"""Law: baselines are judged on the model's pairs and traded as the model is, or say why not."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from lstmtrader import Experiment, Run
from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.terms import Terms
from lstmtrader.clock import Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.baselines import Baseline, judge_baselines, skill_figures
from lstmtrader.evaluation.performance import performance
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.report.comparison import comparison_table, untraded_notes
from lstmtrader.strategy import decide
from strategies.direct_positions import DirectPositions
from strategies.long_flat import LongFlat

if TYPE_CHECKING:
    from tests.conftest import Settings

COSTS, LIMITS, CAPITAL = Costs(0.001, 0.0005), Limits(0.8), 5e5
MODELS = "lstmtrader.models:"
PRICES = SyntheticProvider(n_symbols=5, n_bars=300, seed=6).fetch()


def forecast(seed: int, kind: ForecastKind = ForecastKind.SCALED_RETURN) -> Forecast:
    rng = np.random.default_rng(seed)
    members = rng.standard_normal((1, 200, 5)).astype(np.float32)
    members[rng.random(members.shape) < 0.1] = np.nan
    return Forecast(members, PRICES.index[80:280], PRICES.symbols, kind)


MODEL, NAIVE = forecast(0), forecast(1)
OUTCOME = np.random.default_rng(2).standard_normal((200, 5)) + 0.2 * np.nan_to_num(
    MODEL.mean.to_numpy()
)


def judged(strategy: object, **named: Forecast) -> dict[str, Baseline]:
    terms = Terms(Execution.NEXT_OPEN, COSTS, LIMITS, capital=CAPITAL)
    return judge_baselines(named, MODEL, OUTCOME, strategy, PRICES, terms)


def test_a_baseline_has_the_account_that_its_forecasts_earn() -> None:
    one = judged(LongFlat(), naive=NAIVE)["naive"]
    expected = run_backtest(
        PRICES, decide(LongFlat(), NAIVE, PRICES), COSTS, Execution.NEXT_OPEN,
        limits=LIMITS, capital=CAPITAL,
    )  # fmt: skip
    assert one.result is not None
    pd.testing.assert_series_equal(one.result.equity, expected.equity)
    assert one.figures["strategy"] == performance(expected)
    assert one.figures["untraded"] is None


def test_one_that_the_strategy_does_not_trade_is_named_and_judged_all_the_same() -> None:
    position = forecast(3, ForecastKind.POSITION)
    both = judged(DirectPositions(), naive=NAIVE, sign=position)
    assert both["naive"].result is None
    assert both["naive"].untraded == "DirectPositions does not trade forecasts of scaled_return"
    assert both["naive"].figures["strategy"] is None
    assert math.isfinite(both["naive"].skill["ic"])
    assert both["sign"].result is not None


def test_skill_is_measured_on_the_pairs_of_both() -> None:
    skill = judged(LongFlat(), naive=NAIVE)["naive"].skill
    said, other = NAIVE.mean.to_numpy(), MODEL.mean.to_numpy()
    both = ~np.isnan(said) & ~np.isnan(other)
    assert skill["n"] == both.sum() < np.isfinite(said).sum()
    errors = (said - OUTCOME)[both] ** 2
    assert skill["mse"] == pytest.approx(errors.mean(), rel=1e-12)
    mine = ((other - OUTCOME)[both] ** 2).sum()
    assert skill["model_r2"] == pytest.approx(1 - mine / errors.sum(), rel=1e-12)
    assert skill["ic"] == pytest.approx(np.corrcoef(said[both], OUTCOME[both])[0, 1], rel=1e-9)


def test_a_position_has_no_squared_error() -> None:
    skill = skill_figures(forecast(3, ForecastKind.POSITION), OUTCOME, MODEL)
    assert math.isnan(skill["mse"])
    assert math.isnan(skill["model_r2"])
    assert math.isfinite(skill["hit_rate"])


@pytest.fixture(scope="module")
def run(new_settings: object, write_yaml: object, tmp_path_factory: pytest.TempPathFactory) -> Run:
    settings: Settings = new_settings()  # type: ignore[operator]
    settings["model"]["params"]["loss"] = "mse"
    settings["strategy"] = {"target": "strategies.long_flat:LongFlat"}
    settings["baselines"] = [
        {"target": f"{MODELS}{name}", "params": params}
        for name, params in (
            ("LastValue", {}),
            ("Ridge", {"lags": 3}),
            ("Ridge", {"lags": 1}),
            ("Momentum", {"feature": "scaled_return_1"}),
        )
    ]
    place = tmp_path_factory.mktemp("baselines")
    path = write_yaml(settings, place / "tiny.yaml")  # type: ignore[operator]
    return Experiment.from_yaml(path).run(place / "runs")


NAMES = ["last_value", "ridge", "ridge_2", "momentum"]


def test_a_run_compares_the_model_with_every_baseline(run: Run) -> None:
    table = run.comparison
    assert table.index.tolist() == ["model", *NAMES, "buy_and_hold"]
    assert table.loc["model", "sharpe"] == run.metrics["strategy"]["sharpe"]
    assert table.loc["buy_and_hold", "cagr"] == run.metrics["benchmark"]["cagr"]
    assert table.loc["model", "ic"] == pytest.approx(run.metrics["skill"]["ic"], nan_ok=True)
    assert table.loc["ridge", "model_r2"] == pytest.approx(run.metrics["skill"]["r2_vs_ridge"])
    assert math.isnan(table.loc["momentum", "mse"])
    assert "r2_vs_momentum" not in run.skill.columns
    for name in NAMES:
        figures = run.baselines[name]["strategy"]
        assert figures is not None
        assert table.loc[name, "sharpe"] == pytest.approx(figures["sharpe"])
    rivals = run.evaluation.rivals
    assert rivals.columns.tolist() == NAMES
    assert rivals.index.equals(run.equity.index)


def test_the_figures_of_the_baselines_are_written_down(run: Run) -> None:
    assert run.path is not None
    written = json.loads((run.path / "metrics.json").read_text())
    assert written == run.figures
    assert list(written) == [
        "strategy", "benchmark", "skill", "significance", "baselines", "benchmark_symbol",
        "execution", "tradable",
    ]  # fmt: skip
    assert list(written["baselines"]) == NAMES
    one = written["baselines"]["ridge"]
    assert one["strategy"]["sharpe"] == pytest.approx(run.comparison.loc["ridge", "sharpe"])
    assert written["baselines"]["momentum"]["skill"]["mse"] is None


def test_the_report_shows_them_in_one_table(run: Run) -> None:
    assert run.path is not None
    page = (run.path / "report.html").read_text(encoding="utf-8")
    tables = pd.read_html(io.StringIO(page), match="Model, baselines, and buy & hold")
    assert len(tables) == 1
    rows = tables[0]
    assert rows.iloc[:, 0].tolist() == [
        "Model", "last value", "ridge", "ridge 2", "momentum", "Buy & hold"
    ]  # fmt: skip
    assert '<a href="#baselines">' in page


def test_a_report_without_baselines_has_no_empty_table(tiny_run: Run) -> None:
    assert 'id="baselines"' not in tiny_run.report()
    assert tiny_run.figures["baselines"] == {}


def test_the_summary_shows_them_on_a_terminal_of_80_columns(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from lstmtrader.cli.summary import print_summary

    monkeypatch.setenv("COLUMNS", "80")
    print_summary(run)
    lines = capsys.readouterr().out.splitlines()
    (head,) = [number for number, line in enumerate(lines) if line.startswith("Model ")]
    rows = lines[head : head + 6]
    names = ["Model", "last value", "ridge", "ridge 2", "momentum", "Buy & hold"]
    assert [row[: len(name)] for row, name in zip(rows, names, strict=True)] == names
    assert "…" not in "".join(lines)
    assert max(map(len, lines[:-1])) <= 80


def test_the_table_leaves_out_what_no_row_has() -> None:
    table = pd.DataFrame(
        {"ic": [0.1, math.nan], "mse": [math.nan, math.nan], "sharpe": [1.0, math.nan]},
        index=["model", "buy_and_hold"],
    )
    shown = comparison_table(table)
    assert shown.columns == ("", "IC", "Sharpe ratio")
    assert shown.rows == (("Model", "0.1000", "1.00"), ("Buy & hold", "–", "–"))
    assert untraded_notes({"last_value": "no"}) == ["last value has no account: no."]


def test_a_baseline_that_reads_a_feature_which_is_not_there_is_refused_at_once(
    tiny_yaml: Path,
) -> None:
    there = "scaled_return_1, absolute_return_5"
    with pytest.raises(
        ConfigError, match=rf"baselines\[0\]: Momentum reads the feature return_252; .* has {there}"
    ):
        Experiment.from_yaml(tiny_yaml, [f'baselines=[{{target: "{MODELS}Momentum"}}]'])
