"""Law: attributions sum to what they explain, and lie where a planted cause lies."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from built import constant_gates, fitted, panel, random_reading, remembers_one_number, settings

from lstmtrader.explain.attribution import attribute
from lstmtrader.explain.gradients import gradient_by_lag
from lstmtrader.explain.importance import Examined, permutation_importance, permuted
from lstmtrader.explain.reading import Reading
from lstmtrader.forecast import ForecastKind

FEATURE, LAG = 1, 3


@pytest.mark.parametrize(
    ("cell", "mode"),
    [(cell, "dense") for cell in ("rnn", "lstm", "gru", "peephole", "attention", "window_mlp")]
    + [("lstm", "window"), ("bilstm", "window")],
)
def test_attributions_sum_to_the_difference_of_the_outputs(cell: str, mode: str) -> None:
    reading = random_reading(cell, mode)
    forecast = reading.model.predict(reading.context).members[0]
    for symbol, bar in ((0, 40), (3, 89)):
        found = attribute(reading, symbol, bar)
        difference = found.output - found.baseline_output
        assert abs(found.values.to_numpy().sum() - difference) < 0.01 * abs(difference)
        assert found.completeness_error < 0.01
        assert found.output == pytest.approx(forecast[bar, symbol], abs=1e-5)
        assert found.values.shape == (bar + 1 if mode == "dense" else 8, 3)
        assert list(found.values.columns) == ["f0", "f1", "f2"]


def test_a_sum_that_is_off_is_not_passed_over() -> None:
    """A jump of the output has no gradient anywhere: the shares are missing, and it says so."""
    reading = random_reading("lstm")

    class Jump(torch.nn.Module):
        def forward(self, inputs: torch.Tensor, last: int | None = None) -> torch.Tensor:
            size = inputs.abs().sum(dim=(1, 2))
            return ((size > 1).double() + 1e-9 * size)[:, None, None]

    jumping = Reading(
        reading.model, reading.context, reading.n_test, Jump(), reading.inputs, reading.start
    )
    assert attribute(jumping, 0, 40).completeness_error > 0.99


def test_a_forecast_of_one_number_is_attributed_to_it_alone() -> None:
    model = remembers_one_number(FEATURE, LAG)
    reading = Reading.of(model, panel(), 60)
    found = attribute(reading, symbol=2, bar=70)
    cause = reading.context.values[2, 70 - LAG, FEATURE]
    assert found.values.loc[LAG, f"f{FEATURE}"] == pytest.approx(2.0 * cause, rel=1e-3)
    rest = found.values.copy()
    rest.loc[LAG, f"f{FEATURE}"] = 0.0
    assert (rest.to_numpy() == 0).all()


def examined(number: int, kind: ForecastKind = ForecastKind.RETURN) -> Examined:
    context = panel(n_bars=140, seed=number)
    model = remembers_one_number(FEATURE, LAG)
    outcome = 0.5 + 2 * context.values[:, 80 - LAG : 140 - LAG, FEATURE]
    noise = np.random.default_rng(number).standard_normal(outcome.shape)
    of_kind = fitted(model.network, model.settings, 3, kind)
    return Examined(number, of_kind, context, (outcome + noise).astype(np.float32))


def test_only_the_feature_that_is_used_is_important() -> None:
    found = permutation_importance([examined(0), examined(1)])
    assert found.index[0] == f"f{FEATURE}"
    assert found["mean"].iloc[0] > 0.7  # of an IC of 2 / sqrt(5)
    assert found["deviation"].iloc[0] > 0
    assert (found[["mean", "deviation"]].iloc[1:] == 0).all(axis=None)
    assert set(found["measure"]) == {"loss of IC"}


def test_importance_for_a_volatility_is_an_increase_of_its_squared_error() -> None:
    found = permutation_importance([examined(0, ForecastKind.VOLATILITY)])
    assert found.index[0] == f"f{FEATURE}"
    # The error was the noise's variance, 1; two independent paths differ by 2 * 2².
    assert found["mean"].iloc[0] == pytest.approx(800, rel=0.25)
    assert (found["mean"].iloc[1:] == 0).all()
    assert set(found["measure"]) == {"increase of the squared error, % of it"}


def test_a_score_is_judged_by_its_order_on_each_bar() -> None:
    found = permutation_importance([examined(0, ForecastKind.SCORE)])
    assert found.index[0] == f"f{FEATURE}"
    assert found["mean"].iloc[0] > 0.5


def test_importance_is_the_same_twice() -> None:
    once, again = (permutation_importance([examined(0)]) for _ in range(2))
    assert once["mean"].to_numpy().tobytes() == again["mean"].to_numpy().tobytes()


def test_without_outcomes_nothing_is_important() -> None:
    one = examined(0)
    unknown = Examined(0, one.model, one.context, np.full_like(one.outcome, np.nan))
    found = permutation_importance([unknown])
    assert found["mean"].isna().all()


def test_a_path_is_moved_whole_and_every_symbol_gets_anothers() -> None:
    values = np.arange(40, dtype=np.float32).reshape(2, 20)
    valid = np.ones((2, 20), dtype=bool)
    mixed = permuted(values, valid, 4, np.random.default_rng(0))
    for taken, own in zip(mixed, values[::-1], strict=True):
        turn = 20 - int(np.argmin(taken))
        np.testing.assert_array_equal(np.roll(taken, turn), own)
    assert np.argmin(mixed[0]) == np.argmin(mixed[1])
    assert 4 <= np.argmin(mixed[0]) <= 16


def test_a_path_alone_is_turned_and_holes_stay_where_they_are() -> None:
    values = np.arange(20, dtype=np.float32)[None]
    valid = np.ones((1, 20), dtype=bool)
    valid[0, [3, 9]] = False
    mixed = permuted(values, valid, 4, np.random.default_rng(0))
    assert list(mixed[0, [3, 9]]) == [3, 9]
    assert sorted(mixed[0, valid[0]]) == sorted(values[0, valid[0]])
    assert (mixed[0, valid[0]] != values[0, valid[0]]).all()


def test_symbols_without_bars_take_no_part() -> None:
    values = np.arange(30, dtype=np.float32).reshape(3, 10)
    valid = np.ones((3, 10), dtype=bool)
    valid[1] = False
    valid[2, 4:] = False
    mixed = permuted(values, valid, 2, np.random.default_rng(0))
    np.testing.assert_array_equal(mixed[1], values[1])
    assert set(mixed[0]) <= set(values[2, :4])
    assert set(mixed[2, :4]) <= set(values[0])


def test_the_gradient_of_a_leaky_memory_falls_as_its_leak() -> None:
    made = settings("rnn", hidden=1)
    network = made.network.build(2, 1, made.lookback)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.body.recurrent.weight_ih_l0[0, 0] = 1e-4  # where tanh is a straight line
        network.body.recurrent.weight_hh_l0[0, 0] = 0.7
        network.head.weight[0, 0] = 1.0
    reading = Reading.of(fitted(network, made, 2), panel(n_features=2, holes=15), 60)
    found = gradient_by_lag(reading)
    np.testing.assert_allclose(found, 0.7 ** np.arange(8), rtol=1e-6)


@pytest.mark.parametrize("mode", ["dense", "window"])
def test_gradients_are_those_of_the_forecasts_themselves(mode: str) -> None:
    """Streams of unlike length in one batch, against one forecast at a time."""
    reading = random_reading("gru", mode, holes=12, n_test=12)
    symbols, bars = reading.ends()
    assert 3 < len(symbols) < 64  # so that all of them are looked at
    norms = []
    for symbol, bar in zip(symbols, bars, strict=True):
        rows = reading.stream(int(symbol), int(bar))
        inputs = reading.inputs[rows.start : rows.stop][None].clone().requires_grad_()
        reading.answer(inputs).sum().backward()
        assert inputs.grad is not None
        norms.append(inputs.grad[0].norm(dim=1).flip(0)[:8].numpy())
    wanted = np.mean(norms, axis=0)
    np.testing.assert_allclose(gradient_by_lag(reading), wanted / wanted[0], rtol=1e-6)


def test_without_a_gradient_there_is_no_curve() -> None:
    assert gradient_by_lag(constant_gates("lstm", 1.0)).isna().all()
