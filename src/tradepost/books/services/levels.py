"""Levels without a posting: locked for what is to be posted in several calls, and marked where they run low."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.books import chart
from tradepost.books.errors import InvalidDraft
from tradepost.books.models import Level
from tradepost.books.services.drafts import MAX_AMOUNT
from tradepost.books.services.journal import Journal
from tradepost.books.services.journal_postgres import PostgresJournal
from tradepost.books.services.journal_sqlite import SqliteJournal
from tradepost.catalog.models import Product
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Missing

Shelf = tuple[str, int]  # place code, product id


class Mark(NamedTuple):
    """Below how many steps a level runs low, and whether that is the place's own mark or the product's."""

    low_at: int
    own: bool


@transaction.atomic(savepoint=False)
def lock_levels(wanted: Collection[Shelf], *, opening: Collection[Shelf] = ()) -> dict[Shelf, int]:
    """Lock the levels of products at bounded places until the commit; how much stands on each, in steps.

    Whoever calls `post` more than once in a transaction locks all the levels first, so that nobody takes them in
    another order. Of levels that are not there yet those of `opening` are opened at zero; the others are zero. The
    versions of the places grow. Raises UnknownCode; Busy.
    """
    shelves = {*wanted, *opening}
    places = {place for place, _ in shelves}
    for place in places:
        if not chart.is_bounded_location(place):
            raise chart.UnknownCode(f"{place} has no levels")
        chart.location_kind(place)
    journal: Journal = PostgresJournal() if db.is_postgres() else SqliteJournal()
    with db.politely():
        journal.resolve(set(), places)
        ids = journal.place_ids
        spots = {(ids[place], product_id): (place, product_id) for place, product_id in shelves}
        arriving = {(ids[place], product_id) for place, product_id in opening}
        journal.lock_levels(set(spots), arriving, set())
        if places:
            journal.count_change(ids.values())
    return {spots[spot]: quantity for spot, quantity in journal.levels_before.items()}


@transaction.atomic(savepoint=False)
def set_mark(product_id: int, place: str, low_at: int | None, *, actor: Actor, at: datetime) -> Mark:
    """Let a level run low below `low_at` steps, or with None follow the product's reorder level again.

    Who may do so is for the caller to know. A product that never was at the place gets a level at zero. Raises
    InvalidDraft, UnknownCode, Missing.
    """
    if low_at is not None and not (type(low_at) is int and 0 <= low_at <= MAX_AMOUNT):
        raise InvalidDraft(f"{low_at} is no level to run low at")
    if not 0 < product_id <= db.MAX_BIGINT:
        raise Missing(f"There is no product {product_id}")
    shelf = (place, product_id)
    lock_levels([shelf], opening=[shelf])
    found = Level.objects.filter(location__code=place, product_id=product_id).select_related("location")
    level = found.first()
    if level is None:
        raise Missing(f"There is no product {product_id}")
    # Read after the level is locked: who changes the product's mark meanwhile waits for that lock and carries it on.
    usual = Product.objects.values_list("reorder_level", flat=True).get(pk=product_id)
    before, mark = Mark(level.low_at, level.own_mark), Mark(usual if low_at is None else low_at, low_at is not None)
    if mark != before:
        found.update(low_at=mark.low_at, own_mark=mark.own, changed_at=db.Clock())
        audit.record(
            "books.mark_set",
            subject=level,
            actor=actor,
            at=at,
            before=before._asdict(),
            after={**mark._asdict(), "product": product_id},
            store_id=level.location.store_id,
            products=[product_id],
        )
    return mark
