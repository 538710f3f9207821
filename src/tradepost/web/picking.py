"""What a list is narrowed to, refused where there is no such thing; the store picked from a few, or found by name.

Up to `FEW` stand in a list to choose from. Of more so many are offered, and others while a name is typed; without
script a name, or a part of one that no other store has, is sent as it stands. Whichever is chosen is among those
offered, however many there are, and all come by one query.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Case, IntegerField, Q, Value, When
from django.http import HttpResponse, QueryDict

from tradepost.catalog import queries as catalog
from tradepost.catalog.errors import NoSuchProduct
from tradepost.lib.errors import Missing
from tradepost.lib.numbers import id_written
from tradepost.people import queries as people
from tradepost.places import queries as places
from tradepost.web import params, shops
from tradepost.web.page import PageRequest, page, require_worker, show

if TYPE_CHECKING:
    from tradepost.catalog.models import Product, Supplier
    from tradepost.people.models import User
    from tradepost.places.models import Store

ALL = "all"
FEW = 50
THIS, NAMED, LIKE, OTHER = range(4)


@dataclass(frozen=True, slots=True)
class Pick:
    """The store that is chosen, None for all; those to choose from; what to choose for all of them, or nothing."""

    chosen: "Store | None"
    offered: "list[Store]"
    is_long: bool
    every: str

    @property
    def store_id(self) -> int | None:
        """The number of the chosen one."""
        return self.chosen.pk if self.chosen else None


def store(request: PageRequest, *, usual: "Store | None" = None, every: str = "Any store") -> Pick:
    """The store the address names by number or name; all for `all` or nothing; `usual` where it does not say.

    Without `every` one has to be chosen. Raises Missing for a store that there is not or that is not theirs, and
    NotAFilter for a part of several names.
    """
    text = params.text(request.GET, "store")
    if text == ALL and every:
        text = ""
    elif "store" not in request.GET or not (text or every):
        text = str(usual.pk) if usual else ""
    found = _found(request, text) if text or request.actor.works_somewhere else []
    chosen = _chosen(found, text) if text else None
    there = [one for _, one in found[:FEW]] if request.actor.works_somewhere else []
    return Pick(chosen, sorted(there, key=lambda one: one.name.casefold()), len(found) > FEW, every)


def supplier(query: QueryDict) -> int | None:
    """The supplier the address names, archived or not. Raises NotAFilter, NoSuchSupplier."""
    number = params.number(query, "supplier")
    return None if number is None else catalog.supplier(number).pk


def suppliers(chosen: int | None) -> "list[Supplier]":
    """The suppliers to choose from, the chosen one among them though it may be archived."""
    return list(catalog.suppliers(archived=None).filter(Q(archived_at=None) | Q(pk=chosen or 0)))


def category(query: QueryDict) -> int | None:
    """The category the address names. Raises NotAFilter, NoSuchCategory."""
    number = params.number(query, "category")
    return None if number is None else catalog.category(number).pk


def product(text: str) -> "Product":
    """The product of a barcode or SKU, or the only one whose name has this in it. Raises NoSuchProduct."""
    try:
        return catalog.product_scanned(text)
    except NoSuchProduct:
        found = list(catalog.products(search=text)[:3]) if text else []
        if len(found) == 1:
            return found[0]
        if found:
            raise NoSuchProduct(f"Several products fit “{text[:40]}”; type the SKU") from None
        raise NoSuchProduct(f"Nothing is sold under “{text[:40]}”") from None


def person(query: QueryDict) -> "User | None":
    """Whom the address names, by number or username. Raises NoSuchUser."""
    text = params.text(query, "user")
    return people.user_named(text) if text else None


@page
def names(request: PageRequest) -> HttpResponse:
    """The stores that have what is typed in name or place, to choose from."""
    require_worker(request)
    found = list(shops.shops_of(request.actor, search=params.text(request.GET, "store"))[:FEW])
    return show(request, "parts/store_names.html", {"offered": found}, part="parts/store_names.html")


def _found(request: PageRequest, text: str) -> "list[tuple[int, Store]]":
    """The stores one may look into, each with how it is like what is meant: those most like it first, then by name."""
    actor = request.actor
    number = id_written(text) or 0
    stores = places.stores_for(actor, archived=None).filter(Q(archived_at=None) | Q(pk=number))
    if actor.works_somewhere and not actor.reads_all:
        stores = stores.filter(pk__in=sorted(actor.stores()))
    meant = [When(pk=number, then=THIS), When(name__iexact=text, then=NAMED), When(name__icontains=text, then=LIKE)]
    like = Case(*(meant if text else []), default=Value(OTHER), output_field=IntegerField())
    return [(one.like, one) for one in stores.annotate(like=like).order_by("like", "name", "id")[: FEW + 1]]


def _chosen(found: "list[tuple[int, Store]]", text: str) -> "Store":
    """The store of this number or name, else the only one with this in its name."""
    fits = [(like, one) for like, one in found[:2] if like != OTHER]
    if not fits:
        raise Missing(f"There is no store {text[:60]} of yours")
    if len(fits) > 1 and fits[0][0] == LIKE:
        raise params.NotAFilter(f"Several stores have {text[:60]} in their name")
    return fits[0][1]
