"""Law: the JSON schema accepts what `build` accepts, and flags what `build` flags by kind."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from lstmtrader import features, models
from lstmtrader.config.building import build, build_value, describe
from lstmtrader.config.docstrings import parameter_texts, summary
from lstmtrader.config.reading import read_yaml
from lstmtrader.config.schema import json_schema
from lstmtrader.data import PROVIDERS
from lstmtrader.errors import ConfigError
from lstmtrader.experiment import ALIASES, Experiment
from lstmtrader.features.feature import Feature, Target
from lstmtrader.models.forecaster import Forecaster
from lstmtrader.models.training.objectives import OBJECTIVES
from lstmtrader.models.training.settings import Training
from lstmtrader.scaffold.schema import catalogue, experiment_schema, schema_text
from lstmtrader.strategy import Strategy
from tests.contracts.test_settings_contract import SHIPPED
from tests.contracts.test_strategy_contract import SHIPPED as STRATEGIES

if TYPE_CHECKING:
    from tests.conftest import Program, Settings

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
MODELINE = "# yaml-language-server: $schema=schema.json"


@pytest.fixture(scope="module")
def schema() -> Settings:
    return experiment_schema()


@pytest.fixture(scope="module")
def faults(schema: Settings) -> Callable[[Any], list[str]]:
    """What a validator says is wrong with settings, as an editor would."""
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)

    def found(settings: Any) -> list[str]:
        return [error.message for error in validator.iter_errors(as_json(settings))]

    return found


def as_json(value: Any) -> Any:
    """YAML 1.1 reads dates; JSON, and the YAML of editors, know text."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def built(settings: Any) -> Experiment:
    made: Experiment = build(Experiment, settings, aliases=ALIASES)
    return made


def test_it_is_a_schema_of_its_draft(schema: Settings) -> None:
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_file_beside_the_configs_is_what_the_command_prints(program: Program) -> None:
    """After a change of any setting: lstmtrader schema --output configs/schema.json."""
    printed = program("schema", cwd=ROOT)
    assert printed.returncode == 0, printed.stderr
    assert (ROOT / "configs/schema.json").read_text(encoding="utf-8") == printed.stdout
    assert printed.stdout == schema_text()


def test_output_is_written_to_a_file(tmp_path: Path, program: Program) -> None:
    written = program("schema", "--output", "own.json", cwd=tmp_path)
    assert written.stdout == "own.json\n"
    assert (tmp_path / "own.json").read_text(encoding="utf-8") == schema_text()
    refused = program("schema", "--output", "no/own.json", cwd=tmp_path)
    assert refused.returncode == 2
    assert "--output no/own.json: cannot be written" in refused.stderr


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_each_shipped_config_names_the_schema_and_is_valid(
    path: Path, faults: Callable[[Any], list[str]]
) -> None:
    assert path.read_text(encoding="utf-8").splitlines()[0] == MODELINE
    assert faults(read_yaml(path)) == []


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_what_a_run_writes_down_is_valid(path: Path, faults: Callable[[Any], list[str]]) -> None:
    """Every default spelt out, every class by the module that defines it."""
    assert faults(Experiment.from_yaml(path).config) == []


@pytest.mark.parametrize("made", [*SHIPPED, *STRATEGIES], ids=str)
def test_the_settings_of_everything_shipped_are_valid(made: Any, schema: Settings) -> None:
    """By the schema of its class, and where it stands in for a protocol by that of the choice."""
    own = Draft202012Validator(
        json_schema(type(made), ALIASES, catalogue(), closed=("lstmtrader",))
    )
    assert list(own.iter_errors(as_json(describe(made, type(made))))) == []
    for protocol in (Feature, Target, Forecaster, Strategy):
        if isinstance(made, protocol):
            choice = {"$ref": f"#/$defs/{protocol.__name__}", "$defs": schema["$defs"]}
            assert list(Draft202012Validator(choice).iter_errors(as_json(describe(made)))) == []


def change(settings: Settings, path: str, value: Any) -> Settings:
    """Set one place; a callable is given what is there."""
    changed: Any = copy.deepcopy(settings)
    *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    place = changed
    for key in parents:
        place = place[key] if isinstance(key, int) else place.setdefault(key, {})
    place[last] = value
    return changed


# Beside what is shipped: forms that people write.
ACCEPTED = [
    ("prices.provider", "synthetic"),
    ("prices.provider", {"target": "synthetic"}),
    ("prices.provider", {"target": "synthetic", "params": None}),
    ("prices.provider", {"target": "lstmtrader.data.synthetic:SyntheticProvider", "params": {}}),
    ("prices.start", "2000-03-01"),
    ("prices.symbols", ["SYN00", "SYN02"]),
    ("prices.symbols", None),
    ("walk_forward.train", "9mo"),
    ("walk_forward.purge", 7),
    ("costs", "us_equities_retail"),
    ("costs", {"target": "crypto_spot", "params": {"fees": 0}}),
    ("costs", {"target": "lstmtrader.backtest.costs:Costs", "params": {"fees": 0.001}}),
    ("costs", {"fees": 0}),
    ("model.params.loss", {"target": "sharpe", "params": {"turnover_cost": 0.001}}),
    ("model.params.training.halflife", None),
    ("model.params.network", {"target": "lstmtrader.models.training.settings:Network"}),
    ("features.1", "lstmtrader.features:Return"),
    ("features.1", {"target": "lstmtrader.features.technical:Return", "params": {"horizon": 3}}),
    (
        "features.1",
        {
            "target": "lstmtrader.features:CrossSectionRank",
            "params": {"of": "lstmtrader.features:Return"},
        },
    ),
    ("strategy", "strategies.direct_positions:DirectPositions"),
    (
        "strategy",
        {
            "target": "strategies.ensemble:Ensemble",
            "params": {"strategies": ["strategies.direct_positions:DirectPositions"] * 2},
        },
    ),
    ("features.1", {"target": f"{__name__}:OwnFeature", "params": {"window": 4}}),
    ("refit", "warm"),
    ("benchmark", "SYN01"),
    ("capital", 100),
]


class OwnFeature(features.Return):
    """Nobody listed it: its parameters are its own business."""

    def __init__(self, window: int = 3) -> None:
        super().__init__(window)
        object.__setattr__(self, "window", window)


@pytest.mark.parametrize(("path", "value"), ACCEPTED, ids=str)
def test_what_build_accepts_is_valid(
    path: str, value: Any, tiny_settings: Settings, faults: Callable[[Any], list[str]]
) -> None:
    settings = change(tiny_settings, path, value)
    built(settings)
    assert faults(settings) == []


REFUSED = [
    ("stratgy", {}),
    ("prices.simbols", ["SYN00"]),
    ("prices.provider", "sythetic"),
    ("prices.provider.params.n_symbol", 3),
    ("prices.provider.params.n_symbols", "three"),
    ("prices.start", "the day before"),
    ("prices.symbols", "SYN00"),
    ("features", {}),
    ("features.0.params.horizn", 3),
    ("features.0.params.horizon", "3"),
    ("features.0.params.horizon", 1.5),
    ("features.0.parms", {}),
    ("features.0.target", "lstmtrader.features:Retrun"),
    ("features.0.target", "lstmtrader.featurs:Return"),
    ("features.0.target", "lstmtrader.features.Return"),
    ("features.0", 7),
    ("target.params.scaled", 1),
    ("execution", "yesterday"),
    ("model.params.network.hiden", 8),
    ("model.params.network.hidden", True),
    ("model.params.training.optimiser", "sgd"),
    ("model.params.training.learning_rate", "1e-4"),
    ("model.params.loss", "shrape"),
    ("model.params.loss", {"target": "sharpe", "params": {"cost": 0.001}}),
    ("walk_forward.window", "sliding"),
    ("walk_forward.train", None),
    ("costs.fee", 0.1),
    ("costs", "us_equities"),
    ("members", "5"),
    ("refit", "hot"),
    ("strategy.params.windw", 20),
    ("strategy", None),
    ("benchmark", 5),
]


@pytest.mark.parametrize(("path", "value"), REFUSED, ids=str)
def test_unknown_keys_wrong_types_and_unknown_words_are_flagged_by_both(
    path: str, value: Any, tiny_settings: Settings, faults: Callable[[Any], list[str]]
) -> None:
    settings = change(tiny_settings, path, value)
    with pytest.raises(ConfigError):
        built(settings)
    assert faults(settings) != []


def without(settings: Settings, key: str) -> Settings:
    return {name: value for name, value in settings.items() if name != key}


@pytest.mark.parametrize(
    "key", ["name", "prices", "features", "target", "walk_forward", "model", "strategy"]
)
def test_a_missing_setting_is_flagged_by_both(
    key: str, tiny_settings: Settings, faults: Callable[[Any], list[str]]
) -> None:
    settings = without(tiny_settings, key)
    with pytest.raises(ConfigError, match=f"{key}: missing"):
        built(settings)
    assert any(f"'{key}' is a required property" in fault for fault in faults(settings))


def test_a_class_that_needs_settings_is_not_named_alone(
    tiny_settings: Settings, faults: Callable[[Any], list[str]]
) -> None:
    spec = "lstmtrader.features:CrossSectionRank"
    for form in (spec, {"target": spec}, {"target": spec, "params": None}):
        settings = change(tiny_settings, "features.0", form)
        with pytest.raises(ConfigError, match="missing; it has no default"):
            built(settings)
        assert faults(settings) != []


def places(value: Any, path: str = "") -> Iterator[str]:
    """Every mapping in settings, by its path."""
    if isinstance(value, dict):
        yield path
        for key, item in value.items():
            yield from places(item, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from places(item, f"{path}.{number}".lstrip("."))


def test_an_unknown_key_is_flagged_wherever_it_stands(
    tiny_experiment: Experiment, faults: Callable[[Any], list[str]]
) -> None:
    """In the whole experiment, every default spelt out."""
    config = tiny_experiment.config
    found = set(places(config)) - {"costs.borrow_by_symbol"}  # its keys are symbols
    assert len(found) > 20
    for path in found:
        settings = change(config, f"{path}.qqq".lstrip("."), 1)
        with pytest.raises(ConfigError, match="qqq: unknown key"):
            built(settings)
        assert faults(settings) != [], path


def test_everything_that_ships_is_offered(schema: Settings) -> None:
    """Editors complete what is listed: by its short name, or by the path that people write."""

    def offered(choice: str) -> set[str]:
        named = schema["$defs"][choice]["anyOf"][-1]
        return set(named["properties"]["target"]["anyOf"][0]["enum"])

    assert set(PROVIDERS) <= offered("PriceProvider")
    assert set(OBJECTIVES) <= offered("Objective")
    listed = offered("Feature") | offered("Target")
    helpers = {"ExogenousSeries"}
    assert {f"lstmtrader.features:{name}" for name in set(features.__all__) - helpers} <= listed
    assert {f"lstmtrader.models:{name}" for name in models.__all__} <= offered("Forecaster")
    assert {f"{type(one).__module__}:{type(one).__name__}" for one in STRATEGIES} == offered(
        "Strategy"
    )


def test_each_listed_class_is_of_its_kind() -> None:
    for protocol, paths in catalogue().items():
        for path in paths:
            spec = {"target": path, "params": {"qqq": 1}}
            # Of another kind it would be refused before its parameters are looked at.
            with pytest.raises(ConfigError, match=r"params\.qqq: unknown key"):
                build_value(spec, protocol, "here", ALIASES)


def test_editors_show_what_the_docstrings_say(schema: Settings) -> None:
    training = schema["$defs"]["lstmtrader.models.training.settings.Training"]
    assert training["description"] == summary(Training) == "How a network is trained."
    epochs, patience = (training["properties"][name] for name in ("epochs", "patience"))
    assert epochs["description"] == patience["description"] == parameter_texts(Training)["epochs"]
    assert epochs["description"].startswith("At most so many epochs;")
    assert (epochs["type"], epochs["default"]) == ("integer", 30)


def test_it_is_plain_json(schema: Settings) -> None:
    assert json.loads(json.dumps(schema, allow_nan=False)) == schema
