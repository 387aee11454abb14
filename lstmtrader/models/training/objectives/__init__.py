"""What a network is trained for: heads, losses, and what becomes of a network's output."""

from __future__ import annotations

import pkgutil

from lstmtrader.errors import ConfigError
from lstmtrader.models.training.objectives.objective import Objective

OBJECTIVES = {
    "mse": "lstmtrader.models.training.objectives.point:Mse",
    "mae": "lstmtrader.models.training.objectives.point:Mae",
    "huber": "lstmtrader.models.training.objectives.point:Huber",
    "quantile": "lstmtrader.models.training.objectives.distribution:Quantile",
    "gaussian": "lstmtrader.models.training.objectives.distribution:Gaussian",
    "student_t": "lstmtrader.models.training.objectives.distribution:StudentT",
    "bce": "lstmtrader.models.training.objectives.direction:Binary",
    "direction": "lstmtrader.models.training.objectives.direction:ThreeClass",
    "ic": "lstmtrader.models.training.objectives.trading:InformationCoefficient",
    "sharpe": "lstmtrader.models.training.objectives.trading:Sharpe",
}
"""Short names for `loss`, each with the class it stands for."""


def named_objective(name: str) -> Objective:
    """Return the objective of a short name, with its defaults.

    Raises
    ------
    ConfigError
        If there is none.
    """
    if name not in OBJECTIVES:
        raise ConfigError(f"loss: expected one of {', '.join(OBJECTIVES)}; got {name!r}")
    made: Objective = pkgutil.resolve_name(OBJECTIVES[name])()
    return made
