"""`tradepost stock transfer` and `tradepost stock count`: goods between stores, and what really is on the shelves."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradepost.cli import read
from tradepost.cli.base import Limit, Session, command, only
from tradepost.cli.output import Card, Column, Fact, Listing
from tradepost.cli.read import InStore, Items
from tradepost.inventory.errors import NoSuchStocktake
from tradepost.lib.errors import Invalid

if TYPE_CHECKING:
    from tradepost.inventory.models import Stocktake, StockTransfer

transfers = typer.Typer(no_args_is_help=True, help="Goods from one store to another.")
counts = typer.Typer(no_args_is_help=True, help="What really is on the shelves.")

Number = Annotated[str, typer.Argument(metavar="NUMBER|ID", help="The transfer.")]
Some = Annotated[
    list[str] | None, typer.Argument(metavar="[SKU=QUANTITY…]", help="All that is on its way if left out.")
]
Note = Annotated[str, typer.Option("--note", help="What for.")]

TRANSFER_COLUMNS = [
    Column("number", "Number"),
    Column("sent_at", "Sent"),
    Column("source", "From"),
    Column("destination", "To"),
    Column("state", "State"),
    Column("note", "Note"),
]
ITEM_COLUMNS = [
    Column("sku", "SKU"),
    Column("name", "Product"),
    Column("sent", "Sent", is_number=True),
    Column("on_its_way", "On its way", is_number=True),
    Column("received", "Received", is_number=True),
    Column("returned", "Sent back", is_number=True),
    Column("lost", "Lost", is_number=True),
]
COUNT_COLUMNS = [
    Column("sku", "SKU"),
    Column("name", "Product"),
    Column("counted", "Counted", is_number=True),
    Column("expected", "Books say", is_number=True),
    Column("difference", "Difference", is_number=True),
]


@command(transfers, "send", changes=True)
def send(
    session: Session,
    items: Items,
    source: Annotated[str, typer.Option("--from", metavar="NAME|ID", help="The store they leave.")],
    destination: Annotated[str, typer.Option("--to", metavar="NAME|ID", help="The store they go to.")],
    note: Note = "",
) -> Fact:
    """Put goods on their way to another store."""
    from tradepost.inventory import services as inventory

    goods = [inventory.TransferItem(wanted.product.pk, wanted.steps) for wanted in read.items(items)]
    draft = inventory.TransferDraft(read.store(source).pk, read.store(destination).pk, goods, note)

    def work() -> dict[str, Any]:
        return _transfer(only(inventory.send([draft], actor=session.actor, at=session.at)))

    body = session.change(work)
    return Fact(f"On its way from {body['source']} to {body['destination']}. Transfer {body['number']}", body)


@command(transfers, "receive", changes=True)
def receive(session: Session, number: Number, items: Some = None) -> Fact:
    """Put what arrived on the shelves."""
    from tradepost.inventory import services as inventory

    return _step(session, inventory.receive, number, items, "Received")


@command(transfers, "send-back", changes=True)
def send_back(session: Session, number: Number, items: Some = None) -> Fact:
    """Put what is on its way back on the shelves it came from."""
    from tradepost.inventory import services as inventory

    return _step(session, inventory.send_back, number, items, "Sent back")


@command(transfers, "lost", changes=True)
def lost(
    session: Session,
    number: Number,
    reason: Annotated[str, typer.Option("--reason", help="How they were lost.")],
    items: Some = None,
) -> Fact:
    """Book what is on its way as lost, at cost."""
    from tradepost.inventory import services as inventory

    return _step(session, inventory.write_off_transit, number, items, "Lost", reason)


@command(transfers, "list")
def list_transfers(
    session: Session,
    store: Annotated[str | None, typer.Option("--store", metavar="NAME|ID", help="Only from or to this store.")] = None,
    only_open: Annotated[bool, typer.Option("--open", help="Only what is on its way.")] = False,
    limit: Limit = 50,
) -> Listing:
    """List transfers, newest first."""
    from tradepost.inventory import queries

    store_id = read.store(store).pk if store else None
    found = queries.transfers(session.actor, store=store_id, state="open" if only_open else "")
    rows = [_transfer(one) for one in found[: limit + 1]]
    return Listing(rows[:limit], TRANSFER_COLUMNS, more=len(rows) > limit, empty="No transfer found.")


@command(transfers, "show")
def show(session: Session, number: Number) -> Card:
    """Show a transfer, and what became of its goods."""
    from tradepost.inventory import queries
    from tradepost.lib import quantity

    transfer = queries.transfer(number, session.actor)
    rows = [
        {
            "sku": line.product.sku,
            "name": line.product.name,
            **{
                key: quantity.plain(getattr(line, key), line.product.decimals)
                for key in ("sent", "on_its_way", "received", "returned", "lost")
            },
        }
        for line in transfer.lines.all()
    ]
    body = _transfer(transfer)
    facts = {column.title: body[column.key] for column in TRANSFER_COLUMNS}
    return Card({**body, "items": rows}, facts, [Listing(rows, ITEM_COLUMNS)])


@command(counts, "open", changes=True)
def open_count(session: Session, store: InStore, note: Note = "") -> Fact:
    """Begin to count in a store."""
    from tradepost.inventory import services as inventory

    where = read.store(store)

    def work() -> dict[str, Any]:
        opened = inventory.open_stocktake(where.pk, note=note, actor=session.actor, at=session.at)
        return {"number": opened.number, "store": where.name, "state": opened.state}

    body = session.change(work)
    return Fact(f"Counting {body['store']}. Stocktake {body['number']}", body)


@command(counts, "scan", changes=True)
def scan(
    session: Session,
    items: Items,
    store: InStore,
    anew: Annotated[bool, typer.Option("--anew", help="Instead of what was counted before, not more of it.")] = False,
) -> Listing:
    """Write down what was counted, one or more of each product."""
    from tradepost.inventory import services as inventory

    goods = [inventory.CountItem(wanted.product.pk, wanted.steps, is_more=not anew) for wanted in read.items(items)]

    def work() -> list[dict[str, Any]]:
        lines = inventory.count(_open(session, store).pk, goods, actor=session.actor, at=session.at)
        return [_line(line) for line in lines]

    return Listing(session.change(work), COUNT_COLUMNS)


@command(counts, "show")
def show_count(
    session: Session,
    store: InStore,
    differing: Annotated[bool, typer.Option("--differing", help="Only what is not as the books say.")] = False,
    limit: Limit = 200,
) -> Listing:
    """Show what was counted so far, last counted first."""
    from tradepost.inventory import queries

    found = queries.counted(_open(session, store), differing=differing or None)
    rows = [_line(line) for line in found[: limit + 1]]
    return Listing(rows[:limit], COUNT_COLUMNS, more=len(rows) > limit, empty="Nothing counted yet.")


@command(counts, "apply", changes=True)
def apply(session: Session, store: InStore) -> Fact:
    """Close the count of a store and book its differences."""
    from tradepost.inventory import services as inventory

    return _close(session, store, inventory.apply_stocktake, "Booked")


@command(counts, "cancel", changes=True)
def cancel(session: Session, store: InStore) -> Fact:
    """Call the count of a store off; nothing is booked."""
    from tradepost.inventory import services as inventory

    return _close(session, store, inventory.cancel_stocktake, "Called off")


def _step(
    session: Session, service: Callable[..., Any], number: str, items: list[str] | None, said: str, *more: str
) -> Fact:
    from tradepost.inventory import queries

    transfer = queries.transfer(number, session.actor)
    named = [(wanted.product.pk, wanted.steps) for wanted in read.items(items or ())]
    if len(dict(named)) < len(named):
        raise Invalid("Name each product once")

    def work() -> dict[str, Any]:
        taken = service(transfer.pk, dict(named) or None, *more, actor=session.actor, at=session.at)
        return _transfer(taken)

    body = session.change(work)
    left = "all is settled" if body["state"] == "closed" else "some is still on its way"
    return Fact(f"{said}; {left}. Transfer {body['number']}", body)


def _open(session: Session, store: str) -> "Stocktake":
    from tradepost.inventory import queries

    where = read.store(store)
    found = queries.stocktakes(session.actor, store=where.pk, state="open").first()
    if found is None:
        raise NoSuchStocktake(f"Nobody counts in {where.name}")
    return found


def _close(session: Session, store: str, service: Callable[..., Any], said: str) -> Fact:
    from tradepost.inventory import queries

    def work() -> dict[str, Any]:
        closed = service(_open(session, store).pk, actor=session.actor, at=session.at)
        return {"number": closed.number, "state": closed.state, **queries.tally_of(closed)._asdict()}

    body = session.change(work)
    tally = f"{body['counted']} counted, {body['fewer']} with fewer, {body['more']} with more"
    return Fact(f"{said}: {tally}. Stocktake {body['number']}", body)


def _transfer(transfer: "StockTransfer") -> dict[str, Any]:
    return {
        "id": transfer.pk,
        "number": transfer.number,
        "sent_at": transfer.sent_at.isoformat(timespec="seconds"),
        "source": transfer.source.name,
        "destination": transfer.destination.name,
        "state": transfer.state,
        "note": transfer.note,
    }


def _line(line: Any) -> dict[str, Any]:
    from tradepost.lib import quantity

    decimals = line.product.decimals
    figures = {name: quantity.plain(getattr(line, name), decimals) for name in ("counted", "expected", "difference")}
    return {"sku": line.product.sku, "name": line.product.name, **figures}
