"""Law: vectorbt's kernels say what pandas says, and a motionless window has no deviation at all."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lstmtrader.vbt import exponential_mean, rolling_std

values = arrays(
    np.float64, st.tuples(st.integers(2, 40), st.integers(1, 3)),
    elements=st.sampled_from([1.0, 2.0, 0.1, np.nan]),
)  # fmt: skip


@settings(deadline=None)  # the first call imports vectorbt
@given(values=values, window=st.integers(2, 8))
def test_a_rolling_deviation_is_that_of_each_window(values: np.ndarray, window: int) -> None:
    found = rolling_std(pd.DataFrame(values), window).to_numpy()
    for row, column in np.ndindex(values.shape):
        part = values[max(row - window + 1, 0) : row + 1, column]
        if len(part) < window or np.isnan(part).any():
            assert np.isnan(found[row, column])
        elif (part == part[0]).all():
            assert found[row, column] == 0.0
        else:
            assert abs(found[row, column] - part.std(ddof=1)) < 1e-6


@settings(deadline=None)
@given(values=values, span=st.integers(1, 8))
def test_an_exponential_mean_is_that_of_pandas(values: np.ndarray, span: int) -> None:
    known = pd.DataFrame(np.nan_to_num(values, nan=3.0))
    expected = known.ewm(span=span, adjust=False, min_periods=span).mean()
    pd.testing.assert_frame_equal(exponential_mean(known, span), expected)
