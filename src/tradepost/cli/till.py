"""`tradepost till`, `sale` and `day-report`: the counter, from a terminal."""

from collections import defaultdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradepost.cli import read
from tradepost.cli.base import Limit, Session, command, only
from tradepost.cli.output import Card, Column, Fact, Listing
from tradepost.cli.read import FirstDay, InStore, Items, LastDay
from tradepost.lib.errors import Missing

if TYPE_CHECKING:
    from tradepost.till.models import Sale
    from tradepost.till.services import ReturnItem

app = typer.Typer(no_args_is_help=True, help="The counter: sell, take back.")
sales = typer.Typer(no_args_is_help=True, help="What was sold.")
reports = typer.Typer()

Number = Annotated[str, typer.Argument(help="The number of the sale.")]

SALE_COLUMNS = [
    Column("number", "Number"),
    Column("at", "When"),
    Column("store", "Store"),
    Column("operator", "Sold by"),
    Column("customer", "Customer"),
    Column("total", "Total", is_money=True),
]
LINE_COLUMNS = [
    Column("position", "", is_number=True),
    Column("sku", "SKU"),
    Column("name", "Product"),
    Column("quantity", "Quantity", is_number=True),
    Column("unit_price", "Price", is_money=True),
    Column("amount", "Amount", is_money=True),
    Column("returned", "Returned", is_number=True),
]


@command(app, "sell", changes=True)
def sell(
    session: Session,
    items: Items,
    store: InStore,
    received: Annotated[str | None, typer.Option("--received", help="Cash handed over; exact if left out.")] = None,
    customer: Annotated[str | None, typer.Option("--customer", metavar="NAME", help="Who buys.")] = None,
) -> Fact:
    """Sell for cash at the prices of the catalogue."""
    from tradepost.lib import money
    from tradepost.people import queries as people
    from tradepost.till import services as till

    draft = till.SaleDraft(
        read.store(store).pk,
        [till.SaleItem(wanted.product.pk, wanted.steps) for wanted in read.items(items)],
        customer_id=people.user_named(customer).pk if customer else None,
        received_minor=money.parse(received) if received else None,
    )

    def work() -> dict[str, Any]:
        sale = only(till.ring_up([draft], actor=session.actor, at=session.at))
        return {
            "number": sale.number,
            "total": money.plain(sale.total_minor),
            "received": money.plain(sale.received_minor),
            "change": money.plain(sale.change_minor),
        }

    body = session.change(work)
    change = f", change {_shown(body['change'])}" if received else ""
    return Fact(f"Sold for {_shown(body['total'])}{change}. Receipt {body['number']}", body)


@command(app, "return", changes=True)
def take_back(
    session: Session,
    number: Number,
    items: Items,
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
) -> Fact:
    """Take goods of a sale back and give back the price paid."""
    from tradepost.lib import money
    from tradepost.till import queries
    from tradepost.till import services as till

    sale = queries.sale(number, session.actor)
    draft = till.ReturnDraft(sale.store_id, _from_lines(sale, read.items(items)), reason=reason)

    def work() -> dict[str, Any]:
        given_back = only(till.give_back([draft], actor=session.actor, at=session.at))
        return {"number": given_back.number, "sale": sale.number, "total": money.plain(given_back.total_minor)}

    body = session.change(work)
    return Fact(f"Gave back {_shown(body['total'])} of {body['sale']}. Return {body['number']}", body)


@command(sales, "list")
def list_sales(
    session: Session,
    store: Annotated[str | None, typer.Option("--store", metavar="NAME|ID", help="Only of this store.")] = None,
    customer: Annotated[str | None, typer.Option("--customer", metavar="NAME", help="Only to this customer.")] = None,
    start_date: FirstDay = None,
    end_date: LastDay = None,
    limit: Limit = 50,
) -> Listing:
    """List sales, newest first."""
    from tradepost.people import queries as people
    from tradepost.till import queries

    found = queries.sales(
        session.actor,
        store=read.store(store).pk if store else None,
        customer=people.user_named(customer).pk if customer else None,
        start_date=read.day(start_date),
        end_date=read.day(end_date),
    )
    rows = [_sale_row(sale) for sale in found[: limit + 1]]
    return Listing(rows[:limit], SALE_COLUMNS, more=len(rows) > limit, empty="No sale found.")


@command(sales, "show")
def show_sale(session: Session, number: Number) -> Card:
    """Show one sale with its lines."""
    from tradepost.lib import money, quantity
    from tradepost.till import queries

    sale = queries.sale(number, session.actor)
    lines = [
        {
            "position": line.position,
            "sku": line.product.sku,
            "name": line.product.name,
            "quantity": quantity.plain(line.quantity, line.product.decimals),
            "unit_price": money.plain(line.unit_price_minor),
            "amount": money.plain(line.amount_minor),
            "returned": quantity.plain(line.returned_quantity, line.product.decimals),
        }
        for line in sale.lines.all()
    ]
    row = {**_sale_row(sale), "received": money.plain(sale.received_minor), "change": money.plain(sale.change_minor)}
    facts = {
        "Sale": sale.number,
        "When": row["at"],
        "Store": row["store"],
        "Sold by": row["operator"],
        "Customer": row["customer"],
        "Total": money.show(sale.total_minor),
        "Posting": sale.posting_id,
    }
    return Card({**row, "posting": sale.posting_id, "lines": lines}, facts, [Listing(lines, LINE_COLUMNS)])


@command(reports, "day-report")
def day_report(
    session: Session,
    store: InStore,
    date: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="The store's today if left out.")
    ] = None,
) -> Card:
    """Show what a store took, gave back and lost on a day."""
    from tradepost.lib import clock, money
    from tradepost.till import queries

    where = read.store(store)
    day = read.day(date) or clock.business_date(session.at, where.time_zone)
    report = queries.day_report(where.pk, day, session.actor)
    amounts = {
        "revenue": report.revenue_minor,
        "losses": report.losses_minor,
        "given_back": report.given_back_minor,
        "average_sale": report.average_sale_minor,
    }
    counts = {
        "sales": report.sales,
        "returns": report.returns,
        "write_offs": report.write_offs,
        "deliveries": report.deliveries,
        "adjustments": report.adjustments,
    }
    facts = {"Store": report.store_name, "Date": report.date.isoformat()}
    facts |= {name.replace("_", " ").capitalize(): money.show(minor) for name, minor in amounts.items()}
    facts |= {name.replace("_", " ").capitalize(): str(count) for name, count in counts.items()}
    data = {"store": report.store_name, "store_id": report.store_id, "date": report.date.isoformat()}
    return Card({**data, **{name: money.plain(minor) for name, minor in amounts.items()}, **counts}, facts)


def _from_lines(sale: "Sale", wanted: list[read.Wanted]) -> list["ReturnItem"]:
    """Spread what comes back over the lines of the sale that are not wholly given back."""
    from tradepost.till import services as till

    left = {line.pk: line.quantity - line.returned_quantity for line in sale.lines.all()}
    by_product: dict[int, list[int]] = defaultdict(list)
    for line in sale.lines.all():
        by_product[line.product_id].append(line.pk)
    found = []
    for product, steps in wanted:
        lines = by_product[product.pk]
        if not lines:
            raise Missing(f"{product.sku} is not on {sale.number}")
        open_steps = steps
        for line_id in lines:
            part = open_steps if line_id == lines[-1] else min(open_steps, left[line_id])
            if part or steps <= 0:
                found.append(till.ReturnItem(part, sale_line_id=line_id))
            left[line_id] -= part
            open_steps -= part
    return found


def _sale_row(sale: "Sale") -> dict[str, Any]:
    from tradepost.lib import money

    return {
        "number": sale.number,
        "at": sale.at.isoformat(timespec="seconds"),
        "store": sale.store.name,
        "business_date": sale.business_date.isoformat(),
        "operator": sale.operator.username,
        "customer": sale.customer.username if sale.customer else None,
        "total": money.plain(sale.total_minor),
    }


def _shown(plain: str) -> str:
    from tradepost.lib import money

    return money.show(money.parse(plain))
