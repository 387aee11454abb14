"""Law: without skill, tests at 5 % find some about 5 times in 100, and no more.

Outcomes share a market and overlap, as returns over several bars do. Each law also shows how
often the test that forgets this would cry wolf: the bounds could fail.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from lstmtrader.evaluation.skill.accuracy import clark_west, diebold_mariano, expanding_mean
from lstmtrader.evaluation.skill.direction import pesaran_timmermann, pesaran_timmermann_by_bar
from lstmtrader.evaluation.skill.information import pooled_t
from lstmtrader.evaluation.skill.newey_west import lags_for, newey_west_t
from lstmtrader.evaluation.skill.table import r2_against, rank_correlation_by_bar
from lstmtrader.evaluation.skill.versus import mean_so_far

DRAWS = 400
HORIZON = 4
LAGS = lags_for(HORIZON)
TWO_SIDED = norm.ppf(0.975)
# Three standard errors of a share of 5 % in 400 draws are 3.3 %; Newey-West in samples of a few
# hundred bars is known to reject a little too often.
LEAST, MOST = 0.017, 0.105


def overlapping(rng: np.random.Generator, n_bars: int, n_symbols: int) -> np.ndarray:
    """Sums over `HORIZON` bars of returns that are half market, half own."""
    shape = (n_bars + HORIZON - 1, n_symbols)
    returns = rng.standard_normal((shape[0], 1)) + rng.standard_normal(shape)
    return np.stack([returns[lead : lead + n_bars] for lead in range(HORIZON)]).sum(axis=0)


def persistent(rng: np.random.Generator, n_bars: int, n_symbols: int) -> np.ndarray:
    """Forecasts that change slowly and are alike across symbols, as real ones are."""
    steps = rng.standard_normal((n_bars, 1)) + 0.5 * rng.standard_normal((n_bars, n_symbols))
    said = np.empty_like(steps)
    said[0] = steps[0]
    for bar in range(1, n_bars):
        said[bar] = 0.8 * said[bar - 1] + steps[bar]
    return said


def shares(alarms: list[tuple[bool, bool]]) -> tuple[float, float]:
    ours, naive = np.mean(alarms, axis=0)
    return float(ours), float(naive)


def test_rank_ic() -> None:
    rng = np.random.default_rng(11)
    alarms = []
    for _ in range(DRAWS):
        by_bar = rank_correlation_by_bar(persistent(rng, 250, 8), overlapping(rng, 250, 8))
        ours, naive = newey_west_t(by_bar, LAGS), newey_west_t(by_bar, 0)
        alarms.append((abs(ours) > TWO_SIDED, abs(naive) > TWO_SIDED))
    ours, naive = shares(alarms)
    assert LEAST < ours < 0.12
    assert naive > 0.15


def test_pooled_ic_of_two_symbols() -> None:
    rng = np.random.default_rng(12)
    alarms = []
    for _ in range(DRAWS):
        x, y = rng.standard_normal((300, 1)).repeat(2, axis=1), overlapping(rng, 300, 2)
        ours = pooled_t(x, y, LAGS)
        naive = pooled_t(x.reshape(-1, 1), y.reshape(-1, 1), 0)
        alarms.append((abs(ours) > TWO_SIDED, abs(naive) > TWO_SIDED))
    ours, naive = shares(alarms)
    assert LEAST < ours < MOST
    assert naive > 0.10


def test_pesaran_timmermann() -> None:
    rng = np.random.default_rng(13)
    alarms = []
    for _ in range(DRAWS):
        x, y = persistent(rng, 300, 10), overlapping(rng, 300, 10)
        alarms.append(
            (
                pesaran_timmermann_by_bar(x, y, LAGS)[1] < 0.05,
                pesaran_timmermann(x, y)[1] < 0.05,
            )
        )
    ours, naive = shares(alarms)
    assert LEAST < ours < MOST
    assert naive > 0.20


def test_diebold_mariano() -> None:
    """Two forecasts with noise of one size."""
    rng = np.random.default_rng(14)
    alarms = []
    for _ in range(DRAWS):
        outcome = overlapping(rng, 250, 3)
        first, second = persistent(rng, 250, 3), persistent(rng, 250, 3)
        errors = outcome - first, outcome - second
        flat = [one.reshape(-1) for one in errors]
        alarms.append((diebold_mariano(*errors, 12)[1] < 0.05, diebold_mariano(*flat)[1] < 0.05))
    ours, naive = shares(alarms)
    assert LEAST < ours < 0.12
    assert naive > 0.20


def test_clark_west() -> None:
    """A forecast of noise against zero, which it contains."""
    rng = np.random.default_rng(15)
    alarms = []
    for _ in range(DRAWS):
        outcome = overlapping(rng, 300, 5)
        large = 0.3 * persistent(rng, 300, 5)
        flat = outcome.ravel(), np.zeros(1500), large.ravel()
        ours = clark_west(outcome, np.zeros((300, 5)), large, HORIZON)[1]
        alarms.append((ours < 0.05, clark_west(*flat)[1] < 0.05))
    ours, naive = shares(alarms)
    assert LEAST < ours < 0.12
    assert naive > 0.15


def test_the_mean_so_far_has_no_skill_against_zero() -> None:
    rng = np.random.default_rng(16)
    alarms = []
    for _ in range(DRAWS):
        outcome = overlapping(rng, 250, 3)
        known = expanding_mean(outcome, HORIZON + 1, 20)
        p = clark_west(outcome, np.zeros_like(outcome), known, HORIZON + 1)[1]
        # What leaks: the mean with the outcome of the bar itself in it.
        leaking = outcome.cumsum(axis=0) / np.arange(1, 251)[:, None]
        leaking[:20] = np.nan
        leak = clark_west(outcome, np.zeros_like(outcome), leaking, HORIZON + 1)[1]
        alarms.append((p < 0.05, leak < 0.05))
    ours, leak = shares(alarms)
    assert ours < MOST
    assert leak > 0.3


def test_forecasting_nothing_is_no_skill_against_the_mean_so_far() -> None:
    """Two years of test bars of independent returns, after ten years of history.

    The mean of n outcomes errs by 1 / n of their variance: 1 / 2520 to 1 / 3024 with the history,
    0.04 %; from nothing, 1 / 20 to 1 / 504, ln(504 / 20) / 484 = 0.67 % on average. That much a
    forecast of zero gains on it, on random walks.
    """
    rng = np.random.default_rng(17)
    alarms, gains = [], []
    for _ in range(DRAWS):
        shape = (3024, 5)
        returns = rng.standard_normal((shape[0], 1)) + rng.standard_normal(shape)
        history, outcome = returns[:2520], returns[2520:]
        nothing = np.zeros_like(outcome)
        started = mean_so_far(outcome, history, 1, 20)
        afresh = mean_so_far(outcome, None, 1, 20)
        alarms.append(
            tuple(
                diebold_mariano(outcome - known, outcome - nothing)[1] < 0.05
                for known in (started, afresh)
            )
        )
        gains.append([r2_against(nothing, known, outcome) for known in (started, afresh)])
    ours, naive = shares(alarms)
    assert LEAST < ours < 0.09
    assert naive > 0.25
    gain, flattered = np.mean(gains, axis=0)
    assert abs(gain) < 0.001
    assert flattered > 0.005
