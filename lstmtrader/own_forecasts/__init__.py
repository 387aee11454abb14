"""Forecasts of any model, traded and judged as those of an experiment are."""
