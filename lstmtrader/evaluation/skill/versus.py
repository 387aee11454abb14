"""Forecasts against simpler ones of the same target."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from lstmtrader.errors import ContractError
from lstmtrader.evaluation.skill.accuracy import clark_west, diebold_mariano, expanding_mean
from lstmtrader.evaluation.skill.table import r2_against

# A second baseline of a class gets a number behind its name.
_CONTAINED = re.compile(r"expanding_mean|(zero|historical_mean)(_\d+)?")


def mean_so_far(
    outcome: np.ndarray, history: np.ndarray | None, span: int, least: int
) -> np.ndarray:
    """Take `expanding_mean` of all outcomes there are, and return it on the bars forecast.

    Parameters
    ----------
    outcome : array of shape (n_bars, n_symbols)
    history : array of shape (n_before, n_symbols), optional
        Outcomes of the bars that end where `outcome` begins. Each counts from the bar on which it
        is known, `span` bars later.
    span, least : int
        See `expanding_mean`.

    Returns
    -------
    array of shape (n_bars, n_symbols)

    Raises
    ------
    ContractError
        If `history` has other symbols than `outcome`.
    """
    if history is None:
        return expanding_mean(outcome, span, least)
    if history.ndim != 2 or history.shape[1] != outcome.shape[1]:
        raise ContractError(
            f"history: expected shape (n_before, {outcome.shape[1]}); got {history.shape}"
        )
    return expanding_mean(np.concatenate([history, outcome]), span, least)[len(history) :]


def versus_table(
    said: np.ndarray, outcome: np.ndarray, others: Mapping[str, np.ndarray], span: int
) -> pd.DataFrame:
    """Compare squared errors with those of other forecasts.

    Clark and West's test is for a forecast that contains the other, as any with a constant
    contains zero and a mean. It adds the squared difference of the two forecasts: against one
    that is not contained that rewards being different, and finds «more knowledge» in the worse of
    two. It is made for ``zero``, ``expanding_mean``, and baselines called ``zero`` or
    ``historical_mean``, with or without a number.

    Parameters
    ----------
    said, outcome : array of shape (n_bars, n_symbols)
    others : mapping of str to array of shape (n_bars, n_symbols)
        By name.
    span : int
        Label span of the target, the horizon of the tests.

    Returns
    -------
    DataFrame
        Indexed by name; columns ``r2``, ``dm``, ``dm_p``, ``cw`` and ``cw_p``, see `Skill`. The
        last two are NaN where the other forecast is not contained.
    """
    rows = {}
    for name, other in others.items():
        dm, dm_p = diebold_mariano(outcome - other, outcome - said, span)
        cw, cw_p = math.nan, math.nan
        if _CONTAINED.fullmatch(name):
            cw, cw_p = clark_west(outcome, other, said, span)
        rows[name] = [r2_against(said, other, outcome), dm, dm_p, cw, cw_p]
    columns = ["r2", "dm", "dm_p", "cw", "cw_p"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=np.float64)
