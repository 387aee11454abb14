"""Law: what often looks ahead is pointed at by file and line; shipped code gets no hint."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

import strategies
from lstmtrader.audit.finding import Outcome
from lstmtrader.audit.probes.hints import hints_on, probe_hints
from lstmtrader.audit.probes.suspicions import suspicions
from lstmtrader.prices import PriceFrame
from tests.audit.subjects import study, subject


def _found(code: str, **of: bool) -> list[str]:
    return [what for _, what in suspicions(ast.parse(code), **of)]


@pytest.mark.parametrize(
    "code",
    [
        "x.shift(-1)", "x.shift(periods=-2)", "np.roll(x, -1)", "x.diff(-1)", "x.pct_change(-1)",
        "x.bfill()", 'x.fillna(method="bfill")', "x[::-1]", "x.iloc[::-1]",
        "x.rolling(5, center=True).mean()", "prices.close.iloc[-1]", "x.max()", "x.min()",
        "x.mean()", "x.std()", "x.median()", "x.quantile(0.9)", "x.rank()", "np.mean(x)",
        "x.rank(pct=True)", "x.mean(axis=0)", "scaler.fit(x)", "PCA().fit_transform(x)",
        "np.polyfit(t, x, 1)", "filtfilt(b, a, x)", "x.interpolate()", "pd.qcut(x, 10)",
        'x.resample("W").last()', "np.random.normal(size=3)", "np.random.default_rng()",
        "random.random()", 'pd.read_csv("a.csv")', 'pd.read_parquet("a")', 'open("a")',
        "time.time()", "datetime.now()",
    ],
)  # fmt: skip
def test_what_often_looks_ahead_is_pointed_at(code: str) -> None:
    assert len(_found(code, of_feature=True)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "x.shift(1)", "x.shift(horizon)", "np.roll(x, 1)", "x.ffill()", "x.fillna(0.0)", "x[:-1]",
        "x[1:]", "x.rolling(5).mean()", "x.rolling(5)['A'].std()", "x.expanding().max()",
        "x.ewm(span=3).mean()", "x.rank(axis=1)", "x.mean(axis=1)", "x.mean(axis='columns')",
        "x.mean(1)", "np.mean(x, 1)", "np.nanmean(x, axis=-1)", "max(a, b)", "math.sqrt(x)",
        "np.random.default_rng(3)", "np.random.default_rng(seed=seed)", "x.rank(1)",
        "symbols[-1]", "self.window.max",
    ],
)  # fmt: skip
def test_what_knows_its_past_alone_gets_no_hint(code: str) -> None:
    assert _found(code, of_feature=True) == []


def test_a_target_may_look_ahead_and_a_model_may_fit() -> None:
    assert _found("x.shift(-1)", of_target=True) == []
    assert _found("scaler.fit(x)") == []


def test_strategies_that_ship_get_no_hint() -> None:
    owners = []
    for found in pkgutil.iter_modules(strategies.__path__):
        module = importlib.import_module(f"strategies.{found.name}")
        owners += [
            one
            for one in vars(module).values()
            if isinstance(one, type) and one.__module__ == module.__name__
        ]
    assert len(owners) > 15
    assert [hint for owner in owners for hint in hints_on(owner)] == []


def _scaled(table: pd.DataFrame) -> pd.DataFrame:
    return table / table.std()


@dataclass(frozen=True)
class Peeking:
    name: str = "peeking"
    lookback: int = 2

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        ahead = prices.close.shift(-1)
        return _scaled(ahead)


def test_a_hint_names_file_and_line_also_of_what_a_feature_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(Path(__file__).parent)
    lines = Path(__file__).read_text().splitlines()
    division = next(n for n, line in enumerate(lines, 1) if "table / table.std()" in line)
    ahead = next(n for n, line in enumerate(lines, 1) if "ahead = prices.close" in line)
    one = subject(study())
    seen = probe_hints(replace(one, study=replace(one.study, features=(Peeking(),))))
    assert seen.hints == (
        f"test_hints.py:{division}: std over whole columns knows all bars",
        f"test_hints.py:{ahead}: shift by a negative number takes later bars",
    )
    assert seen.outcome is Outcome.CLEAN


def test_a_study_of_shipped_parts_gets_no_hint() -> None:
    assert probe_hints(subject(study())).hints == ()


def test_code_without_a_source_is_passed_over() -> None:
    scope: dict[str, object] = {}
    exec("class Typed:\n    name = 'typed'\n    def __call__(self, p): return p.shift(-1)", scope)
    owner = scope["Typed"]
    assert isinstance(owner, type)
    assert hints_on(owner) == []
