"""``python -m lstmtrader``."""

from lstmtrader.cli.main import main

main()
