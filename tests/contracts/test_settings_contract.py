"""Law: what was built from settings can be written down again and built from that, unchanged."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from lstmtrader import Experiment, features, models
from lstmtrader.backtest.costs import Costs
from lstmtrader.backtest.limits import Limits
from lstmtrader.backtest.rebalancing import Rebalancing
from lstmtrader.backtest.sizing import Sizing
from lstmtrader.clock import Calendar, Execution
from lstmtrader.config.building import build, describe
from lstmtrader.config.locating import locate
from lstmtrader.config.reading import parse_yaml
from lstmtrader.config.writing import to_yaml
from lstmtrader.data import PROVIDERS
from lstmtrader.data.files.provider import FilesProvider
from lstmtrader.data.provider import PriceRequest
from lstmtrader.data.sample import SampleProvider
from lstmtrader.data.source import PriceSource
from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.data.universe import Membership
from lstmtrader.data.yahoo.provider import YahooProvider
from lstmtrader.data.yahoo.source import YahooSource
from lstmtrader.errors import ConfigError
from lstmtrader.models.training.objectives.distribution import Quantile
from lstmtrader.models.training.objectives.point import Huber
from lstmtrader.models.training.objectives.trading import Sharpe
from lstmtrader.models.training.settings import Network, Training
from lstmtrader.splits import WalkForward
from strategies.direct_positions import DirectPositions
from strategies.long_flat import LongFlat
from strategies.rank_long_short import RankLongShort
from strategies.volatility_target import VolatilityTarget

if TYPE_CHECKING:
    from tests.conftest import Settings

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))

# Each with values that are not its defaults, and of every type that a setting may have.
SHIPPED: list[Any] = [
    features.Return(3),
    features.ScaledReturn(5, 30),
    features.MacdMomentum(4, 12, 20, 40),
    features.RealisedVolatility(7),
    features.AbsoluteReturn(3, 1e-10),
    features.RelativeStrength(9),
    features.CrossSectionRank(features.CrossSectionRank(features.Return(2))),
    features.ExogenousSeries("rates.csv", "rate", "month", "told"),
    features.Exogenous(features.ExogenousSeries("rates.csv"), "rate"),
    features.ForwardReturn(3, False, 20),
    features.ForwardVolatility(10, 1e-12),
    features.Direction(2),
    features.ForwardRank(4),
    models.RecurrentForecaster(
        lookback=20, network=Network(hidden=8), loss=Quantile((0.2, 0.5, 0.8)), clip=3.0
    ),
    Network("gru", hidden=5, layers=2, dropout=0, projection=4, layer_norm=True),
    Network("lstm", memory=40),
    Training("window", 3, 2, "rmsprop", 1e-4, 0, "cosine", 5, 0.5, 7, 9),
    Training(average=0, head_start="random", halflife=90.0, device="gpu", precision="bf16-mixed"),
    Huber(0.5),
    Quantile((0.1, 0.5, 0.9)),
    Sharpe(0.01),
    features.BeatMedian(3),
    features.TripleBarrier(7, 1.5, 3.0, 30),
    models.LastValue(),
    models.Ewma(2.5, 30),
    models.HistoricalMean(),
    models.Zero(),
    models.AlwaysLong(),
    models.Momentum("return_120"),
    models.Ridge(3, (0.1, 2.0), 4.0),
    models.Boosting(2, 30, 5, 0.2, 7, 20),
    models.Har((1, 4)),
    models.Garch("return_1", False, 60, 0, 250),
    DirectPositions(0.1, 30),
    LongFlat(0.55),
    RankLongShort(0.25),
    RankLongShort(count=7),
    VolatilityTarget(0.2, 3.0),
    SampleProvider(),
    SyntheticProvider(n_symbols=2, n_bars=99, seed=5, autocorrelation=-0.1, first_day="2001-02-05"),
    FilesProvider("prices.csv", layout="wide", policies={"stale": "raise"}, date_format="%d/%m/%Y"),
    YahooProvider(store="prices.duckdb", interval="1h", calendar="24/7", as_of=3),
    YahooProvider(source=YahooSource(tries=3, timeout=5.0)),
    Membership("members.csv"),
    PriceSource(SampleProvider(), universe=Membership("members.csv")),
    PriceSource(SampleProvider()),
    PriceSource(
        SyntheticProvider(), ("SYN01",), datetime.date(2000, 2, 1), datetime.date(2001, 2, 1)
    ),
    PriceRequest(("A", "B"), datetime.date(2000, 2, 1)),
    WalkForward("10y", 0, "3mo", None, 5, "expanding"),
    WalkForward(500, "2w", 63, 7),
    Costs(0.001, 0.0005),
    Limits(2.0),
    Calendar("24/7", 60),
]
each = pytest.mark.parametrize("made", SHIPPED, ids=str)


def test_every_shipped_settings_object_is_in_the_suite() -> None:
    names = {type(made).__name__ for made in SHIPPED}
    providers = {path.partition(":")[2] for path in PROVIDERS.values()}
    assert {*features.__all__, *models.__all__, *providers, "Membership"} <= names


@each
def test_settings_survive_being_written_down(made: Any) -> None:
    """Through plain data, and through YAML text as in a run folder."""
    plain = describe(made, type(made))
    assert build(type(made), plain) == made
    assert build(type(made), parse_yaml(to_yaml(plain))) == made
    assert describe(build(type(made), plain), type(made)) == plain


@each
def test_settings_are_plain_data(made: Any) -> None:
    plain = describe(made, type(made))
    assert yaml.safe_load(yaml.safe_dump(plain)) == plain


@each
def test_by_dotted_path_they_are_found_again(made: Any) -> None:
    spec = describe(made)
    assert set(spec) == {"target", "params"}
    found = locate(spec["target"], "here")
    assert found is type(made)
    assert build(found, spec["params"]) == made


@each
def test_settings_are_frozen_and_hashable(made: Any) -> None:
    assert hash(made) == hash(copy.deepcopy(made))
    assert pickle.loads(pickle.dumps(made)) == made
    for item in dataclasses.fields(made):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(made, item.name, getattr(made, item.name))


@each
def test_an_unknown_setting_is_refused_with_the_nearest_name(made: Any) -> None:
    plain = describe(made, type(made))
    with pytest.raises(ConfigError, match=r"place\.qqq: unknown key"):
        build(type(made), {**plain, "qqq": 1}, "place")
    for key in plain:
        wrong = {**plain, key + "x": plain[key]}
        with pytest.raises(ConfigError, match=f"{key}x: unknown key; did you mean {key}"):
            build(type(made), wrong)


@each
def test_a_number_is_not_taken_from_a_text(made: Any) -> None:
    plain = describe(made, type(made))
    for key, value in plain.items():
        if isinstance(value, int | float) and key not in ("train", "validation", "test"):
            with pytest.raises(ConfigError, match=f"{key}: "):
                build(type(made), {**plain, key: str(value)})


def test_a_whole_experiment_survives(tiny_experiment: Experiment) -> None:
    plain = tiny_experiment.config
    again = build(Experiment, parse_yaml(to_yaml(plain)))
    assert again == tiny_experiment
    assert again.config_hash == tiny_experiment.config_hash
    assert again.config == plain


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_experiment_survives(path: Path, tmp_path: Path) -> None:
    experiment = Experiment.from_yaml(path)
    assert experiment.name == path.stem
    written = tmp_path / "config.yaml"
    written.write_text(to_yaml(experiment.config), encoding="utf-8")
    again = Experiment.from_yaml(written)
    assert again == experiment
    assert again.config_hash == experiment.config_hash


def test_every_default_is_written_down(tiny_experiment: Experiment) -> None:
    """A run folder must not depend on the defaults of a later version."""
    config = tiny_experiment.config
    assert set(config) == {item.name for item in dataclasses.fields(Experiment)}
    assert set(config["model"]["params"]) == {
        item.name for item in dataclasses.fields(models.RecurrentForecaster)
    }
    assert config["execution"] == Execution.NEXT_OPEN.value
    for name, cls in (
        ("costs", Costs), ("limits", Limits), ("sizing", Sizing), ("rebalancing", Rebalancing),
    ):  # fmt: skip
        assert config[name] == {
            item.name: getattr(cls(), item.name) for item in dataclasses.fields(cls)
        }


@pytest.mark.parametrize(
    ("assignment", "path", "value"),
    [
        ("members=3", ("members",), 3),
        ("model.params.network.hidden=16", ("model", "params", "network", "hidden"), 16),
        (
            "model.params.training.learning_rate=1e-4",
            ("model", "params", "training", "learning_rate"),
            1e-4,
        ),
        ("costs.fees=0.001", ("costs", "fees"), 0.001),
        ("prices.symbols=[SYN01, SYN00]", ("prices", "symbols"), ["SYN01", "SYN00"]),
        ("prices.start=2000-02-01", ("prices", "start"), "2000-02-01"),
        ("features.1.params.window=7", ("features", 1, "params", "window"), 7),
        ("walk_forward.train=1y", ("walk_forward", "train"), "1y"),
        ("name=a=b", ("name",), None),
    ],
)
def test_an_override_changes_one_setting_and_nothing_else(
    assignment: str, path: tuple[str | int, ...], value: Any, tiny_yaml: Path
) -> None:
    if value is None:
        with pytest.raises(ConfigError, match="'a=b'"):
            Experiment.from_yaml(tiny_yaml, [assignment])
        return
    before = Experiment.from_yaml(tiny_yaml).config
    after = Experiment.from_yaml(tiny_yaml, [assignment]).config
    place: Any = before
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert after == before


def test_the_settings_handed_in_are_not_changed(
    tiny_yaml: Path, write_yaml: Callable[[Settings, Path], Path]
) -> None:
    text = tiny_yaml.read_bytes()
    Experiment.from_yaml(tiny_yaml, ["members=3"])
    assert tiny_yaml.read_bytes() == text
