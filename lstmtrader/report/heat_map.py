"""A figure of merit over two settings, as a picture."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from lstmtrader.report.palette import DIVERGING, INK, axis, figure, marks
from lstmtrader.report.wording import METRICS, number


def heat_map(
    table: pd.DataFrame,
    x: str,
    y: str | None,
    metric: str,
    *,
    title: str = "",
    caution: str = "",
    warning: str = "",
    configured: object = None,
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
    caution : str
        What a reader has to keep in mind.
    warning : str
        Why no figure in it should be believed, if so.
    configured : label, optional
        Of the row of the table whose cell is outlined: the settings as they stand.
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
    trace = marks(
        "heatmap",
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
    under = [f"<i>{caution}</i>"] if caution else []
    if configured is not None:
        too = "; the figure is the median over the others there, too" if others else ""
        under.append(f"Outlined: the settings as configured{too}.")
    flag = "".join(f'<br><span style="font-size:12px">{one}</span>' for one in under)
    flag += f'<br><span style="color:#b00020"><b>{warning}</b></span>' if warning else ""
    return figure(
        [trace],
        420,
        margin={"l": 8, "r": 8, "t": 60 + 22 * flag.count("<br>"), "b": 8},
        title={
            "text": f"{title}: {label}{note}{flag}",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 28},
        },
        shapes=[] if configured is None else [_outline(order, rows.loc[[configured]].iloc[0])],
        xaxis=axis(title={"text": x}, type="category"),
        yaxis=axis(title={"text": y or ""}, type="category"),
    )


def _outline(order: dict[str, list[str]], row: pd.Series) -> dict[str, object]:
    """Return the frame of the cell of a row; categories are numbered from zero."""
    across, up = ([values.index(row[name]) for name, values in order.items()] + [0])[:2]
    return {
        "type": "rect",
        "x0": across - 0.5,
        "x1": across + 0.5,
        "y0": up - 0.5,
        "y1": up + 0.5,
        "line": {"color": INK, "width": 3},
    }
