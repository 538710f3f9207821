"""What happened to goods lately, in words, from the journal of the shelves: however it was booked, one store or all."""

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import HttpResponse
from django.urls import reverse

from tradepost.books import chart
from tradepost.inventory import queries as inventory
from tradepost.web.books import documents
from tradepost.web.page import PageRequest, page, require_worker, show
from tradepost.web.stock import filters
from tradepost.web.templatetags import tp

if TYPE_CHECKING:
    from tradepost.books.models import Movement
    from tradepost.places.models import Store

SHOWN = 8
LOOKED_AT = 60  # movements: what one posting moved is one line
NAMED = 2
WORDS = {
    "till.sale": ("Sold", ""),
    "till.return": ("Given back", "tp-warn"),
    "till.received": ("Received", "tp-ok"),
    "till.written_off": ("Written off", "tp-bad"),
    "till.sent_back": ("Sent back to the supplier", "tp-warn"),
    "till.found_again": ("Found again", "tp-ok"),
    "inventory.sent": ("Sent to another store", "tp-info"),
    "inventory.received": ("Received from another store", "tp-ok"),
    "inventory.returned": ("Came back from a transfer", "tp-warn"),
}
MISSING, MORE = ("Missing in a count", "tp-bad"), ("Found in a count", "tp-ok")
COMES, GOES = ("Came", "tp-ok"), ("Went", "")


class Spot(NamedTuple):
    """What a movement was on the shelf it touched: one line is made of those that were the same."""

    posting_id: int
    said: str
    tone: str
    store: "Store | None"


@page
def recent(request: PageRequest) -> HttpResponse:
    """What happened lately, drawn anew."""
    require_worker(request)
    context = latest(request, filters.store(request).store_id)
    return show(request, "stock/_recent.html", context, part="stock/_recent.html")


def latest(request: PageRequest, store_id: int | None) -> dict[str, Any]:
    """What came to and left the shelves of a store, or of all one reads, newest first, a line a posting."""
    moved = list(inventory.moved_lately(request.actor, store=store_id)[: LOOKED_AT + 1])
    groups = [(spot, list(group)) for spot, group in groupby(moved, lambda one: _spot(request, one))]
    pages = documents.pages_of({one.posting.key for _, group in groups[:SHOWN] for one in group}, request.actor)
    rows = [
        {
            "said": f"{spot.said} {_goods(group, is_cut=group[-1] is moved[-1] and len(moved) > LOOKED_AT)}",
            "tone": spot.tone,
            "url": pages.get(group[0].posting.key) or reverse("web:posting", args=[spot.posting_id]),
            "store": spot.store,
            "posting": group[0].posting,
        }
        for spot, group in groups[:SHOWN]
    ]
    return {"store_id": store_id, "recent": rows}


def _spot(request: PageRequest, movement: "Movement") -> Spot:
    into, kind = movement.destination.store, movement.posting.kind
    comes = into is not None and request.actor.reads_store(into.pk)
    word = WORDS.get(kind, COMES if comes else GOES)
    if chart.LOSS_WORLD in {movement.source.code, movement.destination.code} and kind not in WORDS:
        word = MORE if comes else MISSING
    return Spot(movement.posting_id, *word, into if comes else movement.source.store)


def _goods(movements: "list[Movement]", *, is_cut: bool) -> str:
    """How much of what: `2 Robin mug, 1.25 kg Earl Grey and 3 more`; cut off, nobody counted how many more."""
    named = [f"{tp.steps(one.quantity, one.product)} {one.product.name}" for one in movements[:NAMED]]
    left = len(movements) - len(named)
    return ", ".join(named) + (" and more" if is_cut else f" and {left} more" if left else "")
