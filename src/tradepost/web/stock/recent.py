"""What happened to stock lately: of one store at the counter and beside it, of several the movements."""

from typing import Any

from django.http import HttpResponse

from tradepost.inventory import queries as inventory
from tradepost.till import queries as till
from tradepost.web.page import PageRequest, page, require_worker, show
from tradepost.web.stock import filters
from tradepost.web.stock.words import TYPES
from tradepost.web.templatetags import tp

RECENT = 8


@page
def recent(request: PageRequest) -> HttpResponse:
    """What was moved lately, drawn anew."""
    require_worker(request)
    context = latest(request, filters.store(request).store_id)
    return show(request, "stock/_recent.html", context, part="stock/_recent.html")


def latest(request: PageRequest, store_id: int | None) -> dict[str, Any]:
    """What happened in a store lately, at the counter and beside it; of several stores the movements."""
    if store_id:
        documents = till.latest(store_id, request.actor, limit=RECENT)
        news = [{"kind": type(document).__name__, "document": document} for document in documents]
        return {"store_id": store_id, "news": news}
    found = inventory.movements(request.actor)[:RECENT]
    return {"store_id": None, "recent": [{"one": one, "what": what(one)} for one in found]}


def what(movement: Any) -> str:
    """A movement in a few words: `Received 60, RABBIT NIGHT LIGHT`."""
    moved = f"{tp.steps(movement.quantity, movement.product)}, {movement.product.name}"
    if movement.state != "applied":
        return f"{movement.state.title()}: {TYPES[movement.movement_type].verb.lower()} {moved}"
    return f"{'Taken back' if movement.reverses_id else TYPES[movement.movement_type].done} {moved}"
