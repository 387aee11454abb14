"""The pipeline in two steps: forecast a study, then trade and judge what was forecast.

The first is the slow one. What it gives may be traded again by studies that differ in what comes
after the forecasts only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lstmtrader.backtest.terms import Terms
from lstmtrader.config.building import describe
from lstmtrader.errors import LstmtraderError
from lstmtrader.evaluation.benchmark import check_covers
from lstmtrader.forecast import Forecast
from lstmtrader.models.forecaster import Forecaster
from lstmtrader.panel import LabelledPanel
from lstmtrader.prices import PriceFrame
from lstmtrader.progress import Progress, silent
from lstmtrader.run import Run
from lstmtrader.splits import Fold
from lstmtrader.study import Study
from lstmtrader.trading import Count, Proposal, trade_and_judge
from lstmtrader.walkforward.baselines import forecast_baselines
from lstmtrader.walkforward.cache import FitCache
from lstmtrader.walkforward.engine import FoldForecast, walk_forward
from lstmtrader.walkforward.executor import Executor
from lstmtrader.walkforward.identity import Provenance
from lstmtrader.walkforward.records import fold_table, training_curves


@dataclass(frozen=True, eq=False)
class Fits:
    """How the fits of a study get done; the results do not depend on it.

    Parameters
    ----------
    executor : Executor
    folder : Path, optional
        Where finished fits are kept and looked up; None for nowhere.
    progress : Progress
        Told of every epoch and fit.
    """

    executor: Executor
    folder: Path | None = None
    progress: Progress = silent

    def cache(self, model: Forecaster) -> FitCache | None:
        """Return where the fits of a model are kept."""
        if self.folder is None:
            return None
        return FitCache(self.folder, Provenance.of(model, describe(model, Forecaster)))


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a study is fitted on: nothing is trained yet.

    Parameters
    ----------
    prices : PriceFrame
    held : PriceFrame
        What buy & hold holds: the prices themselves, or the benchmark's on the same bars.
    data_hash : str
        SHA-256 of the prices.
    labelled : LabelledPanel
        Features and labels, on all bars of the prices.
    folds : tuple of Fold
    """

    prices: PriceFrame
    held: PriceFrame
    data_hash: str
    labelled: LabelledPanel
    folds: tuple[Fold, ...]


def prepare_study(study: Study, terms: Iterable[Terms] = ()) -> Prepared:
    """Fetch the prices of a study, work out features, labels and folds, and check them all.

    Parameters
    ----------
    study : Study
    terms : iterable of Terms
        Other terms on which its forecasts are going to be traded.
    """
    prices = study.prices.fetch()
    held = _benchmark_prices(study, prices)
    data_hash = prices.sha256()
    for one in (study.terms, *terms):
        one.check(prices)  # what these prices do not allow fails here, and not after the training
    labelled = study.labelled_panel(prices)
    folds = study.folds(prices)
    if study.benchmark is not None:
        with _of_the_benchmark():
            study.terms.check(held)
            check_covers(held, folds[0].test.start)
    return Prepared(prices, held, data_hash, labelled, tuple(folds))


@dataclass(frozen=True, eq=False)
class Forecasts(Prepared):
    """What a study was fitted on and what it forecast, before anything was traded on it.

    Parameters
    ----------
    by_fold : tuple of FoldForecast
        The model's, one a fold.
    forecast : Forecast
        The model's on the test bars of all folds, in time order.
    baselines : mapping of str to Forecast
        Each on the bars of `forecast`, by the name of the baseline.
    notes : mapping of str to str
        What the fits of the baselines had to say.
    """

    by_fold: tuple[FoldForecast, ...]
    forecast: Forecast
    baselines: Mapping[str, Forecast]
    notes: Mapping[str, str]


def forecast_study(
    study: Study,
    fits: Fits,
    done: list[FoldForecast] | None = None,
    terms: Iterable[Terms] = (),
) -> Forecasts:
    """Fetch the prices of a study, and have its model and baselines fitted fold after fold.

    Parameters
    ----------
    study : Study
    fits : Fits
    done : list of FoldForecast, optional
        The model's folds are appended to it as they come, for whoever is interrupted.
    terms : iterable of Terms
        Other terms on which these forecasts are going to be traded.
    """
    done = [] if done is None else done
    prepared = prepare_study(study, terms)
    labelled, folds = prepared.labelled, prepared.folds
    for fold in walk_forward(
        labelled, folds, study.model, study.target.kind,
        members=study.members, seed=study.seed, refit=study.refit,
        executor=fits.executor, cache=fits.cache(study.model), progress=fits.progress,
    ):  # fmt: skip
        done.append(fold)
    forecast = Forecast.concat([one.forecast for one in done])
    baselines, notes = forecast_baselines(
        labelled, folds, study.baselines, study.target.kind, seed=study.seed,
        executor=fits.executor, cache_of=fits.cache, progress=fits.progress,
    )  # fmt: skip
    return Forecasts(
        prices=prepared.prices,
        held=prepared.held,
        data_hash=prepared.data_hash,
        labelled=labelled,
        folds=folds,
        by_fold=tuple(done),
        forecast=forecast,
        baselines=baselines,
        notes=notes,
    )


def trade_study(
    study: Study,
    forecasts: Forecasts,
    count: Count | None = None,
    progress: Progress = silent,
    command: str | None = None,
) -> Run:
    """Trade the forecasts of a study by its strategy, and judge them.

    Parameters
    ----------
    study : Study
        May differ from the one that was forecast in name, strategy, costs, limits and capital.
    forecasts : Forecasts
    count : callable, optional
        Is told the account and returns all that was tried on these prices, it included; without
        it, the figures of trials are NaN.
    progress : Progress
        Told of every part of the judgement.
    command : str, optional
        Printed in the report as the way to reproduce it.
    """
    forecast, by_fold = forecasts.forecast, forecasts.by_fold
    index = forecasts.labelled.panel.index
    tested = index.get_indexer(forecast.index)  # without gaps: each fold goes on where one ends
    target = forecasts.labelled.target.T
    proposal = Proposal(
        name=study.name,
        config=study.config,
        config_hash=study.config_hash,
        data_hash=forecasts.data_hash,
        prices=forecasts.prices,
        held=forecasts.held,
        forecast=forecast,
        outcome=target[tested],
        history=target[: tested[0]],
        horizon=study.target.horizon,
        strategy=study.strategy,
        terms=study.terms,
        command=command or "lstmtrader run config.yaml",
        folds=fold_table(by_fold, index),
        curves=training_curves(by_fold),
        rivals=forecasts.baselines,
        bars_of_folds=[one.forecast.index for one in by_fold],
        facts=study_facts(study, forecasts.prices, forecasts.data_hash),
        more_facts=forecasts.notes,
        n_fits=sum(len(one.records) for one in by_fold if one.fitted == one.fold),
        n_reused=sum(one.reused for one in by_fold),
    )
    return trade_and_judge(proposal, count, progress)


def _benchmark_prices(study: Study, prices: PriceFrame) -> PriceFrame:
    if study.benchmark is None:
        return prices
    with _of_the_benchmark():
        asked = replace(study.prices, symbols=(study.benchmark,), universe=None)
        return asked.fetch().on(prices.index)


@contextlib.contextmanager
def _of_the_benchmark() -> Iterator[None]:
    try:
        yield
    except LstmtraderError as error:
        raise type(error)(f"benchmark: {error}") from error


def study_facts(study: Study, prices: PriceFrame, data_hash: str) -> dict[str, str]:
    """Say in words what a study is made of, up to its model."""
    plan = study.plan
    span = study.execution.label_span(study.target.horizon)
    return {
        "Prices": f"{type(study.prices.provider).__name__}: {len(prices.symbols)} symbols, "
        f"{prices.n_bars} bars, {prices.index[0]:%Y-%m-%d} to {prices.index[-1]:%Y-%m-%d}",
        "Prices, SHA-256": data_hash,
        **({"Vintage": prices.vintage} if prices.vintage else {}),
        "Target": f"{type(study.target).__name__}, horizon {study.target.horizon}, label span "
        f"{span} bars from the decision",
        "Walk-forward": f"{plan.window}; train {plan.train}, validation {plan.validation}, "
        f"test {plan.test}; purge {plan.purge} and embargo {plan.embargo} bars at each border",
        "Model": f"{type(study.model).__name__}, lookback {study.model.lookback} bars, "
        f"{study.members} member{'' if study.members == 1 else 's'}, base seed {study.seed}, "
        f"refit {study.refit}",
    }
