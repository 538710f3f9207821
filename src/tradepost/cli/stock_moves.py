"""`tradepost stock in`, `out`, `remove` and `history`: what a kiosk does all day, without a server."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradepost.cli import read
from tradepost.cli.base import Limit, Session, command
from tradepost.cli.output import Column, Fact, Listing
from tradepost.cli.read import FirstDay, InOnlyStore, LastDay, Wanted
from tradepost.cli.stock import app as stock

if TYPE_CHECKING:
    from tradepost.books.models import Movement
    from tradepost.inventory.models import StockMovement
    from tradepost.places.models import Store

__all__ = ["stock"]  # the group, with these commands in it

FIRST_STORE = "Main store"
WHAT = {
    "till.received": "in", "till.sale": "sold", "till.written_off": "removed", "till.return": "given back",
    "till.sent_back": "sent back", "till.found_again": "found again", "inventory.sent": "sent to a store",
    "inventory.received": "from a store", "inventory.returned": "back from transfer", "inventory.stocktake": "counted",
}  # fmt: skip

Goods = Annotated[
    list[str], typer.Argument(metavar="SKU QUANTITY…", help="What and how much: MUG 10, or MUG=10 TEA=0.250")
]
HISTORY_COLUMNS = [
    Column("at", "When"),
    Column("sku", "SKU"),
    Column("name", "Name"),
    Column("what", "What"),
    Column("quantity", "Quantity", is_number=True),
    Column("left", "Left", is_number=True),
    Column("store", "Store"),
    Column("by", "By"),
    Column("number", "Document"),
]


@command(stock, "in", changes=True)
def take_in(
    session: Session,
    goods: Goods,
    store: InOnlyStore = "",
    supplier: Annotated[str, typer.Option("--supplier", metavar="NAME|ID", help="Who delivered.")] = "",
    note: Annotated[str, typer.Option("--note", help="What there is to say about it.")] = "",
) -> Fact:
    """Take goods in. Where there is no store yet, the first one is opened."""
    from tradepost.catalog import queries as catalog

    supplier_id = catalog.supplier_named(supplier).pk if supplier else None
    wanted = read.goods(goods)

    def work() -> dict[str, Any]:
        place, opened = _store_or_first(session, store)
        return {**_move(session, "IN", wanted, place, note=note, supplier_id=supplier_id), "opened": opened}

    body = session.change(work)
    first = [f"Opened {body['store']}, the first store."] if body["opened"] else []
    return Fact("\n".join([*first, *_sentences(body, "In")]), body)


@command(stock, "out", changes=True)
def sell(
    session: Session,
    goods: Goods,
    store: InOnlyStore = "",
    note: Annotated[str, typer.Option("--note", help="What there is to say about it.")] = "",
) -> Fact:
    """Sell goods for cash, at the catalogue's price."""
    wanted = read.goods(goods)
    body = session.change(lambda: _move(session, "OUT", wanted, read.only_store(store, session.actor), note=note))
    return Fact("\n".join(_sentences(body, "Sold")), body)


@command(stock, "remove", changes=True)
def remove(
    session: Session,
    goods: Goods,
    reason: Annotated[str, typer.Option("--reason", help="Why they are gone.")],
    store: InOnlyStore = "",
) -> Fact:
    """Remove goods that broke, spoiled or went missing, at cost."""
    wanted = read.goods(goods)
    body = session.change(lambda: _move(session, "REM", wanted, read.only_store(store, session.actor), note=reason))
    return Fact("\n".join(_sentences(body, "Removed")), body)


@command(stock, "history")
def history(
    session: Session,
    sku: Annotated[str, typer.Argument(help="Of this product alone.")] = "",
    store: InOnlyStore = "",
    start_date: FirstDay = None,
    end_date: LastDay = None,
    limit: Limit = 50,
) -> Listing:
    """List what came and went, however it was booked, newest first; of all stores where none is named."""
    from tradepost.catalog import queries as catalog
    from tradepost.inventory import queries

    product_id = catalog.product_of(sku).pk if sku else None
    place = read.store(store) if store else None
    start, end = read.days(start_date, end_date, place.time_zone if place else None)
    found = queries.product_journal(product_id, session.actor, store=place.pk if place else None, start=start, end=end)
    rows = [_came_or_went(movement) for movement in found[: limit + 1]]
    return Listing(rows[:limit], HISTORY_COLUMNS, more=len(rows) > limit, empty="Nothing came or went yet.")


def _store_or_first(session: Session, text: str) -> "tuple[Store, bool]":
    """The store that is meant; the first one of all is opened. Whether it was."""
    from tradepost.places import queries
    from tradepost.places import services as places

    if text or queries.stores_for(session.actor, archived=None).exists():
        return read.only_store(text, session.actor), False
    return places.open_store(name=FIRST_STORE, actor=session.actor, at=session.at), True


def _move(
    session: Session, movement_type: str, wanted: Sequence[Wanted], store: "Store", **fields: Any
) -> dict[str, Any]:
    """Move all of it, or nothing: the first refusal is raised."""
    from tradepost.books import chart
    from tradepost.books import queries as books
    from tradepost.inventory import services as inventory
    from tradepost.inventory.services import Refusal

    drafts = [
        inventory.MovementDraft(store.pk, goods.product.pk, movement_type, goods.steps, **fields) for goods in wanted
    ]
    answers = inventory.record_movements(drafts, actor=session.actor, at=session.at)
    for answer in answers:
        if isinstance(answer, Refusal):
            raise answer.error
    left = books.levels_at(chart.store(store.pk), [goods.product.pk for goods in wanted])
    moved = [answer for answer in answers if not isinstance(answer, Refusal)]
    rows = [_moved(*pair, left) for pair in zip(wanted, moved, strict=True)]
    return {"store": store.name, "store_id": store.pk, "movements": rows}


def _moved(goods: Wanted, movement: "StockMovement", left: dict[int, int]) -> dict[str, Any]:
    from tradepost.lib import quantity

    product = goods.product
    return {
        "number": movement.number,
        "movement_type": movement.movement_type,
        "sku": product.sku,
        "name": product.name,
        "quantity": quantity.plain(movement.quantity, product.decimals),
        "left": quantity.plain(left.get(product.pk, 0), product.decimals),
    }


def _sentences(body: dict[str, Any], what: str) -> list[str]:
    return [
        f"{what}: {row['quantity']} {row['sku']} {row['name']}; {body['store']} now has {row['left']}."
        for row in body["movements"]
    ]


def _came_or_went(movement: "Movement") -> dict[str, Any]:
    """A row as the store sees it: below zero where goods left."""
    from tradepost.lib import quantity

    came = movement.destination_after is not None and movement.destination.store_id is not None
    place, left = (
        (movement.destination, movement.destination_after) if came else (movement.source, movement.source_after)
    )
    posting, decimals = movement.posting, movement.product.decimals
    return {
        "at": posting.at.isoformat(timespec="seconds"),
        "sku": movement.product.sku,
        "name": movement.product.name,
        "what": WHAT.get(posting.kind, posting.kind.rpartition(".")[2].replace("_", " ")),
        "quantity": quantity.plain(movement.quantity if came else -movement.quantity, decimals),
        "left": quantity.plain(left or 0, decimals),
        "store": place.store.name if place.store else "",
        "by": posting.actor.username,
        "number": posting.key.split(":")[1],
    }
