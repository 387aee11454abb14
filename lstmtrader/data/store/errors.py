"""What can go wrong with the price store."""

from __future__ import annotations

from lstmtrader.errors import DataError


class StoreError(DataError):
    """The price store cannot do what it was asked."""


class StoreBusyError(StoreError):
    """Another process kept the store to itself for longer than the timeout."""


class StoreFormatError(StoreError):
    """The file is no price store, or one that this version cannot read."""


class StoreWriteError(StoreError):
    """The store could not be written, or read, because of the disk it lies on."""
