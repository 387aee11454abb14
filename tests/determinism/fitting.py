"""The first step of a run alone: what is fitted and forecast, without the account that follows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lstmtrader import Experiment
from lstmtrader.forecast import Forecast
from lstmtrader.pipeline import Fits, forecast_study
from lstmtrader.walkforward.local import LocalExecutor


@dataclass(frozen=True)
class Fitted:
    """The forecasts, and what they took, counted as `Run` does."""

    forecast: Forecast
    n_fits: int
    n_reused: int

    @property
    def members(self) -> bytes:
        """The forecasts to the byte."""
        return self.forecast.members.tobytes()

    @property
    def trained(self) -> int:
        return self.n_fits - self.n_reused


def fit(experiment: Experiment, cache: Path | None = None) -> Fitted:
    """Do what ``experiment.run(cache=cache, workers=1)`` does before it trades."""
    with LocalExecutor(1) as executor:
        found = forecast_study(experiment, Fits(executor, cache))
    return Fitted(
        found.forecast,
        sum(len(one.records) for one in found.by_fold if one.fitted == one.fold),
        sum(one.reused for one in found.by_fold),
    )
