"""Tables of forecasts and outcomes with holes and ties, for laws that hold for all of them."""

from __future__ import annotations

import numpy as np
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
