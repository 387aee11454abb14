"""The price store: one DuckDB file, bitemporal, that several processes may share."""

from lstmtrader.data.store.price_store import PriceStore

__all__ = ["PriceStore"]
