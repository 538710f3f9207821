"""`tradepost stock`: deliveries and losses at the counter. The other commands of the group stand beside it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradepost.cli import read
from tradepost.cli.base import Session, command, only
from tradepost.cli.output import Fact
from tradepost.cli.read import InStore, Items

if TYPE_CHECKING:
    from tradepost.till.models import StockEntry

app = typer.Typer(
    no_args_is_help=True, help="Goods in, out and lost; what stands where and runs low; transfers and counts."
)


@command(app, "receive", changes=True)
def receive(
    session: Session,
    items: Items,
    store: InStore,
    supplier: Annotated[str, typer.Option("--supplier", metavar="NAME|ID", help="Who delivered.")] = "",
) -> Fact:
    """Take a delivery onto the shelves, at list cost."""
    from tradepost.catalog import queries as catalog
    from tradepost.till import services as till

    supplier_id = catalog.supplier_named(supplier).pk if supplier else None
    entries = [till.EntryItem(wanted.product.pk, wanted.steps) for wanted in read.items(items)]
    draft = till.EntryDraft(read.store(store).pk, entries, supplier_id=supplier_id)

    def work() -> dict[str, Any]:
        return _row(only(till.receive([draft], actor=session.actor, at=session.at)))

    body = session.change(work)
    return Fact(f"Received, worth {_shown(body['cost'])} at cost. Delivery {body['number']}", body)


@command(app, "write-off", changes=True)
def write_off(
    session: Session,
    items: Items,
    store: InStore,
    reason: Annotated[str, typer.Option("--reason", help="Why they are lost.")],
) -> Fact:
    """Book goods as lost, at cost."""
    from tradepost.till import services as till

    entries = [till.EntryItem(wanted.product.pk, wanted.steps) for wanted in read.items(items)]
    draft = till.EntryDraft(read.store(store).pk, entries, reason=reason)

    def work() -> dict[str, Any]:
        return _row(only(till.write_off([draft], actor=session.actor, at=session.at)))

    body = session.change(work)
    return Fact(f"Written off, {_shown(body['cost'])} at cost. Loss {body['number']}", body)


def _row(entry: "StockEntry") -> dict[str, Any]:
    from tradepost.lib import money

    return {"number": entry.number, "kind": entry.kind, "cost": money.plain(entry.total_cost_minor)}


def _shown(plain: str) -> str:
    from tradepost.lib import money

    return money.show(money.parse(plain))
