"""`tradepost postings`, `balance`, `reconcile` and `verify`: reading and proving the books."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradepost.cli import read
from tradepost.cli.base import Limit, Session, command
from tradepost.cli.output import Card, Column, Fact, Listing
from tradepost.cli.read import FirstDay, LastDay
from tradepost.lib.errors import Missing

if TYPE_CHECKING:
    from tradepost.books.models import Posting
    from tradepost.books.services import Findings

app = typer.Typer()
postings = typer.Typer(no_args_is_help=True, help="The journal.")

COLUMNS = [
    Column("id", "No.", is_number=True),
    Column("at", "When"),
    Column("key", "Key"),
    Column("kind", "Kind"),
    Column("actor", "By"),
]
TRANSFER_COLUMNS = [
    Column("source", "From"),
    Column("destination", "To"),
    Column("amount", "Amount", is_money=True),
    Column("source_after", "Left", is_money=True),
    Column("destination_after", "Now there", is_money=True),
]
MOVEMENT_COLUMNS = [
    Column("sku", "SKU"),
    Column("name", "Product"),
    Column("source", "From"),
    Column("destination", "To"),
    Column("quantity", "Quantity", is_number=True),
    Column("source_after", "Left", is_number=True),
    Column("destination_after", "Now there", is_number=True),
]
CHECKED_COLUMNS = [Column("what", "Checked"), Column("count", "Rows", is_number=True)]
DIFFERENCE_COLUMNS = [Column("table", "Table"), Column("id", "Row", is_number=True), Column("about", "Difference")]


@command(postings, "list")
def list_postings(
    session: Session,
    key: Annotated[str, typer.Option("--key", metavar="TEXT", help="Only those whose key contains this.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="Such as till.sale.")] = "",
    account: Annotated[str, typer.Option("--account", metavar="CODE", help="Only those on this account.")] = "",
    sku: Annotated[str, typer.Option("--product", metavar="SKU", help="Only those that move this product.")] = "",
    store: Annotated[str, typer.Option("--store", metavar="NAME|ID", help="Only those of this store.")] = "",
    start_date: FirstDay = None,
    end_date: LastDay = None,
    limit: Limit = 50,
) -> Listing:
    """List postings, newest first."""
    from tradepost.books import queries
    from tradepost.catalog import queries as catalog
    from tradepost.prepaid import queries as prepaid

    where = read.store(store) if store else None
    start, end = read.days(start_date, end_date, where.time_zone if where else None)
    found = queries.postings(
        session.actor,
        also=prepaid.own_codes(session.actor),
        key=key,
        kind=kind,
        account_code=account,
        product_id=catalog.product_of(sku).pk if sku else None,
        store_id=where.pk if where else None,
        start=start,
        end=end,
    )
    rows = [_row(posting) for posting in found[: limit + 1]]
    return Listing(rows[:limit], COLUMNS, more=len(rows) > limit, empty="No posting found.")


@command(postings, "show")
def show_posting(session: Session, number: Annotated[int, typer.Argument(help="Its number.")]) -> Card:
    """Show one posting with its transfers, its movements and the run that seals it."""
    from tradepost.books import queries
    from tradepost.prepaid import queries as prepaid

    posting = queries.posting(number, session.actor, also=prepaid.own_codes(session.actor))
    run = queries.run_of(number)
    transfers, movements = _transfers(posting), _movements(posting)
    row = {**_row(posting), "memo": posting.memo, "recorded_at": posting.recorded_at.isoformat()}
    facts = {
        "Posting": posting.pk,
        "Key": posting.key,
        "Kind": posting.kind,
        "When": row["at"],
        "By": row["actor"],
        "Memo": posting.memo,
        "Digest": bytes(posting.digest)[:32].hex(),
        "Sealed": f"in run {run.pk}" if run else "not yet",
    }
    parts = [Listing(transfers, TRANSFER_COLUMNS, empty="No money moved.")]
    parts.append(Listing(movements, MOVEMENT_COLUMNS, empty="No goods moved."))
    data = {**row, "digest": facts["Digest"], "run": run.pk if run else None}
    return Card({**data, "transfers": transfers, "movements": movements}, facts, parts)


@command(app, "balance")
def balance(session: Session, code: Annotated[str, typer.Argument(help="Such as ~revenue:1 or wallet:7.")]) -> Fact:
    """Show the balance of an account."""
    from tradepost.books import chart, queries
    from tradepost.lib import money
    from tradepost.prepaid import queries as prepaid

    chart.account_kind(code)
    own = {*queries.own_codes(session.actor), *prepaid.own_codes(session.actor)}
    if not session.actor.reads_all and code not in own:
        raise Missing(f"There is no account {code}")
    minor = queries.balance_of(code)
    data = {"account": code, "balance": money.plain(minor), "currency": money.currency()}
    return Fact(f"{code}  {money.show(minor)}", data)


@command(app, "reconcile")
def reconcile(session: Session) -> Card:
    """Recompute every balance and level from the journals; exit code 1 on a difference."""
    from tradepost.books import services as books

    session.actor.require_auditor()
    return _proof(books.reconcile(), "Every kept balance and level is what its journal says.")


@command(app, "verify")
def verify(session: Session) -> Card:
    """Recompute the chain of seals and name every tampered row; exit code 1 on a difference."""
    from tradepost.books import services as books

    session.actor.require_auditor()
    return _proof(books.verify(), "Every row is as it was written.")


def _proof(findings: "Findings", all_well: str) -> Card:
    checked = [{"what": what, "count": count} for what, count in findings.checked.items()]
    differences = [{**found, "about": _about(found)} for found in findings.differences]
    data: dict[str, Any] = {"ok": findings.ok, "checked": findings.checked, "differences": findings.differences}
    facts = {"Seal of the newest run": findings.seal} if findings.seal else {}
    if findings.seal:
        data["seal"] = findings.seal
    parts = [Listing(checked, CHECKED_COLUMNS), Listing(differences, DIFFERENCE_COLUMNS, empty=all_well)]
    return Card(data, facts, parts, exit_code=0 if findings.ok else 1)


def _about(difference: dict[str, Any]) -> str:
    about = {name: value for name, value in difference.items() if name not in {"table", "id"}}
    return ", ".join([*([about.pop("what")] if "what" in about else []), *(f"{k} {v}" for k, v in about.items())])


def _row(posting: "Posting") -> dict[str, Any]:
    return {
        "id": posting.pk,
        "key": posting.key,
        "kind": posting.kind,
        "actor": posting.actor.username,
        "at": posting.at.isoformat(timespec="seconds"),
    }


def _transfers(posting: "Posting") -> list[dict[str, Any]]:
    from tradepost.lib import money

    return [
        {
            "id": transfer.pk,
            "source": transfer.source.code,
            "destination": transfer.destination.code,
            "amount": money.plain(transfer.amount_minor),
            "source_after": None if transfer.source_after_minor is None else money.plain(transfer.source_after_minor),
            "destination_after": (
                None if transfer.destination_after_minor is None else money.plain(transfer.destination_after_minor)
            ),
        }
        for transfer in posting.transfers.all()
    ]


def _movements(posting: "Posting") -> list[dict[str, Any]]:
    from tradepost.lib import quantity

    def plain(steps: int | None, decimals: int) -> str | None:
        return None if steps is None else quantity.plain(steps, decimals)

    return [
        {
            "id": movement.pk,
            "sku": movement.product.sku,
            "name": movement.product.name,
            "source": movement.source.code,
            "destination": movement.destination.code,
            "quantity": plain(movement.quantity, movement.product.decimals),
            "source_after": plain(movement.source_after, movement.product.decimals),
            "destination_after": plain(movement.destination_after, movement.product.decimals),
        }
        for movement in posting.movements.all()
    ]
