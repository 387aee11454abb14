"""The command line: thin commands over `lstmtrader.experiment`."""
