"""What every page has: its styles and scripts, plotly, and the charts by name."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from lstmtrader.report.drawing import script_json, with_shared_bars
from lstmtrader.report.palette import THEMES


def render_page(template: str, charts: Mapping[str, go.Figure], **content: Any) -> str:
    """Return one HTML document that needs no network.

    The same charts and content give the same bytes: no clock, no random identifiers.

    Parameters
    ----------
    template : str
        File of this package that extends ``page.html``.
    charts : mapping of str to Figure
        By the name the template gives their place.
    content : dict
        What else the template shows; plain text is escaped.
    """
    page = (
        _environment()
        .get_template(template)
        .render(
            **content,
            heights={name: chart.layout.height for name, chart in charts.items()},
            data=script_json(with_shared_bars(charts)),
            themes=script_json({"themes": THEMES}),
        )
    )
    return page.rstrip() + "\n"


@functools.cache  # it keeps plotly, and the templates compiled, for the next page
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("lstmtrader.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["plotly"] = Markup(get_plotlyjs())
    return environment
