"""Reading stock movements, and the journal of a product's shelves."""

from datetime import datetime

from django.db.models import Q, QuerySet

from tradepost.inventory.errors import NoSuchMovement
from tradepost.inventory.models import StockMovement
from tradepost.lib.actor import Actor


def movements(
    actor: Actor,
    *,
    store: int | None = None,
    product: int | None = None,
    movement_type: str = "",
    supplier: int | None = None,
    state: str = "",
    start: datetime | None = None,
    end: datetime | None = None,
) -> QuerySet[StockMovement]:
    """The movements of the stores an actor reads, newest first. `start` inside the range, `end` not."""
    found = StockMovement.objects.select_related("store", "product", "supplier", "asked_by", "reverses", "reversal")
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
    return found.filter(**{name: value for name, value in wanted.items() if value is not None}).order_by("-id")


def movement(number_or_id: str | int, actor: Actor) -> StockMovement:
    """One movement by its number or its id; the number goes first. Raises NoSuchMovement."""
    text = str(number_or_id).replace("\0", "").strip()
    wanted = Q(number=text)
    found = movements(actor).filter(wanted).first()
    if found is None and text.isdecimal() and len(text) < 19:
        found = movements(actor).filter(pk=int(text)).first()
    if found is None:
        raise NoSuchMovement(f"There is no stock movement {text[:60]}")
    return found
