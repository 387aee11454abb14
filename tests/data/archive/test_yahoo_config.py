"""Law: the shipped configuration runs from download to report, and its vintage can be repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstmtrader import Experiment
from lstmtrader.data.archive import Archive
from lstmtrader.data.store import PriceStore
from lstmtrader.data.yahoo.provider import yahoo_archive
from tests.data.archive.conftest import LOOPBACK, daily_chart
from tests.data.yahoo.conftest import Connect
from tests.data.yahoo.replay import ROOT, Replay, synthetic_bars

SYMBOLS = ("SPY", "TLT", "GLD")
SMALL = (
    "model.params.training.epochs=1", "model.params.training.patience=1",
    "model.params.network.hidden=2", "members=1",
    "prices.start=2021-01-01", "walk_forward.train=2y",
)  # fmt: skip


def provider_setting(store: PriceStore, extra: str = "") -> str:
    source = '{target: "my_loopback:LoopbackSource"}'
    params = f'{{store: "{store.path}", source: {source}{extra}}}'
    return f"prices.provider={{target: yahoo, params: {params}}}"


@pytest.fixture
def loopback(tmp_path: Path, server: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_loopback.py").write_text(LOOPBACK, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("LOOPBACK_PORT", str(server.port))


@pytest.mark.usefixtures("loopback")
def test_from_download_to_report_and_again_by_vintage(
    tmp_path: Path, store: PriceStore, server: Replay, connect: Connect
) -> None:
    for symbol in SYMBOLS:
        server.charts[symbol] = daily_chart(symbol)
    config = ROOT / "configs" / "yahoo_etfs.yaml"

    first = Experiment.from_yaml(config, [*SMALL, provider_setting(store)]).run(tmp_path / "runs")
    assert server.chart_requests() <= 2 * len(SYMBOLS)
    assert first.facts["Vintage"] == "yahoo vintage 3"
    assert first.path is not None
    assert "yahoo vintage 3" in (first.path / "report.html").read_text(encoding="utf-8")

    before = len(server.requests)
    again = Experiment.from_yaml(first.path / "config.yaml").run(tmp_path / "again")
    assert len(server.requests) == before
    assert again.data_hash == first.data_hash

    # The source changes its mind about the last days.
    archive: Archive = yahoo_archive(store, source=connect())
    for symbol in SYMBOLS:
        bars = synthetic_bars(symbol)
        bars.iloc[bars.index.searchsorted(str(archive.last_day)) - 1, :4] *= 1.01
        server.charts[symbol] = daily_chart(symbol, bars)
    assert set(archive.update().restated["symbol"]) == set(SYMBOLS)

    new = provider_setting(store, ", offline: true")
    now = Experiment.from_yaml(config, [*SMALL, new]).prices.fetch()
    assert now.sha256() != first.data_hash
    assert now.vintage == "yahoo vintage 6"

    before = len(server.requests)
    old = provider_setting(store, ", as_of: 3")
    repeated = Experiment.from_yaml(config, [*SMALL, old]).run(tmp_path / "repeated")
    assert len(server.requests) == before
    assert repeated.path is not None
    assert repeated.facts["Vintage"] == "yahoo vintage 3"
    for name in ("forecasts.parquet", "metrics.json"):
        assert (repeated.path / name).read_bytes() == (first.path / name).read_bytes()
