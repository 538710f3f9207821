"""Reading stock movements, and the journal of a product's shelves."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import OuterRef, Q, QuerySet, Subquery

from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.intake.models import Job
from tradepost.inventory.errors import NoSuchMovement
from tradepost.inventory.models import StockMovement
from tradepost.inventory.queries import _unread
from tradepost.inventory.queries._named import only_one
from tradepost.lib.actor import Actor
from tradepost.places.models import Store

if TYPE_CHECKING:
    from tradepost.books.models import Movement

UNREAD = _unread.unread(
    store=_unread.OF_STORE, product=_unread.OF_PRODUCT, supplier=_unread.OF_SUPPLIER, asked_by=_unread.OF_PERSON
)


def movements(
    actor: Actor,
    *,
    store: int | None = None,
    product: int | None = None,
    movement_type: str = "",
    supplier: int | None = None,
    state: str = "",
    job: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> QuerySet[StockMovement]:
    """The movements of the stores an actor reads, by their moments, newest first. `start` inside the range, `end` not.

    Each says by `reversed_by` which movement took it back, None for none; without a join, which would take longer to
    plan than to make. In an order that `lib.keyset` can page by.
    """
    taken_back_by = StockMovement.objects.filter(reverses=OuterRef("pk")).order_by().values("pk")
    found = (
        StockMovement.objects.select_related("store", "product", "supplier", "asked_by")
        .defer(*UNREAD)
        .annotate(reversed_by=Subquery(taken_back_by[:1]))
    )
    if not actor.reads_all:
        found = found.filter(store_id__in=sorted(actor.stores()))
    wanted = {
        "store_id": store,
        "product_id": product,
        "movement_type": movement_type or None,
        "supplier_id": supplier,
        "state": state or None,
        "at__gte": start,
        "at__lt": end,
    }
    if job is not None:
        found = found.filter(_under(job))
    return found.filter(**{name: value for name, value in wanted.items() if value is not None}).order_by("-at", "-id")


def product_journal(
    product_id: int | None,
    actor: Actor,
    *,
    store: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> "QuerySet[Movement]":
    """What came to and left the shelves of stores an actor reads, however it was booked, newest first.

    Of one product, or of all with None; of one store, or of all an actor reads. `start` inside the range, `end` not.
    """
    places = [chart.store(store_id) for store_id in stores_read(actor, store)]
    return books.journal_of_shelves(places, product_id, start=start, end=end)


def moved_lately(actor: Actor, *, store: int | None = None) -> "QuerySet[Movement]":
    """The newest of what came to and left the shelves of a store, or of all an actor reads; see `books.LATELY`."""
    return books.latest_of_shelves([chart.store(store_id) for store_id in stores_read(actor, store)])


def stores_read(actor: Actor, store: int | None) -> list[int]:
    """The ids of the stores a list is about: the one asked for, if it may be read, else all that may."""
    if store is not None:
        return [store] if actor.reads_store(store) else []
    if not actor.reads_all:
        return sorted(actor.stores())
    return list(Store.objects.order_by("id").values_list("id", flat=True))


def of_job(job_id: int) -> QuerySet[StockMovement]:
    """All movements queued under a job, in the order they were queued in."""
    return StockMovement.objects.filter(_under(job_id)).order_by("id")


def _under(job_id: int) -> Q:
    """Of a job. Its movements stand between two ids that the job names, so that no index of jobs is needed."""
    payload = Job.objects.filter(pk=job_id).values_list("payload", flat=True).first() or {}
    return Q(job_id=job_id, pk__range=(payload.get("first", 0), payload.get("last", 0)))


def movement(number_or_id: str | int, actor: Actor) -> StockMovement:
    """One movement by its id, or by a text: its number, else its id. Raises NoSuchMovement."""
    return only_one(movements(actor), number_or_id, NoSuchMovement, "stock movement")
