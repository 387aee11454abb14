"""What the forecasts were worth before anything was traded on them."""
