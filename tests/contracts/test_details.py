"""What a head knows reaches the strategy and the run folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from lstmtrader.errors import ConfigError, ContractError, MissingDetailError
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.models import HistoricalMean
from lstmtrader.models.training.objectives.distribution import Gaussian, Quantile
from lstmtrader.prices import PriceFrame
from lstmtrader.weights import TargetWeights

if TYPE_CHECKING:
    from lstmtrader import Experiment


@dataclass(frozen=True)
class Confident:
    """Long what is likelier to rise than `level`, short what is likelier to fall."""

    needs: ClassVar = ("quantile_0.25", "quantile_0.75")

    level: float = 0.25

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        low, high = forecast.quantile(self.level), forecast.quantile(1 - self.level)
        side = (low > 0).astype(float) - (high < 0).astype(float)
        return TargetWeights(side / len(forecast.symbols))


@dataclass(frozen=True)
class Kelly:
    """Mean over variance, capped."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        fraction = forecast.mean / forecast.scale**2
        return TargetWeights(fraction.clip(-1, 1).fillna(0.0) / len(forecast.symbols))


def with_head(experiment: Experiment, loss: Any, strategy: Any) -> Experiment:
    model: Any = experiment.model
    return replace(experiment, model=replace(model, loss=loss), strategy=strategy, members=2)


def test_quantiles_can_be_traded_and_are_kept(tiny_experiment: Experiment, tmp_path: Path) -> None:
    run = with_head(tiny_experiment, Quantile((0.25, 0.5, 0.75)), Confident()).run(tmp_path)
    assert run.path is not None
    table = pd.read_parquet(run.path / "forecasts.parquet")
    names = ["quantile_0.25", "quantile_0.5", "quantile_0.75"]
    each = [f"member_{member}_{name}" for name in names for member in (0, 1)]
    members = ["member_0", "member_1"]
    assert list(table.columns) == ["date", "symbol", "mean", *members, *names, *each]
    assert (np.diff(table[names], axis=1) > 0).all()
    again = Confident().target_weights(run.forecast, tiny_experiment.prices.fetch()).frame
    np.testing.assert_array_equal(run.weights, again)


def test_a_scale_can_be_traded(tiny_experiment: Experiment, tmp_path: Path) -> None:
    run = with_head(tiny_experiment, Gaussian(), Kelly()).run(tmp_path)
    assert (run.weights != 0).to_numpy().any()
    members = run.forecast.members.astype(np.float64)
    scales = run.forecast.details["scale"].astype(np.float64)
    # The variance of a mixture: what is left within its parts, and what lies between them.
    expected = np.sqrt((scales**2).mean(axis=0) + members.var(axis=0))
    np.testing.assert_allclose(run.forecast.scale.to_numpy(), expected, rtol=1e-12)


def test_a_strategy_that_wants_more_than_the_head_knows_is_told(
    tiny_experiment: Experiment,
) -> None:
    """Before anything is trained, if the strategy says what it needs; else when it asks."""
    with pytest.raises(ConfigError, match=r"strategy: Confident needs quantile_0\.25; .* nothing"):
        replace(tiny_experiment, strategy=Confident())
    with pytest.raises(ConfigError, match=r"the model forecasts quantile_0\.1, quantile_0\.5, qu"):
        with_head(tiny_experiment, Quantile((0.1, 0.5, 0.9)), Confident())
    with pytest.raises(MissingDetailError, match="does not forecast scale; it gives nothing but"):
        replace(tiny_experiment, strategy=Kelly()).run()


def test_a_baseline_that_cannot_be_traded_so_is_judged_all_the_same(
    tiny_experiment: Experiment,
) -> None:
    run = with_head(
        replace(tiny_experiment, baselines=(HistoricalMean(),)), Gaussian(), Kelly()
    ).run()
    baseline = run.baselines["historical_mean"]
    assert baseline["strategy"] is None
    assert "does not forecast scale" in baseline["untraded"]
    assert baseline["skill"]["mse"] > 0


def test_details_belong_to_the_forecast() -> None:
    index, symbols = pd.bdate_range("2020-01-01", periods=3), ("A", "B")
    members = np.zeros((1, 3, 2), dtype=np.float32)
    with pytest.raises(ContractError, match="expected scale of shape"):
        Forecast(members, index, symbols, ForecastKind.RETURN, {"scale": members[:, :2]})
    with pytest.raises(ContractError, match="scale contains infinities"):
        Forecast(members, index, symbols, ForecastKind.RETURN, {"scale": members + np.inf})
    plain = Forecast(members, index, symbols, ForecastKind.RETURN)
    rich = Forecast(members, index, symbols, ForecastKind.RETURN, {"scale": members + 1})
    with pytest.raises(ContractError, match="do not give the same details"):
        Forecast.ensemble([plain, rich])
    both = Forecast.ensemble([rich, rich])
    assert both.details["scale"].shape == both.members.shape == (2, 3, 2)
    assert both.member(1).details["scale"].shape == (1, 3, 2)
    assert both.last(1).details["scale"].shape == (2, 1, 2)
    hidden = both.where(np.array([[True, False]] * 3))
    assert np.isnan(hidden.details["scale"][..., 1]).all()
    assert not np.isnan(hidden.details["scale"][..., 0]).any()
