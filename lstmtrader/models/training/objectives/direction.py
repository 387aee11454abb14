"""Up or down: two classes, or three with a flat one between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from lstmtrader.forecast import ForecastKind
from lstmtrader.models.training.objectives.objective import Scored, require, weighted_mean


@dataclass(frozen=True)
class Binary:
    """Binary cross-entropy; the forecast is the probability of a 1."""

    n_outputs = 1
    standardise = False
    across_symbols = False
    location = None

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """A probability."""
        return require("bce", target, frozenset({ForecastKind.PROBABILITY}))

    def loss(self, output: Tensor, scored: Scored, /) -> Tensor:
        """See `Objective`."""
        entropy = F.binary_cross_entropy_with_logits(
            output[..., 0], scored.target, reduction="none"
        )
        return weighted_mean(entropy, scored.weight)

    def read(self, output: Tensor, location: float, spread: float, /) -> Mapping[str, Tensor]:
        """See `Objective`."""
        del location, spread
        return {"mean": torch.sigmoid(output[..., 0])}


@dataclass(frozen=True)
class ThreeClass:
    """Cross-entropy over down, flat and up, for labels -1, 0 and 1.

    The point forecast is P(up) - P(down), in (-1, 1); the three probabilities are kept.
    """

    n_outputs = 3
    standardise = False
    across_symbols = False
    location = None

    def kind(self, target: ForecastKind, /) -> ForecastKind:
        """A direction."""
        return require("direction", target, frozenset({ForecastKind.DIRECTION}))

    def loss(self, output: Tensor, scored: Scored, /) -> Tensor:
        """See `Objective`."""
        entropy = F.cross_entropy(
            output.flatten(0, 1), (scored.target + 1).long().flatten(), reduction="none"
        )
        return weighted_mean(entropy.view_as(scored.target), scored.weight)

    def read(self, output: Tensor, location: float, spread: float, /) -> Mapping[str, Tensor]:
        """See `Objective`."""
        del location, spread
        down, flat, up = torch.softmax(output, dim=-1).unbind(-1)
        return {
            "mean": up - down,
            "probability_down": down,
            "probability_flat": flat,
            "probability_up": up,
        }
