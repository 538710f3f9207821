"""`tradepost migrate`: the database of an installation."""

import typer

from tradepost.cli import setup
from tradepost.cli.base import process
from tradepost.cli.output import Fact

app = typer.Typer()


@process(app, "migrate")
def migrate(as_json: bool, database: str | None) -> Fact:
    """Bring the database to this version."""
    setup.configure(database)
    applied = setup.migrate()
    text = "\n".join(applied) if applied else "The database is of this version already."
    return Fact(text, {"applied": applied})
