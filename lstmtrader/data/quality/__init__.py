"""The quality gate: what is wrong with a table of prices, by name, and what was done about it."""
