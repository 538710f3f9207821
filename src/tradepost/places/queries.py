"""Reading stores. The list is no secret: whoever is logged in may read it."""

from django.db.models import Q, QuerySet

from tradepost.lib.actor import Actor
from tradepost.lib.errors import Denied
from tradepost.lib.numbers import id_written
from tradepost.places.errors import NoSuchStore
from tradepost.places.models import Store


def stores_for(actor: Actor, *, search: str = "", archived: bool | None = False) -> QuerySet[Store]:
    """The stores by name; `archived` True lists the archived ones, None both. Raises Denied to visitors."""
    if not actor.user_id:
        raise Denied("Log in to see the stores")
    found = Store.objects.all()
    if archived is not None:
        found = found.filter(archived_at__isnull=not archived)
    if text := search.replace("\0", "").strip():
        found = found.filter(Q(name__icontains=text) | Q(location__icontains=text))
    return found


def store(store_id: int) -> Store:
    """The store of this number, archived or not. Raises NoSuchStore."""
    try:
        return Store.objects.get(pk=store_id)
    except Store.DoesNotExist:
        raise NoSuchStore(f"There is no store {store_id}", store_id=store_id) from None


def only_store(actor: Actor) -> Store | None:
    """The store that is meant where none is named: the only open one the actor reads; None where there are several."""
    found = Store.objects.filter(archived_at=None)
    if not actor.reads_all:
        found = found.filter(pk__in=sorted(actor.stores()))
    two = list(found.order_by("id")[:2])
    return two[0] if len(two) == 1 else None


def store_named(text: str) -> Store:
    """The store a person means by its name or its number; the name goes first. Raises NoSuchStore."""
    wanted = text.replace("\0", "").strip()
    if found := Store.objects.filter(name__iexact=wanted).first():
        return found
    if number := id_written(wanted):
        return store(number)
    raise NoSuchStore(f"There is no store {wanted[:100]!r}")
