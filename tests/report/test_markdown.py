"""Law: the Markdown has the tables and words of the page, and any text in it reads the same."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from small_account import BENCHMARK, STRATEGY, account

from lstmtrader.backtest.engine import run_backtest
from lstmtrader.backtest.reconciliation import _count
from lstmtrader.clock import Execution
from lstmtrader.evaluation.evaluation import Evaluation
from lstmtrader.evaluation.performance import performance
from lstmtrader.evaluation.round_trips import round_trips
from lstmtrader.evaluation.significance.result import Significance
from lstmtrader.evaluation.skill.result import Skill
from lstmtrader.prices import PriceFrame
from lstmtrader.report.contents import contents, sections
from lstmtrader.report.doubt_tables import doubt_figures
from lstmtrader.report.labels import skill_label
from lstmtrader.report.markdown import to_markdown
from lstmtrader.report.markdown_text import escaped, grid
from lstmtrader.report.sheet import TearSheet
from lstmtrader.report.tables import Table
from lstmtrader.report.wording import labelled, loss
from lstmtrader.weights import TargetWeights

HOSTILE = r'a|b \| *c* `d` <b onclick="x">&amp;</b> [e](f) _g_ ~~h~~ $i$ \ '
NOTHING = pd.DataFrame()
NO_SKILL = Skill({}, *[NOTHING] * 9)
NO_SIGNIFICANCE = Significance({}, *[NOTHING] * 3)
NEXT_CLOSE = Execution.NEXT_CLOSE
LABELS_OF_SKILL = (
    "n", "n_bars", "ic", "ic_mean", "ic_t", "icir", "rank_ic", "rank_ic_t", "rank_icir", "hit_rate",
    "pt", "pt_p", "mse", "r2_zero", "r2_mean", "model_r2", "r2_vs_ridge", "mz_slope",
    "mz_intercept", "crps", "pinball",
)  # fmt: skip
TRADED = account(0.3, symbols=("A", HOSTILE), in_and_out=True, delisted=35)


def skill() -> Skill:
    groups = [
        pd.DataFrame(
            {"n": 90.0, "ic": [0.02, math.nan, 0.01], "hit_rate": [0.52, 0.49, 0.505]}, index=index
        )
        for index in (["0", "1", "all"], ["2018", "2019", "2020"], ["A", "B", HOSTILE])
    ]
    versus = pd.DataFrame(
        {"r2": 0.01, "dm": 1.5, "dm_p": 0.07, "cw": math.nan, "cw_p": [0.1, math.nan]},
        index=["zero", HOSTILE],
    )
    return Skill({"ic": 0.01, "crps": math.nan}, *groups, *[NOTHING] * 5, versus)


def significance() -> Significance:
    intervals = pd.DataFrame(
        {
            f"{who}{end}": [value, value / 10, -value]
            for who, value in (("strategy", 0.8), ("benchmark", 0.5), ("difference", math.nan))
            for end in ("", "_low", "_high")
        },
        index=["sharpe", "cagr", "max_drawdown"],
    )
    contenders = pd.DataFrame(
        {
            "sharpe": [0.8, 0.4, 0.5],
            "superior": [True, False, False],
            "mcs_p": [1.0, 0.031, 0.5],
            "in_mcs": [True, False, True],
        },
        index=["strategy", "last_value", "buy_and_hold"],
    )
    members = pd.DataFrame(
        {"sharpe": [0.6, 0.9, 0.8], "cagr": [0.05, 0.09, math.nan]}, index=[0, 1, "ensemble"]
    )
    figures = {"level": 0.95, "psr": 0.87, "n_trials": 12.0, "pbo": math.nan, "dsr": 0.4}
    return Significance(figures, intervals, contenders, members)


def an_evaluation(**changes: Any) -> Evaluation:
    parts: dict[str, Any] = {
        "strategy": performance(TRADED, BENCHMARK),
        "benchmark": performance(BENCHMARK),
        "skill": skill(),
        "significance": significance(),
        "comparison": pd.DataFrame(
            {"n": 180.0, "ic": [0.01, math.nan, math.nan], "sharpe": [0.8, 0.4, 0.5]},
            index=["model", "last_value", "buy_and_hold"],
        ),
        "rivals": NOTHING,
        "cost_levels": pd.DataFrame(
            {"sharpe": [0.8, 0.1], "cagr": [0.07, -0.01]}, index=pd.Index([0.0, 2.5])
        ),
        "round_trips": round_trips(TRADED),
    }
    return Evaluation(**{**parts, **changes})


def a_sheet(**changes: Any) -> TearSheet:
    ends = {
        f"{part}_{end}": pd.to_datetime(["2018-03-05", None])
        for part in ("train", "validation", "test")
        for end in ("start", "end")
    }
    counts = {name: [500.0, np.nan] for name in ("train_samples", "validation_samples", "epochs")}
    parts: dict[str, Any] = {
        "name": "ranking",
        "title": "Ranking by an LSTM",
        "account": TRADED,
        "benchmark": BENCHMARK,
        "evaluation": an_evaluation(),
        "folds": pd.DataFrame({"fold": [0, 1], **ends, **counts, "validation_loss": [1e-5, 0.9]}),
        "facts": {"Costs": "5 bp", "Symbols": HOSTILE},
        "config_yaml": "seed: 1\n",
        "versions": {"lstmtrader": "0.1.0"},
        "command": "lstmtrader run x.yaml --set 'name=```'",
        "notes": ["One fold was short.", HOSTILE],
        "untraded": {HOSTILE: "nobody can"},
    }
    return TearSheet(**{**parts, **changes})


SHEET = a_sheet()
TEXT = to_markdown(SHEET)


def parsed(text: str) -> list[Any]:
    return list(MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text))


def shown(token: Any) -> str:
    assert {child.type for child in token.children} <= {"text", "text_special"}, token.content
    return "".join(child.content for child in token.children)


def tables(text: str) -> list[list[list[str]]]:
    """Rows of every table, its head first."""
    found: list[list[list[str]]] = []
    tokens = parsed(text)
    for place, token in enumerate(tokens):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type in ("th_open", "td_open"):
            found[-1][-1].append(shown(tokens[place + 1]))
    return found


def headings(text: str) -> list[str]:
    return re.findall(r"^## (.*)$", text, flags=re.MULTILINE)


def tables_in(said: object) -> Iterator[Table]:
    if isinstance(said, Table):
        yield said
    elif isinstance(said, dict | list):
        for one in said.values() if isinstance(said, dict) else said:
            yield from tables_in(one)


def plain(rows: Any) -> list[list[str]]:
    return [[cell.strip() for cell in row] for row in rows]


# The document


def test_the_tables_are_those_of_the_page_and_every_one_of_them() -> None:
    """No table of the page may be forgotten, nor one of them be without rows in this sheet."""
    said = contents(SHEET)
    of_page = [plain([one.columns, *one.rows]) for one in tables_in(said)]
    figures = [row for _, rows in said["all_rows"] for row in rows]
    of_page += [
        plain([["", "Strategy", "Buy & hold"], *figures]),
        plain([["", "All folds"], *said["skill_figures"]]),
        plain([["Could it be luck?", "", "Meaning"], *said["doubt_figures"]]),
        plain([["Assumption", ""], *SHEET.facts.items()]),
    ]
    assert min(map(len, of_page)) > 1
    assert sorted(tables(TEXT)) == sorted(of_page)
    assert set(map(tuple, said["key_rows"])) <= set(map(tuple, figures))


def test_the_headings_are_those_of_the_page_in_its_order() -> None:
    drawn = {"rolling", "costs", "holdings"}
    of_page = [heading for _, heading, _ in sections(SHEET, drawn, contents(SHEET))]
    only_charts = {"The last year at every bar", "Exposure and turnover"}
    assert headings(TEXT) == [one for one in of_page if one not in only_charts]


def test_the_words_are_those_of_the_page() -> None:
    said = contents(SHEET)
    for key in ("period", "headline", "verdict", "doubts", "caution", "bootstrap"):
        assert said[key]
        assert escaped(said[key]) in TEXT, key
    assert escaped(said["orders"]) in TEXT
    for table, note in said["explained"].items():
        shown = table != "unfilled" or said["unfilled"].rows
        assert (escaped(note) in TEXT) == bool(shown), table


def test_all_rows_of_a_table_are_as_wide_as_its_head() -> None:
    """GitHub cuts cells beyond the head off without a word, so raw lines are counted too."""
    lines = [line for line in TEXT.splitlines() if line.startswith("|")]
    widths = [len(re.split(r"(?<!\\)(?:\\\\)*\|", line)) - 2 for line in lines]
    heads = [len(rows[0]) for rows in tables(TEXT) for _ in range(len(rows) + 1)]
    assert widths == heads


def test_the_figures_are_those_of_the_accounts() -> None:
    mine = {row[0]: row[1:] for row in tables(TEXT)[0]}
    held = performance(BENCHMARK)
    found = 0
    for key, value in performance(TRADED).items():
        label, text = labelled(key, value)
        if label in mine:
            assert mine[label] == [text, labelled(key, held[key])[1]]
            found += 1
    assert found > 20
    years = [row[0] for rows in tables(TEXT) if rows[0][0] == "Year" for row in rows[1:]]
    assert years[:3] == ["2018 (part)", "2019", "2020 (part)"]


def test_a_table_that_was_cut_says_so() -> None:
    """The account is in and out 35 times with two symbols: more than ten of those gained."""
    best = contents(SHEET)["best"]
    assert best.total > len(best.rows) == 10
    assert f"**Largest gains: 10 of {best.total}**" in TEXT
    assert "\n**Closed because the symbol stopped trading**\n" in TEXT


def test_tables_without_rows_are_left_out_with_their_headings() -> None:
    sheet = replace(
        a_sheet(account=STRATEGY, folds=SHEET.folds.iloc[:0], facts={}, notes=[], untraded={}),
        evaluation=an_evaluation(
            skill=NO_SKILL,
            significance=NO_SIGNIFICANCE,
            comparison=NOTHING,
            cost_levels=pd.DataFrame({"sharpe": [], "cagr": []}),
            round_trips=NOTHING,
        ),
    )
    text = to_markdown(sheet)
    kept = ["All figures", "Drawdown", "Returns", "Holdings", "Orders", "Reproduce"]
    assert headings(text) == kept
    captions = re.findall(r"^\*\*(?!Caution)([^*\n]*)\*\*$", text, flags=re.MULTILINE)
    assert len(captions) == 1 + 4  # the headline, and a caption a table but for the figures
    assert len(tables(text)) == 5


def test_what_is_not_defined_is_a_dash() -> None:
    text = to_markdown(a_sheet(facts={}, notes=[]))
    assert not re.search(r"\b(nan|none|inf|nat)\b", text, flags=re.IGNORECASE)
    (by_fold,) = (rows for rows in tables(text) if rows[0][:2] == ["Fold", "Pairs"])
    assert by_fold[2][2] == "–"


def test_special_characters_survive_in_cells_and_notes() -> None:
    """Of symbols, baselines and facts; labels print underscores as spaces."""
    cells = [cell for rows in tables(TEXT) for row in rows for cell in row]
    assert cells.count(HOSTILE.strip()) > 5
    assert HOSTILE.replace("_", " ").strip() in cells
    inline = [shown(token) for token in parsed(TEXT) if token.content.startswith("a\\|b")]
    assert HOSTILE.strip() in inline
    assert f"{HOSTILE.replace('_', ' ')} has no account: nobody can." in inline
    assert not [token for token in parsed(TEXT) if token.type.startswith("html")]


def test_the_command_survives_its_own_backticks() -> None:
    blocks = [token for token in parsed(TEXT) if token.type == "fence"]
    assert [block.content for block in blocks] == ["lstmtrader run x.yaml --set 'name=```'\n"]


def test_the_same_input_gives_the_same_document() -> None:
    assert to_markdown(a_sheet()) == TEXT


def test_what_must_not_be_overlooked_stands_before_the_figures() -> None:
    """Bars of a benchmark that ends before are said, too, as its figures are of fewer bars."""
    short = account(0.5, n_bars=650)
    seen = account(0.5, timing=Execution.SAME_CLOSE)
    text = to_markdown(a_sheet(account=seen, benchmark=short))
    assert text.index("> **Not tradable.**") < text.index("## All figures")
    assert f"over its own bars, to {short.equity.index[-1]:%Y-%m-%d}." in text
    assert "Not tradable" not in TEXT
    assert "own bars" not in TEXT


def test_a_benchmark_of_one_symbol_is_named_wherever_it_stands() -> None:
    prices = PriceFrame(close=BENCHMARK.equity.to_frame("KO") / 1000)
    alone = run_backtest(prices, TargetWeights(prices.close.iloc[:1] * 0 + 1.0), timing=NEXT_CLOSE)
    text = to_markdown(a_sheet(benchmark=alone)).replace("\u00a0", " ")
    found = re.findall(r"buy & hold(?: of)?( KO)?", text, flags=re.IGNORECASE)
    assert len(found) > 10
    assert set(found) == {" KO"}
    assert not re.search(r"(?i)buy.{1,3}hold.{1,3}of", TEXT)


def test_a_legend_stands_only_beside_what_it_explains() -> None:
    """R² and the tests of the accounts, each with and without its column."""
    without = an_evaluation(skill=replace(skill(), versus=NOTHING))
    table = without.comparison.assign(model_r2=[math.nan, 0.1, math.nan])
    text, legend = to_markdown(a_sheet(evaluation=without)), "R² is out of sample"
    assert "R²" not in text
    assert legend in TEXT  # of the model against other forecasts
    by_fold = without.skill.by_fold.assign(r2_zero=0.01)
    with_r2 = replace(without, skill=replace(without.skill, by_fold=by_fold))
    assert legend in to_markdown(a_sheet(evaluation=with_r2))
    compared = to_markdown(a_sheet(evaluation=replace(without, comparison=table)))
    assert "R² is that of the model" in compared
    assert legend not in compared
    assert "by the StepM test, which" in TEXT
    unjudged = to_markdown(a_sheet(evaluation=an_evaluation(significance=NO_SIGNIFICANCE)))
    assert "StepM" not in unjudged


@pytest.mark.parametrize(
    ("sharpe", "superior", "said"),
    [
        ([0.8, 0.9, 2.0], [False, True, False], ("last value, 0.90", "is not better")),
        ([0.8, 0.4, 2.0], [True, False, False], ("the strategy, 0.80", "is better")),
    ],
)
def test_the_best_of_all_accounts_is_named(
    sharpe: list[float], superior: list[bool], said: tuple[str, str]
) -> None:
    """A small p-value is no success of the strategy where a baseline made it."""
    doubt = significance()
    contenders = doubt.contenders.assign(sharpe=sharpe, superior=superior)
    ((name, value, meaning),) = doubt_figures({"spa_p": 0.008}, contenders)
    assert (name, value) == ("Best of all accounts against buy & hold, p", "0.008")
    assert meaning.endswith(
        f"; the highest Sharpe ratio is that of {said[0]}. By the StepM test the strategy itself "
        f"{said[1]} than buy & hold"
    )
    assert "StepM" not in doubt_figures({"spa_p": 0.008})[0][2]


def test_every_label_stands_alone() -> None:
    names = [*LABELS_OF_SKILL, *(column for one in tables(TEXT) for column in one[0])]
    assert not [
        name for name in map(skill_label, names) if re.search(r"of that|against it|^its ", name)
    ]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.9876, "0.988"),
        (0.9999, "1.00"),
        (-0.0202, "\u22120.0202"),
        (-5.97e-4, "\u22120.000597"),
        (1e-5, "0.0000100"),
        (123.456, "123"),
        (0.0, "0"),
        (math.nan, "–"),
    ],
)
def test_a_loss_has_three_digits_in_one_form(value: float, said: str) -> None:
    assert loss(value) == said
    assert escaped(loss(value)) == said


def test_no_number_has_a_backslash_or_a_place_to_break() -> None:
    assert not re.search(r"\\[-\d\u2212.]", TEXT)
    many = "12\u202f345 orders: 99.5 % as wanted"
    assert _count(12_345) + many[6:] == many
    assert not re.search(r"\d [\d%]", contents(SHEET)["orders"])


def test_ruin_is_said_first() -> None:
    text = to_markdown(a_sheet(account=replace(TRADED, ruined_on=TRADED.equity.index[-1])))
    assert text.index("> **Ruined on 2020-11-06.**") < text.index("## All figures")


# Plain text as Markdown

PRINTABLE = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])) | st.text(
    "|\\*_`<&;a#1.- "
)


@given(text=PRINTABLE)
def test_any_text_reads_the_same_as_heading_note_and_headline(text: str) -> None:
    """Also a lone rule, number, hash or entity, which would be a list, a rule or a sign."""
    expected = text.strip()
    for before in ("# ", "- ", "", "x "):
        tokens = [token for token in parsed(before + escaped(text)) if token.type == "inline"]
        read = "".join(map(shown, tokens)).strip()
        assert read == (f"x {expected}".strip() if before == "x " else expected)


@given(cells=st.lists(PRINTABLE, min_size=1, max_size=4))
def test_any_text_reads_the_same_in_a_table(cells: list[str]) -> None:
    read = tables(grid([*cells, "head"], [[*cells, "x"], ["y", *cells]]))
    expected = [cell.strip() for cell in cells]
    assert read == [[[*expected, "head"], [*expected, "x"], ["y", *expected]]]


@pytest.mark.parametrize(
    "broken", ["two\nlines", "two\r\n\r\nlines", "two\u2028lines", "two\tlines"]
)
def test_a_line_break_is_a_space(broken: str) -> None:
    assert escaped(broken) == "two lines"


def test_numbers_stay_readable_in_the_source() -> None:
    assert escaped("0.80 (0.10 to 1.50)") == "0.80 (0.10 to 1.50)"
    assert escaped("12. not a list") == r"12\. not a list"
