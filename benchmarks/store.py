"""How long a person waits for prices that are in the store.

410 US stocks, 22 years of daily bars (2 million), from the store into a `PriceFrame`, beside
``pandas.read_parquet`` of the same bars in one file, alone and made a `PriceFrame`; the median of
five rounds that take turns. Before that, the store is filled with one `PriceStore.write_many`.

The bars are ``us_stocks_1999_2022.parquet`` in the folder ``LSTMTRADER_SHARED_DATA``, by default
``shared/data`` beside the repository.
"""

from __future__ import annotations

import datetime
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd

from lstmtrader.data.history import BAR_FIELDS, SymbolHistory
from lstmtrader.data.store import PriceStore
from lstmtrader.prices import PriceFrame

ROUNDS = 5
START, END = datetime.date(1999, 12, 31), datetime.date(2022, 1, 28)


def bars() -> pd.DataFrame:
    """Read the bars, all numbers as float64."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("LSTMTRADER_SHARED_DATA", beside))
    table = pd.read_parquet(folder / "us_stocks_1999_2022.parquet")
    return table.astype(dict.fromkeys(BAR_FIELDS, "float64"))


def histories(table: pd.DataFrame) -> Iterator[SymbolHistory]:
    """Cut the table by symbol."""
    for symbol, part in table.groupby("symbol", sort=False):
        yield SymbolHistory(str(symbol), "1d", part.set_index("date")[list(BAR_FIELDS)])


def pivoted(one_file: Path) -> PriceFrame:
    """Read the Parquet file into a `PriceFrame`, as one would without a store."""
    table = pd.read_parquet(one_file).set_index(["date", "symbol"])
    return PriceFrame(**{name: table[name].unstack() for name in BAR_FIELDS[:5]})


def timed(call: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    """Fill a store in a folder of its own, then read it and the Parquet file in turn."""
    table = bars()
    with tempfile.TemporaryDirectory() as folder:
        one_file = Path(folder, "bars.parquet")
        table.drop(columns="adj_close").to_parquet(one_file, index=False)
        store = PriceStore(Path(folder, "prices.duckdb"))
        cut = list(histories(table))
        filled = timed(lambda: store.write_many(cut, provider="files", start=START, end=END))
        again = timed(lambda: store.write_many(cut, provider="files", start=START, end=END))
        prices = store.read("files")
        print(f"{len(prices.symbols)} symbols, {prices.n_bars} bars, {len(table):,} rows")
        if prices.sha256() != pivoted(one_file).sha256():
            raise SystemExit("the store and the file differ")
        print(f"filling the store      {filled:6.2f} s")
        print(f"the same once more     {again:6.2f} s")
        calls: dict[str, Callable[[], object]] = {
            "store -> PriceFrame": lambda: store.read("files"),
            "pandas.read_parquet": lambda: pd.read_parquet(one_file),
            "  and PriceFrame": lambda: pivoted(one_file),
        }
        taken: dict[str, list[float]] = {name: [] for name in calls}
        for _ in range(ROUNDS):
            for name, call in calls.items():
                taken[name].append(timed(call))
        baseline = statistics.median(taken["pandas.read_parquet"])
        for name, seconds in taken.items():
            median = statistics.median(seconds)
            print(f"{name:<20} {median:8.3f} s  {median / baseline:5.2f} x pandas.read_parquet")


if __name__ == "__main__":
    main()
