"""Losses of a trader: the order of the symbols on a bar, and the Sharpe ratio of positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from lstmtrader.bounds import not_negative
from lstmtrader.forecast import ForecastKind
from lstmtrader.models.training.objectives.objective import (
    RETURNS,
    Scored,
    require,
    weighted_mean,
)


@dataclass(frozen=True)
class InformationCoefficient:
    """Negative correlation of forecast and outcome across the symbols of a bar.

    With ranks as the target (`ForwardRank`) this is a smooth rank IC. The forecast only orders
    the symbols of a bar; its size means nothing.

    References
    ----------
    Grinold, R. C. (1989). The Fundamental Law of Active Management. Journal of Portfolio
    Management, 15(3), 30-37.
    """

    n_outputs = 1
    standardise = False
    across_symbols = True
    location = 0

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """A score."""
        require("ic", target, RETURNS | {ForecastKind.RANK})
        return ForecastKind.SCORE

    def loss(self, output: Tensor, scored: Scored, /) -> Tensor:
        """Minus the mean over bars; bars with fewer than three symbols do not count."""
        there = (scored.weight > 0).flatten()
        bar = scored.bar.flatten() - scored.bar.min()
        x, y = output[..., 0].flatten() * there, scored.target.flatten() * there
        n_bars = int(bar.max()) + 1

        def total(values: Tensor) -> Tensor:
            return values.new_zeros(n_bars).index_add(0, bar, values)

        count = total(there.to(x.dtype))
        safe = count.clamp_min(1)
        x = (x - (total(x) / safe)[bar]) * there
        y = (y - (total(y) / safe)[bar]) * there
        correlation = total(x * y) / torch.sqrt(total(x * x) * total(y * y) + 1e-12)
        importance = total(scored.weight.flatten()) * (count >= 3) / safe
        return -(correlation * importance).sum() / importance.sum().clamp_min(1e-12)

    def read(self, output: Tensor, location: float, spread: float, /) -> Mapping[str, Tensor]:
        """See `Objective`."""
        del location, spread
        return {"mean": output[..., 0]}


@dataclass(frozen=True)
class Sharpe:
    """Negative Sharpe ratio of the returns that positions would have captured, net of turnover.

    Mean over standard deviation of position x return, over all symbols and bars of a batch
    together, not annualised (a constant factor does not move the optimum). The output of the
    network becomes a position in (-1, 1).

    Parameters
    ----------
    turnover_cost : float
        Taken off for each unit of position changed from one bar to the next, in units of the
        target. For returns scaled by a daily volatility of 1.5 %, fees of 2 basis points are
        0.0002 / 0.015 = 0.013.

    References
    ----------
    Lim, B., Zohren, S. and Roberts, S. (2019). Enhancing Time Series Momentum Strategies Using
    Deep Neural Networks. Journal of Financial Data Science, 1(4), 19-38. Equations 7 and 8.
    """

    turnover_cost: float = 0.0

    n_outputs = 1
    standardise = False
    across_symbols = False
    location = None

    def __post_init__(self) -> None:
        not_negative(turnover_cost=self.turnover_cost)

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """A position."""
        require("sharpe", target, RETURNS)
        return ForecastKind.POSITION

    def loss(self, output: Tensor, scored: Scored, /) -> Tensor:
        """See `Objective`; the first step of a chunk follows no other and costs nothing."""
        position = torch.tanh(output[..., 0])
        captured = position * scored.target
        if self.turnover_cost:
            # Beyond the end of a run its last bar is repeated: no bar passes, no cost.
            changed = position.diff(dim=1).abs() * (scored.bar.diff(dim=1) != 0)
            captured = captured - self.turnover_cost * torch.nn.functional.pad(changed, (1, 0))
        mean = weighted_mean(captured, scored.weight)
        variance = weighted_mean(captured.square(), scored.weight) - mean.square()
        return -mean / torch.sqrt(variance.clamp_min(0) + 1e-9)

    def read(self, output: Tensor, location: float, spread: float, /) -> Mapping[str, Tensor]:
        """See `Objective`."""
        del location, spread
        return {"mean": torch.tanh(output[..., 0])}
