"""Rows of the journal of a product: what it was, in which store, more or less, and what stood there afterwards."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from tradepost.web.books import documents
from tradepost.web.books.names import title_of
from tradepost.web.page import PageRequest

if TYPE_CHECKING:
    from tradepost.books.models import Movement


def rows_of(request: PageRequest, movements: "Sequence[Movement]") -> list[dict[str, Any]]:
    """The movements as they are read, in their order."""
    rows, pages = [], documents.pages_of({movement.posting.key for movement in movements}, request.actor)
    for movement in movements:
        comes = movement.destination.store_id is not None and request.actor.reads_store(movement.destination.store_id)
        rows.append(
            {
                "movement": movement,
                "title": title_of(movement.posting.key),
                "url": pages.get(movement.posting.key) or reverse("web:posting", args=[movement.posting_id]),
                "store": movement.destination.store if comes else movement.source.store,
                "change": movement.quantity if comes else -movement.quantity,
                "after": movement.destination_after if comes else movement.source_after,
            }
        )
    return rows
