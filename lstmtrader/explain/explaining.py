"""All that can be found out about one forecast of a run and the networks behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lstmtrader.errors import ConfigError, DataError, RunError
from lstmtrader.explain.attribution import attribute
from lstmtrader.explain.cells import activations, why_not
from lstmtrader.explain.choice import Choice, choose
from lstmtrader.explain.fits import Networks, require_network
from lstmtrader.explain.gates import remember, trace_gates
from lstmtrader.explain.gradients import gradient_by_lag
from lstmtrader.explain.importance import Examined, permutation_importance
from lstmtrader.explain.reading import Reading
from lstmtrader.explain.result import Attribution, Explanation
from lstmtrader.forecast import Forecast
from lstmtrader.models.recurrent import CELLS
from lstmtrader.models.training.threads import one_torch_thread
from lstmtrader.prices import PriceFrame
from lstmtrader.progress import Progress, silent
from lstmtrader.splits import Fold
from lstmtrader.study import Study
from lstmtrader.walkforward.job import Workload

COMPARED = ("rnn", "lstm", "gru")
_EPOCHS = 10  # of the cells that are fitted for comparison
_SAME = 1e-3  # of the forecast, or of a typical one where that is larger
_PROMISED = 0.01


def explain(
    study: Study,
    forecast: Forecast,
    data_hash: str,
    *,
    symbol: str | None = None,
    date: Any = None,
    member: int = 0,
    folds: int | None = None,
    cells: Sequence[str] = COMPARED,
    prices: PriceFrame | None = None,
    cache: Path | None = None,
    progress: Progress = silent,
) -> Explanation:
    """Explain one forecast of a run, and the networks behind it.

    Parameters
    ----------
    study : Study
        Of the run.
    forecast : Forecast
        What the run forecast.
    data_hash : str
        SHA-256 of the prices that the run had.
    symbol : str, optional
        None for the one with the largest forecast, up or down, on that bar.
    date : Timestamp or what makes one, optional
        Bar of the forecast; None for the last one that has any.
    member : int
    folds : int, optional
        On how many folds the importance of features is measured at most, spread evenly; each
        needs its network. None for all.
    cells : sequence of str
        Whose gradients are compared. All but the run's own are fitted for it on the same fold,
        with the same settings but at most 10 epochs.
    prices : PriceFrame, optional
        Where those of the study cannot be fetched again.
    cache : Path, optional
        Folder of finished fits. What is not found there is fitted again.
    progress : Progress
        Told of every network and epoch.

    Returns
    -------
    Explanation

    Raises
    ------
    ConfigError
        If the model is no `RecurrentForecaster`, or there is no such forecast.
    UnknownSymbolError
        If the run has no such symbol.
    DataError
        If the prices are not those of the run.
    RunError
        If the network, fitted again, does not give the forecast of the run.
    """
    model = require_network(study.model)
    for cell in cells:
        if cell not in CELLS:
            raise ConfigError(f"cells: expected some of {', '.join(CELLS)}; got {cell!r}")
    if folds is not None and folds < 1:
        raise ConfigError(f"folds: expected at least 1; got {folds}")
    prices = _fetched(study) if prices is None else prices
    _require_same(prices, data_hash)
    labelled, all_folds = study.labelled_panel(prices), study.folds(prices)
    chosen = choose(forecast, labelled.panel.index, all_folds, symbol, date, member)
    examined = _spread(all_folds, folds, chosen.fold)
    own = model.network.cell
    others = [cell for cell in dict.fromkeys(cells) if cell != own]
    total = 1 + len(examined) + len(others)
    networks = Networks(study, labelled, all_folds, cache, total, progress)
    with one_torch_thread():
        reading = _reading(networks, chosen.fold, member)
        row = labelled.panel.symbols.index(chosen.symbol)
        first = chosen.bar - _position(reading, chosen)
        attribution = attribute(reading, row, chosen.bar - first)
        _require_reproduced(chosen, attribution.output, forecast.members[member])
        close = prices.close[chosen.symbol].to_numpy()[first : first + reading.context.n_bars]
        gradients = {own: gradient_by_lag(reading)}
        for cell in others:
            fitted = networks.of_cell(chosen.fold, member, cell, _EPOCHS)
            gradients[cell] = gradient_by_lag(Reading.of(fitted, reading.context, reading.n_test))
        ahead = [own] if own not in cells else []
        return Explanation(
            symbol=chosen.symbol,
            date=chosen.date,
            fold=chosen.fold.number,
            member=member,
            cell=own,
            gates=trace_gates(reading, row, chosen.bar - first, close),
            memory=remember(reading),
            attribution=attribution,
            importance=permutation_importance(_examined(networks, examined, member)),
            gradients=pd.DataFrame(gradients)[[*ahead, *dict.fromkeys(cells)]],
            notes=(
                *_on_the_fits(networks, others),
                *_on_the_gates(reading, len(reading.stream(row, chosen.bar - first))),
                *_on_the_sum(attribution),
                *_on_the_permutations(len(examined), len(all_folds)),
            ),
        )


def _fetched(study: Study) -> PriceFrame:
    try:
        return study.prices.fetch()
    except DataError as error:
        raise type(error)(f"{error} (or hand them over: run.explain(prices=…))") from error


def _require_same(prices: PriceFrame, data_hash: str) -> None:
    found = prices.sha256()
    if found != data_hash:
        raise DataError(
            f"the prices are not those of the run: expected SHA-256 {data_hash[:12]}…, got "
            f"{found[:12]}…; run it again on the prices of today, or hand over those of then"
        )


def _position(reading: Reading, chosen: Choice) -> int:
    """Return where the bar of a forecast is in the slice that was read."""
    return int(reading.context.index.get_indexer([chosen.date])[0])


def _require_reproduced(chosen: Choice, answered: float, forecasts: np.ndarray) -> None:
    scale = max(abs(chosen.value), float(np.nanmean(np.abs(forecasts))))
    if not math.isclose(answered, chosen.value, rel_tol=0.0, abs_tol=_SAME * scale):
        raise RunError(
            f"the network, brought back, forecasts {answered:.6g} for {chosen.symbol} on "
            f"{chosen.date}, and the run {chosen.value:.6g}: it was made on another kind of "
            "machine, or by other versions or code; run it again here, and explain that run"
        )


def _spread(folds: Sequence[Fold], at_most: int | None, wanted: Fold) -> list[Fold]:
    """Choose folds evenly, the wanted one among them."""
    if at_most is None or at_most >= len(folds):
        return list(folds)
    step = len(folds) / at_most
    numbers = {(wanted.number + int(place * step)) % len(folds) for place in range(at_most)}
    return [folds[number] for number in sorted(numbers)]


def _reading(networks: Networks, fold: Fold, member: int) -> Reading:
    fitted = networks.of_run(fold, member)
    context = _workload(networks).context(fold.test)
    return Reading.of(fitted, context, len(fold.test))


def _examined(networks: Networks, folds: Sequence[Fold], member: int) -> Iterator[Examined]:
    target = networks.labelled.target
    for fold in folds:
        yield Examined(
            fold.number,
            networks.of_run(fold, member),
            _workload(networks).context(fold.test),
            target[:, fold.test.start : fold.test.stop],
        )


def _workload(networks: Networks) -> Workload:
    return Workload(networks.labelled, networks.model, networks.study.target.kind)


def _on_the_fits(networks: Networks, others: Sequence[str]) -> Iterator[str]:
    again = networks.fitted_again
    if again:
        yield (
            f"{again} network{'s were' if again > 1 else ' was'} not in the cache of fits, and "
            "fitted again: the same settings, bars and seed give the same weights."
        )
    if others:
        yield (
            f"Gradients: {' and '.join(others)} were fitted on the same slices as the run's "
            f"{networks.model.network.cell}, from random weights, for at most {_EPOCHS} epochs."
        )


def _on_the_gates(reading: Reading, n_read: int) -> Iterator[str]:
    settings = reading.model.settings.network
    found = activations(reading.network, reading.inputs[:1][None])
    if found is None:
        yield f"{why_not(reading.network, settings.cell)}."
    elif found.n_layers > 1:
        yield f"Gates, state and memory are those of the last of {found.n_layers} layers."
    if n_read > reading.lookback:
        yield (
            f"After dense training a forecast reads its slice as one stream: {n_read} bars for "
            f"this one, of which the last {reading.lookback} are its window. The attribution "
            "covers all of them."
        )


def _on_the_sum(attribution: Attribution) -> Iterator[str]:
    if attribution.completeness_error > _PROMISED:
        yield (
            f"The attributions miss the difference of the forecast and its baseline by "
            f"{attribution.completeness_error:.1%}, with {attribution.n_steps} points of the "
            "integral: do not build on them."
        )


def _on_the_permutations(n_examined: int, n_folds: int) -> Iterator[str]:
    yield (
        "Importance: a feature's whole path is taken from another symbol and turned round in time, "
        f"inside the test slices of {n_examined} of {n_folds} folds, three times each."
    )
