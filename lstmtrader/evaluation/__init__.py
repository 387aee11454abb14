"""What the forecasts and the account were worth."""
