"""Law: every look at the prices counts once, and trials that are alike are told from others."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import AgglomerativeClustering

from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.errors import DataError, RunError
from lstmtrader.evaluation import independence
from lstmtrader.evaluation.independence import Families, effective_trials
from lstmtrader.evaluation.trial_returns import MOST_BLOCKS, Blocks, TrialReturns
from lstmtrader.evaluation.trial_set import trials_of
from lstmtrader.evaluation.trial_store import FOLDER, ReturnStore
from lstmtrader.evaluation.trials import LEDGER, Trial, read, record

ONE = Trial("data", "a", "name", "run", 1.0, "next_open", n_bars=90, periods_per_year=252)
BLOCKS = np.linspace(-0.01, 0.01, 40, dtype=np.float32)


def noise(seed: int, n_blocks: int, n_trials: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n_blocks, n_trials))


def clustered(seed: int, n_blocks: int, n_clusters: int, each: int, rho: float) -> pd.DataFrame:
    """Columns with correlation `rho` inside a cluster and none between clusters."""
    common = np.repeat(noise(seed, n_blocks, n_clusters), each, axis=1)
    own = noise(seed + 1, n_blocks, n_clusters * each)
    return pd.DataFrame(np.sqrt(rho) * common + np.sqrt(1 - rho) * own).astype(np.float32)


# Blocks


def test_a_block_is_the_compound_return_of_its_bars() -> None:
    """2001 bars make blocks of ⌈2001 / 1000⌉ = 3: 667 of them.

    Returns 10 %, 10 %, -50 %, 20 % on bars 4 to 7: block 1 (bars 3 to 5) gives 1.1² - 1 = 21 %,
    block 2 (bars 6 to 8) 0.5 × 1.2 - 1 = -40 %, no other has a return.
    """
    index = pd.date_range("2000-01-01", periods=2001)
    blocks = Blocks(index)
    assert (blocks.bars_a_block, blocks.count) == (3, 667)
    got = blocks.compound(pd.Series([0.1, 0.1, -0.5, 0.2], index=index[4:8]))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got[1:3], [0.21, -0.40], rtol=1e-6)
    assert np.isnan(np.delete(got, [1, 2])).all()


@given(st.integers(1, 4000), st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_blocks_line_up_and_lose_nothing(n_bars: int, seed: int) -> None:
    index = pd.date_range("2000-01-01", periods=n_bars)
    blocks = Blocks(index)
    rng = np.random.default_rng(seed)
    every = pd.Series(rng.normal(0, 0.01, n_bars), index=index)
    part = every.iloc[rng.integers(0, n_bars) :]
    assert blocks.count <= MOST_BLOCKS
    for returns in (every, part):
        got = blocks.compound(returns)
        assert np.nanprod(1 + got.astype(np.float64)) == pytest.approx((1 + returns).prod(), 1e-4)
    whole, some = blocks.compound(every), blocks.compound(part)
    same = ~np.isnan(some)
    same[np.flatnonzero(same)[:1]] = False  # the first one may be traded in part
    np.testing.assert_array_equal(some[same], whole[same])


def test_a_return_on_a_bar_without_prices_is_refused() -> None:
    blocks = Blocks(pd.date_range("2000-01-01", periods=5))
    with pytest.raises(DataError, match="not in the prices"):
        blocks.compound(pd.Series([0.1], index=pd.DatetimeIndex(["1999-01-01"])))


def test_room_for_a_hundred_thousand_trials_is_four_hundred_megabytes() -> None:
    prices = SyntheticProvider(n_symbols=1, n_bars=2500, seed=1).fetch()
    room = TrialReturns.empty(prices, 100)
    assert room.values.nbytes <= 100 * 4 * MOST_BLOCKS
    room.put(7, pd.Series([0.1, np.nan, 0.2], index=prices.index[:3]))
    other = TrialReturns.empty(prices, 2)
    other.take([1], TrialReturns(room.blocks, 261, room.values[[7]], room.n_bars[[7]]))
    assert other.n_bars.tolist() == [0, 2]
    np.testing.assert_array_equal(other.values[1], room.values[7])


# The effective number


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_as_many_trials_as_it_has_columns(seed: int) -> None:
    assert effective_trials(pd.DataFrame(noise(seed, 1000, 20))) == 20


@pytest.mark.parametrize("seed", range(3))
def test_ten_clusters_are_ten_trials(seed: int) -> None:
    returns = clustered(seed, 1000, n_clusters=10, each=20, rho=0.9)
    assert effective_trials(returns) == 10
    # The sign of a position is no detail: its opposite is a trial of its own.
    assert effective_trials(pd.concat([returns, -returns], axis=1)) == 20


def test_what_shares_less_than_half_of_its_variance_is_apart() -> None:
    assert effective_trials(clustered(1, 4000, 5, 8, rho=0.75)) == 5
    assert effective_trials(clustered(1, 4000, 5, 8, rho=0.60)) == 40


def test_a_family_is_worth_what_its_members_do_not_share() -> None:
    """Two families of 3 and 2, correlations by numpy: N̂ is the sum of ρ̄ + (1 - ρ̄)·n."""
    returns = clustered(4, 900, 2, 3, rho=0.85).iloc[:, :5]
    correlations = np.corrcoef(returns.to_numpy(np.float64).T)
    first, second = correlations[[0, 0, 1], [1, 2, 2]].mean(), correlations[3, 4]
    worth = first + (1 - first) * 3 + second + (1 - second) * 2
    found = Families.of(returns)
    assert (found.count, found.independent) == (2, pytest.approx(worth, rel=1e-5))
    twins = Families.of(pd.concat([returns] * 3, axis=1))
    assert (twins.count, twins.independent) == (2, pytest.approx(worth, rel=1e-5))


@st.composite
def returns_of_trials(draw: st.DrawFn) -> pd.DataFrame:
    """Columns that are more or less alike; some begin late, some never move."""
    seed, n_trials = draw(st.integers(0, 2**32 - 1)), draw(st.integers(1, 12))
    rng = np.random.default_rng(seed)
    mixing = rng.standard_normal((draw(st.integers(1, 4)), n_trials))
    share = draw(st.sampled_from([0.0, 0.3, 1.0]))
    values = rng.standard_normal((80, len(mixing))) @ mixing + share * noise(seed, 80, n_trials)
    values[:, rng.random(n_trials) < 0.1] = 0.0
    values[np.arange(80)[:, None] < rng.choice([0, 0, 20, 45, 80], n_trials)] = np.nan
    return pd.DataFrame(values).astype(np.float32)


@given(returns_of_trials(), st.data())
@settings(max_examples=100, deadline=None)
def test_it_is_between_one_and_all_and_twins_do_not_raise_it(
    returns: pd.DataFrame, data: st.DataObject
) -> None:
    n_trials = returns.shape[1]
    effective = effective_trials(returns)
    worth = Families.of(returns).independent
    assert 1 <= effective <= worth <= n_trials
    known = [one for one in returns if returns[one].notna().any()]
    if known:
        twins = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=5))
        assert effective_trials(pd.concat([returns, returns[twins]], axis=1)) == effective
        again = Families.of(pd.concat([returns, returns[twins]], axis=1))
        assert again.independent == pytest.approx(worth, rel=1e-9)


@given(returns_of_trials())
@settings(max_examples=100, deadline=None)
def test_it_is_what_scikit_learn_finds_in_the_correlations_of_pandas(
    returns: pd.DataFrame,
) -> None:
    """Pairs with less than 30 blocks in common, or a constant one, have no correlation."""
    known = returns.loc[:, returns.notna().any()].astype(np.float64).T.drop_duplicates().T
    expected = returns.shape[1] - int(returns.notna().any().sum())
    if known.shape[1] > 1:
        correlations = known.corr(min_periods=30).fillna(0.0).to_numpy(copy=True)
        np.fill_diagonal(correlations, 1.0)
        expected += AgglomerativeClustering(
            n_clusters=None, metric="precomputed", linkage="average", distance_threshold=0.15
        ).fit((1 - correlations) / 2).n_clusters_  # fmt: skip
    else:
        expected += known.shape[1]
    assert effective_trials(returns) == expected


def test_what_is_not_known_counts_in_full() -> None:
    one = pd.Series(noise(5, 100, 1)[:, 0])
    early, late = one.where(one.index < 60), 2 * one.where(one.index >= 40)
    assert effective_trials(pd.DataFrame({"early": early, "late": late})) == 2  # 20 in common
    assert effective_trials(pd.DataFrame({"one": one, "late": late})) == 1
    flat = pd.Series(0.001, one.index)
    assert effective_trials(pd.DataFrame({"one": one, "flat": flat, "flatter": flat / 2})) == 3
    missing = one * np.nan
    assert effective_trials(pd.DataFrame({"one": one, "first": missing, "second": missing})) == 3
    assert effective_trials(pd.DataFrame()) == 0


def test_many_are_clustered_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    returns = clustered(2, 400, n_clusters=12, each=30, rho=0.9)
    at_once = Families.of(returns).independent
    shuffled = returns.sample(frac=1, axis=1, random_state=1)
    monkeypatch.setattr(independence, "MOST_AT_ONCE", 200)
    monkeypatch.setattr(independence, "_PART", 60)
    in_parts = Families.of(shuffled).independent
    assert at_once < in_parts <= 6 * 12 + 0.2 * 360
    assert effective_trials(shuffled) == effective_trials(returns) == 12
    # Too many even then: their number, which is never too low.
    monkeypatch.setattr(independence, "MOST_AT_ONCE", 50)
    assert 12 <= effective_trials(shuffled) <= 6 * 12


def test_a_thousand_trials_take_less_than_two_seconds() -> None:
    returns = clustered(3, 1000, n_clusters=100, each=10, rho=0.9)
    started = time.process_time()
    assert effective_trials(returns) == 100
    assert time.process_time() - started < 2


# The ledger


def test_returns_stay_with_their_trials(tmp_path: Path) -> None:
    other = replace(ONE, config_hash="b", sharpe=None, execution="same_close")
    foreign = replace(ONE, data_hash="elsewhere")
    assert record(tmp_path, [ONE, other], {"a": BLOCKS, "b": BLOCKS[::-1]}) == 2
    assert record(tmp_path, [foreign], {"a": BLOCKS[:10]}) == 1
    found = trials_of(tmp_path, "data")
    assert found.trials == (ONE, other)
    assert len(found) == 2
    np.testing.assert_array_equal(found.returns["b"], BLOCKS[::-1])
    np.testing.assert_allclose(found.sharpes_per_bar, [1 / np.sqrt(252), np.nan])
    assert (found.effective, found.elsewhere) == (2, 1)
    assert trials_of(tmp_path, "elsewhere").elsewhere == 2
    assert len(trials_of(tmp_path, "nothing")) == 0
    nothing = trials_of(tmp_path, "nothing")
    assert (nothing.effective, nothing.deflating, nothing.elsewhere) == (0, 0, 3)


def test_a_rerun_changes_nothing(tmp_path: Path) -> None:
    record(tmp_path, [ONE], {"a": BLOCKS})
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert record(tmp_path, [replace(ONE, name="again")], {"a": 2 * BLOCKS}) == 0
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_ledger_of_old_is_read_and_completed(tmp_path: Path) -> None:
    old = {name: getattr(ONE, name) for name in ("data_hash", "config_hash", "name", "kind")}
    line = json.dumps(old | {"sharpe": 2.0, "execution": "next_open"})
    (tmp_path / LEDGER).write_text(line + "\n", encoding="utf-8")
    found = trials_of(tmp_path, "data")
    assert (found.trials[0].n_bars, found.periods_per_year) == (None, None)
    assert (found.effective, found.deflating) == (1, 1)
    assert np.isnan(found.sharpes_per_bar).tolist() == [True]  # nobody knows by what to divide
    # A later trial on the same prices tells how many bars a year has.
    record(tmp_path, [replace(ONE, config_hash="b")], {"b": BLOCKS})
    np.testing.assert_allclose(trials_of(tmp_path, "data").sharpes_per_bar * 252**0.5, [2, 1])
    assert record(tmp_path, [ONE], {"a": BLOCKS}) == 0
    assert list(trials_of(tmp_path, "data").returns) == ["a", "b"]
    assert trials_of(tmp_path, "data").effective == 1


def test_sharpe_ratios_are_told_by_the_bar_of_their_own_market(tmp_path: Path) -> None:
    """Sharpe ratio 2 a year of 365 bars: 2 / √365 a bar."""
    record(tmp_path, [replace(ONE, sharpe=2.0, periods_per_year=365)])
    np.testing.assert_allclose(trials_of(tmp_path, "data").sharpes_per_bar, [2 / 365**0.5])


def test_only_a_choice_that_was_one_is_judged_for_overfitting(tmp_path: Path) -> None:
    """Of 40 blocks of the own account (its first 10 have no bars): 27 are 90 % of 30, 26 are not.

    The same returns again are no choice, and a trial of another name was none of this one.
    """
    own, other, twin = np.random.default_rng(1).normal(0, 0.01, (3, 40)).astype(np.float32)
    own[:10] = np.nan
    twin[10:] = own[10:]
    enough, short = other.copy(), other + np.float32(0.001)
    enough[:13], short[:14] = np.nan, np.nan
    made = {"own": own, "enough": enough, "short": short, "twin": twin, "foreign": other}
    trials = {name: replace(ONE, config_hash=name) for name in [*made, "without"]}
    trials["foreign"] = replace(trials["foreign"], name="another")
    record(tmp_path, reversed(trials.values()), made)
    rivals = trials_of(tmp_path, "data", trials["own"]).rivals
    assert list(rivals) == ["own", "enough"]
    np.testing.assert_array_equal(rivals["own"], own[10:])
    np.testing.assert_array_equal(rivals["enough"], enough[10:])
    # Done again under another name it is still the own one.
    again = replace(trials["own"], name="another")
    assert list(trials_of(tmp_path, "data", again).rivals) == ["own", "foreign"]
    assert trials_of(tmp_path, "data", trials["without"]).rivals.empty
    assert trials_of(tmp_path, "data").rivals.empty


def test_a_trial_without_returns_counts(tmp_path: Path) -> None:
    trials = [replace(ONE, config_hash=name) for name in "abc"]
    record(tmp_path, trials, dict.fromkeys("abc", BLOCKS))
    assert trials_of(tmp_path, "data").effective == 1
    (file,) = (tmp_path / FOLDER).rglob("*.npz")
    file.unlink()
    assert trials_of(tmp_path, "data").effective == 3
    assert trials_of(tmp_path, "data").deflating == 3


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    record(tmp_path, [ONE], {"a": BLOCKS})
    (file,) = (tmp_path / FOLDER).rglob("*.npz")
    file.write_bytes(file.read_bytes()[:200])
    with pytest.raises(RunError, match=rf"{file.name}: no returns of trials .*move it away"):
        trials_of(tmp_path, "data")


def test_blocks_of_another_length_are_refused(tmp_path: Path) -> None:
    record(tmp_path, [ONE], {"a": BLOCKS})
    with pytest.raises(RunError, match="expected one number of blocks, got 10, 40"):
        record(tmp_path, [replace(ONE, config_hash="b")], {"b": BLOCKS[:10]})
    assert len(read(tmp_path)) == 1


_WRITER = """
import sys
from pathlib import Path

import numpy as np

from lstmtrader.evaluation.trials import Trial, record

runs, who, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
for number in range(rounds):
    names = [f"{who}-{number}-{n}" for n in range(20)] + [f"shared-{number}"]
    trials = [Trial("data", name, "n", "run", 1.0, "next_open", 9, 252) for name in names]
    record(runs, trials, {name: np.full(500, number, np.float32) for name in names})
"""


def writer(runs: Path, who: str, rounds: int) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", _WRITER, str(runs), who, str(rounds)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def test_several_processes_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    for process in [writer(tmp_path, who, 8) for who in "xyz"]:
        process.communicate(timeout=120)
        assert process.returncode == 0
    names = [one.config_hash for one in read(tmp_path)]
    assert len(names) == len(set(names)) == 3 * 8 * 20 + 8
    found = trials_of(tmp_path, "data")
    assert list(found.returns) == names
    assert all((found.returns[name] == int(name.split("-")[1])).all() for name in names)


def test_writers_that_are_killed_leave_a_whole_ledger(tmp_path: Path) -> None:
    for attempt in range(3):
        process = writer(tmp_path, "x", 100_000)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.11 * attempt + 0.05)
        process.kill()
        process.communicate()
        names = [one.config_hash for one in read(tmp_path)]
        assert len(names) == len(set(names))
        assert list(trials_of(tmp_path, "data").returns) == names
    # What one was killed over is made good by the next.
    folder = tmp_path / FOLDER / "data"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "half.part").write_bytes(b"PK")
    ReturnStore(tmp_path, "data").add({"z": np.zeros(500, np.float32)})
    assert "z" not in trials_of(tmp_path, "data").returns
    last = replace(ONE, config_hash="z")
    assert record(tmp_path, [last], {"z": np.zeros(500, np.float32)}) == 1
    assert "z" in trials_of(tmp_path, "data").returns
    assert not list(folder.glob("*.part"))
