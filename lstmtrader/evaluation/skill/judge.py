"""Everything that can be said of forecasts before anything is traded on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lstmtrader.clock import Execution
from lstmtrader.evaluation.skill.calibration import (
    calibration_table,
    distribution_figures,
    mincer_zarnowitz,
)
from lstmtrader.evaluation.skill.cloud import cloud
from lstmtrader.evaluation.skill.deciles import decile_table
from lstmtrader.evaluation.skill.direction import pesaran_timmermann_by_bar
from lstmtrader.evaluation.skill.information import (
    has_cross_section,
    ic_by_bar,
    ic_decay,
    icir,
    pooled_t,
)
from lstmtrader.evaluation.skill.kinds import COMPARED_OVER_TIME, RETURNS, SAME_UNIT, side_of
from lstmtrader.evaluation.skill.newey_west import lags_for, newey_west_t
from lstmtrader.evaluation.skill.result import Skill
from lstmtrader.evaluation.skill.table import (
    correlation,
    fold_rows,
    mean_of,
    rank_correlation_by_bar,
    same_kind,
    skill_by_rows,
    skill_by_symbol,
    year_rows,
)
from lstmtrader.evaluation.skill.versus import mean_so_far, versus_table
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame

_NAN = float("nan")
# Times the horizon: a mean of fewer outcomes is mostly noise, which any forecast beats.
_FEWEST_FOR_A_MEAN = 20


def judge_forecast(
    forecast: Forecast,
    outcome: np.ndarray,
    bars_of_folds: Sequence[pd.DatetimeIndex],
    baselines: Mapping[str, Forecast],
    prices: PriceFrame,
    execution: Execution,
    horizon: int,
    history: np.ndarray | None = None,
) -> Skill:
    """Judge the forecasts of all folds.

    Targets of neighbouring bars overlap, and an error is known only a label span later: every
    t-statistic and interval allows for related neighbours (Newey-West, with `lags_for` lags; label
    span - 1 of them where that is the definition of a test). Symbols of one bar move together:
    nothing takes them for independent trials.

    Parameters
    ----------
    forecast, outcome, bars_of_folds, baselines
        As of `skill_table`.
    prices : PriceFrame
        For returns over other horizons.
    execution : Execution
    horizon : int
        Of the target, in bars.
    history : array of shape (n_before, n_symbols), optional
        Realised targets of the bars before the first of `forecast`, in time order and up to it,
        NaN where there is none. `expanding_mean` starts from them. Without them it starts from
        nothing, is noise at first, and any forecast beats it: that flatters.

    Returns
    -------
    Skill
        With these `figures`, NaN where one makes no sense for the kind of forecast or is not
        defined:

        - ``n`` pairs of forecast and outcome, on ``n_bars`` bars;
        - ``ic`` (Pearson, pooled), ``ic_mean`` (mean over bars of that across symbols), ``ic_t``
          of the latter, ``icir`` (mean over standard deviation, not annualised); where no bar has
          3 symbols, `ic_mean` is the pooled one, `ic_t` that of `pooled_t`, and there is no
          `icir`;
        - ``rank_ic`` (mean over bars), ``rank_ic_t``, ``rank_icir``;
        - ``hit_rate``, ``pt`` and ``pt_p`` (`pesaran_timmermann_by_bar`);
        - ``r2_zero`` and ``r2_mean`` (against `expanding_mean` of `history` and the outcomes since,
          each counted from the bar on which it is known; from 20 horizons of them on. Where nothing
          drifts, the mean of n independent outcomes is still 1 / n worse than zero, the harder one
          to beat);
        - ``mz_slope`` and ``mz_intercept`` (`mincer_zarnowitz`);
        - ``crps`` and ``pinball`` (`distribution_figures`).

        `versus` tests with the label span as horizon: `dm_p` is two-sided, `cw_p` one-sided.
        Clark and West's test is made for some of the others only: see `versus_table`.

    Raises
    ------
    ContractError
        If `history` has other symbols than `outcome`.
    """
    kind, said = forecast.kind, forecast.mean.to_numpy()
    span = execution.label_span(horizon)
    lags = lags_for(span)
    known_mean = mean_so_far(outcome, history, span, _FEWEST_FOR_A_MEAN * horizon)
    naive = same_kind(forecast, baselines)
    columns = {"r2_mean": known_mean} if kind in RETURNS else {}
    columns |= {f"r2_vs_{name}": values for name, values in naive.items()}
    by_fold = skill_by_rows(kind, said, outcome, columns, fold_rows(forecast.index, bars_of_folds))
    if kind in RETURNS:
        naive = {"zero": np.zeros_like(said), "expanding_mean": known_mean, **naive}
    ic, rank_ic = ic_by_bar(said, outcome), rank_correlation_by_bar(said, outcome)
    pairs = (~(np.isnan(said) | np.isnan(outcome))).sum(axis=1)
    by_bar = pd.DataFrame({"ic": ic, "rank_ic": rank_ic, "n": pairs}, index=forecast.index)
    whole = {str(name): float(value) for name, value in by_fold.loc["all"].items()}
    over_time = kind in COMPARED_OVER_TIME
    figures = {
        "n": whole["n"],
        "n_bars": float((pairs > 0).sum()),
        "ic": whole["ic"],
        **_information(kind, said, outcome, by_bar, lags),
        **_sides(kind, said, outcome, lags),
        "hit_rate": whole.get("hit_rate", _NAN),
        "r2_zero": whole.get("r2_zero", _NAN),
        "r2_mean": whole.get("r2_mean", _NAN),
        **_line(kind, said, outcome),
        **distribution_figures(forecast, outcome),
    }
    by_year = skill_by_rows(kind, said, outcome, columns, year_rows(forecast.index))
    groups = decile_table(said, outcome, lags, pooled=over_time)
    if forecast.kind not in SAME_UNIT:
        groups = groups.assign(forecast=_NAN)
    return Skill(
        figures=figures,
        by_fold=by_fold,
        by_year=by_year.reindex(columns=by_fold.columns),
        by_symbol=skill_by_symbol(kind, said, outcome, columns, forecast.symbols),
        by_bar=by_bar,
        decay=ic_decay(forecast, prices, execution),
        deciles=groups,
        calibration=calibration_table(forecast, outcome),
        cloud=cloud(said, outcome) if over_time else cloud(said[:0], outcome[:0]),
        versus=versus_table(said, outcome, naive, span),
    )


def _information(
    kind: ForecastKind, said: np.ndarray, outcome: np.ndarray, by_bar: pd.DataFrame, lags: int
) -> dict[str, float]:
    ic, rank_ic = by_bar["ic"].to_numpy(), by_bar["rank_ic"].to_numpy()
    figures = {
        "ic_mean": mean_of(ic),
        "ic_t": newey_west_t(ic, lags),
        "icir": icir(ic),
        "rank_ic": mean_of(rank_ic),
        "rank_ic_t": newey_west_t(rank_ic, lags),
        "rank_icir": icir(rank_ic),
    }
    if not has_cross_section(said, outcome) and kind in COMPARED_OVER_TIME:
        figures["ic_mean"] = correlation(said, outcome)
        figures["ic_t"] = pooled_t(said, outcome, lags)
    return figures


def _sides(
    kind: ForecastKind, said: np.ndarray, outcome: np.ndarray, lags: int
) -> dict[str, float]:
    threshold = side_of(kind)
    if threshold is None:
        return {"pt": _NAN, "pt_p": _NAN}
    statistic, p = pesaran_timmermann_by_bar(said, outcome, lags, threshold)
    return {"pt": statistic, "pt_p": p}


def _line(kind: ForecastKind, said: np.ndarray, outcome: np.ndarray) -> dict[str, float]:
    if kind not in SAME_UNIT:
        return {"mz_slope": _NAN, "mz_intercept": _NAN}
    slope, intercept = mincer_zarnowitz(said, outcome)
    return {"mz_slope": slope, "mz_intercept": intercept}
