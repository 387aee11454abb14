"""Putting back what an import, or a call, changes for the whole process."""

from __future__ import annotations

import contextlib
import os
import random
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def untouched() -> Iterator[None]:
    """Keep warning filters, environment variables and Python's random state as they are.

    Inside, warnings are not shown.
    """
    environment, state = dict(os.environ), random.getstate()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            random.setstate(state)
            for name in os.environ.keys() - environment.keys():
                del os.environ[name]
            os.environ.update(environment)
