"""Less of what takes time: small networks, few epochs."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any

from lstmtrader.errors import LstmtraderError
from lstmtrader.models.training.settings import Network, Training

_CELLS = 4
_EPOCHS = 2
_BATCH = 64


def reduced(model: Any, *, learning: bool = False) -> Any:
    """Return the same model with a small network that is trained for two epochs.

    Networks and trainings are found wherever the model keeps them. A network that cannot be
    built that small stays as it is.

    Parameters
    ----------
    model : Any
    learning : bool
        Whether it is to learn something: then its batches stay as small as they are. Else they
        are large, for less than a whole batch of numbers can give away what reaches it.
    """
    if isinstance(model, Training):
        return replace(
            model,
            epochs=min(model.epochs, _EPOCHS),
            patience=_EPOCHS,
            batch_size=model.batch_size if learning else max(model.batch_size, _BATCH),
            device="cpu",
            precision="32-true",
        )
    if isinstance(model, Network):
        small = replace(
            model,
            hidden=min(model.hidden, _CELLS),
            projection=None if model.projection is None else min(model.projection, _CELLS),
        )
        return small if _can_be_built(small) else model
    if not dataclasses.is_dataclass(model) or isinstance(model, type):
        return model
    changes = {}
    for field in dataclasses.fields(model):
        value = getattr(model, field.name)
        small_value = reduced(value, learning=learning)
        if field.init and small_value is not value:
            changes[field.name] = small_value
    return replace(model, **changes) if changes else model


def _can_be_built(network: Network) -> bool:
    try:
        network.build(2, 1, 4)
    except (LstmtraderError, RuntimeError, ValueError, AssertionError):
        return False
    return True
