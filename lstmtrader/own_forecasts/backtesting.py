"""backtest_forecasts: forecasts of any model, traded and judged as those of an experiment are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.rebalancing import Rebalancing
from lstmtrader.backtest.sizing import Sizing
from lstmtrader.backtest.terms import Terms
from lstmtrader.clock import Calendar, Execution
from lstmtrader.config.building import describe
from lstmtrader.features.assemble import outcomes
from lstmtrader.features.feature import Target
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.keeping import counting, keep
from lstmtrader.own_forecasts.given import (
    check_bars,
    check_symbols,
    held_for_comparison,
    own_forecast,
    own_prices,
    own_rivals,
    target_for,
    those_forecast,
    timing_for,
    undecided,
)
from lstmtrader.prices import PriceFrame
from lstmtrader.report.sheet import no_curves, no_folds
from lstmtrader.run import Run
from lstmtrader.strategy import Strategy, check_kind
from lstmtrader.study import check_name
from lstmtrader.trading import Count, Proposal, trade_and_judge

_COMMAND = "backtest_forecasts(forecasts, prices, strategy, …), from Python"


@dataclass(frozen=True, eq=False)
class _Question:
    """What the settings of a run of own forecasts are made of; see `backtest_forecasts`."""

    name: str
    kind: ForecastKind
    n_members: int
    forecasts_sha256: str
    prices_sha256: str
    calendar: Calendar
    target: Target
    strategy: Strategy
    execution: Execution
    costs: Costs
    limits: Limits
    sizing: Sizing
    rebalancing: Rebalancing
    benchmark: str | None
    capital: float


def backtest_forecasts(
    forecasts: pd.DataFrame | Forecast,
    prices: pd.DataFrame | PriceFrame,
    strategy: Strategy,
    *,
    name: str = "own-forecasts",
    kind: ForecastKind | str | None = None,
    target: Target | None = None,
    horizon: int = 1,
    calendar: Calendar | str | None = None,
    execution: Execution | str | None = None,
    costs: Costs | None = None,
    limits: Limits | None = None,
    sizing: Sizing | None = None,
    rebalancing: Rebalancing | None = None,
    capital: float = 1_000_000.0,
    benchmark: str | None = None,
    baselines: Mapping[str, pd.DataFrame | Forecast] | None = None,
    runs: str | Path | None = None,
) -> Run:
    """Trade and judge forecasts that any other model made.

    The account, the figures and the report are those of `Experiment.run`; what is not known of a
    model that was fitted elsewhere (its folds, its training) is left out. That the forecasts are
    out of sample nobody checks here: row ``t`` is believed to be known after the close of ``t``.

    Parameters
    ----------
    forecasts : DataFrame of shape (n_bars, n_symbols), or Forecast
        Row ``t`` is known after the close of bar ``t``; its orders are filled later. NaN is no
        forecast: what is then held is the strategy's decision. A bar of the prices without a row
        is no decision: positions stay.
    prices : DataFrame or PriceFrame
        A DataFrame as `PriceFrame.from_pandas` takes it: closes, or columns of field and symbol.
    strategy : Strategy
    name : str
        Of the run: letters, digits, ``.``, ``_`` and ``-``.
    kind : ForecastKind or str, optional
        What the numbers of a DataFrame are; None for ``return``. A `Forecast` says so itself.
    target : Target, optional
        Judges the skill of the forecasts. None for the plain one of their kind.
    horizon : int
        Bars of that plain target; not together with `target`.
    calendar : Calendar or str, optional
        Of prices that are a DataFrame. None is taken for ``XNYS``, one bar a session, and the
        facts and notes of the run say that it was assumed.
    execution : Execution or str, optional
        None for ``next_open`` where there are opens, else ``next_close``.
    costs, limits, sizing, rebalancing : optional
        None for their defaults.
    capital : float
    benchmark : str, optional
        A symbol of the prices that is bought once and held, for comparison; None for all that are
        forecast, in equal parts.
    baselines : mapping of str to DataFrame or Forecast, optional
        Other forecasts of the same bars and symbols, judged and traded as these are.
    runs : str or Path, optional
        Folder for the run folder and for the ledger that counts the run as a trial; None writes
        and counts nothing.

    Returns
    -------
    Run
        Its notes count and name what was left out.

    Raises
    ------
    DataError
        If a bar or a symbol of the forecasts is not among the prices, time zones differ, or the
        prices cannot be used.
    ContractError
        If the table of forecasts is none: bars that are no dates, not sorted or not unique,
        symbols that are no text, or something else than numbers.
    ConfigError
        If a setting is out of its bounds, contradicts another, or the strategy does not trade
        such forecasts.

    Examples
    --------
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> from strategies.rank_long_short import RankLongShort
    >>> closes = SyntheticProvider(n_symbols=4, n_bars=300, seed=1).fetch().close
    >>> momentum = closes.pct_change(20).iloc[20:]
    >>> run = backtest_forecasts(
    ...     momentum, closes, RankLongShort(top=0.25), kind="score", calendar="24/5",
    ...     costs=Costs(fees=0.0005),
    ... )
    >>> run.facts["Fills"].split(":")[0], run.result.periods_per_year
    ('next_close', 261)
    >>> bool(run.metrics["skill"]["n_bars"] > 200)
    True
    """
    check_name(name)
    frame, forecast = own_prices(prices, calendar), own_forecast(forecasts, kind)
    check_kind(strategy, forecast.kind)
    check_bars(forecast.index, frame.index)
    check_symbols(forecast.symbols, frame.symbols)
    traded, left_out = those_forecast(frame, forecast.symbols)
    timing = timing_for(execution, traded)
    judged_by = target_for(forecast.kind, target, horizon)
    terms = Terms(
        timing, costs or Costs(), limits or Limits(), sizing or Sizing(),
        rebalancing or Rebalancing(), capital,
    )  # fmt: skip
    terms.check(traded)
    first = int(traded.index.get_loc(forecast.index[0]))
    held = held_for_comparison(frame, traded, benchmark, first, terms)
    known = outcomes(traded, judged_by, timing).T
    label = np.where(traded.member.to_numpy(), known, np.float32(np.nan))
    at = traded.index.get_indexer(forecast.index)
    data_hash = traded.sha256()
    question = _Question(
        name, forecast.kind, forecast.n_members, _sha256(forecast), data_hash, traded.calendar,
        judged_by, strategy, timing, terms.costs, terms.limits, terms.sizing, terms.rebalancing,
        benchmark, terms.capital,
    )  # fmt: skip
    config: dict[str, Any] = describe(question, _Question)
    config_hash = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()
    proposal = Proposal(
        name=name,
        config=config,
        config_hash=config_hash,
        data_hash=data_hash,
        prices=traded,
        held=held,
        forecast=forecast,
        outcome=label[at],
        history=label[: at[0]],
        horizon=judged_by.horizon,
        strategy=strategy,
        terms=terms,
        command=_COMMAND,
        folds=no_folds(),
        curves=no_curves(),
        rivals=own_rivals(baselines or {}, forecast),
        facts=_facts(question, traded, forecast),
        more_facts={"Annualisation": _annualisation(traded, prices, calendar)},
        notes=[*left_out, *undecided(forecast.index, traded.index)],
    )

    def work() -> Run:
        count: Count | None = None
        if runs is not None:
            count = counting(Path(runs), data_hash, config, traded)
        return trade_and_judge(proposal, count)

    if runs is None:
        return work()
    return keep(Path(runs), name, config, config_hash, work, lambda: [])


def _sha256(forecast: Forecast) -> str:
    digest = hashlib.sha256("\x1f".join((forecast.kind, *forecast.symbols)).encode())
    digest.update(forecast.index.as_unit("ns").asi8.tobytes())
    for name, values in {"": forecast.members, **forecast.details}.items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def _facts(question: _Question, prices: PriceFrame, forecast: Forecast) -> dict[str, str]:
    span = question.execution.label_span(question.target.horizon)
    members = f"{forecast.n_members} member{'' if forecast.n_members == 1 else 's'}"
    return {
        "Prices": f"a table in memory: {len(prices.symbols)} symbols, {prices.n_bars} bars, "
        f"{prices.index[0]:%Y-%m-%d} to {prices.index[-1]:%Y-%m-%d}; running it again needs "
        "them; not checked by the quality gate",
        "Prices, SHA-256": question.prices_sha256,
        "Model": f"made elsewhere, taken as forecasts of {forecast.kind}, {members}; that they are "
        "out of sample was not checked",
        "Forecasts, SHA-256": question.forecasts_sha256,
        "Target": f"{type(question.target).__name__}, horizon {question.target.horizon}, label "
        f"span {span} bars from the decision",
    }


def _annualisation(
    frame: PriceFrame, given: pd.DataFrame | PriceFrame, calendar: Calendar | str | None
) -> str:
    assumed = calendar is None and not isinstance(given, PriceFrame)
    bars = (
        "one bar a session"
        if frame.calendar.bar_minutes is None
        else (f"bars of {frame.calendar.bar_minutes} minutes")
    )
    how = "assumed, as no calendar was given" if assumed else "as given with the prices"
    return (
        f"{frame.periods_per_year} bars a year, from the calendar {frame.calendar.name}, {bars} "
        f"({how})"
    )
