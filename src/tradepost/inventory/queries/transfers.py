"""Reading transfers: those from and to the stores one reads."""

from datetime import datetime

from django.db.models import F, Q, QuerySet, Sum

from tradepost.inventory.errors import NoSuchTransfer
from tradepost.inventory.models import StockTransfer, StockTransferLine, StockTransferStep
from tradepost.inventory.queries._named import only_one
from tradepost.lib.actor import Actor


def transfers(
    actor: Actor,
    *,
    store: int | None = None,
    source: int | None = None,
    destination: int | None = None,
    state: str = "",
    start: datetime | None = None,
    end: datetime | None = None,
) -> QuerySet[StockTransfer]:
    """The transfers an actor may read, newest first, with stores and sender: both stores see them.

    `store` is either end; `start` is inside the range of the moment of sending, `end` is not.
    """
    found = StockTransfer.objects.select_related("source", "destination", "sent_by")
    if not actor.reads_all:
        mine = sorted(actor.stores())
        found = found.filter(Q(source_id__in=mine) | Q(destination_id__in=mine))
    if store is not None:
        found = found.filter(Q(source_id=store) | Q(destination_id=store))
    wanted = {
        "source_id": source,
        "destination_id": destination,
        "state": state or None,
        "sent_at__gte": start,
        "sent_at__lt": end,
    }
    return found.filter(**{name: value for name, value in wanted.items() if value is not None}).order_by("-id")


def transfer(number_or_id: int | str, actor: Actor) -> StockTransfer:
    """One transfer with its lines and their products. Raises NoSuchTransfer."""
    return only_transfer(transfers(actor).prefetch_related("lines__product"), number_or_id)


def only_transfer(found: QuerySet[StockTransfer], number_or_id: int | str) -> StockTransfer:
    """The one of these with this id or number. Raises NoSuchTransfer."""
    return only_one(found, number_or_id, NoSuchTransfer, "transfer")


def steps_of(transfer: StockTransfer) -> QuerySet[StockTransferStep]:
    """What was done to a transfer, in order, with who did it; the goods of a step are its posting's movements."""
    return transfer.steps.select_related("by").prefetch_related("posting__movements__product").order_by("id")


def on_its_way(product_id: int, store_id: int) -> int:
    """How much of a product is on its way to a store, in steps; what open transfers to others hold is not asked."""
    open_there = {"transfer__destination_id": store_id, "transfer__state": StockTransfer.OPEN}
    left = Sum(F("sent") - F("received") - F("returned") - F("lost"))
    found = StockTransferLine.objects.filter(product_id=product_id, **open_there).aggregate(left=left)
    return found["left"] or 0
