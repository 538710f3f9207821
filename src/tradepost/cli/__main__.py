"""`python -m tradepost.cli` is the command `tradepost`."""

from tradepost.cli.main import run

run()
