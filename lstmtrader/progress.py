"""What long work says about itself while it goes on; whoever shows it lives further up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Step:
    """One finished piece of work.

    Parameters
    ----------
    stage : str
        ``"plan"`` (once; `of` is the number of fits to come), ``"epoch"``, ``"fit"``,
        ``"symbol"``, ``"variant"`` or ``"judged"``.
    done, of : int
        How far the stage is.
    label : str
        For people, such as ``"fold 3 · member 2"``.
    loss : float, optional
        The latest validation (else training) loss.
    """

    stage: str
    done: int
    of: int
    label: str = ""
    loss: float | None = None


class Progress(Protocol):
    """Receives steps; must return at once and must not raise."""

    def __call__(self, step: Step, /) -> None:
        """Take note of one finished step."""


def silent(step: Step, /) -> None:
    """Ignore the step."""
    del step
