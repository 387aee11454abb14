"""Seeded tables of evaluation: plausible figures for a sheet that only has to be drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.evaluation.evaluation import Evaluation
from lstmtrader.evaluation.performance import performance
from lstmtrader.evaluation.significance.result import Significance
from lstmtrader.evaluation.skill.result import Skill
from lstmtrader.evaluation.skill.table import rank_correlation_by_bar, skill_table
from lstmtrader.forecast import Forecast

_MORE = {
    "longest_drawdown": 412.0, "omega": 1.12, "var_95": 0.0061, "cvar_95": 0.0093, "skew": -0.21,
    "kurtosis": 3.4, "profit_factor": 1.2, "time_in_market": 0.97, "holding_period": 6.3,
    "fees_per_year": 0.004, "slippage_per_year": 0.003, "debit_per_year": 0.0,
    "borrow_per_year": 0.0, "psr": 0.97,
}  # fmt: skip
_BESIDE = {
    "beta": 0.21, "alpha": 0.018, "information_ratio": -0.2, "tracking_error": 0.11,
    "correlation": 0.42, "capacity": 3.2e7, "break_even_bp": 6.13,
}  # fmt: skip
EMPTY = pd.DataFrame()


def skill_of(
    forecast: Forecast,
    outcome: np.ndarray,
    bars_of_folds: Sequence[pd.DatetimeIndex],
    others: dict[str, Forecast],
) -> Skill:
    """Measure what is quickly measured, and invent the rest."""
    rng = np.random.default_rng(3)
    years = pd.Series(forecast.index.year, index=forecast.index)
    by_year = skill_table(
        forecast, outcome, [part.index for _, part in years.groupby(years)], others
    ).drop(index="all")
    by_year.index = [str(year) for year in years.unique()]
    by_fold = skill_table(forecast, outcome, bars_of_folds, others)
    symbols = list(forecast.mean.columns)
    by_symbol = pd.DataFrame(
        {"n": 1500.0, "ic": rng.normal(0.05, 0.04, len(symbols)), "hit_rate": 0.51}, index=symbols
    )
    rank_ic = rank_correlation_by_bar(forecast.mean.to_numpy(), outcome)
    by_bar = pd.DataFrame(
        {"ic": rank_ic * 0.9, "rank_ic": rank_ic, "n": float(len(symbols))}, index=forecast.index
    )
    horizons = [1, 2, 5, 10, 21, 63]
    decay = pd.DataFrame(
        {"ic": 0.05 / np.sqrt(horizons), "rank_ic": 0.04 / np.sqrt(horizons), "t": 2.0},
        index=horizons,
    )
    groups = np.arange(1, 11)
    middle = (groups - 5.5) * 1e-4
    deciles = pd.DataFrame(
        {
            "n": 3000,
            "forecast": middle * 1.4,
            "outcome": middle + rng.normal(0, 5e-5, 10),
            "low": middle - 3e-4,
            "high": middle + 3e-4,
        },
        index=groups,
    )
    levels = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
    calibration = pd.DataFrame(
        {"observed": 0.5 + (levels - 0.5) * 1.06, "pinball": 0.1, "n": 30000}, index=levels
    )
    x, y = np.meshgrid(np.linspace(-0.4, 0.4, 25), np.linspace(-3, 3, 31))
    n = np.round(400 * np.exp(-((x / 0.15) ** 2) - (y / 1.1) ** 2))
    cloud = pd.DataFrame({"forecast": x.ravel(), "outcome": y.ravel(), "n": n.ravel()})
    versus = pd.DataFrame(
        {"r2": 0.0021, "dm": 1.9, "dm_p": 0.031, "cw": 2.4, "cw_p": 0.008},
        index=["zero", *others],
    )
    return Skill(
        figures={
            **by_fold.loc["all"],
            "n_bars": float(len(forecast.index)),
            "ic_mean": 0.051,
            "ic_t": 3.21,
            "icir": 0.11,
            "rank_ic_t": 2.94,
            "pt": 2.2,
            "pt_p": 0.014,
            "r2_mean": 0.0017,
            "mz_slope": 0.92,
            "mz_intercept": 1.2e-5,
            "crps": np.nan,
        },
        by_fold=by_fold,
        by_year=by_year,
        by_symbol=by_symbol,
        by_bar=by_bar,
        decay=decay,
        deciles=deciles,
        calibration=calibration,
        cloud=cloud[cloud["n"] > 0],
        versus=versus,
    )


def significance_of(names: Sequence[str]) -> Significance:
    """Invent intervals, trials and members."""
    intervals = pd.DataFrame(
        {
            "strategy": [0.64, 0.027, -0.11],
            "strategy_low": [0.2, 0.008, -0.19],
            "strategy_high": [1.1, 0.047, -0.07],
            "benchmark": [0.81, 0.12, -0.51],
            "benchmark_low": [0.4, 0.06, -0.66],
            "benchmark_high": [1.2, 0.19, -0.31],
            "difference": [-0.17, -0.093, 0.4],
            "difference_low": [-0.5, -0.15, 0.2],
            "difference_high": [0.2, -0.03, 0.52],
        },
        index=["sharpe", "cagr", "max_drawdown"],
    )
    contenders = pd.DataFrame(
        {"sharpe": 0.6, "superior": False, "mcs_p": 0.41, "in_mcs": True},
        index=["strategy", *names, "buy_and_hold"],
    )
    members = pd.DataFrame(
        {
            "sharpe": [0.51, 0.33, 0.72, 0.64],
            "cagr": [0.021, 0.014, 0.03, 0.027],
            "volatility": 0.043,
            "max_drawdown": -0.12,
        },
        index=[0, 1, 2, "ensemble"],
    )
    figures = {
        "level": 0.95, "replications": 2000.0, "block": 21.3, "psr": 0.97,
        "min_track_record": 6.6, "n_trials": 14.0, "effective_trials": 9.0,
        "expected_max_sharpe": 0.31, "dsr": 0.93, "pbo": 0.22, "spa_p": 0.34,
    }  # fmt: skip
    return Significance(figures, intervals, contenders, members)


def round_trips_of(account: TrackRecord) -> pd.DataFrame:
    """Invent round trips between fills of the account."""
    rng = np.random.default_rng(5)
    fills = account.trades
    picked = fills.iloc[np.sort(rng.choice(len(fills), size=min(120, len(fills)), replace=False))]
    bars = rng.integers(1, 30, len(picked))
    at = account.equity.index.get_indexer(pd.DatetimeIndex(picked["date"])) + bars
    last = len(account.equity) - 1
    closed = account.equity.index[np.minimum(at, last)]
    ret = rng.normal(0.002, 0.03, len(picked))
    price = picked["price"].to_numpy()
    return pd.DataFrame(
        {
            "symbol": picked["symbol"].to_numpy(),
            "side": np.where(picked["size"] > 0, 1, -1),
            "opened": picked["date"].to_numpy(),
            "closed": np.where(at <= last, closed, np.datetime64("NaT")),
            "bars": bars,
            "entry": price,
            "exit": price * (1 + ret),
            "pnl": ret * 50_000,
            "ret": ret,
            "fees": 12.0,
        }
    )


def evaluation_of(
    account: TrackRecord, benchmark: TrackRecord, skill: Skill, comparison: pd.DataFrame
) -> Evaluation:
    """Put everything on the sheet that a run can have."""
    names = [name for name in comparison.index if name not in ("model", "buy_and_hold")]
    grown = account.equity / account.capital
    extra = [0.0, 1.0, 2.0, 5.0, 10.0, 20.0]
    return Evaluation(
        strategy={**_MORE, **performance(account), **_BESIDE},
        benchmark={**_MORE, **performance(benchmark)},
        skill=skill,
        significance=significance_of(names),
        comparison=comparison,
        rivals=pd.DataFrame(dict.fromkeys(names, grown**0.7)),
        cost_levels=pd.DataFrame(
            {
                "sharpe": [0.64 - one * 0.1 for one in extra],
                "cagr": [0.027 - one * 0.0044 for one in extra],
            },
            index=extra,
        ),
        round_trips=round_trips_of(account),
    )


def curves_of(folds: Sequence[int], members: int = 3) -> pd.DataFrame:
    """Invent the losses of every fit."""
    rng = np.random.default_rng(11)
    rows = []
    for fold in folds:
        for member in range(members):
            best = int(rng.integers(5, 18))
            rows += [
                {
                    "fold": fold,
                    "member": member,
                    "epoch": epoch,
                    "train_loss": 1.02 - 0.01 * np.sqrt(epoch) + rng.normal(0, 0.001),
                    "validation_loss": 1 + 1e-5 * (epoch - best) ** 2 + rng.normal(0, 0.001),
                    "kept": epoch == best,
                }
                for epoch in range(best + 6)
            ]
    return pd.DataFrame(rows)


NO_SIGNIFICANCE = Significance({}, EMPTY, EMPTY, EMPTY)
NO_SKILL = Skill({}, *[EMPTY] * 9)
