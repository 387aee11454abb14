"""NeuralForecast's LSTM, through `cross_validation`.

A row of its table is one bar later than ours: it holds the features of bar ``t`` and, as ``y``,
the label of the decision at ``t - 1``. To forecast ``y`` one step ahead from the features of the
rows before is then our question exactly. Its own lags of ``y`` would be labels that are not known
yet, so they are left out (``exclude_insample_y``), and the rows of the gap are marked as
unavailable, so that none of their labels is learnt. No per-window scaling, as the fold is
standardised already, and a scale taken from windows of ``y`` would tell the future.

One call a fold, with ``refit=False`` and the fold's bars only: a refit for each fold, all test
rows forecast in one pass. ``refit=250`` on the whole history would train on an expanding slice,
purge nothing and forecast day by day, which takes longer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from neuralforecast import NeuralForecast
from neuralforecast.losses.pytorch import MSE
from neuralforecast.models import LSTM

from peers.fold_data import HIDDEN, LOOKBACK, TEST, Array, FoldData
from peers.system import RATES, STEPS, Snapshots, Stop, quiet_trainer


@dataclass(frozen=True)
class NeuralForecastLSTM:
    """One layer, 256 windows a step; by default 128 and its two-layer decoder."""

    defaults: bool = False
    name: str = "NeuralForecast"
    threads: int = 2
    unit: str = "steps"

    @property
    def rates(self) -> Sequence[float]:
        """Learning rates to try."""
        return (1e-3,) if self.defaults else RATES

    @property
    def budgets(self) -> Sequence[int]:
        """Steps to stop after; `max_steps` is 1000 by default."""
        return (*STEPS, 150, 200, 300) if self.defaults else STEPS

    def ready(self, data: FoldData) -> pd.DataFrame:
        """Lay the fold out as the long table that it wants."""
        n_symbols, n_bars, n_features = data.features.shape
        label = np.zeros((n_symbols, n_bars + 1), dtype=np.float32)
        label[:, 1:] = data.label
        features = np.concatenate([data.features, data.features[:, -1:]], axis=1)
        available = np.ones((n_symbols, n_bars + 1), dtype=np.float32)
        available[:, data.train.stop + 1 : data.test.start + 1] = 0
        columns = {f"x{i}": features[..., i].reshape(-1) for i in range(n_features)}
        rows = {
            "unique_id": np.repeat(np.arange(n_symbols), n_bars + 1),
            "ds": np.tile(np.arange(n_bars + 1), n_symbols),
            "y": label.reshape(-1),
            "available_mask": available.reshape(-1),
        }
        return pd.DataFrame(rows | columns)

    def _model(
        self, table: pd.DataFrame, rate: float, steps: int, seed: int, *callbacks: Any
    ) -> Any:
        own: dict[str, Any] = {}
        if not self.defaults:
            own = {"decoder_layers": 1, "windows_batch_size": 256, "learning_rate": rate}
        model = LSTM(
            h=1,
            input_size=LOOKBACK,
            encoder_n_layers=1,
            encoder_hidden_size=HIDDEN,
            hist_exog_list=[name for name in table if str(name).startswith("x")],
            exclude_insample_y=True,
            scaler_type="identity",
            loss=MSE(),
            max_steps=steps,
            random_seed=seed,
            callbacks=list(callbacks),
            **own,
            **quiet_trainer(),
        )
        return NeuralForecast(models=[model], freq=1)

    def curve(self, ready: pd.DataFrame, rate: float, seed: int) -> list[Stop]:
        """One fit; the forecasts are made afterwards of the weights kept on the way."""
        kept = Snapshots(self.budgets)
        fitted = self._model(ready, rate, max(self.budgets), seed, kept)
        kept.started = time.perf_counter()
        _forecast(fitted, ready)
        stops = []
        for budget, seconds, state in kept.kept:
            start = time.perf_counter()
            fitted.models[0].load_state_dict(state)
            forecast = _forecast(fitted, ready, use_fitted=True)
            stops.append(Stop(budget, seconds + time.perf_counter() - start, forecast))
        return stops

    def run(self, ready: pd.DataFrame, rate: float, budget: int, seed: int) -> Array:
        """Fit and forecast in one call."""
        return _forecast(self._model(ready, rate, budget, seed), ready)


def _forecast(model: Any, table: pd.DataFrame, **how: bool) -> Array:
    answer = model.cross_validation(
        df=table, n_windows=None, test_size=TEST, step_size=1, refit=False, **how
    )
    forecast: Array = answer.sort_values(["unique_id", "ds"])["LSTM"].to_numpy(np.float32)
    return forecast.reshape(-1, TEST)
