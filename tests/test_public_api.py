"""Law: the exported names are these, and each is documented with an example that runs."""

from __future__ import annotations

import doctest
import enum
import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "lstmtrader"

# Every name that people may import from a package, and nothing else. A name that goes or comes
# changes what their code can rely on: it is changed here on purpose, or not at all.
EXPORTS: dict[str, tuple[str, ...]] = {
    "lstmtrader": (
        "Calendar", "Costs", "Execution", "Experiment", "Fold", "Folds", "Forecast",
        "ForecastKind", "Limits", "LocalExecutor", "LstmtraderError", "PriceFrame", "PriceSource",
        "Rebalancing", "RecurrentForecaster", "Run", "Sizing", "Sweep", "TargetWeights",
        "WalkForward", "backtest_forecasts", "run_backtest", "walk_forward",
    ),
    "lstmtrader.audit": ("AuditReport", "audit"),
    "lstmtrader.contracts": ("check_feature", "check_forecaster", "check_strategy"),
    "lstmtrader.data.store": ("PriceStore",),
    "lstmtrader.features": (
        "AbsoluteReturn", "BeatMedian", "CrossSectionRank", "Direction", "Exogenous",
        "ExogenousSeries", "ForwardRank", "ForwardReturn", "ForwardVolatility", "MacdMomentum",
        "RealisedVolatility", "RelativeStrength", "Return", "ScaledReturn", "TripleBarrier",
    ),
    "lstmtrader.models": (
        "AlwaysLong", "Boosting", "Ewma", "Garch", "Har", "HistoricalMean", "LastValue", "Momentum",
        "RecurrentForecaster", "Ridge", "Zero",
    ),
    "lstmtrader.models.baselines": (
        "AlwaysLong", "Boosting", "Ewma", "Garch", "Har", "HistoricalMean", "LastValue", "Momentum",
        "Ridge", "Zero",
    ),
    "lstmtrader.models.recurrent": (
        "AttentionLSTM", "BiLSTM", "CELLS", "GRU", "LSTM", "PeepholeLSTM", "RNN",
        "SequenceNetwork", "WindowMLP", "chrono_",
    ),
    "lstmtrader.report.tearsheet": ("TearSheet", "render"),
}  # fmt: skip

# What `Run` gives: the properties and methods that notebooks and scripts are written against.
RUN = (
    "audit", "benchmark", "comparison", "curves", "equity", "evaluation", "explain", "facts",
    "figures", "folds", "load", "metrics", "name", "notes", "plot", "report", "result",
    "returns", "skill", "trades", "trials", "verdict", "weights",
)  # fmt: skip
EXPERIMENT = ("audit", "from_yaml", "on", "run", "sweep")
PLOTS = (
    "attribution", "baselines", "calibration", "cloud", "cost_levels", "costs", "curves", "decay",
    "deciles", "distribution", "drawdowns", "equity", "exposure", "folds", "holdings", "ic",
    "intervals", "members", "months", "rolling", "skill",
)  # fmt: skip


def exported() -> dict[str, Any]:
    """Every exported object once, by where it is exported first."""
    found: dict[int, tuple[str, Any]] = {}
    for module, names in EXPORTS.items():
        home = importlib.import_module(module)
        for name in names:
            one = getattr(home, name)
            if not callable(one):
                continue  # a table of names: what it holds is exported, too
            found.setdefault(id(one), (f"{module}.{name}", one))
    return dict(found.values())


def examples(one: Any) -> list[doctest.Example]:
    """The examples of an object that a doctest runs, those of its own methods included."""
    found = list(doctest.DocTestParser().get_examples(one.__doc__ or ""))
    if inspect.isclass(one):
        for name, member in vars(one).items():
            plain = getattr(member, "__func__", member)
            if not name.startswith("_") and (inspect.isfunction(plain) or _is_property(one, name)):
                found += doctest.DocTestParser().get_examples(plain.__doc__ or "")
    return found


def parameters(one: Any) -> list[str]:
    """The names that a reader needs explained; an enumeration is made of its members."""
    if inspect.isclass(one) and issubclass(one, enum.Enum | Exception):
        return []
    signature = inspect.signature(one)
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [name for name, each in signature.parameters.items() if each.kind not in kinds]


def section(doc: str, title: str) -> str | None:
    """The text of a section of a numpydoc docstring."""
    match = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", doc, re.M | re.S)
    return None if match is None else match[1]


def unexplained(one: Any) -> list[str]:
    """Parameters of an object that its docstring, or that of its bases, does not name."""
    docs = [inspect.cleandoc(each.__doc__ or "") for each in (
        inspect.getmro(one) if inspect.isclass(one) else (one,)
    )]  # fmt: skip
    told = "\n".join(filter(None, (section(doc, "Parameters") for doc in docs)))
    heads = [line for line in told.splitlines() if line and not line.startswith(" ")]
    names = {name for head in heads for name in re.split(r",\s*", head.partition(" :")[0])}
    return [name for name in parameters(one) if name not in names]


def pinned_packages() -> set[str]:
    """Every module of the package that says what it exports."""
    return {
        ".".join(("lstmtrader", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(
            ".__init__"
        )
        for path in PACKAGE.rglob("*.py")
        if re.search(r"^__all__ = ", path.read_text(encoding="utf-8"), re.M)
    }


def test_every_package_that_exports_is_pinned() -> None:
    assert pinned_packages() == set(EXPORTS)


@pytest.mark.parametrize("module", EXPORTS)
def test_a_package_exports_these_names_and_no_others(module: str) -> None:
    assert sorted(importlib.import_module(module).__all__) == sorted(EXPORTS[module])


def test_the_top_level_hides_nothing_it_names() -> None:
    home = importlib.import_module("lstmtrader")
    assert dir(home) == sorted(EXPORTS["lstmtrader"])
    with pytest.raises(AttributeError, match="no attribute 'Backtest'"):
        _ = home.Backtest


@pytest.mark.parametrize("name", sorted(exported()))
def test_everything_exported_has_an_example_that_runs(name: str) -> None:
    one = exported()[name]
    assert [each for each in examples(one) if each.want], f"{name}: no example with a result"


@pytest.mark.parametrize("name", sorted(exported()))
def test_everything_exported_explains_its_parameters(name: str) -> None:
    one = exported()[name]
    assert (one.__doc__ or "").strip(), name
    assert unexplained(one) == []


def test_what_a_run_gives_is_pinned() -> None:
    from lstmtrader import Experiment, Run
    from lstmtrader.report.plots import Plots

    public = {name for name in vars(Run) if not name.startswith("_")}
    given = {name for name in public if callable(getattr(Run, name)) or _is_property(Run, name)}
    assert given == set(RUN)
    assert {name for name in vars(Plots) if not name.startswith("_")} == set(PLOTS)
    own = {name for name in vars(Experiment) if not name.startswith("_")}
    assert own - set(Experiment.__dataclass_fields__) == set(EXPERIMENT)
    for home, names in ((Run, RUN), (Plots, PLOTS), (Experiment, EXPERIMENT)):
        assert all((getattr(home, name).__doc__ or "").strip() for name in names)


def _is_property(home: type, name: str) -> bool:
    return isinstance(inspect.getattr_static(home, name), property)


class TestTheLawCanFail:
    """A law that finds nothing wrong with anything would pass for everything."""

    def test_an_example_that_never_runs_is_none(self) -> None:
        def one() -> None:
            """Do.

            Examples
            --------
            ::

                one()
            """

        assert examples(one) == []

    def test_a_parameter_without_a_word_is_found(self) -> None:
        def one(told: int, untold: int) -> None:
            """Do.

            Parameters
            ----------
            told : int
                A word about untold.
            """

        assert unexplained(one) == ["untold"]
