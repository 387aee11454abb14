"""Charts of the folds: what was trained and tested when, and how the training went."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.report.palette import BLUE, GREY, ORANGE, VERMILLION, axis, figure, marks, stamps

_SLICES = (("train", "Train", GREY), ("validation", "Validation", ORANGE), ("test", "Test", BLUE))
_DAY = 86_400_000.0
_LOSSES = (("train_loss", "Training loss", GREY), ("validation_loss", "Validation loss", BLUE))


def fold_timeline(folds: pd.DataFrame) -> go.Figure:
    """One row a fold, with its training, validation and test slices to scale.

    Parameters
    ----------
    folds : DataFrame
        Columns fold, and train_start, train_end, validation_start, validation_end, test_start,
        test_end as timestamps; NaT where a fold has no such slice.

    Returns
    -------
    Figure
        Slices reach from their first to their last bar, at least a day wide. What is empty
        between them is purge and embargo.
    """
    traces = []
    for key, label, color in _SLICES:
        part = folds[folds[f"{key}_start"].notna() & folds[f"{key}_end"].notna()]
        if part.empty:
            continue
        first = pd.DatetimeIndex(part[f"{key}_start"])
        last = pd.DatetimeIndex(part[f"{key}_end"])
        width = (last - first) / pd.Timedelta(milliseconds=1)
        traces.append(
            marks(
                "bar",
                orientation="h",
                y=[str(number) for number in part["fold"]],
                base=stamps(first),
                x=np.maximum(np.asarray(width, dtype=np.float64), _DAY),
                customdata=np.array([stamps(first), stamps(last)], dtype=object).T,
                name=label,
                marker={"color": color, "line": {"width": 0}},
                hovertemplate=f"Fold %{{y}}, {label.lower()}: "
                "%{customdata[0]} to %{customdata[1]}<extra></extra>",
            )
        )
    return figure(
        traces,
        max(150, 20 * len(folds) + 90),
        barmode="overlay",
        bargap=0.35,
        hovermode="closest",
        xaxis=axis(type="date"),
        yaxis=axis(
            type="category",
            autorange="reversed",
            showgrid=False,
            title={"text": "Fold"},
            categoryorder="array",
            categoryarray=[str(number) for number in folds["fold"]],
        ),
    )


def curves_chart(curves: pd.DataFrame) -> go.Figure | None:
    """Loss of every fit by epoch, training above validation, with a mark at the epoch kept.

    Parameters
    ----------
    curves : DataFrame
        One row an epoch: fold, member, epoch, train_loss, validation_loss, kept.

    Returns
    -------
    Figure, optional
        None without a loss to draw. The lines of one loss are one trace with gaps between them:
        some hundred traces would make the page slow.
    """
    if curves.empty:
        return None
    known = [one for one in _LOSSES if curves[one[0]].notna().any()]
    if not known:
        return None
    traces: list[object] = []
    layout: dict[str, object] = {}
    fits = list(curves.groupby(["fold", "member"], sort=True))
    for order, (column, name, color) in enumerate(known):
        yaxis = "y" if order == 0 else "y2"
        epochs, losses, said = [], [], []
        for (fold, member), fit in fits:
            epochs += [*fit["epoch"].tolist(), None]
            losses += [*fit[column].astype(np.float64).tolist(), np.nan]
            said += [f"Fold {fold}, member {member}"] * (len(fit) + 1)
        traces.append(
            marks(
                "scatter",
                x=epochs,
                y=np.asarray(losses, dtype=np.float32),
                text=said,
                name=name,
                mode="lines",
                opacity=0.45,
                line={"color": color, "width": 1},
                yaxis=yaxis,
                hovertemplate="%{text}, epoch %{x}: %{y:.4f}<extra></extra>",
            )
        )
        top = 1 if order == 0 else 0.46
        layout["yaxis" if order == 0 else "yaxis2"] = axis(
            title={"text": name},
            tickformat=".4~g",
            domain=[0.54 if len(known) == 2 and order == 0 else 0, top],
        )
    kept = curves[curves["kept"].astype(bool)]
    last, _, _ = known[-1]
    if not kept.empty:
        traces.append(
            marks(
                "scatter",
                x=kept["epoch"].tolist(),
                y=kept[last].to_numpy(dtype=np.float32),
                text=[
                    f"Fold {fold}, member {member}"
                    for fold, member in zip(kept["fold"], kept["member"], strict=True)
                ],
                name="Kept epoch",
                mode="markers",
                marker={"color": VERMILLION, "size": 6, "symbol": "diamond"},
                yaxis="y2" if len(known) == 2 else "y",
                hovertemplate="%{text}, kept epoch %{x}: %{y:.4f}<extra></extra>",
            )
        )
    bottom = "y2" if len(known) == 2 else "y"
    return figure(
        traces,
        460 if len(known) == 2 else 300,
        hovermode="closest",
        showlegend=True,
        xaxis=axis(title={"text": "Epoch"}, showgrid=False, anchor=bottom, tickformat="d"),
        **layout,
    )
