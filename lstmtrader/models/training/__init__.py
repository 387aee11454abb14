"""From a network to a fitted forecaster."""
