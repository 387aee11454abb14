"""Example strategies, one small file each: copy one to write your own.

Some share a few lines, in `market` (returns of the universe), `rebalancing` (deciding on every n-th
bar) and `optimising` (skfolio): copy those along, or import them from here.
"""
