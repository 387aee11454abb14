"""The tear sheet of one run: how it becomes one offline HTML document."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from lstmtrader.report.contents import contents, sections
from lstmtrader.report.drawing import draw, script_json, with_shared_bars
from lstmtrader.report.palette import THEMES
from lstmtrader.report.sheet import TearSheet

__all__ = ["TearSheet", "render"]


def render(sheet: TearSheet) -> str:
    """Return the report as one HTML document that needs no network.

    The same sheet gives the same bytes: no clock, no random identifiers.
    """
    environment = Environment(
        loader=PackageLoader("lstmtrader.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    figures = draw(sheet)
    said = contents(sheet)
    page = environment.get_template("template.html").render(
        sheet=sheet,
        account=sheet.account,
        **said,
        sections=sections(sheet, set(figures), said),
        heights={name: figure.layout.height for name, figure in figures.items()},
        data=script_json(with_shared_bars(figures)),
        themes=script_json({"themes": THEMES}),
        plotly=Markup(get_plotlyjs()),
    )
    return page.rstrip() + "\n"
