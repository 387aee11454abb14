"""Charts drawn by a Chrome or Chromium without a window, without network and within a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from lstmtrader.errors import ConfigError, RunError
from lstmtrader.isolation import untouched

Result = TypeVar("Result")

# What kaleido leaves on: a browser looks for updates and variations by itself.
_FLAGS = ("--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND")
_CLOSING_S = 10


@dataclass(frozen=True, eq=False)
class Picture:
    """One chart and the size of its image.

    Parameters
    ----------
    figure : dict
        Data and layout, as plotly's ``to_dict`` gives them.
    width, height : float
        Of the layout, in pixels.
    scale : float
        Pixels of the image for each of the layout.
    """

    figure: dict[str, Any]
    width: float
    height: float
    scale: float

    @property
    def layout(self) -> dict[str, Any]:
        """The size as kaleido wants it."""
        return {
            "format": "png",
            "width": self.width,
            "height": self.height,
            "scale": self.scale,
        }


def pictures(wanted: Sequence[Picture], limit_s: float) -> list[bytes]:
    """Draw charts as PNG with one browser, which is gone afterwards, whatever happens.

    The browser is Chrome or Chromium as kaleido finds it: the one in ``BROWSER_PATH``, on the
    path, or in the usual places.

    Parameters
    ----------
    wanted : sequence of Picture
    limit_s : float
        Seconds after which the browser is killed.

    Raises
    ------
    ConfigError
        If kaleido or a browser is missing; the text says what to install.
    RunError
        If the browser fails, or takes longer than `limit_s`.
    """
    # Kaleido's logger sets a logger class of its own for the whole process.
    with untouched(), _same_logger_class():
        return _finished(_drawn(wanted, limit_s)) if wanted else []


@contextlib.contextmanager
def _same_logger_class() -> Iterator[None]:
    before = logging.getLoggerClass()
    try:
        yield
    finally:
        logging.setLoggerClass(before)


def _finished(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end, also inside a notebook, whose own loop is running already."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def _drawn(wanted: Sequence[Picture], limit_s: float) -> list[bytes]:
    try:
        from choreographer.browsers.chromium import Chromium
        from choreographer.errors import (
            BrowserClosedError,
            BrowserFailedError,
            ChannelClosedError,
            ChromeNotFoundError,
            DevtoolsProtocolError,
        )
        from kaleido import Kaleido
        from kaleido.errors import JavascriptError, KaleidoError
    except ImportError as error:
        raise ConfigError(
            f"images of the charts need kaleido ({error}): pip install 'lstmtrader[images]'"
        ) from error

    class Offline(Chromium):  # type: ignore[misc, unused-ignore]
        def get_cli(self) -> list[str]:
            return [*super().get_cli(), *_FLAGS]

    try:
        # MathJax would come from the network.
        browser = Kaleido(mathjax=False, timeout=None, browser_cls=Offline)
    except ChromeNotFoundError as error:
        raise ConfigError(
            "images of the charts need Chrome or Chromium and none was found: install it "
            "(Debian: apt-get install chromium), or set BROWSER_PATH to where it is"
        ) from error
    clock = asyncio.timeout(limit_s)
    try:
        async with clock:
            await browser.open()
            return [await browser.calc_fig(one.figure, one.layout) for one in wanted]
    except (
        TimeoutError,
        BrowserClosedError,
        BrowserFailedError,
        ChannelClosedError,
        DevtoolsProtocolError,
        JavascriptError,
        KaleidoError,
    ) as error:
        # A browser that is still starting calls it a failure when its time is up.
        if clock.expired():
            _kill(browser)
            raise RunError(f"the browser did not draw the charts within {limit_s:g} s") from error
        reason = error.args[0] if error.args else type(error).__name__
        raise RunError(f"the browser could not draw the charts: {reason}") from error
    finally:
        await _closed(browser)


async def _closed(browser: Any) -> None:
    # Closing asks the browser and waits for its answer, which a broken one never gives.
    try:
        async with asyncio.timeout(_CLOSING_S):
            await browser.close()
    except TimeoutError:
        _kill(browser)


def _kill(browser: Any) -> None:
    process = getattr(browser, "subprocess", None)
    if process is None:
        return
    # The browser leads a process group of its own; where there are none, it goes alone.
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
