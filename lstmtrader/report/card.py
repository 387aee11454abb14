"""The card of a run in a notebook: verdict, key figures, and a small picture of the account."""

from __future__ import annotations

from lstmtrader.display.sketches import growth_sketch
from lstmtrader.display.tables import block, table
from lstmtrader.report.labels import hold_name
from lstmtrader.report.sheet import TearSheet
from lstmtrader.report.verdict import doubts, headline
from lstmtrader.report.wording import KEY_FIGURES, date, metric_rows


def run_card(sheet: TearSheet, place: str = "") -> str:
    """Return a run as a little HTML without scripts.

    Parameters
    ----------
    sheet : TearSheet
    place : str
        Folder of the run, if it has one.
    """
    account, benchmark, found = sheet.account, sheet.benchmark, sheet.evaluation
    bars, hold = account.equity.index, hold_name(benchmark)
    rows = metric_rows(found.strategy, found.benchmark, KEY_FIGURES, hold)
    lines = {
        hold: (benchmark.equity / benchmark.capital).to_numpy(),
        "Strategy": (account.equity / account.capital).to_numpy(),
    }
    untradable = "" if account.execution.is_tradable else "same_close fills: not tradable. "
    return block(
        f"{sheet.name}: {sheet.period}",
        block("", remark=f"{untradable}{doubts(account, benchmark, found)}"),
        growth_sketch(lines, date(bars[0]), date(bars[-1])),
        table(rows, ["", "Strategy", hold]),
        block("", remark=place),
        remark=headline(account, benchmark, found),
    )
