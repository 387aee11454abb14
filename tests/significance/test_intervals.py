"""Law: bootstrap intervals hold the truth as often as they say, and are those of a plain loop."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from arch.bootstrap import StationaryBootstrap, optimal_block_length
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmtrader.errors import ConfigError
from lstmtrader.evaluation.drawdown import max_drawdown
from lstmtrader.evaluation.metrics import cagr, sharpe_ratio
from lstmtrader.evaluation.significance.blocks import MIN_BARS, block_length, paired
from lstmtrader.evaluation.significance.bootstrap import bootstrap_intervals

NAN = float("nan")
LAWS = settings(max_examples=40, deadline=None, derandomize=True, database=None)
CENTS = st.integers(-900, 900).map(lambda points: points / 10_000)
BARS = pd.bdate_range("2000-01-03", periods=5000)
FIGURES = ("sharpe", "cagr", "max_drawdown")


def series(values: np.ndarray | list[float]) -> pd.Series:
    return pd.Series(np.asarray(values, dtype=float), index=BARS[: len(values)])


def autocorrelated(
    rng: np.random.Generator, n_draws: int, n_bars: int, rho: float, mean: float
) -> np.ndarray:
    """AR(1) with unit variance, shape (n_draws, n_bars)."""
    noise = rng.standard_normal((n_draws, n_bars))
    path = noise.copy()
    for bar in range(1, n_bars):
        path[:, bar] = rho * path[:, bar - 1] + math.sqrt(1 - rho**2) * noise[:, bar]
    return path + mean


def figures_of(returns: np.ndarray) -> list[float]:
    one = pd.Series(returns)
    return [sharpe_ratio(one, 252), cagr(one, 252), max_drawdown(one)]


def two_accounts(n_bars: int) -> tuple[pd.Series, pd.Series]:
    rng = np.random.default_rng(n_bars)
    market = rng.standard_t(4, n_bars) * 0.01 + 0.001
    return series(0.5 * market + rng.normal(0, 0.004, n_bars)), series(market)


@pytest.mark.parametrize("calmed", ["neither", "strategy", "benchmark"])
@pytest.mark.parametrize("n_bars", [300, 5000], ids=["at once", "in parts"])
def test_the_replications_are_those_of_a_plain_loop_over_arch(n_bars: int, calmed: str) -> None:
    """Blocks of one length for all, and where what moves slowly asks for longer ones."""
    strategy, benchmark = two_accounts(n_bars)
    if calmed == "strategy":
        strategy = strategy.rolling(8, min_periods=1).mean()
    elif calmed == "benchmark":
        benchmark = benchmark.rolling(8, min_periods=1).mean()
    table = bootstrap_intervals(strategy, benchmark, 252, level=0.9, replications=60, seed=7)
    resampled = {
        "strategy": [strategy],
        "benchmark": [benchmark],
        "difference": [strategy, benchmark],
    }
    blocks = set()
    for name, accounts in resampled.items():
        values = np.column_stack(accounts)
        block = max(1, math.ceil(optimal_block_length(values)["stationary"].max()))
        blocks.add(block)
        drawn = []
        for data in StationaryBootstrap(block, values, seed=7).bootstrap(60):
            figures = [np.array(figures_of(column)) for column in data[0][0].T]
            drawn.append(figures[0] if len(figures) == 1 else figures[0] - figures[1])
        expected = np.quantile(np.array(drawn), [0.05, 0.95], axis=0)
        for end, suffix in enumerate(("_low", "_high")):
            assert table[f"{name}{suffix}"].to_numpy() == pytest.approx(expected[end], rel=1e-9)
    assert (len(blocks) == 1) == (calmed == "neither")


@LAWS
@given(st.lists(st.tuples(CENTS, CENTS), min_size=1, max_size=40))
def test_the_points_are_the_figures_of_the_accounts(pairs: list[tuple[float, float]]) -> None:
    one, other = np.array(pairs).T
    table = bootstrap_intervals(series(one), series(other), 252, replications=2)
    mine, its = np.array(figures_of(one)), np.array(figures_of(other))
    kwargs = {"rel": 1e-9, "abs": 1e-12, "nan_ok": True}
    assert list(table.index) == list(FIGURES)
    assert table["strategy"].to_numpy() == pytest.approx(mine, **kwargs)
    assert table["benchmark"].to_numpy() == pytest.approx(its, **kwargs)
    assert table["difference"].to_numpy() == pytest.approx(mine - its, **kwargs)


@LAWS
@given(st.lists(st.tuples(CENTS, CENTS), min_size=MIN_BARS, max_size=40), st.integers(0, 9))
def test_a_lower_bound_is_below_the_upper_one(pairs: list[tuple[float, float]], seed: int) -> None:
    one, other = np.array(pairs).T
    table = bootstrap_intervals(series(one), series(other), 252, replications=20, seed=seed)
    for name in ("strategy", "benchmark", "difference"):
        low, high = table[f"{name}_low"], table[f"{name}_high"]
        assert (low.isna() == high.isna()).all()
        assert (low.dropna() <= high.dropna()).all()
    for name in ("strategy", "benchmark"):
        assert table.loc["max_drawdown", f"{name}_high"] <= 0
        assert table.loc["max_drawdown", f"{name}_low"] >= -1
        assert table.loc["cagr", f"{name}_low"] >= -1


def test_the_same_seed_gives_the_same_bytes() -> None:
    strategy, benchmark = two_accounts(700)
    tables = [bootstrap_intervals(strategy, benchmark, 252, seed=seed) for seed in (3, 3, 4)]
    assert tables[0].to_numpy().tobytes() == tables[1].to_numpy().tobytes()
    assert not tables[0].equals(tables[2])


@pytest.mark.parametrize(("rho", "n_bars"), [(0.0, 250), (0.3, 400)], ids=["iid", "AR(1)"])
def test_the_intervals_of_a_sharpe_ratio_cover_the_true_one(rho: float, n_bars: int) -> None:
    """95 % intervals of both accounts and of their difference, over 250 draws."""
    rng = np.random.default_rng(11)
    shared = autocorrelated(rng, 250, n_bars, rho, 0.0)
    own = autocorrelated(rng, 250, n_bars, rho, 0.0)
    truth = {"strategy": 0.1, "benchmark": 0.05, "difference": 0.05}
    hits = dict.fromkeys(truth, 0)
    for draw in range(250):
        benchmark = 0.01 * (shared[draw] + 0.05)
        strategy = 0.01 * (math.sqrt(0.5) * (shared[draw] + own[draw]) + 0.1)
        row = bootstrap_intervals(
            series(strategy), series(benchmark), 1, replications=250, seed=draw
        ).loc["sharpe"]
        for name, value in truth.items():
            hits[name] += row[f"{name}_low"] <= value <= row[f"{name}_high"]
    for name, hit in hits.items():
        assert 0.90 <= hit / 250 <= 0.99, name


def test_autocorrelation_makes_blocks_long_and_intervals_wide() -> None:
    rng = np.random.default_rng(0)
    widths, blocks = [], []
    for rho in (0.0, 0.6):
        path = 0.01 * autocorrelated(rng, 1, 1500, rho, 0.0)[0]
        row = bootstrap_intervals(series(path), series(path), 252, replications=300).loc["sharpe"]
        widths.append(row["strategy_high"] - row["strategy_low"])
        blocks.append(block_length(path[:, None]))
    assert blocks[0] < 5 < blocks[1]
    assert widths[1] > 1.4 * widths[0]


def test_the_series_that_remembers_longest_sets_the_blocks() -> None:
    rng = np.random.default_rng(1)
    forgets = autocorrelated(rng, 1, 1500, 0.0, 0.0)[0]
    remembers = autocorrelated(rng, 1, 1500, 0.6, 0.0)[0]
    expected = block_length(remembers[:, None])
    assert expected > block_length(forgets[:, None])
    assert block_length(np.column_stack([forgets, remembers, np.ones(1500)])) == expected


def test_an_account_does_not_differ_from_itself() -> None:
    strategy, _ = two_accounts(200)
    table = bootstrap_intervals(strategy, strategy, 252, replications=50)
    assert (table[["difference", "difference_low", "difference_high"]] == 0).all(axis=None)


def test_what_two_accounts_share_cancels_in_their_difference() -> None:
    strategy, benchmark = two_accounts(1000)
    row = bootstrap_intervals(strategy, benchmark, 252).loc["sharpe"]
    width = {
        name: row[f"{name}_high"] - row[f"{name}_low"]
        for name in ("strategy", "benchmark", "difference")
    }
    assert width["difference"] < 0.8 * math.hypot(width["strategy"], width["benchmark"])


def test_an_account_does_not_depend_on_what_it_is_compared_with() -> None:
    strategy, benchmark = two_accounts(400)
    other = benchmark.iloc[120:] * -3.0
    one, two = (bootstrap_intervals(strategy, held, 252) for held in (benchmark, other))
    mine = ["strategy", "strategy_low", "strategy_high"]
    pd.testing.assert_frame_equal(one[mine], two[mine], check_exact=True)


def test_the_difference_is_that_of_the_bars_of_both_accounts() -> None:
    strategy, benchmark = two_accounts(300)
    holes = strategy.copy()
    holes.iloc[[5, 70]] = NAN
    kept = strategy.index[20:].difference(strategy.index[[70]])
    gap = ["difference", "difference_low", "difference_high"]
    pd.testing.assert_frame_equal(
        bootstrap_intervals(holes, benchmark.iloc[20:], 252, replications=20)[gap],
        bootstrap_intervals(strategy[kept], benchmark[kept], 252, replications=20)[gap],
    )


@pytest.mark.parametrize("n_bars", [0, 1, MIN_BARS - 1])
def test_too_few_bars_have_no_interval(n_bars: int) -> None:
    strategy, benchmark = two_accounts(300)
    table = bootstrap_intervals(strategy.iloc[:n_bars], benchmark, 252)
    assert table.filter(regex="^(strategy|difference)_(low|high)$").isna().all(axis=None)
    assert table.filter(regex="^benchmark_(low|high)$").notna().all(axis=None)
    assert table["strategy"].isna().all() == (n_bars == 0)


def test_an_account_that_never_moved_has_no_sharpe_ratio() -> None:
    _, benchmark = two_accounts(300)
    table = bootstrap_intervals(0 * benchmark, benchmark, 252, replications=50)
    mine = ["strategy", "strategy_low", "strategy_high"]
    assert table.loc["sharpe", mine].isna().all()
    assert table.filter(like="difference").loc["sharpe"].isna().all()
    assert (table.loc[["cagr", "max_drawdown"], mine] == 0).all(axis=None)
    assert table.loc["cagr", "difference_low"] == -table.loc["cagr", "benchmark_high"]


def test_a_single_trade_cannot_be_resampled() -> None:
    _, benchmark = two_accounts(300)
    once = 0 * benchmark
    once.iloc[40] = 0.05
    row = bootstrap_intervals(once, benchmark, 252).loc["sharpe"]
    assert row["strategy"] > 0
    assert math.isnan(row["strategy_low"])
    assert math.isnan(row["strategy_high"])


def test_a_ruined_account_has_no_interval() -> None:
    """It ends on the bar that took everything; so does the difference, not the benchmark."""
    strategy, benchmark = two_accounts(300)
    ruined = strategy.copy()
    ruined.iloc[200] = -1.0
    table = bootstrap_intervals(ruined, benchmark, 252, replications=50)
    assert table.loc["cagr", "strategy"] == table.loc["max_drawdown", "strategy"] == -1
    assert table.filter(regex="^(strategy|difference)_").isna().all(axis=None)
    alone = bootstrap_intervals(benchmark, benchmark, 252)
    assert table["benchmark"].equals(alone["benchmark"])
    assert table.filter(like="benchmark_").notna().all(axis=None)


def test_pairing_ends_with_the_first_ruin() -> None:
    """Of bars 0 to 3, one account has no bar 0, and the other is ruined on bar 2."""
    one, other = series([NAN, 0.1, 0.2, 0.3]), series([0.0, 0.0, -1.5, 0.0])
    assert paired([one, other]).tolist() == [[0.1, 0.0], [0.2, -1.5]]


@LAWS
@given(st.lists(st.tuples(CENTS, st.sampled_from([0.0, 0.01])), min_size=20, max_size=50))
def test_blocks_are_whole_and_no_longer_than_the_rule_allows(pairs: list[Any]) -> None:
    values = np.array(pairs)
    assert 1 <= block_length(values) <= math.ceil(len(values) / 3)


@pytest.mark.parametrize("setting", [{"level": 0.0}, {"level": 95.0}, {"replications": 0}])
def test_impossible_settings_are_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(setting))):
        bootstrap_intervals(*two_accounts(50), 252, **setting)
