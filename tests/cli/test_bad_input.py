"""Law: bad input is answered by one line that names it, exit code 2, and no half-made results.

Every case below changes one thing about an experiment that runs. The line must name the file,
key or symbol at fault and, where there is one, what was probably meant.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from lstmtrader.cli.failures import run_app

if TYPE_CHECKING:
    from tests.conftest import Console, Settings

# Prices, features and targets of a user's own, each with one thing wrong.
CROOKED = '''
"""Written by a user, in the folder they work in."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstmtrader.data.synthetic import SyntheticProvider
from lstmtrader.features import ForwardReturn, Return
from lstmtrader.prices import PriceFrame


@dataclass(frozen=True)
class CrookedPrices:
    fault: str

    def fetch(self, request):
        sound = SyntheticProvider(n_symbols=3, n_bars=480, seed=3).fetch()
        close = sound.close.copy()
        if self.fault == "empty":
            close["SYN01"] = np.nan
        elif self.fault == "negative":
            close.loc["2000-02-01", "SYN01"] = -5.0
        elif self.fault == "zero":
            close.loc["2000-02-01", "SYN01"] = 0.0
        elif self.fault == "infinite":
            close.loc["2000-02-01", "SYN01"] = np.inf
        elif self.fault == "text":
            close = close.astype(object)
            close.loc["2000-02-01", "SYN01"] = "n/a"
        elif self.fault == "duplicate bar":
            close = pd.concat([close.iloc[:21], close.iloc[20:]])
        elif self.fault == "duplicate symbol":
            close.columns = ["SYN00", "SYN01", "SYN01"]
        elif self.fault == "unsorted":
            close = pd.concat([close.iloc[21:22], close.iloc[:21], close.iloc[22:]])
        elif self.fault == "no dates":
            close = close.reset_index(drop=True)
        elif self.fault == "calendar":
            close.index = pd.date_range("2000-01-03", periods=480)
            return PriceFrame(close.iloc[:, :2])
        elif self.fault == "nothing":
            return None
        return PriceFrame(close, calendar=sound.calendar)


@dataclass(frozen=True)
class SilentFeature(Return):
    def __call__(self, prices):
        return prices.close * np.nan


@dataclass(frozen=True)
class ShortFeature(Return):
    def __call__(self, prices):
        return super().__call__(prices).iloc[5:]


@dataclass(frozen=True)
class SilentTarget(ForwardReturn):
    def __call__(self, prices, execution):
        return prices.close * np.nan


@dataclass(frozen=True)
class HalfStrategy:
    def target_weight(self, forecast, prices):
        return None


@dataclass(frozen=True)
class WordlessStrategy:
    def target_weights(self, forecast, prices):
        return forecast.mean


class Forgetful:
    lookback = 2

    def __init__(self, horizon=1):
        self.kept_elsewhere = horizon

    name = "forgetful"

    def __call__(self, prices):
        return prices.close.pct_change()
'''


def at(path: str, value: Any) -> Callable[[Settings], None]:
    """Set one place of the settings: ``"model.params.network.hidden"``; list items are numbers."""

    def change(settings: Settings) -> None:
        *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
        place: Any = settings
        for key in parents:
            place = place[key] if isinstance(key, int) else place.setdefault(key, {})
        place[last] = value

    return change


def without(key: str) -> Callable[[Settings], None]:
    """Leave a key out."""
    return lambda settings: settings.pop(key)


def crooked(fault: str) -> Callable[[Settings], None]:
    """Take the prices from the user's own provider, and a model that needs no training."""

    def change(settings: Settings) -> None:
        settings["prices"] = {
            "provider": {"target": "crooked:CrookedPrices", "params": {"fault": fault}}
        }
        settings["execution"] = "next_close"
        settings["model"] = "lstmtrader.models:LastValue"
        settings["strategy"] = "strategies.long_flat:LongFlat"

    return change


def both(*changes: Callable[[Settings], None]) -> Callable[[Settings], None]:
    """Make several changes."""

    def change(settings: Settings) -> None:
        for one in changes:
            one(settings)

    return change


@dataclass(frozen=True)
class Bad:
    """One bad input: what is changed, the words given, and what the line must name."""

    name: str
    names: Sequence[str]
    change: Callable[[Settings], Any] = lambda settings: None
    text: str | bytes | None = None
    words: Sequence[str] = ()
    config: str = "tiny.yaml"


MSE = at("model.params.loss", "mse")
LONG_FLAT = at("strategy", {"target": "strategies.long_flat:LongFlat"})
MODULE = "lstmtrader.features:ForwardReturn"

BAD = [
    # Names
    Bad("unknown key", ["tiny.yaml", "stratgy", "did you mean strategy?"], at("stratgy", {})),
    Bad("unknown key, far off", ["tiny.yaml", "qqq", "expected one of"], at("qqq", 1)),
    Bad("unknown key in prices", ["prices.simbols", "symbols?"], at("prices.simbols", ["SYN00"])),
    Bad("unknown key in costs", ["costs.fee", "did you mean fees?"], at("costs.fee", 0.1)),
    Bad(
        "unknown key in model",
        ["model.params.network.hiden", "did you mean hidden?"],
        at("model.params.network.hiden", 8),
    ),
    Bad(
        "unknown key in a feature",
        ["features[1].params.windw", "did you mean window?"],
        at("features.1.params.windw", 8),
    ),
    Bad("unknown key beside params", ["model.parms", "params?"], at("model.parms", {})),
    Bad("a number as key", ["tiny.yaml", "7"], lambda settings: settings.update({7: 1})),
    Bad(
        "unknown module",
        ["target", "lstmtrader.featurs", "did you mean lstmtrader.features?"],
        at("target.target", "lstmtrader.featurs:ForwardReturn"),
    ),
    Bad(
        "unknown module of the user's",
        ["strategy", "strategys.long_flat"],
        at("strategy.target", "strategys.long_flat:LongFlat"),
    ),
    Bad(
        "unknown class",
        ["target", "ForwardRetrun", "did you mean ForwardReturn?"],
        at("target.target", "lstmtrader.features:ForwardRetrun"),
    ),
    Bad(
        "a dot for the colon",
        ["target", "module:Class", "lstmtrader.features.ForwardReturn"],
        at("target.target", "lstmtrader.features.ForwardReturn"),
    ),
    Bad("an empty class", ["target", "lstmtrader.features"], at("target.target", MODULE[:20])),
    Bad(
        "unknown short name",
        ["prices.provider", "sythetic", "did you mean synthetic?"],
        at("prices.provider", "sythetic"),
    ),
    Bad("a target that is a number", ["target", "3"], at("target.target", 3)),
    Bad(
        "a class of another protocol",
        ["strategy", "LastValue", "target_weights"],
        at("strategy", "lstmtrader.models:LastValue"),
    ),
    Bad(
        "a class of no protocol",
        ["strategy", "HalfStrategy", "target_weights"],
        at("strategy", "crooked:HalfStrategy"),
    ),
    Bad("a function for a class", ["target", "bars_in"], at("target", "lstmtrader.clock:bars_in")),
    Bad(
        "a module that does not import",
        ["strategy", "broken", "ZeroDivisionError"],
        at("strategy", "broken:Strategy"),
    ),
    Bad(
        "a module that needs another",
        ["strategy", "needy", "no_such_package"],
        at("strategy", "needy:Strategy"),
    ),
    Bad(
        "settings that cannot be read back",
        ["Forgetful", "horizon"],
        at("features.0", {"target": "crooked:Forgetful", "params": {"horizon": 2}}),
    ),
    # Types and values
    Bad("missing key", ["tiny.yaml", "target", "missing"], without("target")),
    Bad("missing key in a feature's class", ["fault", "missing"], at(
        "prices.provider", {"target": "crooked:CrookedPrices"})),
    Bad("text for a number", ["members", "three"], at("members", "three")),
    Bad("a fraction of a member", ["members", "2.5"], at("members", 2.5)),
    Bad("true for a number", ["members", "True"], at("members", True)),
    Bad("no members", ["members", "at least 1", "0"], at("members", 0)),
    Bad("nothing for a number", ["seed", "None"], at("seed", None)),
    Bad("text in a model", ["model.params.training.epochs", "many"], at(
        "model.params.training.epochs", "many")),
    Bad("no epochs", ["model.params.training", "epochs", "0"], at(
        "model.params.training.epochs", 0)),
    Bad("a list for settings", ["walk_forward", "list"], at("walk_forward", [200, 50, 50])),
    Bad("settings for a list", ["features", "list"], at("features", {"a": 1})),
    Bad("no features", ["features", "at least one"], at("features", [])),
    Bad("the same feature twice", ["features", "scaled_return_1"], lambda settings: settings[
        "features"].append(settings["features"][0])),
    Bad("nothing for a model", ["model", "None"], at("model", None)),
    Bad("a list for params", ["model.params", "list"], at("model.params", [1])),
    Bad("a length in parsecs", ["train", "5 parsecs"], at("walk_forward.train", "5 parsecs")),
    Bad("an empty test slice", ["test", "at least 1"], at("walk_forward.test", 0)),
    Bad("an unknown window", ["window", "sliding"], at("walk_forward.window", "sliding")),
    Bad("an unknown execution", ["execution", "tomorrow"], at("execution", "tomorrow")),
    Bad("an unknown loss", ["loss", "mea"], at("model.params.loss", "mea")),
    Bad("fees of 500 %", ["costs", "fees", "5"], at("costs.fees", 5.0)),
    Bad("fees that are no number", ["costs", "fees", "nan"], at("costs.fees", float("nan"))),
    Bad("no capital", ["capital", "0"], at("capital", 0.0)),
    Bad("endless capital", ["capital", "inf"], at("capital", float("inf"))),
    Bad("capital that is no number", ["capital", "nan"], at("capital", float("nan"))),
    Bad("a decay that is no number", ["weight_decay", "nan"], at(
        "model.params.training.weight_decay", float("nan"))),
    Bad("an endless learning rate", ["learning_rate"], at(
        "model.params.training.learning_rate", float("inf"))),
    Bad("a name with a slash", ["name", "../../tiny"], at("name", "../../tiny")),
    Bad("an endless volatility", ["target_volatility", "inf"], at(
        "strategy.params.target_volatility", float("inf"))),
    Bad("a window of one bar in a strategy", ["window", "1"], at("strategy.params.window", 1)),
    Bad("a volatility window of one bar", ["volatility_window", "1"], at(
        "target.params.volatility_window", 1)),
    # Dates
    Bad("a 13th month", ["tiny.yaml", "month"], text="prices: {start: 2022-13-01}\n"),
    Bad("a day in words", ["prices.start", "yesterday"], at("prices.start", "yesterday")),
    Bad(
        "an end before the start",
        ["start 2001-01-01", "end 2000-06-01"],
        both(at("prices.start", "2001-01-01"), at("prices.end", "2000-06-01")),
    ),
    Bad("a start after the end of the prices", ["start"], at("prices.start", "2030-01-01")),
    # Prices
    Bad(
        "unknown symbol",
        ["SYN0X", "synthetic", "did you mean SYN0"],
        at("prices.symbols", ["SYN00", "SYN0X"]),
    ),
    Bad("a symbol twice", ["symbols", "SYN00"], at("prices.symbols", ["SYN00", "SYN00"])),
    Bad("no symbols", ["symbols", "empty"], at("prices.symbols", [])),
    Bad("too little history", ["train 200", "100"], at("prices.provider.params.n_bars", 100)),
    Bad(
        "less history than warm-up",
        ["volatility_", "12 bars"],
        both(at("prices.provider.params.n_bars", 12), at("features", [
            {"target": "lstmtrader.features:RealisedVolatility", "params": {"window": 40}}])),
    ),
    Bad("a symbol without prices", ["SYN01"], crooked("empty")),
    Bad("a negative price", ["SYN01", "2000-02-01", "-5"], crooked("negative")),
    Bad("a price of zero", ["SYN01", "2000-02-01", "0"], crooked("zero")),
    Bad("an infinite price", ["SYN01", "2000-02-01", "inf"], crooked("infinite")),
    Bad("a word for a price", ["close", "n/a"], crooked("text")),
    Bad("a bar twice", ["2000-01-31", "more than once"], crooked("duplicate bar")),
    Bad("a column twice", ["SYN01", "more than once"], crooked("duplicate symbol")),
    Bad("unsorted bars", ["2000-01-03", "not sorted"], crooked("unsorted")),
    Bad("bars without dates", ["DatetimeIndex"], crooked("no dates")),
    Bad("another calendar", ["calendar", "XNYS", "24/7"], crooked("calendar")),
    Bad("a provider without an answer", ["CrookedPrices", "PriceFrame"], crooked("nothing")),
    Bad(
        "opens that are not there",
        ["next_open", "next_close"],
        both(at("prices", {"provider": "sample", "symbols": ["AAPL"], "start": "2020-01-01"})),
    ),
    # Parts that do not fit together
    Bad("a purge too short", ["walk_forward", "purge >= 2", "1"], at("walk_forward.purge", 1)),
    Bad(
        "a loss for another target",
        ["model", "bce", "scaled_return"],
        at("model.params.loss", "bce"),
    ),
    Bad("a strategy for other forecasts", ["strategy", "DirectPositions", "scaled_return"], MSE),
    Bad(
        "a silent feature",
        ["return_1", "no finite value"],
        at("features.0", "crooked:SilentFeature"),
    ),
    Bad("a short feature", ["return_1", "bars"], at("features.0", "crooked:ShortFeature")),
    Bad(
        "a lookback too long",
        ["warm-up 239", "train 200", "480"],
        at("model.params.lookback", 230),
    ),
    Bad("a strategy without an answer", ["WordlessStrategy", "TargetWeights"], at(
        "strategy", "crooked:WordlessStrategy")),
    Bad(
        "a loss that is not finite",
        ["fold 0", "learning_rate"],
        at("model.params.training.learning_rate", 1e30),
    ),
    Bad(
        "a silent target",
        ["target", "no finite value"],
        at("target.target", "crooked:SilentTarget"),
    ),
    # Files
    Bad("a duplicate key", ["tiny.yaml", "line 2", "name"], text="name: a\nname: b\n"),
    Bad("a nested duplicate key", ["line 3", "train"], text="w:\n  train: 1\n  train: 2\n"),
    Bad("broken YAML", ["tiny.yaml", "line 3", "YAML"], text="name: tiny\nprices: [\n"),
    Bad("a tab", ["tiny.yaml", "line 2"], text="prices:\n\tprovider: sample\n"),
    Bad("a list as key", ["tiny.yaml"], text="? [a, b]\n: 1\n"),
    Bad("settings as key", ["tiny.yaml"], text="? {a: b}\n: 1\n"),
    Bad("an endless alias", ["tiny.yaml"], text="name: &a [*a]\n"),
    Bad("a merge of no mapping", ["tiny.yaml", "line 1"], text="<<: 3\n"),
    Bad("an object tag", ["tiny.yaml", "YAML"], text="name: !!python/object/apply:os.getcwd []\n"),
    Bad("an empty file", ["tiny.yaml", "nothing"], text=""),
    Bad("a list of settings", ["tiny.yaml", "list"], text="- name: tiny\n"),
    Bad("two documents", ["tiny.yaml", "YAML"], text="name: a\n---\nname: b\n"),
    Bad("a binary file", ["tiny.yaml"], text=bytes(range(256))),
    Bad("a control character", ["tiny.yaml"], text="name: a\x00b\n"),
    Bad("a missing file", ["missing.yaml", "No such file"], config="missing.yaml"),
    Bad("a folder for a file", ["directory"], config="."),
    # Words
    Bad("--set without a value", ["--set members", "key=value"], words=["--set", "members"]),
    Bad("--set without a key", ["--set =3", "key=value"], words=["--set", "=3"]),
    Bad("--set of a wrong type", ["members", "three"], words=["--set", "members=three"]),
    Bad("--set of an unknown key", ["membrs", "members?"], words=["--set", "membrs=3"]),
    Bad("--set inside a value", ["--set seed.x"], words=["--set", "seed.x=1"]),
    Bad("--set beyond a list", ["--set features.9"], words=["--set", "features.9.params={}"]),
    Bad("--set of broken YAML", ["--set", "members"], words=["--set", "members=[1"]),
    Bad("--set of a bad date", ["--set", "prices.start"], words=[
        "--set", "prices.start=2022-02-31"]),
    Bad("--set of settings by a list", ["features"], words=["--set", "features=[1]"]),
    Bad("a file for the runs folder", ["crooked.py"], words=["--runs", "crooked.py"]),
    Bad("a runs folder inside a file", ["crooked.py"], words=["--runs", "crooked.py/runs"]),
]  # fmt: skip

# The same through the real console script: a fault in the settings, in the words, in the file, in
# prices from a module in the folder the user works in, and in the middle of training.
REAL = [
    "unknown key",
    "--set without a value",
    "a binary file",
    "a negative price",
    "a loss that is not finite",
]
COLD = "unknown key"  # in an interpreter that has loaded nothing


@pytest.fixture(scope="module")
def user_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Modules that a user has in the folder they work in."""
    place = tmp_path_factory.mktemp("user")
    (place / "crooked.py").write_text(CROOKED)
    (place / "broken.py").write_text("1 / 0\n")
    (place / "needy.py").write_text("import no_such_package\n")
    return place


@pytest.fixture
def place(user_modules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder a user works in."""
    for module in user_modules.glob("*.py"):
        shutil.copy(module, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(user_modules))
    return tmp_path


def prepare(bad: Bad, settings: Settings, place: Path) -> list[str]:
    """Write the configuration and return the words of the command line."""
    path = place / "tiny.yaml"
    bad.change(settings)
    if isinstance(bad.text, bytes):
        path.write_bytes(bad.text)
    elif bad.text is not None:
        path.write_text(bad.text)
    else:
        path.write_text(yaml.safe_dump(settings, sort_keys=False))
    return ["run", bad.config, *bad.words]


Call = Callable[..., int]


@pytest.fixture(scope="module")
def call(command: Callable[..., Any]) -> Call:
    """Call the command line in this process, as its entry point does."""

    def code(words: Sequence[str], *, debug: bool = False) -> int:
        return run_app(lambda: command(list(words), "lstmtrader"), debug=debug)

    return code


def check(bad: Bad, code: int, stdout: str, stderr: str, place: Path) -> None:
    """The law."""
    assert code == 2, stderr
    assert stdout == ""
    first, *notes = stderr.splitlines()
    assert first.startswith("error: "), stderr
    assert all(note.startswith("kept: ") for note in notes), stderr
    assert "Traceback" not in stderr
    for name in bad.names:
        assert name in first
    # A leftover of the message's making, such as «: :» or an object's address, is no name.
    assert not re.search(r": :|0x[0-9a-f]{6,}|<class|<object", first), first
    runs = place / "runs"
    assert all(path.name.endswith(".incomplete") for path in runs.glob("[!.]*"))
    assert bool(list(runs.glob("*"))) == bool(notes)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_bad_input_is_one_line(
    bad: Bad, tiny_settings: Settings, place: Path, call: Call, capfd: pytest.CaptureFixture[str]
) -> None:
    code = call(prepare(bad, tiny_settings, place))
    check(bad, code, *capfd.readouterr(), place)


@pytest.mark.parametrize("bad", [bad for bad in BAD if bad.name in REAL], ids=lambda bad: bad.name)
def test_bad_input_is_one_line_of_the_console_script(
    bad: Bad, tiny_settings: Settings, place: Path, console: Console, loaded_console: Console
) -> None:
    script = console if bad.name == COLD else loaded_console
    finished = script(*prepare(bad, tiny_settings, place), cwd=place)
    check(bad, finished.returncode, finished.stdout, finished.stderr, place)


def test_the_case_that_all_others_change_is_sound(
    tiny_settings: Settings, place: Path, call: Call, capfd: pytest.CaptureFixture[str]
) -> None:
    """Else every line above might complain about something else."""
    sound = Bad("sound", [], crooked("none"))
    try:
        code = call([*prepare(sound, tiny_settings, place), "--quiet"])
    except SystemExit as exit_:
        code = exit_.code
    assert not code, capfd.readouterr().err
    assert len(list((place / "runs").glob("[!.]*"))) == 1


def test_debug_shows_the_traceback_before_the_line(
    tiny_settings: Settings, place: Path, call: Call, capfd: pytest.CaptureFixture[str]
) -> None:
    words = prepare(Bad("", [], at("members", 0)), tiny_settings, place)
    assert call([*words, "--debug"], debug=True) == 2
    stderr = capfd.readouterr().err
    assert stderr.startswith("Traceback") or "\nTraceback" in stderr
    assert "in from_yaml" in stderr
    assert stderr.splitlines()[-1].startswith("error: ")


def test_debug_of_the_console_script(
    tiny_settings: Settings, place: Path, loaded_console: Console
) -> None:
    words = prepare(Bad("", [], at("membrs", 0)), tiny_settings, place)
    finished = loaded_console(*words, "--debug", cwd=place)
    assert finished.returncode == 2
    assert "Traceback (most recent call last)" in finished.stderr
    assert finished.stderr.splitlines()[-1].startswith("error: ")


@pytest.mark.parametrize("words", [["walk"], ["run"], ["run", "tiny.yaml", "--sett", "a=1"]])
def test_wrong_words_are_answered_by_the_command_line(
    words: list[str], place: Path, call: Call, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        call(words)
    assert exit_.value.code == 2
    stdout, stderr = capfd.readouterr()
    assert stdout == ""
    assert "Usage: lstmtrader" in stderr
    assert "Traceback" not in stderr
