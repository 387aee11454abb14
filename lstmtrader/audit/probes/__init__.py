"""Probes, one a file: each tries one way of cheating and says what moved."""
