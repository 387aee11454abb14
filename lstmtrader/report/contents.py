"""The words and tables of the tear sheet, and which of its sections have anything to show."""

from __future__ import annotations

import math
from typing import Any

from lstmtrader.report import verdict, wording
from lstmtrader.report.audit_words import NOT_AUDITED, audit_words
from lstmtrader.report.charts.skill import extremes
from lstmtrader.report.comparison import comparison_table, untraded_notes
from lstmtrader.report.doubt_tables import (
    bootstrap_words,
    cost_levels_table,
    doubt_figures,
    intervals_table,
    members_table,
)
from lstmtrader.report.explanations import explanations
from lstmtrader.report.labels import hold_name, lowered
from lstmtrader.report.network_section import network_section
from lstmtrader.report.sheet import TearSheet
from lstmtrader.report.skill_tables import skill_by_group, skill_figures, versus_table
from lstmtrader.report.tables import drawdown_table, fold_table, yearly_table
from lstmtrader.report.trade_tables import (
    delisted_table,
    extreme_trips,
    holdings_table,
    order_words,
    reasons_table,
    trips_by_side,
    unfilled_table,
)

# Identifier, heading, and the shorter name in the navigation.
_SECTIONS = (
    ("figures", "All figures", "Figures"),
    ("drawdown", "Drawdown", "Drawdown"),
    ("rolling", "The last year at every bar", "Rolling"),
    ("returns", "Returns", "Returns"),
    ("exposure", "Exposure and turnover", "Exposure"),
    ("costs", "Costs", "Costs"),
    ("holdings", "Holdings", "Holdings"),
    ("trades", "Best and worst trades", "Trades"),
    ("skill", "Forecast skill", "Skill"),
    ("significance", "Significance", "Significance"),
    ("baselines", "Baselines", "Baselines"),
    ("folds", "Folds", "Folds"),
    ("explain", "What the network sees", "Network"),
    ("orders", "Orders", "Orders"),
    ("data", "Data and survivorship", "Data"),
    ("audit", "Audit", "Audit"),
    ("assumptions", "Assumptions", "Assumptions"),
    ("reproduce", "Reproduce", "Reproduce"),
)


def contents(sheet: TearSheet) -> dict[str, Any]:
    """Return everything the templates print, as text and tables of text."""
    account, benchmark, found = sheet.account, sheet.benchmark, sheet.evaluation
    skill, doubt = found.skill, found.significance
    hold = hold_name(benchmark)
    first, last = account.equity.index[0], account.equity.index[-1]
    break_even = found.strategy.get("break_even_bp", math.nan)
    against = found.comparison.index.difference(["model", "buy_and_hold"])
    return {
        "period": f"{wording.date(first)} to {wording.date(last)}",
        "hold": hold,
        "held": lowered(hold),
        "explained": explanations(sheet, hold),
        "headline": verdict.headline(account, benchmark, found),
        "verdict": verdict.verdict(account, benchmark, found, sheet.sample),
        "doubts": verdict.doubts(account, benchmark, found),
        "caution": verdict.caution(account, found),
        "fills": verdict.fills(account.execution),
        "ruined_on": None if account.ruined_on is None else wording.date(account.ruined_on),
        "same_period": account.equity.index.equals(benchmark.equity.index),
        "benchmark_end": wording.date(benchmark.equity.index[-1]),
        "key_rows": wording.metric_rows(found.strategy, found.benchmark, wording.KEY_FIGURES, hold),
        "all_rows": wording.grouped_rows(found.strategy, found.benchmark, hold),
        "drawdowns": drawdown_table(account),
        "yearly": yearly_table(account, benchmark),
        "cost_levels": cost_levels_table(found.cost_levels),
        "break_even": wording.basis_points(break_even) if break_even > 0 else None,
        "holdings": holdings_table(account, found.round_trips),
        "best": extreme_trips(found.round_trips, best=True),
        "worst": extreme_trips(found.round_trips, best=False),
        "sides": trips_by_side(found.round_trips),
        "skill_figures": skill_figures(skill.figures),
        "skill_groups": [
            {
                "name": f"By {group.lower()}",
                "chart": f"skill-{group.lower()}",
                "label": f"Forecast skill by {group.lower()}"
                + (f": highest and lowest IC of {whole}" if whole > len(by_group) else ""),
                "table": skill_by_group(by_group, group),
            }
            for group, by_group, whole in (
                ("Fold", skill.by_fold, len(skill.by_fold)),
                ("Year", skill.by_year, len(skill.by_year)),
                ("Symbol", extremes(skill.by_symbol), len(skill.by_symbol)),
            )
            if not by_group.empty
        ],
        "versus": versus_table(skill.versus),
        "doubt_figures": doubt_figures(doubt.figures, doubt.contenders, hold),
        "bootstrap": bootstrap_words(doubt.figures),
        "intervals": intervals_table(doubt.intervals, hold),
        "members": members_table(doubt.members),
        "comparison": comparison_table(found.comparison, doubt.contenders, hold)
        if len(against)
        else None,
        "untraded": untraded_notes(sheet.untraded),
        "fold_table": fold_table(sheet.folds),
        "network": network_section(sheet.explanation),
        "orders": order_words(account),
        "reasons": reasons_table(account.orders),
        "unfilled": unfilled_table(account.unfilled),
        "delisted": delisted_table(account.delisted),
        "audit": audit_words(sheet.audit),
        "not_audited": NOT_AUDITED,
    }


def sections(sheet: TearSheet, drawn: set[str], said: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return those sections that have something to show: identifier, heading, short name."""
    empty = {
        "rolling": "rolling" not in drawn,
        "costs": not drawn & {"costs", "cost-levels"},
        "holdings": "holdings" not in drawn,
        "trades": not said["sides"].rows,
        "skill": not (said["skill_groups"] or said["skill_figures"]),
        "significance": not (said["doubt_figures"] or said["intervals"].rows),
        "baselines": said["comparison"] is None and "rivals" not in drawn,
        "folds": sheet.folds.empty,
        "explain": sheet.explanation is None,
        "data": not sheet.notes,
        "audit": sheet.audit is None,
        "assumptions": not sheet.facts,
    }
    return [one for one in _SECTIONS if not empty.get(one[0], False)]
