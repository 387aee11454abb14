"""One thread for linear algebra, so that bytes do not depend on the machine's cores."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from lstmtrader.isolation import untouched


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Keep BLAS and OpenMP to one thread inside, and give them back what they had."""
    with untouched():
        from threadpoolctl import threadpool_limits
    with threadpool_limits(limits=1):
        yield
