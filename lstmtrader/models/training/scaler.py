"""Standardisation fitted on one fold's training rows and on nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmtrader.panel import Float32, LabelledPanel


@dataclass(frozen=True, eq=False)
class Standardiser:
    """Subtract a mean, divide by a standard deviation, clip.

    Parameters
    ----------
    mean, deviation : float32 array of shape (n_features,)
        A feature without dispersion gets deviation 1 and so becomes 0.
    clip : float
        Standardised values are kept within ± clip: one bad tick must not steer a network.
    """

    mean: Float32
    deviation: Float32
    clip: float

    @staticmethod
    def fit(rows: np.ndarray, clip: float) -> Standardiser:
        """Fit on rows of shape (n_rows, n_features), all finite."""
        # Whole columns in float64: the sums must not depend on how the rows are chunked.
        rows = rows.astype(np.float64)
        mean, deviation = rows.mean(axis=0), rows.std(axis=0)
        deviation = np.where(deviation > 1e-12, deviation, 1.0)
        return Standardiser(mean.astype(np.float32), deviation.astype(np.float32), clip)

    @staticmethod
    def of_features(train: LabelledPanel, clip: float) -> Standardiser:
        """Fit on every valid bar of a training slice on which the symbol was a member."""
        rows = train.panel.valid & train.panel.member
        return Standardiser.fit(train.panel.values[rows], clip)

    @staticmethod
    def of_target(train: LabelledPanel, clip: float) -> Standardiser:
        """Fit on every label of a training slice."""
        return Standardiser.fit(train.target[train.labelled][:, None], clip)

    def transform(self, values: Float32) -> Float32:
        """Standardise an array whose last axis is the features."""
        scaled = (values - self.mean) / self.deviation
        clipped: Float32 = np.clip(scaled, -self.clip, self.clip).astype(np.float32)
        return clipped

    def invert(self, values: Float32) -> Float32:
        """Undo `transform`, except for the clipping."""
        restored: Float32 = (values * self.deviation + self.mean).astype(np.float32)
        return restored
