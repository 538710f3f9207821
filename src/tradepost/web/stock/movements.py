"""Stock movements: the list with every filter, and one movement with what became of it."""

from typing import Any

from django.http import HttpResponse

from tradepost.books import queries as books
from tradepost.catalog import queries as catalog
from tradepost.inventory import queries as inventory
from tradepost.lib import keyset
from tradepost.web import params, picking
from tradepost.web.books.postings import bounds
from tradepost.web.page import PageRequest, page, require_worker, show
from tradepost.web.paging import ROWS
from tradepost.web.stock.words import STATES, TYPES

DOCUMENTS = {"IN": "web:entry", "OUT": "web:sale", "REM": "web:entry"}
BACK = {"IN": "web:entry", "OUT": "web:return", "REM": "web:entry"}


@page
def listed(request: PageRequest) -> HttpResponse:
    """Movements, newest first: queued, applied and refused."""
    require_worker(request)
    query, pick = request.GET, picking.store(request)
    start, end = params.day(query, "start"), params.day(query, "end")
    given: dict[str, Any] = {
        "store": pick.store_id,
        "product": params.number(query, "product"),
        "movement_type": params.choice(query, "movement_type", TYPES),
        "supplier": picking.supplier(query),
        "state": params.choice(query, "state", STATES),
    }
    first, last = bounds(start, end)
    found = inventory.movements(request.actor, **given, start=first, end=last)
    seen = keyset.portion(found, params.text(query, "cursor"), ROWS)
    context = {
        "rows": seen.rows,
        "window": seen,
        "filter": {**given, "start": start, "end": end},
        "product": catalog.product(given["product"]) if given["product"] else None,
        "is_filtered": any(given.values()) or start or end,
        "picked": sum(map(bool, (*given.values(), start, end))),
        "types": TYPES,
        "states": STATES,
        "pick": pick,
        "suppliers": picking.suppliers(given["supplier"]),
        "moves": request.shop is not None and request.actor.is_staff(request.shop.pk),
    }
    return show(request, "stock/movements.html", context, part="stock/_movements.html")


@page
def one(request: PageRequest, number: str) -> HttpResponse:
    """One movement: what was asked for, what became of it, and what takes it back."""
    return show(request, "stock/movement.html", context_of(request, number))


def context_of(request: PageRequest, number: str) -> dict[str, Any]:
    """A movement as its page draws it. Raises NoSuchMovement."""
    movement: Any = inventory.movement(number, request.actor)
    reversal = inventory.movement(movement.reversed_by, request.actor) if movement.reversed_by else None
    routes = BACK if movement.reverses_id else DOCUMENTS
    may = request.actor.is_manager(movement.store_id)
    shelf = (movement.posting_id or 0, movement.product_id)
    left, got = books.after_postings([shelf[0]]).get(shelf, (None, None)) if movement.posting_id else (None, None)
    return {
        "movement": movement,
        "type": TYPES[movement.movement_type],
        "reversal": reversal,
        "after": got if left is None else left,
        "document": routes[movement.movement_type] if movement.posting_id else "",
        "may_reverse": may and movement.state == "applied" and not reversal and not movement.reverses_id,
    }
