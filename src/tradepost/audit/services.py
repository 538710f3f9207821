"""Writing the audit log: one row a service call, in the transaction of the change it tells of."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from tradepost.lib import db
from tradepost.lib.actor import Actor

Subject = Model | tuple[str, int | str]
TABLE, PARTS = "audit_auditevent", ("audit_eventproduct", "event_id", "product_id")
COLUMNS = {
    "at": "timestamptz", "action": "text", "subject_type": "text", "subject_id": "text", "store_id": "bigint",
    "actor_id": "bigint", "actor_name": "text", "face": "text", "request_id": "text", "before": "jsonb",
    "after": "jsonb",
}  # fmt: skip


class Event(NamedTuple):
    """That `actor` did `action` (`app.past_participle`) to `subject`; a list is one event naming its parts.

    `before` and `after` hold what JSON can; personal data is named by field, never by value. `products` are the ids of
    those it changed, moved or counted: it is found by each of them.
    """

    action: str
    subject: Subject
    actor: Actor
    at: datetime
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    store_id: int | None = None
    products: Collection[int] = ()


def record(
    action: str,
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    store_id: int | None = None,
    products: Collection[int] = (),
) -> None:
    """Write one event down; see `Event`."""
    record_all([Event(action, subject, actor, at, before, after, store_id, products)])


def record_all(events: Sequence[Event]) -> None:
    """Write down the events of calls that were done together, by one statement, and one for each that names products.

    An event and its products are one statement too.
    """
    db.insert_rows(TABLE, COLUMNS, [_row(event) for event in events if not event.products])
    for event in events:
        if event.products:
            db.insert_row_and_parts(TABLE, COLUMNS, _row(event), PARTS, sorted(set(event.products)))


def _row(event: Event) -> tuple[Any, ...]:
    actor = event.actor
    return (
        event.at, event.action, *_named(event.subject), event.store_id, actor.user_id, actor.name, actor.face,
        actor.request_id, _json(event.before), _json(event.after),
    )  # fmt: skip


def _json(values: dict[str, Any] | None) -> str | None:
    return None if values is None else json.dumps(values, cls=DjangoJSONEncoder)


def _named(subject: Subject) -> tuple[str, str]:
    if isinstance(subject, Model):
        return subject._meta.label_lower, str(subject.pk)
    kind, number = subject
    return kind, str(number)
