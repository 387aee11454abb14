"""What stands under the tables: how their columns are to be read, on the page and in Markdown."""

from __future__ import annotations

import pandas as pd

from lstmtrader.report.comparison import R2_OF_THE_MODEL
from lstmtrader.report.labels import lowered
from lstmtrader.report.sheet import TearSheet


def explanations(sheet: TearSheet, hold: str) -> dict[str, str]:
    """Return a note by table; a column that no table shows is not explained.

    Parameters
    ----------
    sheet : TearSheet
    hold : str
        The name of the benchmark.
    """
    found = sheet.evaluation
    skill, judged = found.skill, not found.significance.contenders.empty
    r2 = any(
        map(_has_r2, (skill.by_fold, skill.by_year, skill.by_symbol, skill.versus))
    ) or _has_r2(pd.DataFrame([dict(skill.figures)]))
    return {
        "figures": "Bars are those of the account. Omega and gains over losses compare sums of "
        "gains and of losses; value at risk and shortfall are losses of one bar. A dash: not "
        "defined, or of no meaning for that account.",
        "holdings": "Size is the weight without its sign; means are over all bars, held or not. "
        "The gain is that of all round trips after costs, in money.",
        "trades": "A round trip is open from the first fill to the one that leaves nothing; one "
        "that is still open is valued at the last close. Entry and exit are mean prices after "
        "slippage, the gain is money after fees. Gain / largest value is that over the largest "
        "value the position had: where it was built up or trimmed on the way, it is not the "
        "change from entry to exit.",
        "skill": "Before any trading. IC: correlation of forecast and outcome over all pairs of "
        "the group. Rank IC: mean over bars of the rank correlation across symbols."
        + (
            " R² is out of sample: 1 minus the squared error over that of the naive forecast; "
            "below zero the naive forecast was better."
            if r2
            else ""
        ),
        "versus": "Diebold-Mariano is positive where the model has the smaller loss; Clark-West "
        "allows for the noise of a larger model that nests the smaller one. Small p: hardly "
        "chance.",
        "members": "Members differ in nothing but the seed of their training. A spread as wide as "
        f"the gap to {lowered(hold)} says that the seed decides.",
        "comparison": "Every forecast is judged on the same pairs and traded by the same strategy, "
        "with the same fills, costs and limits."
        + (f" {R2_OF_THE_MODEL}" if _has_r2(found.comparison, "model_r2") else "")
        + (
            f" Better than {lowered(hold)}: by the StepM test, which allows for the number of "
            "rivals. May be the best: in the model confidence set."
            if judged
            else ""
        ),
        "unfilled": "Short of what was wanted by more than a thousandth of it. orders.parquet has "
        "every order.",
    }


def _has_r2(table: pd.DataFrame, start: str = "r2") -> bool:
    return any(str(name).startswith(start) and table[name].notna().any() for name in table)
