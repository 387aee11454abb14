"""A figure of merit over two settings, as a picture."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.report.palette import DIVERGING, axis, figure
from lstmtrader.report.wording import METRICS, number


def heat_map(
    table: pd.DataFrame,
    x: str,
    y: str | None,
    metric: str,
    *,
    title: str = "",
    warning: str = "",
) -> go.Figure:
    """Draw a figure of merit of many variants over one or two of their settings.

    Parameters
    ----------
    table : DataFrame
        One row a variant.
    x, y : str
        Columns with the settings; `y` may be None. Over all other settings the median is drawn.
    metric : str
        Column with the figure.
    title : str
        What was varied.
    warning : str
        Why no figure in it should be believed, if so.
    """
    label = METRICS.get(metric, (metric.replace("_", " "), number))[0]
    form = METRICS.get(metric, (metric, number))[1]
    rows = table.assign(**{name: table[name].astype(str) for name in (x, y) if name})
    order = {name: list(dict.fromkeys(rows[name])) for name in (x, y) if name}
    if y is None:
        median = rows.groupby(x, sort=False)[metric].median().reindex(order[x]).to_frame().T
        median.index = [""]
    else:
        median = rows.pivot_table(
            index=y, columns=x, values=metric, aggfunc="median", dropna=False, sort=False
        ).reindex(index=order[y], columns=order[x])
    values = median.to_numpy(dtype=np.float64)
    known = values[np.isfinite(values)]
    most = float(np.abs(known).max()) if len(known) else 1.0
    trace = go.Heatmap(
        x=[str(one) for one in median.columns],
        y=[str(one) for one in median.index],
        z=values,
        zmin=-(most or 1.0),
        zmax=most or 1.0,
        colorscale=DIVERGING,
        text=[[form(one) for one in row] for row in values],
        texttemplate="%{text}" if values.size <= 400 else None,
        hovertemplate=f"{x} %{{x}}<br>{y or ''} %{{y}}<br>{label} %{{text}}<extra></extra>",
        colorbar={"title": {"text": label}},
    )
    others = [one for one in table.columns if "." in one and one not in (x, y)]
    note = f", median over {', '.join(others)}" if others else ""
    flag = f'<br><span style="color:#b00020"><b>{warning}</b></span>' if warning else ""
    return figure(
        [trace],
        420,
        margin={"l": 8, "r": 8, "t": 72 if warning else 36, "b": 8},
        title={"text": f"{title}: {label}{note}{flag}"},
        xaxis=axis(title={"text": x}, type="category"),
        yaxis=axis(title={"text": y or ""}, type="category"),
    )
