"""The tear sheet as one Markdown document, for a pull request, an issue or a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lstmtrader.report.contents import contents
from lstmtrader.report.markdown_text import code, escaped, grid
from lstmtrader.report.sheet import TearSheet
from lstmtrader.report.tables import Table

_NOT_TRADABLE = (
    "> **Not tradable.** This run fills at a price already seen when the decision was made. The "
    "figures are for comparison with papers only."
)


def to_markdown(sheet: TearSheet) -> str:
    """Return the words and tables of the tear sheet in GitHub-flavoured Markdown.

    The verdict, every table with what explains its columns and the notes on the data as on the
    page, in its order; without its charts and settings. Tables without rows are left out, with
    their headings; undefined figures are dashes. Signs of Markdown or HTML in texts are escaped,
    line breaks become spaces. The same sheet gives the same bytes.

    Parameters
    ----------
    sheet : TearSheet
    """
    said = contents(sheet)
    account = sheet.account
    period = (
        f"Out of sample {said['period']} · {account.periods_per_year} bars a year · {said['fills']}"
    )
    blocks = [f"# {escaped(sheet.title)}", escaped(period)]
    if not account.execution.is_tradable:
        blocks.append(_NOT_TRADABLE)
    if said["ruined_on"]:
        blocks.append(
            f"> **Ruined on {said['ruined_on']}.** Equity reached zero and the account ends there. "
            "Every figure of the strategy stops on that day."
        )
    audit = said["audit"]
    if audit and audit["is_leak"]:
        blocks.append(f"> **Leak.** {escaped(audit['warning'])} {escaped(audit['sentence'])}")
    blocks += [f"**{escaped(said['headline'])}**", escaped(said["verdict"])]
    if said["doubts"]:
        blocks.append(escaped(said["doubts"]))
    blocks.append(f"**Caution.** {escaped(said['caution'])}")
    if audit and not audit["is_leak"]:
        blocks.append(escaped(audit["sentence"]))
    for heading, parts in _sections(sheet, said):
        if shown := [part for part in parts if part]:
            blocks += [f"## {heading}", *shown]
    return "\n\n".join(blocks) + "\n"


def _sections(sheet: TearSheet, said: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    figures = [row for _, rows in said["all_rows"] for row in rows]
    own_end = f"{said['hold']} is measured over its own bars, to {said['benchmark_end']}."
    skill = [_table(group["table"], group["name"]) for group in said["skill_groups"]]
    luck = ["Could it be luck?", "", "Meaning"]
    bootstrap = said["bootstrap"] if said["intervals"].rows else ""
    versions = ", ".join(f"{name} {version}" for name, version in sheet.versions.items())

    def note(table: str, shown: object) -> str:
        return escaped(said["explained"][table]) if shown else ""

    return [
        ("All figures", [
            grid(["", "Strategy", said["hold"]], figures), note("figures", figures),
            "" if said["same_period"] else escaped(own_end),
        ]),
        ("Drawdown", [_table(said["drawdowns"], "Deepest drawdowns", 3)]),
        ("Returns", [_table(said["yearly"], "Calendar years")]),
        ("Costs", [_table(said["cost_levels"], "Cost sensitivity")]),
        ("Holdings", [_table(said["holdings"], "What was held", cut="the largest "),
            note("holdings", said["holdings"].rows),]),
        ("Best and worst trades", [
            _table(said["sides"], "Round trips, from flat to flat"),
            _table(said["best"], "Largest gains", 4),
            _table(said["worst"], "Largest losses", 4),
            note("trades", said["sides"].rows),
        ]),
        ("Forecast skill", [
            note("skill", said["skill_figures"] or skill),
            grid(["", "All folds"], said["skill_figures"]), *skill,
            _table(said["versus"], "The model against other forecasts"),
            note("versus", said["versus"].rows),
        ]),
        ("Significance", [
            _table(said["intervals"], "Intervals"), escaped(bootstrap),
            grid(luck, said["doubt_figures"], 3),
            _table(said["members"], "Each member traded alone"),
            note("members", said["members"].rows[2:]),
        ]),
        ("Baselines", [
            note("comparison", said["comparison"]),
            _table(said["comparison"], f"Model, baselines, and {said['held']}"),
            *map(escaped, said["untraded"]),
        ]),
        ("Folds", [_table(said["fold_table"], "Slices and training", 4)]),
        ("What the network sees", _network(said["network"])),
        ("Orders", [
            escaped(said["orders"]),
            _table(said["reasons"], "What became of the orders"),
            _table(said["unfilled"], "Not filled as wanted", 2, "the worst "),
            note("unfilled", said["unfilled"].rows),
            _table(said["delisted"], "Closed because the symbol stopped trading", 2, "first "),
        ]),
        ("Data and survivorship", ["\n".join(f"- {escaped(note)}" for note in sheet.notes)]),
        ("Audit", _audit(said["audit"])),
        ("Assumptions", [
            grid(["Assumption", ""], list(sheet.facts.items()), 2),
            escaped(said["not_audited"]) if sheet.facts and not said["audit"] else "",
        ]),
        ("Reproduce", [code(sheet.command), escaped(versions)]),
    ]  # fmt: skip


def _network(said: Mapping[str, Any] | None) -> list[str]:
    if said is None:
        return []
    parts = [
        block
        for part in said["parts"]
        for block in (
            f"**{escaped(part['heading'])}.** {escaped(part['said'])}",
            *(_table(content, caption) for caption, content in part["tables"]),
        )
    ]
    return [escaped(said["about"]), *parts, "\n".join(f"- {escaped(one)}" for one in said["notes"])]


def _audit(said: Mapping[str, Any] | None) -> list[str]:
    if said is None:
        return []
    lists = [
        f"**{heading}**\n\n" + "\n".join(f"- {escaped(one)}" for one in texts)
        for heading, texts in said["lists"]
    ]
    return [
        escaped(said["sentence"]),
        _table(said["findings"], "Leaks", 3),
        _table(said["probes"], "Probes", 4),
        *lists,
        escaped(f"{said['about']} {said['covers']}"),
    ]


def _table(content: Table | None, caption: str, left: int = 1, cut: str = "") -> str:
    """Return a table under its caption, which says where rows were cut; nothing without rows."""
    if content is None or not content.rows:
        return ""
    if content.total > len(content.rows):
        caption += f": {cut}{len(content.rows)} of {content.total}"
    return f"**{escaped(caption)}**\n\n{grid(content.columns, content.rows, left)}"
