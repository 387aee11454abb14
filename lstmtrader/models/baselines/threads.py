"""One thread for linear algebra, so that bytes do not depend on the machine's cores."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from lstmtrader.isolation import untouched


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Keep BLAS and OpenMP to one thread inside, and give them back what they had."""
    with _libraries(len(sys.modules)).limit(limits=1):
        yield


@lru_cache(maxsize=1)
def _libraries(n_modules: int) -> Any:
    """What is loaded: looked for again only where a module, which may load more, has come."""
    del n_modules
    with untouched():
        from threadpoolctl import ThreadpoolController
    return ThreadpoolController()
