"""Imports, and calls, that leave the process as it was and take no longer than they must."""

from __future__ import annotations

import contextlib
import gc
import os
import random
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage inside.

    What is imported stays; to look it through again and again is a sixth of the time it takes.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextlib.contextmanager
def untouched() -> Iterator[None]:
    """Keep warning filters, environment variables and Python's random state as they are.

    Inside, warnings are not shown, and no garbage is looked for.
    """
    environment, state = dict(os.environ), random.getstate()
    with uncollected(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            random.setstate(state)
            for name in os.environ.keys() - environment.keys():
                del os.environ[name]
            os.environ.update(environment)
