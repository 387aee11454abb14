"""A tear sheet of a seeded market, made with the real engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from seeded_tables import (
    EMPTY,
    NO_SIGNIFICANCE,
    NO_SKILL,
    curves_of,
    evaluation_of,
    skill_of,
)

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.engine import run_backtest
from lstmtrader.backtest.terms import Terms
from lstmtrader.clock import Execution
from lstmtrader.evaluation.benchmark import buy_and_hold
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from lstmtrader.report.tearsheet import TearSheet
from lstmtrader.splits import WalkForward
from lstmtrader.weights import TargetWeights

HOSTILE = '<b onclick="x">&"\'</script>'
SIX = ("AAA", "BBB", HOSTILE, "DDD", "EEE", "FFF")


def make_sheet(
    n_bars: int = 2600,
    timing: Execution = Execution.NEXT_OPEN,
    *,
    one_fold: bool = False,
    gaps: bool = True,
    symbols: Sequence[str] = SIX,
) -> TearSheet:
    """Trade noisy momentum forecasts on random walks, walk-forward, with the real engine."""
    rng = np.random.default_rng(20)
    index = pd.bdate_range("2010-01-04", periods=n_bars)
    steps = rng.normal(0.0003, 0.012, (n_bars, len(symbols)))
    close = pd.DataFrame(100 * np.exp(steps.cumsum(axis=0)), index=index, columns=list(symbols))
    opened = close.shift(1).fillna(100.0) * np.exp(rng.normal(0, 0.002, close.shape))
    if gaps:
        close.iloc[-200:, 3] = opened.iloc[-200:, 3] = np.nan
        opened.iloc[n_bars // 2 : n_bars // 2 + 90, 2] = np.nan
    prices = PriceFrame(close=close, open=opened)

    size = n_bars // 2 if one_fold else n_bars // 8
    plan = WalkForward(train=n_bars // 4, validation=n_bars // 8, test=size, purge=6)
    folds = list(plan.split(n_bars - (n_bars // 8 if one_fold else 0)))
    folds = folds[:1] if one_fold else folds
    tested = index[folds[0].test[0] : folds[-1].test[-1] + 1]
    outcome = np.log(prices.close.shift(-6) / prices.close.shift(-1)).loc[tested].to_numpy()
    noisy = np.nan_to_num(outcome) * 0.015 + rng.normal(0, 0.004, outcome.shape)
    noisy[prices.close.loc[tested].isna().to_numpy()] = np.nan
    kind = ForecastKind.SCALED_RETURN
    forecast = Forecast(noisy[None].astype(np.float32), tested, prices.symbols, kind)
    drift = Forecast(
        np.full_like(noisy[None], 0.001, dtype=np.float32), tested, prices.symbols, kind
    )
    skill = skill_of(forecast, outcome, [index[fold.test] for fold in folds], {HOSTILE: drift})

    comparison = pd.DataFrame(
        {"n": 9000.0, "ic": [0.2, np.nan, np.nan], "sharpe": [1.2, np.nan, 0.4]},
        index=["model", HOSTILE, "buy_and_hold"],
    )

    wanted = forecast.mean.rank(axis=1).sub((len(symbols) + 1) / 2).div(len(symbols) * 1.5) + 0.05
    weights = TargetWeights(wanted.iloc[::5].fillna(0.0))
    costs = Costs(fees=0.0003, slippage=0.0002)
    held = prices.bars(0, folds[-1].test[-1] + 1)
    result = run_backtest(held, weights, costs, timing)
    benchmark = buy_and_hold(held, tested[0], Terms(timing, costs))
    return TearSheet(
        name=f"momentum-six {HOSTILE}",
        title="Weekly ranking of six symbols by an LSTM",
        account=result,
        benchmark=benchmark,
        folds=pd.DataFrame(
            [
                {
                    "fold": fold.number,
                    "train_start": index[fold.train[0]],
                    "train_end": index[fold.train[-1]],
                    "validation_start": index[fold.validation[0]],
                    "validation_end": index[fold.validation[-1]],
                    "test_start": index[fold.test[0]],
                    "test_end": index[fold.test[-1]],
                    "train_samples": len(fold.train) * 6,
                    "validation_samples": len(fold.validation) * 6,
                    "epochs": 11.0 + fold.number / 3,
                    "validation_loss": 0.9876 - fold.number / 100,
                }
                for fold in folds
            ]
        ),
        evaluation=evaluation_of(result, benchmark, skill, comparison),
        facts={
            "Fills": "next_open: open of the bar after the decision",
            "Calendar": f"XNYS, {result.periods_per_year} bars a year",
            "Costs": "3 basis points of fees, 2 of slippage",
            "Limits": "gross exposure up to 1",
            "Symbols": f"6: AAA, BBB, {HOSTILE}, DDD, EEE, FFF",
            "Data": f"seeded random walks, sha256 {prices.sha256()}",
        },
        config_yaml=f"# {HOSTILE}\nsplits: {{train: 5y, validation: 1y, test: 1y}}\nseeds: 3\n",
        versions={"lstmtrader": "0.1.0", "numpy": "2.4.6", "pandas": "3.1.1"},
        command="lstmtrader run configs/momentum_six.yaml --out runs/momentum-six",
        curves=curves_of([fold.number for fold in folds]),
        notes=(
            f"{HOSTILE} has no opens on 90 bars; nothing was filled on them.",
            "The symbols were chosen in hindsight: none of them could go bankrupt.",
        ),
        untraded={HOSTILE: f"nobody trades {HOSTILE}"},
    )


def bare(sheet: TearSheet) -> TearSheet:
    """Leave out what a run need not have measured: half of the charts."""
    found = replace(
        sheet.evaluation,
        skill=NO_SKILL,
        significance=NO_SIGNIFICANCE,
        comparison=EMPTY,
        rivals=EMPTY,
        cost_levels=EMPTY,
        round_trips=EMPTY,
    )
    return replace(sheet, evaluation=found, curves=EMPTY, notes=(), untraded={})
