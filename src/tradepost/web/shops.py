"""The store a person looks at: kept in the session, always one they may read."""

from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.http import HttpRequest

from tradepost.lib.actor import Actor
from tradepost.places import queries as places

if TYPE_CHECKING:
    from tradepost.places.models import Store

SESSION = "store"


def shops_of(actor: Actor, *, search: str = "") -> "QuerySet[Store]":
    """The open stores an actor may look into: all for administrators and auditors, else those worked in."""
    stores = places.stores_for(actor, search=search)
    return stores if actor.reads_all else stores.filter(pk__in=sorted(actor.stores()))


def current(request: HttpRequest, actor: Actor) -> "Store | None":
    """The store chosen last, else the first one; None for who has no store."""
    if not actor.works_somewhere:
        return None
    chosen = request.session.get(SESSION)
    if chosen and (found := shops_of(actor).filter(pk=chosen).first()):
        return found
    return shops_of(actor).first()
