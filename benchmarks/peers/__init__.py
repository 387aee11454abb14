"""The systems that `walkforward_vs_peers.py` compares, each behind the same three methods."""
