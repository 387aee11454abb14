"""Law: quantstats finds the same figures, on a page that is whole and asks for nothing."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from small_account import BENCHMARK, STRATEGY

from lstmtrader.errors import RunError
from lstmtrader.evaluation.drawdown import max_drawdown
from lstmtrader.evaluation.metrics import cagr, sharpe_ratio, total_return, volatility
from lstmtrader.report.quantstats import quantstats_tearsheet

if TYPE_CHECKING:
    from tests.conftest import Console

pytestmark = pytest.mark.xdist_group("quantstats")

TITLE = "A <b>title</b> & more"
ALONE = """
import json, sys
from pathlib import Path
import pandas as pd
from lstmtrader.report.quantstats import quantstats_tearsheet
accounts = pd.read_pickle("accounts.pkl")
quantstats_tearsheet(accounts["strategy"], accounts["benchmark"].dropna(), 260,
                     Path("made/page.html"), {title!r})
print(json.dumps([name for name in ("matplotlib", "quantstats", "seaborn", "yfinance")
                  if name in sys.modules]))
"""
NO_NETWORK = """
import socket
def refuse(*arguments, **settings):
    raise SystemExit("the network was asked")
socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse
"""


def accounts() -> pd.DataFrame:
    """Zoned, with a hole, idle at first, and with a benchmark that ends before."""
    table = pd.DataFrame({"strategy": STRATEGY.returns, "benchmark": BENCHMARK.returns})
    table.index = table.index.tz_localize("America/New_York")
    table.iloc[:40, 0] = 0.0
    table.iloc[60, 0] = math.nan
    table.iloc[-30:, 1] = math.nan
    return table


@pytest.fixture(scope="module")
def page(console: Console, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Made in a fresh process, whose children too cannot reach the network."""
    folder = tmp_path_factory.mktemp("quantstats")
    accounts().to_pickle(folder / "accounts.pkl")
    (folder / "sitecustomize.py").write_text(NO_NETWORK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
        asked = console.python("import socket; socket.getaddrinfo('localhost', 80)", folder)
        done = console.python(ALONE.format(title=TITLE), folder)
    assert "the network was asked" in asked.stderr
    assert (done.stderr, done.stdout) == ("", "[]\n")
    return (folder / "made/page.html").read_text(encoding="utf-8")


def cells(page: str) -> dict[str, list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", page.partition('<div id="right">')[2], flags=re.DOTALL)
    split = [re.findall(r"<td>(.*?)</td>", row) for row in rows]
    return {row[0]: row[1:] for row in split if row}


def test_quantstats_finds_the_same_figures_on_the_same_bars(page: str) -> None:
    """Two libraries, one account: also no bar may be lost at the start or the end."""
    found = cells(page)
    columns = ("benchmark", "strategy")
    series = [accounts()[name].fillna(0.0) for name in columns]
    for label, figure in (
        ("Cumulative Return", lambda r: 100 * total_return(r)),
        ("CAGR﹪", lambda r: 100 * cagr(r, 260)),
        ("Sharpe", lambda r: sharpe_ratio(r, 260)),
        ("Volatility (ann.)", lambda r: 100 * volatility(r, 260)),
        ("Max Drawdown", lambda r: 100 * max_drawdown(r)),
    ):
        told = [float(cell.rstrip("%").replace(",", "")) for cell in found[label]]
        assert told == pytest.approx([figure(one) for one in series], abs=0.0051), label
    for year in ("2018", "2019", "2020"):
        told = [float(cell) for cell in found[year][:2]]
        mine = [100 * total_return(one[one.index.year == int(year)]) for one in series]
        assert told == pytest.approx(mine, abs=0.0051)


def test_the_quantstats_page_is_whole_and_asks_the_network_for_nothing(page: str) -> None:
    assert page.count("<svg") == 14
    assert "A &lt;b&gt;title&lt;/b&gt; &amp; more" in page
    assert "<b>title" not in page
    assert "Periods/Year: 260" in page
    assert not re.search(r"<(?:link|script|img|iframe)\b|onload=|@import|url\(['\"]?http", page)


def test_the_same_returns_give_the_same_quantstats_page(page: str, tmp_path: Path) -> None:
    table = accounts()
    path = tmp_path / "page.html"
    quantstats_tearsheet(table["strategy"], table["benchmark"].dropna(), 260, path, TITLE)
    assert path.read_text(encoding="utf-8") == page


def test_what_quantstats_would_misread_is_refused(tmp_path: Path) -> None:
    """It takes a series without a loss and with a gain above 100 % for prices."""
    idle, path = STRATEGY.returns * 0, tmp_path / "page.html"
    prices = idle + 0.5
    prices.iloc[3] = 1.5
    with pytest.raises(RunError, match="never moved"):
        quantstats_tearsheet(idle, idle, 252, path, "A")
    with pytest.raises(RunError, match="takes returns for prices that never fall: strategy"):
        quantstats_tearsheet(prices, idle, 252, path, "A")
    assert not path.exists()


def test_a_broken_quantstats_is_an_error_of_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "quantstats.py").write_text("raise ImportError('half of it is missing')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RunError, match=r"^[^\n]*: ImportError: half of it is missing$"):
        quantstats_tearsheet(STRATEGY.returns, BENCHMARK.returns, 252, tmp_path / "a.html", "A")
