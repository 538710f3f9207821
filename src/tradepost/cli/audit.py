"""`tradepost audit`: who did what, when, through which face."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradepost.cli.base import Limit, Session, command
from tradepost.cli.output import Card, Column, Listing
from tradepost.cli.read import FirstDay, LastDay, days

if TYPE_CHECKING:
    from tradepost.audit.models import AuditEvent

app = typer.Typer(no_args_is_help=True, help="The audit log.")

COLUMNS = [
    Column("id", "No.", is_number=True),
    Column("at", "When"),
    Column("actor", "Who"),
    Column("face", "Through"),
    Column("action", "What"),
    Column("subject", "Of what"),
]
CHANGED_COLUMNS = [Column("what", "Changed"), Column("before", "Before"), Column("after", "After")]


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
    rows = [_row(event) for event in found.brief()[: limit + 1]]
    return Listing(rows[:limit], COLUMNS, more=len(rows) > limit)


@command(app, "show")
def show_event(session: Session, number: Annotated[int, typer.Argument(help="Its number.")]) -> Card:
    """Show one event with everything it says."""
    from tradepost.audit import queries
    from tradepost.places import queries as places

    event = queries.event(number, session.actor)
    row = _row(event)
    store = places.stores_for(session.actor, archived=None).filter(pk=event.store_id or 0).first()
    facts = {
        "Event": number,
        "What": event.action,
        "Of what": row["subject"],
        "When": row["at"],
        "Who": event.actor_name,
        "Through": event.face,
        **({"Store": store.name} if store else {}),
        **({"Request": event.request_id} if event.request_id else {}),
    }
    return Card(row, facts, [Listing(list(_changed(event)), CHANGED_COLUMNS, empty="It says no more.")])


def _changed(event: "AuditEvent") -> Iterator[dict[str, str]]:
    """What an event says by field; of a list of rows each for itself."""
    before, after = event.before or {}, event.after or {}
    for name in {**before, **after}:
        if name == "movements":
            yield from ({"what": name, "before": "", "after": _plain(one)} for one in after.get(name, []))
        else:
            told = {"before": before, "after": after}
            yield {"what": name} | {key: _plain(one[name]) if name in one else "" for key, one in told.items()}


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


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
        "is_whole": event.is_whole,
    }
