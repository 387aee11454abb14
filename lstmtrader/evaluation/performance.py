"""The figures of one account that the summary, the report and a sweep show."""

from __future__ import annotations

import math

from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.evaluation import relative
from lstmtrader.evaluation.activity import (
    costs_by_kind,
    gross_exposure,
    holding_period,
    net_exposure,
    time_in_market,
    turnover_per_year,
)
from lstmtrader.evaluation.drawdown import calmar_ratio, longest_drawdown, max_drawdown
from lstmtrader.evaluation.metrics import (
    cagr,
    hit_rate,
    omega_ratio,
    profit_factor,
    sharpe_ratio,
    sortino_ratio,
    total_return,
    volatility,
)
from lstmtrader.evaluation.tails import (
    conditional_value_at_risk,
    excess_kurtosis,
    skewness,
    value_at_risk,
)


def performance(result: TrackRecord, benchmark: TrackRecord | None = None) -> dict[str, float]:
    """Return the figures of one account.

    Parameters
    ----------
    result : TrackRecord
    benchmark : TrackRecord, optional
        Another account on bars of the same calendar.

    Returns
    -------
    dict
        Fractions, not percent; `turnover_per_year` counts buys and sells (1 = the account once);
        `costs_per_year`, and its parts by kind such as `fees_per_year`, are costs paid over
        average equity and years; `longest_drawdown` and `holding_period` are bars; `var_95` and
        `cvar_95` are losses of a bar, positive; `kurtosis` is in excess of 3. Averages are over
        the bars that have a return. With a benchmark also `beta`, `alpha` (a year),
        `information_ratio`, `tracking_error` and `correlation`. NaN where a figure is undefined.
    """
    returns, periods = result.returns, result.periods_per_year
    by_kind = costs_by_kind(result)
    figures = {
        "total_return": total_return(returns),
        "cagr": cagr(returns, periods),
        "volatility": volatility(returns, periods),
        "sharpe": sharpe_ratio(returns, periods),
        "sortino": sortino_ratio(returns, periods),
        "max_drawdown": max_drawdown(returns),
        "longest_drawdown": longest_drawdown(returns),
        "calmar": calmar_ratio(returns, periods),
        "omega": omega_ratio(returns),
        "var_95": value_at_risk(returns),
        "cvar_95": conditional_value_at_risk(returns),
        "skew": skewness(returns),
        "kurtosis": excess_kurtosis(returns),
        "hit_rate": hit_rate(returns),
        "profit_factor": profit_factor(returns),
        "gross_exposure": gross_exposure(result),
        "net_exposure": net_exposure(result),
        "time_in_market": time_in_market(result),
        "holding_period": holding_period(result),
        "turnover_per_year": turnover_per_year(result),
        "costs_per_year": math.fsum(by_kind.values()),
        **{f"{kind}_per_year": paid for kind, paid in by_kind.items()},
        "final_equity": float(result.equity.iloc[-1]),
    }
    if benchmark is None:
        return figures
    other = benchmark.returns
    return figures | {
        "beta": relative.beta(returns, other),
        "alpha": relative.alpha(returns, other, periods),
        "information_ratio": relative.information_ratio(returns, other, periods),
        "tracking_error": relative.tracking_error(returns, other, periods),
        "correlation": relative.correlation(returns, other),
    }
