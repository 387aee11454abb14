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

    Those of the page, without its charts. Tables without rows are left out, with their headings;
    undefined figures are dashes. Signs of Markdown or HTML in texts are escaped, line breaks become
    spaces. The same sheet gives the same bytes.

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
            f"> **Ruined on {said['ruined_on']}.** Equity reached zero and the account ends there."
        )
    blocks += [f"**{escaped(said['headline'])}**", escaped(said["verdict"])]
    if said["doubts"]:
        blocks.append(escaped(said["doubts"]))
    blocks.append(f"**Caution.** {escaped(said['caution'])}")
    for heading, parts in _sections(sheet, said):
        if shown := [part for part in parts if part]:
            blocks += [f"## {heading}", *shown]
    return "\n\n".join(blocks) + "\n"


def _sections(sheet: TearSheet, said: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    heads = ["", "Strategy", "Buy & hold"]
    figures = [row for _, rows in said["all_rows"] for row in rows]
    groups = [_table(group["table"]) for group in said["skill_groups"]]
    notes = [escaped(note) for note in said["untraded"]]
    versions = ", ".join(f"{name} {version}" for name, version in sheet.versions.items())
    facts = list(sheet.facts.items())
    return [
        ("Figures", [grid(heads, figures)]),
        ("Drawdowns", [_table(said["drawdowns"])]),
        ("Calendar years", [_table(said["yearly"])]),
        ("Costs", [_table(said["cost_levels"])]),
        ("Trades", [_table(said[name]) for name in ("sides", "best", "worst")]),
        ("Forecast skill", [grid(["", ""], said["skill_figures"]), *groups,
                            _table(said["versus"])]),
        ("Significance", [
            grid(["Could it be luck?", "", "Meaning"], said["doubt_figures"]),
            _table(said["intervals"]), _table(said["members"]),
        ]),
        ("Model and baselines", [_table(said["comparison"]), *notes]),
        ("Folds", [_table(said["fold_table"])]),
        ("Orders", [escaped(f"{sheet.account.order_summary()}."), _table(said["reasons"]),
                    _table(said["delisted"])]),
        ("Data and survivorship", ["\n".join(f"- {escaped(note)}" for note in sheet.notes)]),
        ("Assumptions", [grid(["Assumption", ""], facts, left=2)]),
        ("Reproduce", [code(sheet.command), escaped(versions)]),
    ]  # fmt: skip


def _table(content: object) -> str:
    """Return a table of the page, or nothing where there is none."""
    if not isinstance(content, Table) or not content.rows:
        return ""
    return grid(content.columns, content.rows)
