"""Asking again after a failure that may pass: bounded, growing pauses with jitter."""

from __future__ import annotations

import datetime
import email.utils
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from lstmtrader.bounds import at_least
from lstmtrader.errors import ConfigError, DataError

Answer = TypeVar("Answer")


class TransientError(Exception):
    """A request that failed in a way that may pass; never leaves the data layer.

    Parameters
    ----------
    reason : str
        For people, such as ``HTTP 429``.
    retry_after : float, optional
        Seconds for which the server asked to be left alone.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


@dataclass
class Traffic:
    """What a source has sent so far.

    Parameters
    ----------
    requests : int
        Requests sent, those for cookies and those that failed included.
    retries : int
        How often something was asked again after a failure.
    closed_until : float
        On the monotonic clock: until then the server wants no requests.
    """

    requests: int = 0
    retries: int = 0
    closed_until: float = float("-inf")


def retry_after_seconds(header: str | None, now: datetime.datetime) -> float | None:
    """Seconds that a Retry-After header asks for, given as a number or as an HTTP date.

    Parameters
    ----------
    header : str, optional
        None, and text that is neither, give None.
    now : datetime
        With a time zone.

    References
    ----------
    Fielding, Nottingham, Reschke (2022), "HTTP Semantics", RFC 9110, section 10.2.3.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:  # «-0000» and the obsolete forms mean UTC
        moment = moment.replace(tzinfo=datetime.UTC)
    return max(0.0, (moment - now).total_seconds())


@dataclass(frozen=True)
class Backoff:
    """When to ask again, and when to give up.

    Pause ``k`` is ``first_pause * 2**k``, at most `longest_pause`, times a random number between
    0.5 and 1, so that many callers do not come back at the same moment; it is never shorter than
    what the server asked for.

    Parameters
    ----------
    tries : int
        Requests for one thing at most.
    first_pause, longest_pause : float
        Seconds. A server that asks for more than `longest_pause` is not asked again.

    Raises
    ------
    ConfigError
        If `tries` is not positive or the pauses are not in order.
    """

    tries: int = 6
    first_pause: float = 1.0
    longest_pause: float = 120.0

    def __post_init__(self) -> None:
        at_least(1, tries=self.tries)
        if not 0 <= self.first_pause <= self.longest_pause:
            raise ConfigError(
                f"expected 0 <= first_pause <= longest_pause; got {self.first_pause:g} and "
                f"{self.longest_pause:g}"
            )

    def pause(self, failures: int, asked: float | None, rng: np.random.Generator) -> float:
        """Seconds to wait after so many failures."""
        own = min(self.first_pause * 2.0 ** (failures - 1), self.longest_pause)
        return max(own * float(rng.uniform(0.5, 1.0)), asked or 0.0)

    def until_answered(
        self,
        ask: Callable[[], Answer],
        name: str,
        rng: np.random.Generator,
        sleep: Callable[[float], None],
        traffic: Traffic,
        clock: Callable[[], float],
    ) -> Answer:
        """Ask until there is an answer, an error that will not pass, or no try left.

        Raises
        ------
        DataError
            Naming what was asked for, the number of tries, and the last reason.
        """
        failures = 0
        while True:
            try:
                return ask()
            except TransientError as failure:
                failures += 1
                asked = failure.retry_after
                if asked is not None and asked > self.longest_pause:
                    traffic.closed_until = clock() + asked
                    raise DataError(
                        f"{name}: {failure.reason}, and wants {asked:.0f} s without requests; "
                        f"longest_pause is {self.longest_pause:g} s, so try again later"
                    ) from failure
                if failures == self.tries:
                    raise DataError(
                        f"{name}: gave up after {failures} tries; the last answer was: "
                        f"{failure.reason}"
                    ) from failure
                traffic.retries += 1
                sleep(self.pause(failures, asked, rng))
