"""Law: without a package that is optional, the error says what to install."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Console

BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocker())
from pathlib import Path
import pandas as pd, plotly.graph_objects as go
from lstmtrader.errors import ConfigError
from lstmtrader.report.images import write_images
from lstmtrader.report.quantstats import quantstats_tearsheet
returns = pd.Series([0.01, -0.02], index=pd.bdate_range("2020-01-01", periods=2))
try:
    {call}
except ConfigError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("package", "call", "extra"),
    [
        ("kaleido", "write_images({'a': go.Figure()}, Path('images'))", "images"),
        (
            "quantstats",
            "quantstats_tearsheet(returns, returns, 252, Path('page.html'), 'A')",
            "quantstats",
        ),
    ],
)
def test_without_the_package_the_error_says_what_to_install(
    console: Console, package: str, call: str, extra: str, tmp_path: Path
) -> None:
    done = console.python(BLOCKED.format(package=package, call=call), tmp_path)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    assert f"pip install 'lstmtrader[{extra}]'" in done.stdout
    assert list(tmp_path.iterdir()) == []
