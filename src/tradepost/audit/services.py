"""Writing the audit log: one row a service call, in the transaction of the change it tells of."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from tradepost.audit.models import Part
from tradepost.lib import db
from tradepost.lib.actor import Actor

Subject = Model | tuple[str, int | str]
Shares = Mapping[int, Sequence[Part] | None]
TABLE, PRODUCTS, STORES = "audit_auditevent", "audit_eventproduct", "audit_eventstore"
COLUMNS = {
    "at": "timestamptz", "action": "text", "subject_type": "text", "subject_id": "text", "store_id": "bigint",
    "actor_id": "bigint", "actor_name": "text", "face": "text", "request_id": "text", "before": "jsonb",
    "after": "jsonb",
}  # fmt: skip
JSON = DjangoJSONEncoder()
PRODUCT_COLUMNS, STORE_COLUMNS = {"product_id": "bigint"}, {"store_id": "bigint", "parts": "jsonb"}


class Event(NamedTuple):
    """That `actor` did `action` (`app.past_participle`) to `subject`; a list is one event naming its parts.

    `before` and `after` hold what JSON can; personal data is named by field, never by value. `products` are the ids of
    those it changed, moved or counted: it is found by each of them. So it is by the stores it concerns: `store_id`, or
    where there may be several, `stores` by id, see `by_store`.
    """

    action: str
    subject: Subject
    actor: Actor
    at: datetime
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    store_id: int | None = None
    products: Collection[int] = ()
    stores: Shares = MappingProxyType({})


def by_store(parts: Iterable[tuple[int, Part]]) -> Shares:
    """The stores a list concerns, each with the numbers of those of its parts that do; None where all do.

    Who manages a store reads of `before` and `after` what is said of these parts: in a list where they stand or begin a
    row, in a mapping whose keys they are.
    """
    found: dict[int, list[Part]] = {}
    for store_id, part in parts:
        found.setdefault(store_id, []).append(part)
    every = {part for mine in found.values() for part in mine}
    return {store_id: None if len(mine) == len(every) else mine for store_id, mine in found.items()}


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
    stores: Shares = MappingProxyType({}),
) -> None:
    """Write one event down; see `Event`."""
    record_all([Event(action, subject, actor, at, before, after, store_id, products, stores)])


def record_all(events: Sequence[Event]) -> None:
    """Write down the events of calls that were done together, by one statement, and one for each that names something.

    An event with its products and stores is one statement too.
    """
    plain = []
    for event in events:
        products = [(product_id,) for product_id in sorted(set(event.products))]
        stores = [(store_id, _json(parts)) for store_id, parts in sorted(_stores(event).items())]
        if products or stores:
            parts: list[db.Parts] = [(PRODUCTS, PRODUCT_COLUMNS, products), (STORES, STORE_COLUMNS, stores)]
            db.insert_row_and_parts(TABLE, COLUMNS, _row(event), "event_id", [part for part in parts if part[2]])
        else:
            plain.append(_row(event))
    db.insert_rows(TABLE, COLUMNS, plain)


def _stores(event: Event) -> Shares:
    return event.stores or ({} if event.store_id is None else {event.store_id: None})


def _row(event: Event) -> tuple[Any, ...]:
    actor, store_id = event.actor, event.store_id
    if store_id is None and len(event.stores) == 1:
        (store_id,) = event.stores
    return (
        event.at, event.action, *_named(event.subject), store_id, actor.user_id, actor.name, actor.face,
        actor.request_id, _json(event.before), _json(event.after),
    )  # fmt: skip


def _json(values: dict[str, Any] | Sequence[Part] | None) -> str | None:
    return None if values is None else JSON.encode(values)


def _named(subject: Subject) -> tuple[str, str]:
    if isinstance(subject, Model):
        return subject._meta.label_lower, str(subject.pk)
    kind, number = subject
    return kind, str(number)
