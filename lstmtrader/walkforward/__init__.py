"""Refit after refit: from a labelled panel to one out-of-sample forecast."""
