"""`tradepost store`: the stores."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradepost.cli.base import Limit, Search, Session, command
from tradepost.cli.output import Column, Fact, Listing

if TYPE_CHECKING:
    from tradepost.places.models import Store

app = typer.Typer(no_args_is_help=True, help="Stores.")

COLUMNS = [
    Column("id", "No.", is_number=True),
    Column("name", "Name"),
    Column("location", "Location"),
    Column("time_zone", "Time zone"),
]


@command(app, "add", changes=True)
def add(
    session: Session,
    name: Annotated[str, typer.Argument(help="Its name.")],
    location: Annotated[str, typer.Option("--location", help="Where it is.")] = "",
    time_zone: Annotated[str | None, typer.Option("--time-zone", help="Such as Europe/London.")] = None,
) -> Fact:
    """Open a store."""
    from tradepost.places import services as places

    def work() -> dict[str, Any]:
        opened = places.open_store(
            name=name, location=location, time_zone=time_zone, actor=session.actor, at=session.at
        )
        return _row(opened)

    body = session.change(work)
    return Fact(f"Opened {body['name']}, number {body['id']}.", body)


@command(app, "list")
def list_stores(
    session: Session,
    search: Search = "",
    archived: Annotated[bool, typer.Option("--archived", help="Those in the archive instead.")] = False,
    limit: Limit = 100,
) -> Listing:
    """List the stores."""
    from tradepost.places import queries

    rows = [_row(store) for store in queries.stores_for(session.actor, search=search, archived=archived)[: limit + 1]]
    empty = "No store yet: open one with `tradepost store add NAME`."
    return Listing(rows[:limit], COLUMNS, more=len(rows) > limit, empty="Nothing found." if search else empty)


@command(app, "archive", changes=True)
def archive(session: Session, store: Annotated[str, typer.Argument(help="Its name or number.")]) -> Fact:
    """Close a store for good, once it is empty and nothing is under way; its history stays."""
    from tradepost.inventory import services as inventory
    from tradepost.places import queries

    store_id = queries.store_named(store).pk

    def work() -> dict[str, Any]:
        return _row(inventory.close_store(store_id, actor=session.actor, at=session.at))

    body = session.change(work)
    return Fact(f"{body['name']} is closed; its history stays.", body)


@command(app, "reopen", changes=True)
def reopen(session: Session, store: Annotated[str, typer.Argument(help="Its name or number.")]) -> Fact:
    """Take a store out of the archive."""
    from tradepost.places import queries
    from tradepost.places import services as places

    store_id = queries.store_named(store).pk

    def work() -> dict[str, Any]:
        return _row(places.reopen_store(store_id, actor=session.actor, at=session.at))

    body = session.change(work)
    return Fact(f"{body['name']} is open.", body)


def _row(store: "Store") -> dict[str, Any]:
    return {
        "id": store.pk,
        "name": store.name,
        "location": store.location,
        "time_zone": store.time_zone,
        "archived_at": store.archived_at.isoformat() if store.archived_at else None,
    }
