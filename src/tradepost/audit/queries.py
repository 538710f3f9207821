"""Reading the audit log: auditors and administrators see all, managers also what their stores saw, others their own.

Lists go by the number of the event. Where a store or a product is asked for, they walk along the index of its events,
from the number a page begins at; what a manager may read is several such walks, which the database merges. A call of a
thousand rows says as much as a page of others: lists show events in `brief`, and one event alone is whole.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import reduce
from typing import Any, NamedTuple, Self

from django.db.models import Case, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThanOrEqual

from tradepost.audit.models import AuditEvent, EventStore, Part
from tradepost.lib import db
from tradepost.lib.actor import MANAGER, Actor
from tradepost.lib.errors import Missing

FEW_STORES = 8  # a walk for each; the events of a manager of more stand so close that the log itself is walked
MOST_STORED = 4096  # bytes that an event in brief says at most, as they are stored: some 50 movements
BOUNDS = {"id__lt": "lt", "pk__lt": "lt", "id__gt": "gt", "pk__gt": "gt"}


class Walk(NamedTuple):
    """Which events there are along an index, and the fields that hold their number there."""

    found: Q
    numbers: tuple[str, ...] = ("id",)


class Stored(Func):
    """How much is stored in a JSON field: told without reading it, 0 for nothing."""

    function = "LENGTH"
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        """Compressed, as it lies on the disk."""
        return self.as_sql(compiler, connection, function="pg_column_size", **extra)


class Events(QuerySet[AuditEvent]):
    """Events by number, along one or several walks that have none in common; of others' calls only the reader's share.

    What is beyond a number is asked of the index too: neither database concludes that from the event's own number.
    Read it; do not put it inside another query, which would know nothing of the walks.
    """

    walks: tuple[Walk, ...] = ()
    bounds: tuple[tuple[str, int], ...] = ()
    reader: Actor | None = None

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone.walks, clone.bounds, clone.reader = self.walks, self.bounds, self.reader
        return clone

    def filter(self, *args: Any, **kwargs: Any) -> Self:
        """See QuerySet."""
        found = super().filter(*args, **kwargs)
        found.bounds += tuple((BOUNDS[name], value) for name, value in kwargs.items() if name in BOUNDS)
        return found

    def brief(self) -> Self:
        """The same events, of which those that say much say nothing before and after, and are not `is_whole`."""
        size = Coalesce(Stored(F("before")), Value(0)) + Coalesce(Stored(F("after")), Value(0))
        is_short = LessThanOrEqual(size, Value(MOST_STORED))
        said = {f"brief_{name}": Case(When(is_short, then=F(name))) for name in ("before", "after")}
        return self.defer("before", "after").annotate(is_whole=is_short, **said)

    def exists(self) -> bool:
        """See QuerySet."""
        return self._walked().exists() if self.walks else super().exists()

    def count(self) -> int:
        """See QuerySet."""
        return self._walked().count() if self.walks else super().count()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """See QuerySet; PostgreSQL has no answer for several walks."""
        return self._walked().aggregate(*args, **kwargs) if self.walks else super().aggregate(*args, **kwargs)

    def iterator(self, chunk_size: int | None = None) -> Iterator[AuditEvent]:
        """All at once: each is cut to what the reader may see."""
        return iter(self)

    def explain(self, **options: Any) -> str:
        """See QuerySet."""
        return self._walked().explain(**options) if self.walks else super().explain(**options)

    def _fetch_all(self) -> None:
        is_new = self._result_cache is None
        if is_new and self.walks:
            self._result_cache = list(self._walked())
        super()._fetch_all()
        if not is_new or self._result_cache is None:
            return
        if "is_whole" in self.query.annotations:
            for event in self._result_cache:
                event.before, event.after = event.brief_before, event.brief_after  # type: ignore[attr-defined]
        if self.reader and self.walks:
            _share_out(self._result_cache, self.reader)

    def _walked(self) -> QuerySet[AuditEvent]:
        """The same rows by a plain query."""
        order = str((self.query.order_by or ("-id",))[0])
        sign = "-" if order.startswith("-") == self.query.standard_ordering else ""
        low, high = self.query.low_mark, self.query.high_mark
        plain = self.all()
        plain.walks, plain.reader = (), None
        plain.query.clear_limits()
        found = [plain.filter(self._along(walk)).order_by(f"{sign}{walk.numbers[0]}") for walk in self.walks]
        if len(found) == 1:
            return found[0][low:high]
        found = [walked[:high] for walked in found]  # neither database ends a walk early unless it is told so
        if db.is_postgres():
            return found[0].union(*found[1:], all=True).order_by(f"{sign}id")[low:high]
        either = reduce(Q.__or__, [Q(pk__in=walked.values("pk")) for walked in found])
        return plain.filter(either).order_by(f"{sign}id")[low:high]

    def _along(self, walk: Walk) -> Q:
        beyond = {f"{number}__{way}": bound for number in walk.numbers for way, bound in self.bounds}
        return walk.found & Q(**beyond)


def events(
    actor: Actor,
    *,
    action: str | None = None,
    user: int | None = None,
    store: int | None = None,
    product: int | None = None,
    subject_type: str | None = None,
    subject_id: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Events:
    """The events this actor may read, newest first. `start` is inside the range, `end` not; None filters nothing.

    `store` finds what happened there, be it part of a call that touched other stores too; `product` what changed it and
    what moved, counted or sold goods of it. Of such a call whoever manages one of its stores reads what concerns that.
    """
    wanted = {
        "action": action,
        "actor_id": user,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "at__gte": start,
        "at__lt": end,
    }
    found = Events(AuditEvent).filter(**{name: value for name, value in wanted.items() if value is not None})
    walks = _walks(actor, store)
    if product is not None:
        walks = [_of_product(walk, product) for walk in walks or [Walk(Q())]]
    found.walks, found.reader = tuple(walks), None if actor.reads_all else actor
    return found


def event(event_id: int, actor: Actor) -> AuditEvent:
    """One event with all it says to this actor. Raises Missing for one they may not read."""
    found = list(events(actor).filter(pk=event_id)[:1])
    if not found:
        raise Missing(f"There is no event {event_id}")
    return found[0]


def _walks(actor: Actor, store: int | None) -> list[Walk]:
    """The walks to what an actor may read, in one store or wherever; none is the whole log."""
    mine, managed = Q(actor_id=actor.user_id), _managed(actor)
    if store is not None:
        there = Q(stores__store_id=store)
        return [Walk(there if actor.reads_all or store in managed else there & mine, ("stores__event_id",))]
    if actor.reads_all:
        return []
    if len(managed) > FEW_STORES:
        return [Walk(mine | Q(Exists(_of(managed))))]
    walks = [Walk(mine)]
    for i, one in enumerate(managed):
        told = Q(Exists(_of(managed[:i])))
        walks.append(Walk(Q(stores__store_id=one) & ~mine & ~told, ("stores__event_id",)))
    return walks


def _of_product(walk: Walk, product: int) -> Walk:
    along = [number for number in walk.numbers if number != "id"]
    return Walk(walk.found & Q(products__product_id=product), (*along, "products__event_id"))


def _of(store_ids: Sequence[int]) -> QuerySet[EventStore]:
    return EventStore.objects.filter(event=OuterRef("pk"), store_id__in=store_ids)


def _managed(actor: Actor) -> list[int]:
    return sorted(store_id for role, store_id in actor.grants if role == MANAGER and store_id is not None)


def _share_out(events: Sequence[AuditEvent], reader: Actor) -> None:
    """Leave of each event what concerns the reader: all of their own, of others what happened in the reader's stores.

    One query, however many they are.
    """
    others = [event.pk for event in events if event.actor_id != reader.user_id]
    shares: dict[int, dict[int, list[Part] | None]] = {}
    if others:
        rows = EventStore.objects.filter(event_id__in=others, store_id__in=_managed(reader))
        for event_id, store_id, parts in rows.values_list("event_id", "store_id", "parts"):
            shares.setdefault(event_id, {})[store_id] = parts
    for event in events:
        if event.pk in shares and None not in shares[event.pk].values():
            _cut(event, shares[event.pk])


def _cut(event: AuditEvent, shares: dict[int, list[Part] | None]) -> None:
    """Make of an event what it would be, had the call been of these stores alone, by the parts that concern them."""
    parts = list(dict.fromkeys(part for share in shares.values() for part in share or ()))
    event.subject_id = str(parts[0]) if len(parts) == 1 else f"{len(parts)} {event.subject_id.partition(' ')[2]}"
    event.store_id = next(iter(shares)) if len(shares) == 1 else None
    event.before, event.after = _of_parts(event.before, set(parts)), _of_parts(event.after, set(parts))


def _of_parts(values: dict[str, Any] | None, parts: set[Part]) -> dict[str, Any] | None:
    """What is said of these parts: in a list they stand themselves or begin a row, in a mapping they are the key.

    What is said of the call as a whole is left out.
    """
    kept: dict[str, Any] = {}
    for name, value in (values or {}).items():
        if isinstance(value, dict):
            kept[name] = {part: said for part, said in value.items() if part in parts}
        elif isinstance(value, list):
            kept[name] = value if name == "fields" else [one for one in value if _begins(one) in parts]
    return {name: value for name, value in kept.items() if value} or None


def _begins(one: Any) -> Part | None:
    first = one[0] if isinstance(one, list) and one else one
    return first if isinstance(first, str | int) else None
