"""Tables of forecasts and outcomes with holes and ties, for laws that hold for all of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

NAN = float("nan")
LAWS = settings(max_examples=60, deadline=None, derandomize=True, database=None)
# Few distinct values, so that ties and bars without dispersion are common.
CELLS = st.one_of(st.just(NAN), st.integers(-4, 4).map(float))
TABLES = arrays(np.float64, (6, 5), elements=CELLS)


def both(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return ~(np.isnan(x) | np.isnan(y))


def check_by_bar(
    ours: np.ndarray, x: np.ndarray, y: np.ndarray, textbook: Callable[..., Any]
) -> None:
    """A correlation by bar is the textbook's on three pairs or more that vary, and NaN on less."""
    assert ours.shape == (6,)
    for bar, use in enumerate(both(x, y)):
        of_bar, outcome = x[bar, use], y[bar, use]
        if use.sum() < 3 or np.ptp(of_bar) == 0 or np.ptp(outcome) == 0:
            assert math.isnan(ours[bar])
        else:
            expected = textbook(of_bar, outcome).statistic
            assert ours[bar] == pytest.approx(expected, rel=1e-9, abs=1e-12)
