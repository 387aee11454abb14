"""Law: what is explained is the forecast, from the very bars that made it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from built import random_reading

CASES = [
    ("lstm", "dense"), ("lstm", "window"), ("attention", "dense"), ("bilstm", "window"),
    ("window_mlp", "dense"), ("peephole", "dense"),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "mode"), CASES)
def test_the_stream_behind_a_forecast_gives_the_forecast(cell: str, mode: str) -> None:
    reading = random_reading(cell, mode, holes=12)
    forecast = reading.model.predict(reading.context).members[0]
    symbols, bars = reading.ends()
    asked = np.zeros(forecast.shape, dtype=bool)
    asked[bars, symbols] = True
    known = ~np.isnan(forecast)
    known[: reading.context.n_bars - reading.n_test] = False
    np.testing.assert_array_equal(asked, known)
    assert 30 < asked.sum() < forecast.size
    for symbol, bar in zip(symbols[::7], bars[::7], strict=True):
        rows = reading.stream(int(symbol), int(bar))
        answer = reading.answer(reading.inputs[rows.start : rows.stop][None])
        assert float(answer[0]) == pytest.approx(forecast[bar, symbol], abs=1e-5)


def test_no_hole_is_in_a_stream() -> None:
    reading = random_reading("lstm", holes=40)
    valid = reading.context.valid.reshape(-1)
    symbols, bars = reading.ends()
    for symbol, bar in zip(symbols, bars, strict=True):
        rows = reading.stream(int(symbol), int(bar))
        assert valid[rows.start : rows.stop].all()
        first = rows.start - int(symbol) * reading.context.n_bars
        assert first == 0 or not valid[rows.start - 1]


def test_rows_of_unlike_length_are_answered_where_they_end() -> None:
    reading = random_reading("gru")
    ends = torch.tensor([8, 20, 13])
    inputs = torch.randn(3, 21, 3, dtype=torch.float64)
    together = reading.answer(inputs, ends)
    alone = [reading.answer(inputs[[row], : end + 1])[0] for row, end in enumerate(ends)]
    torch.testing.assert_close(together, torch.stack(alone))


def test_the_network_of_the_run_is_left_as_it_was() -> None:
    reading = random_reading("lstm")
    assert reading.network is not reading.model.network
    assert all(one.dtype is torch.float32 for one in reading.model.network.parameters())
    assert all(one.requires_grad for one in reading.model.network.parameters())
