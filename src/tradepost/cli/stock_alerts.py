"""`tradepost stock alerts` and `seen`: what fell low or ran out. Where no worker looks, listing them looks first."""

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradepost.cli import read
from tradepost.cli.base import Limit, Session, command
from tradepost.cli.output import Column, Fact, Listing
from tradepost.cli.read import InOnlyStore
from tradepost.cli.stock import app as stock
from tradepost.lib.errors import Busy, Invalid

if TYPE_CHECKING:
    from tradepost.inventory.models import StockAlert

__all__ = ["stock"]  # the group, with these commands in it

COLUMNS = [
    Column("id", "Alert", is_number=True),
    Column("at", "When"),
    Column("kind", "Kind"),
    Column("sku", "SKU"),
    Column("name", "Name"),
    Column("quantity", "Left", is_number=True),
    Column("reorder_level", "Reorder at", is_number=True),
    Column("on_hand", "On hand", is_number=True),
    Column("store", "Store"),
    Column("seen_by", "Seen by"),
]


@command(stock, "alerts")
def list_alerts(
    session: Session,
    store: InOnlyStore = "",
    unseen: Annotated[bool, typer.Option("--unseen", help="Only those that nobody has seen.")] = False,
    limit: Limit = 100,
) -> Listing:
    """List what fell below its reorder level or ran out, newest first; of all stores where none is named."""
    from tradepost.inventory import queries

    _look(session.at)
    store_id = read.store(store).pk if store else None
    alerts = queries.alerts(session.actor, store=store_id, unseen=True if unseen else None)
    rows = [_row(alert) for alert in alerts[: limit + 1]]
    return Listing(rows[:limit], COLUMNS, more=len(rows) > limit, empty="No shelf fell low or ran out.")


@command(stock, "seen", changes=True)
def mark_seen(
    session: Session,
    alerts: Annotated[list[int] | None, typer.Argument(metavar="[ID…]", help="The alerts.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of the store.")] = False,
    store: InOnlyStore = "",
) -> Fact:
    """Mark alerts as seen."""
    from tradepost.inventory import services as inventory

    if bool(alerts) == every:
        raise Invalid("Say which alerts, or --all of a store")
    store_id = read.only_store(store, session.actor).pk if every else 0

    def work() -> dict[str, Any]:
        if every:
            return {"seen": inventory.mark_all_seen(store_id, actor=session.actor, at=session.at)}
        return {"seen": inventory.mark_seen(alerts or [], actor=session.actor, at=session.at)}

    body = session.change(work)
    return Fact(f"{body['seen']} marked as seen.", body)


def _look(at: datetime) -> None:
    """What a worker does every few seconds. Where one is at it right now, or nobody may write, it is left to others."""
    from tradepost.books import services as books
    from tradepost.inventory import services as inventory

    with suppress(Busy):
        books.close_runs()
        inventory.watch_levels(at=at)
        inventory.end_alerts(at=at)


def _row(alert: "StockAlert") -> dict[str, Any]:
    from tradepost.lib import quantity

    told: Any = alert  # with what the query reads besides
    decimals = alert.product.decimals
    return {
        "id": alert.pk,
        "at": alert.at.isoformat(timespec="seconds"),
        "kind": alert.kind,
        "sku": alert.product.sku,
        "name": alert.product.name,
        "quantity": quantity.plain(alert.quantity, decimals),
        "reorder_level": quantity.plain(alert.low_at, decimals),
        "on_hand": quantity.plain(told.stands, decimals),
        "still_low": told.is_short,
        "store": alert.store.name,
        "store_id": alert.store_id,
        "seen_by": alert.seen_by.username if alert.seen_by else None,
        "seen_at": alert.seen_at.isoformat(timespec="seconds") if alert.seen_at else None,
    }
