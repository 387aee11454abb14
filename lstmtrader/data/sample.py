"""Real prices that come with two libraries: 20 US stocks and two US indices.

- 20 large US stocks, 1990-01-02 to 2022-12-28, adjusted closes only (skfolio). They are
  survivors, chosen in hindsight: good for learning the tool, biased as evidence of profit.
- ``SP500`` and ``NASDAQ``, 1999-01-04 to 2018-12-31, open, high, low, close, volume (arch).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from lstmtrader.data.provider import EVERYTHING, PriceRequest, require_symbols
from lstmtrader.errors import DataError
from lstmtrader.prices import PriceFrame

STOCKS = (
    "AAPL", "AMD", "BAC", "BBY", "CVX", "GE", "HD", "JNJ", "JPM", "KO",
    "LLY", "MRK", "MSFT", "PEP", "PFE", "PG", "RRC", "UNH", "WMT", "XOM",
)  # fmt: skip
INDICES = {"SP500": "sp500", "NASDAQ": "nasdaq"}
_FIELDS = {"Open": "open", "High": "high", "Low": "low", "Close": "close", "Volume": "volume"}


def _installed(package: str, *parts: str) -> Path:
    # Read as a file: importing these packages for one table would cost about three seconds.
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise DataError(f"the sample needs the package {package}; install it")
    return Path(spec.submodule_search_locations[0]).joinpath(*parts)


def _stocks() -> dict[str, pd.DataFrame]:
    path = _installed("skfolio", "datasets", "data", "sp500_dataset.csv.gz")
    return {"close": pd.read_csv(path, index_col=0, parse_dates=True)}


def _index(name: str) -> pd.DataFrame:
    path = _installed("arch", "data", INDICES[name], f"{INDICES[name]}.csv.gz")
    return pd.read_csv(path, index_col=0, parse_dates=True)


@dataclass(frozen=True)
class SampleProvider:
    """Serve the bundled prices; without `symbols` in the request, the 20 stocks.

    Stocks and indices may be mixed: then there are closes only, on the days of both.
    """

    def fetch(self, request: PriceRequest = EVERYTHING, /) -> PriceFrame:
        """Return the prices asked for; see `PriceProvider.fetch`.

        Examples
        --------
        >>> SampleProvider().fetch(PriceRequest(symbols=("SP500",))).n_bars
        5031
        """
        wanted = request.symbols or STOCKS
        require_symbols(wanted, (*STOCKS, *INDICES), "the sample")
        tables: dict[str, pd.DataFrame] = {}
        if all(symbol in INDICES for symbol in wanted):
            loaded = {symbol: _index(symbol) for symbol in wanted}
            for column, name in _FIELDS.items():
                tables[name] = pd.DataFrame({s: table[column] for s, table in loaded.items()})
        else:
            close = _stocks()["close"]
            for symbol in wanted:
                if symbol in INDICES:
                    close = close.join(_index(symbol)["Close"].rename(symbol), how="inner")
            tables["close"] = close[list(wanted)]
        start = None if request.start is None else pd.Timestamp(request.start)
        end = None if request.end is None else pd.Timestamp(request.end)
        return PriceFrame(
            **{name: table.loc[start:end].astype(np.float64) for name, table in tables.items()}
        )
