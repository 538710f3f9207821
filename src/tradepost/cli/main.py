"""The command `tradepost`: its parts, and what becomes of whatever goes wrong in them."""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from tradepost import __version__
from tradepost.cli import (
    audit,
    books,
    catalog,
    demo,
    generate,
    imports,
    people,
    places,
    problems,
    prove,
    replay,
    serve,
    stock_alerts,
    stock_levels,
    stock_moves,
    stock_transfers,
    till,
    upkeep,
    webhooks,
)
from tradepost.lib.errors import TradepostError

INTERRUPTED = 130

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
GROUPS = {
    "user": people.app,
    "store": places.app,
    "product": imports.products,
    "category": catalog.categories,
    "supplier": catalog.suppliers,
    "stock": stock_levels.stock,
    "till": till.app,
    "sale": till.sales,
    "postings": books.postings,
    "audit": audit.app,
    "webhook": webhooks.app,
    "replay": replay.app,
    "prove": prove.app,
}
stock_moves.stock.add_typer(stock_transfers.transfers, name="transfer")
stock_alerts.stock.add_typer(stock_transfers.counts, name="count")
for group, part in GROUPS.items():
    app.add_typer(part, name=group)
for commands in (
    serve.app,
    demo.app,
    generate.app,
    upkeep.app,
    till.reports,
    books.app,
):  # commands that belong to no group
    app.add_typer(commands)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tradepost {__version__}")
        raise typer.Exit


@app.callback()
def about(
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Shops, stock, a marketplace and prepaid credit on one set of books."""


def run() -> None:
    """The entry point."""
    sys.exit(main(sys.argv[1:]))


def main(args: Sequence[str]) -> int:
    """Run one command; its exit code. A person's mistake is answered with a sentence, never with a traceback."""
    as_json = "--json" in args
    try:
        return int(app(list(args), prog_name="tradepost", standalone_mode=False) or 0)
    except TyperException as error:
        return problems.answer("usage", error.format_message(), problems.INVALID, as_json=as_json)
    except (Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read has had enough
        return 0
    except TradepostError as error:
        return problems.refuse(error, as_json=as_json)
    except _outages() as error:
        sentence = f"The database does not answer: {str(error).strip().splitlines()[0]}"
        return problems.answer("database", sentence, problems.BUSY, as_json=as_json)
    except _misconfigurations() as error:
        return problems.answer("not_configured", str(error), problems.INVALID, as_json=as_json)


def _outages() -> type[Exception]:
    from django.db import OperationalError  # here, so that `--help` need not load it

    return OperationalError


def _misconfigurations() -> type[Exception]:
    from django.core.exceptions import ImproperlyConfigured

    return ImproperlyConfigured
