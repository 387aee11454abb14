"""How the fits of a walk-forward went, as tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lstmtrader.walkforward.engine import FoldForecast


def fold_table(results: Sequence[FoldForecast], index: pd.DatetimeIndex) -> pd.DataFrame:
    """Return one row per fold: dates of the slices, samples, best epochs and losses.

    The training and validation slices are those its models were really fitted on.

    Samples are those of the first member (they are the same for all); `epochs` and
    `validation_loss` are means over members, the loss at the best epoch.
    """
    rows = []
    for result in results:
        fold, fitted, first = result.fold, result.fitted, result.records[0]
        best = [
            record.validation_loss[record.best_epoch - 1]
            for record in result.records
            if record.validation_loss
        ]
        rows.append(
            {
                "fold": fold.number,
                **{
                    f"{name}_{end}": index[rows_[place]] if rows_ else pd.NaT
                    for name, rows_ in (
                        ("train", fitted.train), ("validation", fitted.validation),
                        ("test", fold.test),
                    )
                    for end, place in (("start", 0), ("end", -1))
                },
                "train_samples": first.train_samples,
                "validation_samples": first.validation_samples,
                "epochs": float(np.mean([record.best_epoch for record in result.records])),
                "validation_loss": float(np.mean(best)) if best else np.nan,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def training_curves(results: Sequence[FoldForecast]) -> pd.DataFrame:
    """Return one row per fold, member and epoch: the losses, and whether its weights were kept.

    Returns
    -------
    DataFrame
        Columns fold, member (both from 0), epoch (from 1), train_loss, validation_loss (NaN
        without validation) and kept. Without a row for models that are not trained in epochs.
        Folds that were not fitted anew show the fit they use.
    """
    rows = [
        {
            "fold": result.fold.number,
            "member": member,
            "epoch": epoch,
            "train_loss": train_loss,
            "validation_loss": record.validation_loss[epoch - 1]
            if epoch <= len(record.validation_loss)
            else np.nan,
            "kept": epoch == record.best_epoch,
        }
        for result in results
        for member, record in enumerate(result.records)
        for epoch, train_loss in enumerate(record.train_loss, 1)
    ]
    columns = ["fold", "member", "epoch", "train_loss", "validation_loss", "kept"]
    return pd.DataFrame(rows, columns=columns)
