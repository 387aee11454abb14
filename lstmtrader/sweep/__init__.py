"""Many variants of strategy, costs and limits over one set of forecasts."""
