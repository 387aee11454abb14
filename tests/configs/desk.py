"""Files as the shipped configs want them, and what makes a run of each tiny."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from lstmtrader.data.provider import PriceRequest
from lstmtrader.data.sample import SampleProvider
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.prices import PriceFrame

_FIELDS = ("open", "high", "low", "close", "volume")
_HOURLY = "{provider: {target: files, params: {path: bars.csv, calendar: 24/7, bar_minutes: 60}}}"
_SYNTHETIC = "prices={provider: {target: synthetic, params: {n_symbols: 3, n_bars: 2400, seed: 3}}}"
_BUNDLED = "prices={provider: sample, symbols: [AAPL, KO, XOM], start: 2010-01-01, end: 2018-12-31}"

_SHORTER = _BUNDLED.replace("2018", "2017")

# What replaces the prices of each config: of files, those that `lay_out` writes; where a config
# asks Yahoo, synthetic ones; of the bundled sample, a part. A config that is not here is not
# tested, which a law forbids.
PRICES: dict[str, tuple[str, ...]] = {
    "bilstm_windows": ("prices.start=2012-01-01",),
    "crypto_hourly": (f"prices={_HOURLY}", "walk_forward.train=2mo"),
    "deep_momentum": (_SYNTHETIC,),
    "fischer_krauss_2018": (),
    "fx": (),
    "lstm_attention": (_BUNDLED.replace("2010", "2008"),),
    "own_csv": (),
    "quantile_confidence": (_SHORTER,),
    "quickstart": (_BUNDLED,),
    "volatility": (_SHORTER,),
    "yahoo_etfs": (_SYNTHETIC,),
}

# As little training as there can be.
TINY = (
    "members=1",
    "model.params.network.hidden=2",
    "model.params.training.epochs=1",
)


def lay_out(folder: Path) -> None:
    """Write the files that the configs name: closes.csv, fx.csv, stocks.parquet, bars.csv."""
    closes = SampleProvider().fetch(PriceRequest(symbols=("AAPL", "KO", "XOM"))).close
    closes.loc["2010":"2017"].to_csv(folder / "closes.csv")

    pairs = SyntheticProvider(n_symbols=4, n_bars=2300, seed=4, volatility=0.006).fetch()
    spot = (pairs.close / 100).set_axis(["EURUSD", "GBPUSD", "AUDUSD", "JPYUSD"], axis=1)
    spot.to_csv(folder / "fx.csv", index_label="date")

    stocks = SyntheticProvider(n_symbols=6, n_bars=1300, seed=5).fetch()
    days = pd.DatetimeIndex(SampleProvider().fetch().index[:1300])
    _rows(stocks, stocks.symbols, days, "date").to_parquet(folder / "stocks.parquet")

    coins = SyntheticProvider(n_symbols=2, n_bars=3100, seed=6, volatility=0.007).fetch()
    hours = pd.date_range("2024-01-01", periods=3100, freq="h")
    _rows(coins, ("BTC-USD", "ETH-USD"), hours, "time").to_csv(folder / "bars.csv", index=False)


def _rows(
    prices: PriceFrame, names: tuple[str, ...], times: pd.DatetimeIndex, heading: str
) -> pd.DataFrame:
    """One row a bar, at other times and under other names."""
    values = {field: getattr(prices, field).to_numpy().T.ravel() for field in _FIELDS}
    return pd.DataFrame(
        {
            "symbol": np.repeat(names, len(times)),
            heading: np.tile(times.to_numpy(), len(names)),
            **values,
        }
    )
