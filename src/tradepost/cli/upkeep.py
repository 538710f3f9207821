"""`tradepost migrate`: the database of an installation."""

import typer

from tradepost.cli import setup
from tradepost.cli.base import process
from tradepost.cli.output import Fact

app = typer.Typer()


@process(app, "migrate")
def migrate(as_json: bool, database: str | None) -> Fact:
    """Bring the database to this version, and put up again any trigger that is missing from the journals."""
    setup.configure(database)
    applied = setup.migrate(also_when_current=True)
    text = "\n".join(applied) if applied else "The database is of this version already."
    return Fact(text, {"applied": applied})
