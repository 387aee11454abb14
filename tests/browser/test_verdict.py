"""The sentences a report opens with: plain, whole, and never more than the figures say."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from seeded_tables import NO_SIGNIFICANCE

from lstmtrader.evaluation.evaluation import Evaluation
from lstmtrader.report.sheet import TearSheet
from lstmtrader.report.verdict import caution, doubts, headline, verdict

pytestmark = pytest.mark.xdist_group("browser")

_HOLD = "buy\u00a0&\u00a0hold"


def _found(sheet: TearSheet, figures: dict[str, float], **strategy: float) -> Evaluation:
    doubt = sheet.evaluation.significance
    return replace(
        sheet.evaluation,
        strategy={**sheet.evaluation.strategy, **strategy},
        significance=replace(doubt, figures={**doubt.figures, **figures}),
    )


def _with_difference(sheet: TearSheet, low: float, high: float) -> Evaluation:
    doubt = sheet.evaluation.significance
    table = doubt.intervals.copy()
    table.loc["sharpe", ["difference_low", "difference_high"]] = [low, high]
    return replace(sheet.evaluation, significance=replace(doubt, intervals=table))


def test_everything_known_is_said(sheet: TearSheet) -> None:
    assert doubts(sheet.account, sheet.benchmark, sheet.evaluation) == (
        "The 95\u202f% interval of its Sharpe ratio is 0.20 to 1.10, that of the difference to "
        f"{_HOLD} \u22120.50 to 0.20. When it was run it was one of 14 trials on these prices "
        "(about 9 independent ones); its deflated Sharpe ratio is 0.93: short of the 0.95 at "
        "which luck over so many trials would be an unlikely explanation. 6.1\u00a0bp of "
        "slippage more on every fill would eat the gains."
    )


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.5, 0.2, "not distinguishable from zero"),
        (0.0, 0.2, "not distinguishable from zero"),
        (0.1, 0.2, "more than chance alone would explain"),
        (-0.3, -0.1, "more than chance alone would explain"),
    ],
)
def test_the_headline_says_whether_the_interval_includes_zero(
    sheet: TearSheet, low: float, high: float, said: str
) -> None:
    assert said in headline(sheet.account, sheet.benchmark, _with_difference(sheet, low, high))


def test_without_an_interval_the_headline_claims_nothing(sheet: TearSheet) -> None:
    text = headline(sheet.account, sheet.benchmark, _with_difference(sheet, math.nan, math.nan))
    assert "difference" not in text
    assert text.endswith(".")


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"n_trials": 1.0}, "When it was run it was the first trial on these prices; its deflated"),
        ({"n_trials": math.nan}, ""),
        ({"effective_trials": math.nan}, "it was one of 14 trials on these prices; its deflated"),
        ({"effective_trials": 14.0}, "it was one of 14 trials on these prices; its deflated"),
        ({"effective_trials": 1.2}, "(about 1 independent one)"),
        ({"dsr": math.nan}, "a deflated Sharpe ratio is not defined"),
        ({"dsr": 0.97}, "0.97: luck over so many trials is an unlikely explanation"),
    ],
)
def test_trials_in_words(sheet: TearSheet, figures: dict[str, float], said: str) -> None:
    text = doubts(sheet.account, sheet.benchmark, _found(sheet, figures))
    assert said in text
    assert ("trial" in text) == bool(said)


@pytest.mark.parametrize(
    ("more", "gained", "said"),
    [
        (math.inf, 0.5, "No slippage that was tried would eat the gains."),
        (math.nan, -0.1, "There are no gains for costs to eat."),
        (math.nan, 0.5, ""),
        (0.04, 0.5, "Less than 0.1\u00a0bp of slippage more"),
    ],
)
def test_break_even_in_words(sheet: TearSheet, more: float, gained: float, said: str) -> None:
    text = doubts(
        sheet.account, sheet.benchmark, _found(sheet, {}, break_even_bp=more, total_return=gained)
    )
    assert said in text
    assert ("gains" in text) == bool(said)


def test_every_sentence_is_whole_whatever_is_missing(sheet: TearSheet) -> None:
    """Blank each figure and each column of the intervals in turn, and all of them at once."""
    whole = sheet.evaluation
    doubt = whole.significance
    cases = [replace(whole, significance=NO_SIGNIFICANCE, strategy={}, benchmark={})]
    cases += [_found(sheet, {}, **{key: math.nan}) for key in whole.strategy]
    cases += [_found(sheet, {key: math.nan}) for key in doubt.figures]
    for column in doubt.intervals.columns:
        table = doubt.intervals.assign(**{column: np.nan})
        cases.append(replace(whole, significance=replace(doubt, intervals=table)))
    for found in cases:
        for text in (
            headline(sheet.account, sheet.benchmark, found),
            verdict(sheet.account, sheet.benchmark, found),
            doubts(sheet.account, sheet.benchmark, found),
            caution(sheet.account, found),
        ):
            assert not re.search(r"nan|inf\b|None|–|\s\s|\s[.,;:]|\(\)", text), text
            assert text == "" or re.fullmatch(r"[A-Z0-9].*[.]", text), text


def test_an_unknown_column_of_intervals_is_no_error(sheet: TearSheet) -> None:
    doubt = replace(sheet.evaluation.significance, intervals=pd.DataFrame(index=["sharpe"]))
    found = replace(sheet.evaluation, significance=doubt)
    assert "interval" not in doubts(sheet.account, sheet.benchmark, found)
    assert "standard error" in caution(sheet.account, found)
