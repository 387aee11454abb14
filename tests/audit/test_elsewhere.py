"""Law: a fresh process says what this one says, and says why where it cannot."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from lstmtrader.audit.elsewhere import Elsewhere
from lstmtrader.audit.questions import OfFeature, OfTarget
from lstmtrader.clock import Calendar, Execution
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import ContractError
from lstmtrader.features import ForwardReturn, Return, ScaledReturn
from lstmtrader.forecast import Forecast, ForecastKind
from lstmtrader.prices import PriceFrame
from strategies.rank_long_short import RankLongShort
from tests.audit.forgetful import Counting, OfTheHash, Raises

PRICES = SyntheticProvider(n_symbols=3, n_bars=120, seed=2, holes=4).fetch()


@dataclass(frozen=True)
class Sleeps:
    name: str = "sleeps"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        time.sleep(60)
        return prices.close


@dataclass(frozen=True)
class Dies:
    name: str = "dies"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        import os

        os._exit(7)


@dataclass(frozen=True)
class Writes:
    name: str = "writes"
    lookback: int = 1

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        prices.close.iloc[0, 0] = 1.0
        return prices.close


@dataclass(frozen=True)
class Stubborn:
    name: str = "stubborn"
    lookback: int = 1
    lock: object = None

    def __call__(self, prices: PriceFrame, /) -> pd.DataFrame:
        return prices.close


def test_the_same_answers_as_here_bit_for_bit() -> None:
    features = (Return(2), ScaledReturn(1, 20))
    target = ForwardReturn(1, volatility_window=20)
    values = ScaledReturn(1, 20)(PRICES).to_numpy(np.float32)
    forecast = Forecast(values[None], PRICES.index, PRICES.symbols, ForecastKind.SCALED_RETURN)
    strategy = RankLongShort(0.34)
    with Elsewhere() as other:
        there = other.features(features, PRICES)
        labels = other.target(target, PRICES, Execution.NEXT_OPEN)
        weights = other.weights(strategy, forecast, PRICES)
    assert list(there) == ["return_2", "scaled_return_1"]
    for feature in features:
        pd.testing.assert_frame_equal(
            there[feature.name], feature(PRICES), check_exact=True, check_freq=False
        )
    pd.testing.assert_frame_equal(
        labels, target(PRICES, Execution.NEXT_OPEN), check_exact=True, check_freq=False
    )
    here = strategy.target_weights(forecast, PRICES).frame
    pd.testing.assert_frame_equal(weights, here, check_exact=True, check_freq=False)


def test_it_has_another_hash_seed_and_prices_that_cannot_be_written() -> None:
    with Elsewhere() as other:
        asked = [OfFeature(one, PRICES) for one in (OfTheHash(), Writes())]
        hashed, written = other.ask(asked).result()
    assert isinstance(hashed, pd.DataFrame)
    assert not hashed.equals(OfTheHash()(PRICES))
    assert isinstance(written, str)
    assert written.startswith("feature writes failed with ValueError")


def test_each_process_is_a_fresh_one() -> None:
    Counting()(PRICES)  # this process has counted already
    with Elsewhere() as other:
        first, second = (other.features((Counting(),), PRICES)["counting"] for _ in range(2))
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    assert not first.equals(Counting()(PRICES))


def test_bars_in_a_time_zone_come_back_in_it() -> None:
    index = pd.date_range("2020-01-01", periods=30, tz="America/New_York")
    close = pd.DataFrame({"A": np.linspace(1, 2, 30)}, index=index)
    prices = PriceFrame(close, calendar=Calendar("24/7"))
    with Elsewhere() as other:
        there = other.features((Return(1),), prices)["return_1"]
    pd.testing.assert_frame_equal(there, Return(1)(prices), check_exact=True, check_freq=False)


def test_it_works_while_this_process_does_something_else() -> None:
    with Elsewhere() as other:
        began = time.monotonic()
        pending = other.ask([OfTarget(ForwardReturn(), PRICES, Execution.NEXT_CLOSE)])
        assert time.monotonic() - began < 1.0
        (answer,) = pending.result()
    assert isinstance(answer, pd.DataFrame)


def test_one_that_fails_is_named_and_the_others_answer() -> None:
    with Elsewhere() as other:
        first, second = other.ask(
            [OfFeature(Raises(), PRICES), OfFeature(Return(), PRICES)]
        ).result()
        with pytest.raises(ContractError, match="feature raises failed with ValueError"):
            other.features((Raises(),), PRICES)
    assert isinstance(first, str)
    assert "no luck today" in first
    assert isinstance(second, pd.DataFrame)


def test_what_cannot_be_pickled_is_told() -> None:
    feature = Stubborn(lock=threading.Lock())
    with Elsewhere() as other:
        pending = other.ask([OfFeature(feature, PRICES)])
        with pytest.raises(ContractError, match=r"could not be asked in a fresh process: .*pickle"):
            pending.result()


def test_a_process_that_dies_or_sleeps_is_told_in_time() -> None:
    with Elsewhere() as other:
        dies, sleeps = (other.ask([OfFeature(one, PRICES)]) for one in (Dies(), Sleeps()))
        with pytest.raises(ContractError, match="it died without an answer"):
            dies.result()
        with pytest.raises(ContractError, match=r"no answer within 0\.5 s"):
            sleeps.result(timeout=0.5)


def test_nothing_is_left_behind() -> None:
    with Elsewhere() as other:
        pending = other.ask([OfFeature(Sleeps(), PRICES)])
        place = Path(pending._place)
        deadline = time.monotonic() + 60
        while (number := pending._process()) is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert number is not None
        process = psutil.Process(number)
        assert process.is_running()
    assert not place.exists()
    gone = time.monotonic() + 10
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < gone
        time.sleep(0.02)


def test_a_question_that_is_dropped_at_once_does_no_harm() -> None:
    with Elsewhere() as other:
        other.ask([OfFeature(Return(1), PRICES)])
    with Elsewhere() as other:
        assert list(other.features((Return(1),), PRICES)) == ["return_1"]
