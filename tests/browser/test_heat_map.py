"""The picture of a sweep, opened by a browser without a network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from visits import Opener

from lstmtrader.clock import Execution
from lstmtrader.sweep.result import Sweep

pytestmark = pytest.mark.xdist_group("browser")


def _sweep(axes: dict[str, list[object]], execution: Execution) -> Sweep:
    index = pd.MultiIndex.from_product(axes.values(), names=list(axes))
    table = index.to_frame(index=False)
    table["sharpe"] = np.linspace(-1, 2, len(table))
    table.loc[0, "sharpe"] = np.nan
    table["ruined_on"] = None
    return Sweep("tiny", tuple(axes), table, "hash", {"sharpe": 0.5}, 0.001, execution)


@pytest.mark.parametrize(
    "axes",
    [
        {"costs.fees": [0.0, 0.001, 0.002], "rebalancing.every": [1, "week", "month"]},
        {"costs.fees": [0.0, 0.001]},
        {"costs.fees": [0.0], "limits.net": [1.0, 2.0], "sizing.lot": [0.0, 1.0]},
    ],
    ids=["two axes", "one axis", "three axes"],
)
def test_it_is_drawn(axes: dict[str, list[object]], opened: Opener, tmp_path: Path) -> None:
    # The second of the three is drawn as one that cannot be traded.
    tradable = len(axes) != 1
    _sweep(axes, Execution.NEXT_OPEN if tradable else Execution.SAME_CLOSE).save(tmp_path)
    drawn = ".heatmaplayer image, .hm image"
    page = opened(tmp_path / "sweep.html", drawn).page
    said = " ".join(page.locator(".main-svg").all_text_contents())
    assert "costs.fees" in said
    assert ("not tradable" in said) != tradable
    assert ("1.50" if len(axes) > 2 else "2.00") in said  # the median over the third axis
    assert ("median over" in said) == (len(axes) > 2)
    assert "found by looking" in said


def test_the_configured_point_is_outlined_if_it_is_on_the_grid() -> None:
    """The fifth of nine variants, the last axis fastest, is the second of both axes."""
    axes: dict[str, list[object]] = {
        "costs.fees": [0.0, 0.001, 0.002],
        "rebalancing.every": [1, "week", "month"],
    }
    sweep = _sweep(axes, Execution.NEXT_OPEN)
    sweep = replace(sweep, table=sweep.table.assign(config_hash=list("abcdefghi")))
    (frame,) = replace(sweep, config_hash="e").heat_map().layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (0.5, 1.5, 0.5, 1.5)
    (frame,) = replace(sweep, config_hash="h").heat_map("costs.fees").layout.shapes
    assert (frame.x0, frame.y0) == (1.5, 0.5)
    assert not replace(sweep, config_hash="z").heat_map().layout.shapes
    assert not sweep.heat_map().layout.shapes
