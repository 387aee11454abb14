"""Law: an account that was read from its folder is the account that was written there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from literal import NAN, trade
from pandas.testing import assert_frame_equal, assert_series_equal

from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.result import BacktestResult
from lstmtrader.backtest.saved_record import read_record, save_record
from lstmtrader.clock import Execution
from lstmtrader.errors import RunError

# A walk with a short, a hole, and a symbol that stops trading.
WALK = [[10, 20, 5], [11, 19, 5], [12, NAN, 6], [11, 18, 7], [13, 17, NAN], [14, 16, NAN]]
SIDES = [[0.5, -0.4, 0.2], [0.4, -0.5, 0.1], [NAN, NAN, NAN], [0.2, 0.3, 0.0]]
DEAR = Costs(fees=0.001, slippage=0.002, borrow=0.3, cash_rate=0.05, debit_rate=0.1)

ACCOUNTS: dict[str, dict[str, Any]] = {
    "plain": {"close": WALK, "weights": SIDES, "costs": DEAR},
    "same_close": {"close": WALK, "weights": SIDES, "costs": DEAR, "timing": Execution.SAME_CLOSE},
    "nothing": {"close": WALK, "weights": [[0.0, 0.0, 0.0]]},
    "margin": {
        "close": [[10], [10], [14], [17], [18]],
        "weights": [[-1.0]],
        "limits": Limits(maintenance=0.6),
    },
    "ruin": {"close": [[10], [10], [40], [50], [60]], "weights": [[-1.0]]},
}


def account(name: str) -> BacktestResult:
    settings = dict(ACCOUNTS[name])
    return trade(settings.pop("close"), settings.pop("weights"), **settings)


@pytest.mark.parametrize("name", ACCOUNTS)
def test_nothing_is_lost_on_the_way_to_disk_and_back(name: str, tmp_path: Path) -> None:
    fresh = account(name)
    save_record(tmp_path, fresh)
    read = read_record(tmp_path)
    # A business-day frequency, and the name of the axis, are no part of an account.
    loose: dict[str, Any] = {"check_freq": False, "check_names": False, "check_exact": True}
    for one in ("equity", "returns", "gross", "net", "turnover"):
        assert_series_equal(getattr(read, one), getattr(fresh, one), **loose)
    for one in ("costs_paid", "received", "weights", "targets", "trades", "orders", "unfilled",
                "delisted"):  # fmt: skip
        assert_frame_equal(getattr(read, one), getattr(fresh, one), check_dtype=False,
                           check_column_type=False, check_index_type=False, **loose)  # fmt: skip
    assert_frame_equal(read.frame(), fresh.frame(), **loose)
    assert read.liquidations.equals(fresh.liquidations)
    for one in ("capital", "periods_per_year", "execution", "ruined_on"):
        assert getattr(read, one) == getattr(fresh, one), one
    assert read.order_summary() == fresh.order_summary()


def test_the_accounts_of_the_law_meet_what_can_happen() -> None:
    assert account("ruin").ruined_on is not None
    assert len(account("margin").liquidations)
    assert len(account("plain").delisted)
    assert np.abs(account("plain").costs_paid["borrow"]).sum() > 0
    assert account("nothing").trades.empty


def test_a_folder_without_an_account_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no account can be read"):
        read_record(tmp_path)


def test_a_table_that_is_cut_short_is_an_error(tmp_path: Path) -> None:
    save_record(tmp_path, account("plain"))
    pd.DataFrame({"equity": [1.0]}).to_parquet(tmp_path / "equity.parquet")
    (tmp_path / "account.json").write_text("{}")
    with pytest.raises(RunError, match="no account can be read"):
        read_record(tmp_path)
