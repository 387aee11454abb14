"""The tear sheet of one run: how it becomes one offline HTML document."""

from __future__ import annotations

from lstmtrader.report.contents import contents, sections
from lstmtrader.report.drawing import draw
from lstmtrader.report.page import render_page
from lstmtrader.report.sheet import TearSheet

__all__ = ["TearSheet", "render"]


def render(sheet: TearSheet) -> str:
    """Return the report as one HTML document that needs no network.

    The same sheet gives the same bytes: no clock, no random identifiers.

    Parameters
    ----------
    sheet : TearSheet

    Examples
    --------
    >>> from lstmtrader import backtest_forecasts
    >>> from lstmtrader.data.synthetic import SyntheticProvider
    >>> from strategies.long_flat import LongFlat
    >>> prices = SyntheticProvider(n_symbols=2, n_bars=120, seed=1).fetch()
    >>> run = backtest_forecasts(prices.close.pct_change(5).iloc[20:], prices, LongFlat())
    >>> render(run.sheet) == run.report()
    True
    """
    figures = draw(sheet)
    said = contents(sheet)
    return render_page(
        "template.html",
        figures,
        sheet=sheet,
        account=sheet.account,
        **said,
        sections=sections(sheet, set(figures), said),
    )
