"""`tradepost audit`: who did what, when, through which face."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradepost.cli.base import Limit, Session, command
from tradepost.cli.output import Column, Listing
from tradepost.cli.read import FirstDay, LastDay, days

if TYPE_CHECKING:
    from tradepost.audit.models import AuditEvent

app = typer.Typer(no_args_is_help=True, help="The audit log.")

COLUMNS = [
    Column("at", "When"),
    Column("actor", "Who"),
    Column("face", "Through"),
    Column("action", "What"),
    Column("subject", "Of what"),
]


@command(app, "list")
def list_events(
    session: Session,
    action: Annotated[str | None, typer.Option("--action", help="Such as till.sold.")] = None,
    user: Annotated[str | None, typer.Option("--user", metavar="NAME", help="Only what this user did.")] = None,
    store: Annotated[str | None, typer.Option("--store", metavar="NAME|ID", help="Only in this store.")] = None,
    product: Annotated[
        str | None, typer.Option("--product", metavar="SKU", help="Only what changed or moved this product.")
    ] = None,
    start_date: FirstDay = None,
    end_date: LastDay = None,
    limit: Limit = 50,
) -> Listing:
    """List events, newest first."""
    from tradepost.audit import queries
    from tradepost.catalog import queries as catalog
    from tradepost.people import queries as people
    from tradepost.places import queries as places

    where = places.store_named(store) if store else None
    start, end = days(start_date, end_date, where.time_zone if where else None)
    found = queries.events(
        session.actor,
        action=action,
        user=people.user_named(user).pk if user else None,
        store=where.pk if where else None,
        product=catalog.product_of(product).pk if product else None,
        start=start,
        end=end,
    )
    rows = [_row(event) for event in found[: limit + 1]]
    return Listing(rows[:limit], COLUMNS, more=len(rows) > limit)


def _row(event: "AuditEvent") -> dict[str, Any]:
    return {
        "id": event.pk,
        "at": event.at.isoformat(timespec="seconds"),
        "actor": event.actor_name,
        "face": event.face,
        "action": event.action,
        "subject": f"{event.subject_type} {event.subject_id}",
        "store": event.store_id,
        "request_id": event.request_id,
        "before": event.before,
        "after": event.after,
    }
