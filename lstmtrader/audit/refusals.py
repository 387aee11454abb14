"""What could not be asked: some futures break honest code, all of them mean no judgement."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from lstmtrader.errors import LeakError, LstmtraderError, blaming

Answer = TypeVar("Answer")
Asked = ParamSpec("Asked")


@dataclass(eq=False)
class Refusals:
    """Counts answers and refusals by who was asked.

    Parameters
    ----------
    answered : dict of str to int
    refused : dict of str to list of str
        Why, one sentence each.
    """

    answered: dict[str, int] = field(default_factory=dict)
    refused: dict[str, list[str]] = field(default_factory=dict)

    @contextlib.contextmanager
    def of(self, name: str, question: str) -> Iterator[None]:
        """Count what happens inside as an answer, or the error as a refusal.

        A `LeakError` passes: that is an answer of the engine, and a verdict.
        """
        try:
            with blaming(name):
                yield
            self.answered[name] = self.answered.get(name, 0) + 1
        except LeakError:
            raise
        except LstmtraderError as error:
            self.refused.setdefault(name, []).append(f"{question}: {said(error)}")

    @property
    def notes(self) -> tuple[str, ...]:
        """Of those who answered other questions: the first refusal, and how many there were."""
        return self._sentences(answered=True)

    @property
    def unjudged(self) -> tuple[str, ...]:
        """Of those who answered nothing."""
        return self._sentences(answered=False)

    def _sentences(self, *, answered: bool) -> tuple[str, ...]:
        return tuple(
            f"{name} refused {len(why)} of {len(why) + self.answered.get(name, 0)} questions: "
            f"{why[0]}"
            for name, why in self.refused.items()
            if (name in self.answered) == answered
        )


def tried(
    name: str, ask: Callable[Asked, Answer], *args: Asked.args, **kwargs: Asked.kwargs
) -> Answer | str:
    """Return what a question gives, or why it could not be answered, in a sentence."""
    try:
        with blaming(name):
            return ask(*args, **kwargs)
    except LstmtraderError as error:
        return said(error)


def said(error: LstmtraderError) -> str:
    """The message of an error, on one line."""
    return " ".join(str(error).split())
