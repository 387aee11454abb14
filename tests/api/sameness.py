"""Two results are the same: number by number, label by label."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from pandas.testing import assert_frame_equal, assert_series_equal

from lstmtrader.backtest.track_record import TrackRecord
from lstmtrader.forecast import Forecast

# A frequency, the name of an axis and the kind of text are no part of a result.
_LOOSE: dict[str, Any] = {"check_freq": False, "check_names": False, "check_exact": True}
_ACCOUNT = [name for name in vars(TrackRecord) if not name.startswith("_")]


def assert_same(one: Any, two: Any, where: str = "") -> None:
    """Compare two values of any public property, to the last bit; NaN equals NaN."""
    if isinstance(two, pd.DataFrame):
        left, right = (_plain_labels(table) for table in (one, two))
        assert_frame_equal(
            left, right, check_index_type=False, check_column_type=False, obj=where, **_LOOSE
        )
    elif isinstance(two, pd.Series):
        assert_series_equal(one, two, obj=where, **_LOOSE)
    elif isinstance(two, pd.Index):
        assert one.equals(two), where
    elif isinstance(two, Forecast):
        assert_same(one.index, two.index, f"{where}.index")
        assert (one.symbols, one.kind, list(one.details)) == (
            two.symbols, two.kind, list(two.details)
        ), where  # fmt: skip
        assert one.members.dtype == two.members.dtype
        np.testing.assert_array_equal(one.members, two.members, err_msg=where)
        for name, values in two.details.items():
            np.testing.assert_array_equal(one.details[name], values, err_msg=f"{where}.{name}")
    elif isinstance(two, Mapping):
        assert list(map(str, one)) == list(map(str, two)), where
        for left, (key, right) in zip(one.values(), two.items(), strict=True):
            assert_same(left, right, f"{where}[{key!r}]")
    elif hasattr(two, "order_summary"):
        for name in _ACCOUNT:
            left, right = getattr(one, name), getattr(two, name)
            if callable(right):
                left, right = left(), right()
            assert_same(left, right, f"{where}.{name}")
    elif dataclasses.is_dataclass(two):
        for field in dataclasses.fields(two):
            left, right = getattr(one, field.name), getattr(two, field.name)
            assert_same(left, right, f"{where}.{field.name}")
    elif isinstance(two, float) and np.isnan(two):
        assert np.isnan(one), where
    else:
        assert one == two, where


def _plain_labels(table: pd.DataFrame) -> pd.DataFrame:
    """Text as one kind of text: members are 0, 1, 2 and «ensemble» in one index."""
    made = pd.DataFrame(table)
    words = [name for name in made.columns if pd.api.types.is_string_dtype(made[name])]
    made = made.astype(dict.fromkeys(words, object))
    if made.index.dtype == object:
        made.index = made.index.map(str)
    return made
