"""Point-in-time membership: outside it nothing is learnt, forecast, ranked or held."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lstmtrader.data.source import PriceSource
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.data.universe import Membership
from lstmtrader.errors import DataError
from lstmtrader.experiment import Experiment
from lstmtrader.features import CrossSectionRank, ForwardReturn, ScaledReturn
from lstmtrader.forecast import Forecast
from lstmtrader.models.training.forecaster import RecurrentForecaster
from lstmtrader.models.training.objectives import named_objective
from lstmtrader.models.training.settings import Network, Training
from lstmtrader.prices import PriceFrame
from lstmtrader.splits import WalkForward
from lstmtrader.weights import TargetWeights
from tests.leakage.pipelines import ChangedAfter

MARKET = SyntheticProvider(n_symbols=6, n_bars=420, seed=3)
SPELLS = """ticker,start_date,end_date
SYN00,1999-01-01,
SYN01,1999-01-01,2001-02-01
SYN02,2001-03-01,
SYN03,1999-01-01,2000-12-01
SYN03,2001-05-01,2001-06-29
SYN04,1999-01-01,
SYN05,1999-01-01,
GONE,1999-01-01,2000-06-30
"""


@dataclass(frozen=True)
class HoldsEverything:
    """Ignores the forecasts, and so the universe."""

    def target_weights(self, forecast: Forecast, prices: PriceFrame) -> TargetWeights:
        weights = pd.DataFrame(1 / 6, index=forecast.index, columns=list(prices.symbols))
        return TargetWeights(weights)


@pytest.fixture
def spells(tmp_path: Path) -> Path:
    path = tmp_path / "members.csv"
    path.write_text(SPELLS)
    return path


@pytest.fixture
def experiment(spells: Path) -> Experiment:
    return Experiment(
        name="members",
        prices=PriceSource(MARKET, universe=Membership(str(spells))),
        features=(ScaledReturn(1, 20), ScaledReturn(5, 20)),
        target=ForwardReturn(1, volatility_window=20),
        walk_forward=WalkForward(train=150, validation=40, test=60),
        model=RecurrentForecaster(
            lookback=10,
            network=Network(hidden=4),
            loss=named_objective("sharpe"),
            training=Training(epochs=2, steps=20),
        ),
        strategy=HoldsEverything(),
        execution="next_close",
    )


def test_the_mask_equals_the_spells_day_by_day(spells: Path) -> None:
    prices = Membership(str(spells)).restrict(MARKET.fetch())
    rows = [line.split(",") for line in SPELLS.splitlines()[1:]]
    for symbol in prices.symbols:
        for day in prices.index:
            belongs = any(
                name == symbol and start <= f"{day:%Y-%m-%d}" < (end or "9999-12-31")
                for name, start, end in rows
            )
            assert prices.member.at[day, symbol] == belongs


def test_members_without_prices_are_counted(spells: Path) -> None:
    (note,) = Membership(str(spells)).restrict(MARKET.fetch()).notes
    assert "7 members" in note
    assert "1 of them are not among the prices of this run" in note
    assert "(GONE)" in note


def test_outside_the_universe_nothing_is_forecast_or_held(experiment: Experiment) -> None:
    run = experiment.run()
    member = experiment.prices.fetch().member
    inside = member.loc[run.forecast.index].to_numpy()
    mean = run.forecast.mean.to_numpy()
    assert np.isnan(mean[~inside]).all()
    assert not np.isnan(mean[inside]).any(), "a window may reach back to before the membership"
    assert (run.weights.to_numpy()[~inside] == 0).all()
    # What is decided is held one close later; nothing else is.
    held = run.result.positions.shift(-1).iloc[:-1] != 0
    assert (held.to_numpy() <= inside[:-1]).all()
    assert (run.benchmark.positions.iloc[-1].to_numpy() > 0).tolist() == inside[0].tolist()
    assert any("survivorship" in note for note in run.notes)


def test_labels_and_ranks_are_those_of_members(experiment: Experiment) -> None:
    prices = experiment.prices.fetch()
    labelled = experiment.labelled_panel(prices)
    outside = ~prices.member.to_numpy().T
    assert np.isnan(labelled.target[outside]).all()
    assert labelled.panel.valid[outside].any(), "features are there to look back on"
    ranks = CrossSectionRank(ScaledReturn(5, 20))(prices)
    values = ScaledReturn(5, 20)(prices)
    day = prices.index[150]
    inside = prices.member.loc[day]
    assert ranks.loc[day][~inside].isna().all()
    assert ranks.loc[day][inside].rank().equals(values.loc[day][inside].rank())


def test_prices_of_those_who_do_not_belong_move_nothing(experiment: Experiment) -> None:
    """A symbol that is never a member leaves forecasts, weights and equity as they are."""

    @dataclass(frozen=True)
    class Outsider:
        factor: float

        def fetch(self, request: object, /) -> PriceFrame:
            prices = MARKET.fetch()
            jumpy = np.where(np.arange(prices.n_bars) % 7 == 0, self.factor, 1.0)
            close = prices.close.assign(ZZZ=prices.close["SYN00"] * jumpy)
            return replace(prices, close=close, open=None, high=None, low=None, volume=None)

    runs = [
        replace(experiment, prices=replace(experiment.prices, provider=Outsider(factor)))
        for factor in (1.0, 5.0)
    ]
    one, other = (
        Experiment(**{name: getattr(run, name) for name in run.__dataclass_fields__}).run()
        for run in runs
    )
    np.testing.assert_array_equal(one.forecast.members, other.forecast.members)
    np.testing.assert_array_equal(one.equity, other.equity)


def test_a_membership_that_ends_later_does_not_reach_back(experiment: Experiment) -> None:
    """Law 1 holds with a universe: the future of prices and of spells moves nothing before."""
    base = experiment.run()
    prices = experiment.prices.fetch()
    bar = experiment.folds(prices)[1].test.start
    last = prices.index[bar]
    path = Path(experiment.prices.universe.path)
    path.write_text(
        SPELLS.replace("2001-05-01,2001-06-29", "2001-08-01,2001-08-02") + "SYN01,2001-07-20,\n"
    )
    assert last < pd.Timestamp("2001-05-01")
    changed = replace(
        experiment, prices=replace(experiment.prices, provider=ChangedAfter(MARKET, bar, "jump"))
    ).run()
    before = base.forecast.index <= last
    np.testing.assert_array_equal(
        base.forecast.members[:, before], changed.forecast.members[:, before]
    )
    np.testing.assert_array_equal(base.weights.loc[:last], changed.weights.loc[:last])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "expected a column ticker or symbol"),
        ("ticker,start_date,end_date\nA,soon,\n", "line 2: start 'soon' is no date"),
        ("ticker,start_date,end_date\nA,2001-01-01,x\n", "line 2: end 'x' is no date"),
        ("ticker,start_date,end_date\nA,2001-01-01,2000-01-01\n", "line 2: the end is before"),
        ("ticker,start_date,end_date\nA,2001-01-01,\n", "none of the symbols was a member"),
    ],
)
def test_a_bad_file_says_where(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=said):
        Membership(str(path)).restrict(MARKET.fetch())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        Membership(str(tmp_path / "nowhere.csv")).restrict(MARKET.fetch())
