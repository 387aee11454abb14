"""What every class named in a configuration has to keep: its settings can be written and read."""

from __future__ import annotations

import pickle
from typing import Any

from lstmtrader.config.building import build, describe
from lstmtrader.errors import ContractError, LstmtraderError


def settings_survive(made: Any, what: str) -> None:
    """Raise a `ContractError` unless an object can be written into a run folder and built again.

    And unless it can be sent to another process, where walk-forward trains.

    Parameters
    ----------
    made : object
    what : str
        Such as ``"feature momentum_20"``: begins the message.
    """
    kind = type(made)
    try:
        plain = describe(made, kind)
        again = build(kind, plain)
    except LstmtraderError as error:
        raise ContractError(f"{what}: its settings cannot be written and read: {error}") from error
    if describe(again, kind) != plain:
        raise ContractError(
            f"{what}: built from its own settings {plain} it has others, {describe(again, kind)}"
        )
    try:
        sent = pickle.loads(pickle.dumps(made))
    except Exception as error:
        raise ContractError(
            f"{what}: it cannot be sent to another process ({error}); keep connections, files and "
            "functions out of it, and define its class at the top of a module"
        ) from error
    if describe(sent, kind) != plain:
        raise ContractError(f"{what}: sent to another process it has other settings")
