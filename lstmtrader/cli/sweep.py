"""`lstmtrader sweep`: many variants of strategy and costs over one set of forecasts."""

from __future__ import annotations

import re
from typing import Annotated, Any

import typer

from lstmtrader.cli.options import RUNS, Config, Debug, Fits, Overrides, Quiet, Runs

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"\s*({_NUMBER}):({_NUMBER}):(\d+)\s*")
_NUMBERS = re.compile(rf"\s*{_NUMBER}(?::{_NUMBER})+\s*")

EPILOG = (
    "Examples:\n\n"
    "lstmtrader sweep configs/quickstart.yaml "
    "--vary strategy.params.target_volatility=0.1,0.15,0.2 --vary costs.fees=0,0.0005,0.001\n\n"
    "lstmtrader sweep configs/quickstart.yaml --vary sizing.band=0:0.02:11 --metric cagr\n\n"
    "A range is first:last:count, both ends included."
)


def sweep(
    config: Config,
    vary: Annotated[
        list[str],
        typer.Option("--vary", metavar="KEY=VALUES", help="An axis: a,b,c or first:last:count."),
    ],
    set_: Overrides = None,
    runs: Runs = RUNS,
    workers: Annotated[
        int | None, typer.Option("--workers", "-w", help="Processes; by default one a core.")
    ] = None,
    cache: Fits = None,
    metric: Annotated[str, typer.Option(help="Figure to order by.")] = "sharpe",
    as_json: Annotated[bool, typer.Option("--json", help="Print every variant as JSON.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Vary strategy, costs, limits, sizing and rebalancing; nothing is trained twice."""
    del debug  # read by run_app, before and after this function
    from lstmtrader.cli.failures import named_in_errors
    from lstmtrader.cli.progress import training_progress
    from lstmtrader.cli.sweep_summary import print_sweep, print_sweep_json
    from lstmtrader.config.locating import nearest
    from lstmtrader.errors import ConfigError
    from lstmtrader.experiment import Experiment
    from lstmtrader.report.wording import METRICS
    from lstmtrader.sweep.grid import check_apart

    if metric not in METRICS:
        raise ConfigError(f"--metric: no {metric}{nearest(metric, METRICS)}")
    read = [axis(text) for text in vary]
    check_apart([key for key, _ in read])
    axes = dict(read)
    experiment = Experiment.from_yaml(config, list(set_ or ()))
    with named_in_errors(str(config)), training_progress(visible=not quiet) as progress:
        found = experiment.sweep(axes, runs, cache=cache, workers=workers, progress=progress)
    if as_json:
        print_sweep_json(found)
    else:
        print_sweep(found, metric)


def axis(text: str) -> tuple[str, list[Any]]:
    """Read ``key=a,b,c`` or ``key=first:last:count``.

    Examples
    --------
    >>> axis("sizing.band=0:0.02:3")
    ('sizing.band', [0.0, 0.01, 0.02])
    """
    import numpy as np

    from lstmtrader.config.reading import parse_yaml
    from lstmtrader.errors import ConfigError

    key, equals, values = text.partition("=")
    if not equals or not key.strip() or not values.strip():
        raise ConfigError(f"--vary {text}: expected key=a,b,c or key=first:last:count")
    span = _RANGE.fullmatch(values)
    # YAML 1.1 would read 1:30 as ninety.
    if any(_NUMBERS.fullmatch(one) for one in values.split(",")):
        count = int(span[3]) if span else 0
        if not span or count < 1:
            raise ConfigError(f"--vary {text}: expected first:last:count, such as 0:0.1:11")
        first, last = float(span[1]), float(span[2])
        # Twelve digits: 0.3, not 0.30000000000000004.
        return key.strip(), [float(f"{one:.12g}") for one in np.linspace(first, last, count)]
    try:
        read = parse_yaml(f"[{values}]")
    except ConfigError as error:
        raise ConfigError(f"--vary {text}: {error}") from error
    return key.strip(), list(read)
