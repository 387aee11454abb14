"""Darts' BlockRNNModel with an LSTM, through `fit` and `historical_forecasts`.

Its series is the outcome known at each bar, that is the label whose span ends there, and the
features are past covariates. With an output chunk of one bar shifted by ``span - 1``, what it
forecasts from bars up to ``t`` is the label of the decision at ``t``. It always reads the past of
its series as well: here that is what is known, one input more than the others have.

One `fit` a fold on all symbols, then `historical_forecasts` of all test rows in one pass
(``retrain=False``): with ``retrain=250`` it would fit each symbol by itself or forecast row by
row, which takes longer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from darts import TimeSeries
from darts.models import BlockRNNModel

from peers.fold_data import HIDDEN, LOOKBACK, TEST, Array, FoldData
from peers.system import RATES, STEPS, Snapshots, Stop, quiet_trainer


@dataclass(frozen=True, eq=False)
class Ready:
    """Series and covariates of the two slices, a list entry for each symbol."""

    train: list[TimeSeries]
    train_covariates: list[TimeSeries]
    test: list[TimeSeries]
    test_covariates: list[TimeSeries]
    span: int


@dataclass(frozen=True)
class DartsLSTM:
    """One layer, 256 windows a step; by default 32."""

    defaults: bool = False
    name: str = "Darts"
    threads: int = 2
    unit: str = "steps"

    @property
    def rates(self) -> Sequence[float]:
        """Learning rates to try."""
        return (1e-3,) if self.defaults else RATES

    @property
    def budgets(self) -> Sequence[int]:
        """Steps to stop after; 100 epochs by default, of 625 such steps each."""
        return (*STEPS, 150, 200, 300, 400, 500, 625) if self.defaults else STEPS

    def ready(self, data: FoldData) -> Ready:
        """Cut series and covariates; the training series ends with the last label to learn."""
        n_bars = data.label.shape[1]
        outcome = np.concatenate([data.outcome, data.label[:, n_bars - data.span :]], axis=1)

        def series(values: Array, start: int, stop: int) -> list[TimeSeries]:
            return [_series(one[start:stop], start) for one in values]

        context = data.test.start - (LOOKBACK - 1)
        return Ready(
            series(outcome, 0, data.train.stop + data.span),
            series(data.features, 0, data.train.stop),
            series(outcome, context, n_bars + data.span),
            series(data.features, context, n_bars),
            data.span,
        )

    def _model(self, span: int, rate: float, steps: int, seed: int, *callbacks: Any) -> Any:
        own: dict[str, Any] = {}
        if not self.defaults:
            own = {"batch_size": 256, "optimizer_kwargs": {"lr": rate}}
        trainer = {**quiet_trainer(), "max_steps": steps, "callbacks": list(callbacks)}
        return BlockRNNModel(
            LOOKBACK,
            1,
            output_chunk_shift=span - 1,
            model="LSTM",
            hidden_dim=HIDDEN,
            random_state=seed,
            pl_trainer_kwargs=trainer,
            **own,
        )

    def curve(self, ready: Ready, rate: float, seed: int) -> list[Stop]:
        """One fit; the forecasts are made afterwards of the weights kept on the way."""
        kept = Snapshots(self.budgets)
        model = self._model(ready.span, rate, max(self.budgets), seed, kept)
        kept.started = time.perf_counter()
        model.fit(ready.train, past_covariates=ready.train_covariates)
        stops = []
        for budget, seconds, state in kept.kept:
            start = time.perf_counter()
            model.model.load_state_dict(state)
            forecast = _forecast(model, ready)
            stops.append(Stop(budget, seconds + time.perf_counter() - start, forecast))
        return stops

    def run(self, ready: Ready, rate: float, budget: int, seed: int) -> Array:
        """Fit and forecast."""
        model = self._model(ready.span, rate, budget, seed)
        model.fit(ready.train, past_covariates=ready.train_covariates)
        return _forecast(model, ready)


def _series(values: Array, start: int) -> TimeSeries:
    table = values[:, None] if values.ndim == 1 else values
    return TimeSeries.from_times_and_values(pd.RangeIndex(start, start + len(table)), table)


def _forecast(model: Any, ready: Ready) -> Array:
    answers = model.historical_forecasts(
        ready.test,
        past_covariates=ready.test_covariates,
        forecast_horizon=1,
        retrain=False,
        last_points_only=True,
        verbose=False,
        show_warnings=False,
    )
    first = ready.test[0].end_time() - TEST + 1
    if any(one.start_time() != first or len(one) != TEST for one in answers):
        raise SystemExit("Darts forecast other rows than the test rows")
    return np.stack([one.values()[:, 0] for one in answers]).astype(np.float32)
