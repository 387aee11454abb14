"""Law: importing is instant and silent, and a run leaves the process and the folder as they were.

Each question is asked of a fresh interpreter: what this one has loaded already says nothing.
"""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import lstmtrader
from lstmtrader.isolation import untouched

if TYPE_CHECKING:
    from tests.conftest import Console, ConsoleRun

HEAVY = ("numpy", "pandas", "torch", "vectorbt", "pytorch_lightning", "rich", "typer")

LOADED = "import json, sys; print(json.dumps(sorted(name.split('.')[0] for name in sys.modules)))"

HELP = """
import contextlib, io, sys
sys.argv = ["lstmtrader", *{arguments!r}]
from lstmtrader.cli.main import main
with contextlib.redirect_stdout(io.StringIO()) as text:
    try:
        main()
    except SystemExit as exit_:
        assert not exit_.code, exit_.code
assert "lstmtrader" in text.getvalue()
"""

SNAPSHOT = """
import gc, hashlib, json, logging, os, random, signal, sys, threading, warnings
import numpy as np, pandas as pd, plotly.io, torch, vectorbt, pytorch_lightning
import lstmtrader.experiment, lstmtrader.models.training.forecaster
import strategies.direct_positions
from lstmtrader import Experiment

# What the libraries change by being imported is theirs; vectorbt's rust engine and the calendar
# are loaded on first use, so that first use happens before the first picture.
experiment = Experiment.from_yaml("tiny.yaml")
prices = experiment.prices.fetch()
experiment.labelled_panel(prices)

def options():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: repr(pd.get_option(name)) for name in pd._config.config._registered_options}

def digest(value):
    return hashlib.sha256(repr(value).encode()).hexdigest()

def picture():
    root = logging.getLogger()
    return {
        "torch generator": digest(torch.get_rng_state().tolist()),
        "numpy generator": digest([np.asarray(x).tolist() for x in np.random.get_state()]),
        "garbage": [gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()],
        "python generator": digest(random.getstate()),
        "torch threads": torch.get_num_threads(),
        "torch interop threads": torch.get_num_interop_threads(),
        "torch dtype": str(torch.get_default_dtype()),
        "torch gradients": torch.is_grad_enabled(),
        "torch deterministic": torch.are_deterministic_algorithms_enabled(),
        "warning filters": [str(entry) for entry in warnings.filters],
        "show warning": repr(warnings.showwarning),
        "pandas options": options(),
        "numpy errors": np.geterr(),
        "numpy printing": {k: repr(v) for k, v in np.get_printoptions().items()},
        "plotly template": plotly.io.templates.default,
        "plotly renderer": plotly.io.renderers.default,
        "root level": root.level,
        "root handlers": [repr(handler) for handler in root.handlers],
        "log levels": {
            name: [logging.getLogger(name).level, len(logging.getLogger(name).handlers)]
            for name in ("pytorch_lightning", "lightning.pytorch", "lightning_fabric", "vectorbt")
        },
        "interrupt handler": repr(signal.getsignal(signal.SIGINT)),
        "terminate handler": repr(signal.getsignal(signal.SIGTERM)),
        "exception hook": repr(sys.excepthook),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "environment": dict(os.environ),
        "path": list(sys.path),
        "cwd": os.getcwd(),
        "files": sorted(os.listdir()),
    }
"""

RUN_AND_MEDDLE = """
def changed(call):
    before = picture()
    call()
    after = picture()
    return [(name, before[name], after[name]) for name in before if before[name] != after[name]]

def meddle():
    gc.disable(), torch.rand(1), random.random(), warnings.simplefilter("ignore"), os.mkdir("stray")
    logging.getLogger().setLevel(10), torch.set_num_threads(3), np.seterr(all="ignore")

print(json.dumps({"run": changed(experiment.run), "meddler": changed(meddle)}))
"""


def answer(console: Console, code: str, cwd: Path) -> Any:
    """What a fresh interpreter prints, as JSON."""
    finished = console.python(code, cwd)
    assert finished.returncode == 0, finished.stderr
    assert finished.stderr == ""
    return json.loads(finished.stdout.splitlines()[-1])


def test_importing_the_package_loads_nothing_heavy(console: Console, tmp_path: Path) -> None:
    loaded = answer(console, f"import lstmtrader\n{LOADED}", tmp_path)
    assert not set(HEAVY) & set(loaded)


NOT_FOR_HELP = {
    "numpy", "pandas", "torch", "vectorbt", "pytorch_lightning", "plotly", "yaml", "duckdb",
    "captum", "skfolio", "sklearn", "jinja2",
}  # fmt: skip


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(console: Console, arguments: list[str], tmp_path: Path) -> None:
    loaded = answer(console, HELP.format(arguments=arguments) + LOADED, tmp_path)
    # Typer itself takes pydantic for the types of a command's options.
    excused = {"pydantic"} if arguments[0] == "run" else set()
    assert not (NOT_FOR_HELP - excused) & set(loaded)


def test_settings_are_read_without_what_only_training_needs(
    console: Console, tiny_yaml: Path
) -> None:
    read = "from lstmtrader import Experiment\nExperiment.from_yaml('tiny.yaml')\n"
    loaded = answer(console, read + LOADED, tiny_yaml.parent)
    assert not {"pytorch_lightning", "vectorbt"} & set(loaded)


@pytest.mark.parametrize("name", lstmtrader.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(lstmtrader, name).__name__ == name
    assert name in dir(lstmtrader)


def test_a_name_that_is_not_there_says_so() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Experimnt'"):
        lstmtrader.Experimnt  # noqa: B018


def test_garbage_is_looked_for_again_after_an_import_that_fails() -> None:
    with untouched():
        inside = gc.isenabled()
    with pytest.raises(ModuleNotFoundError), untouched():
        import lstmtrader.no_such_module  # noqa: F401
    assert (inside, gc.isenabled()) == (False, True)


# In a group, because it takes long: groups come first, and what comes last should be short.
@pytest.mark.xdist_group("console run")
def test_a_run_leaves_the_process_as_it_was(console: Console, tiny_yaml: Path) -> None:
    """Generators, threads, warning filters, logging, options, signals: all as before."""
    changed = answer(console, SNAPSHOT + RUN_AND_MEDDLE, tiny_yaml.parent)
    assert changed["run"] == []
    # That would hold, too, for a picture that shows nothing.
    assert {name for name, _, _ in changed["meddler"]} == {
        "garbage",
        "torch generator",
        "python generator",
        "warning filters",
        "files",
        "root level",
        "torch threads",
        "numpy errors",
    }


@pytest.mark.xdist_group("console run")
@pytest.mark.parametrize("word", ["lightning", "gpu available", "tpu", "warning", "tip:", "torch"])
def test_a_run_says_nothing_of_its_libraries(console_run: ConsoleRun, word: str) -> None:
    assert console_run.finished.returncode == 0
    said = console_run.finished.stdout + console_run.finished.stderr
    assert word not in said.lower()


@pytest.mark.xdist_group("console run")
def test_a_run_leaves_no_stray_files(console_run: ConsoleRun) -> None:
    assert sorted(path.name for path in console_run.cwd.iterdir()) == ["runs", "tiny.yaml"]
    assert len(console_run.folders) == 1
