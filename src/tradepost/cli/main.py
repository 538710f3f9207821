"""The command `tradepost`: its parts, and how a refusal becomes one sentence and an exit code.

0 done, 1 a difference was found, 2 what was asked makes no sense, 3 there is no such thing, 4 refused or denied,
5 busy.
"""

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.exceptions import Abort, TyperException

from tradepost import __version__
from tradepost.cli import audit, books, catalog, demo, output, people, places, replay, serve, stock, till, upkeep
from tradepost.lib.errors import Busy, Invalid, Missing, TradepostError

INVALID, MISSING, REFUSED, BUSY, INTERRUPTED = 2, 3, 4, 5, 130

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
GROUPS = {
    "user": people.app,
    "store": places.app,
    "product": catalog.products,
    "category": catalog.categories,
    "supplier": catalog.suppliers,
    "stock": stock.app,
    "till": till.app,
    "sale": till.sales,
    "postings": books.postings,
    "audit": audit.app,
    "replay": replay.app,
}
for group, part in GROUPS.items():
    app.add_typer(part, name=group)
for commands in (serve.app, demo.app, upkeep.app, till.reports, books.app):  # commands that belong to no group
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
        return _answer(as_json, INVALID, "usage", error.format_message())
    except (Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read has had enough
        return 0
    except TradepostError as error:
        return _answer(as_json, _exit_code(error), error.code, error.message, error.details)
    except _outages() as error:
        return _answer(as_json, BUSY, "database", f"The database does not answer: {_first_line(error)}")
    except _misconfigurations() as error:
        return _answer(as_json, INVALID, "not_configured", str(error))


def _outages() -> type[Exception]:
    from django.db import OperationalError  # here, so that `--help` need not load it

    return OperationalError


def _misconfigurations() -> type[Exception]:
    from django.core.exceptions import ImproperlyConfigured

    return ImproperlyConfigured


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def _exit_code(error: TradepostError) -> int:
    if isinstance(error, Invalid):
        return INVALID
    if isinstance(error, Missing):
        return MISSING
    return BUSY if isinstance(error, Busy) else REFUSED


def _answer(as_json: bool, exit_code: int, code: str, sentence: str, details: dict[str, Any] | None = None) -> int:
    """The sentence on stderr, and where JSON is wanted a problem object on stdout."""
    output.tell(f"{sentence.rstrip('.')}.")
    if as_json:
        output.write_json({"code": code, "detail": sentence, "exit_code": exit_code, **(details or {})})
    return exit_code
