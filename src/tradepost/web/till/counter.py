"""The till: scan or tap, change quantities, and see what there is to pay. Each scan is one small request."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.catalog import queries as catalog
from tradepost.catalog.errors import NoSuchProduct
from tradepost.lib import clock, quantity
from tradepost.lib.errors import Invalid, Missing, TradepostError
from tradepost.people import queries as people
from tradepost.people.errors import NoSuchUser
from tradepost.places import queries as places
from tradepost.till import queries as till
from tradepost.web import params, picking, refusals, shops
from tradepost.web.page import PageRequest, page, show
from tradepost.web.till import basket

if TYPE_CHECKING:
    from tradepost.catalog.models import Product
    from tradepost.places.models import Store

TILES, CATEGORIES = 24, 12
LATELY = timedelta(days=28)


@page
def entrance(request: PageRequest) -> HttpResponse:
    """The till of the store one looks at."""
    if request.shop is None:
        raise Missing("There is no store of yours with a till")
    return HttpResponseRedirect(reverse("web:counter", args=[request.shop.pk]))


@page
def counter(request: PageRequest, store_id: int) -> HttpResponse:
    """The whole till."""
    store = store_of(request, store_id)
    day = clock.business_date(request.at, store.time_zone)
    context = {
        **_basket(request, store),
        **_shelf(request, store),
        "sales_today": till.counted(store_id, day, until=request.at).sales,
    }
    return show(request, "till/counter.html", context)


@page
def shelf(request: PageRequest, store_id: int) -> HttpResponse:
    """The tiles: often sold, of a category, or found by a few letters."""
    store = store_of(request, store_id)
    if not request.htmx:
        return counter(request, store_id)
    return show(request, "till/_shelf.html", _shelf(request, store), part="till/_shelf.html")


@require_POST
@page
def scan(request: PageRequest, store_id: int) -> HttpResponse:
    """One of what was scanned goes into the basket; what is no barcode and no SKU is searched for."""
    store, text = store_of(request, store_id), params.text(request.POST, "q")
    try:
        product = catalog.product_scanned(text)
    except NoSuchProduct:
        found = list(catalog.products(search=text)[:2]) if text else []
        if len(found) != 1:
            return _not_scanned(request, store, text)
        product = found[0]
    return _added(request, store, product)


@require_POST
@page
def add(request: PageRequest, store_id: int) -> HttpResponse:
    """One of the tile that was tapped."""
    store, number = store_of(request, store_id), params.number(request.POST, "product")
    return _added(request, store, catalog.product(number or 0))


@require_POST
@page
def change(request: PageRequest, store_id: int) -> HttpResponse:
    """Set a quantity as typed, or one more or less."""
    store, number = store_of(request, store_id), params.number(request.POST, "product")
    product = catalog.product(number or 0)
    line = next((one for one in _read(request, store).lines if one.product.pk == product.pk), None)
    if line is None:
        return answer(request, store)
    step = params.choice(request.POST, "step", ("more", "less", "none"))
    try:
        typed = quantity.parse(request.POST.get("quantity", ""), product.decimals)
    except Invalid as error:
        return answer(request, store, error=error)
    wanted = {"more": line.steps + line.one, "less": line.steps - line.one, "none": 0}.get(step, typed)
    basket.put(request.session, store.pk, product.pk, wanted)
    return answer(request, store)


@require_POST
@page
def clear(request: PageRequest, store_id: int) -> HttpResponse:
    """Empty the basket."""
    store = store_of(request, store_id)
    basket.clear(request.session, store_id)
    return answer(request, store)


@require_POST
@page
def serve(request: PageRequest, store_id: int) -> HttpResponse:
    """Say who buys: by username, e-mail or number; empty for nobody known."""
    store, text = store_of(request, store_id), params.text(request.POST, "customer")
    try:
        customer = people.user_named(text) if text else None
        if customer is not None and (customer.is_machine or not customer.is_active):
            raise NoSuchUser(f"There is nobody called {text[:40]!r}")
    except NoSuchUser as error:
        return answer(request, store, error=error)
    basket.serve(request.session, store_id, customer.pk if customer else None)
    return answer(request, store)


def store_of(request: PageRequest, store_id: int) -> "Store":
    """The store, which becomes the one looked at. Raises NoSuchStore, Denied unless the person works there."""
    store = places.store(store_id)
    request.actor.require_staff(store_id)
    if not store.is_open:
        raise Missing(f"{store.name} is closed")
    if request.session.get(shops.SESSION) != store_id:
        request.session[shops.SESSION] = store_id
    return store


def answer(request: PageRequest, store: "Store", *, error: TradepostError | None = None) -> HttpResponse:
    """The basket drawn anew, with a refusal on top if there is one; the whole till where there is no script."""
    status = 200 if error is None else (409 if refusals.status_of(error) == 409 else 422)
    context = {**_basket(request, store), "note": refusals.note_of(error) if error else None}
    if request.htmx:
        return show(request, "till/_basket.html", context, part="till/_basket.html", status=status)
    if error is None:
        return HttpResponseRedirect(reverse("web:counter", args=[store.pk]))
    return show(request, "till/counter.html", {**context, **_shelf(request, store)}, status=status)


def _added(request: PageRequest, store: "Store", product: "Product") -> HttpResponse:
    if not product.is_sold:
        return answer(request, store, error=Missing(f"{product.name} is no longer sold"))
    try:
        basket.add(request.session, store.pk, product, int(10**product.decimals))
    except basket.BasketFull as error:
        return answer(request, store, error=error)
    return answer(request, store)


def _not_scanned(request: PageRequest, store: "Store", text: str) -> HttpResponse:
    """What was typed stands for several products or none: show the shelf for it."""
    if not request.htmx:
        return HttpResponseRedirect(f"{reverse('web:shelf', args=[store.pk])}?q={text}")
    context = _shelf(request, store, text=text)
    response = show(request, "till/_shelf.html", context, part="till/_shelf.html")
    response["HX-Retarget"] = "#shelf"
    return response


def _read(request: PageRequest, store: "Store") -> basket.Basket:
    return basket.read(request.session, store.pk)


def _basket(request: PageRequest, store: "Store") -> dict[str, Any]:
    return {"store": store, "basket": _read(request, store)}


def _shelf(request: PageRequest, store: "Store", *, text: str = "") -> dict[str, Any]:
    """Tiles with what is left of each, by a constant number of queries."""
    text = text or params.text(request.GET, "q")
    category = picking.category(request.GET)
    if text or category:
        products = list(catalog.products(search=text, category=category)[:TILES])
    else:
        products = _often_sold(request, store)
    left = books.levels_at(chart.store(store.pk), [product.pk for product in products])
    tiles = [{"product": one, "left": left.get(one.pk, 0)} for one in products]
    categories = list(catalog.categories()[:CATEGORIES])
    return {"store": store, "tiles": tiles, "search": text, "category": category, "categories": categories}


def _often_sold(request: PageRequest, store: "Store") -> "list[Product]":
    """What sells most here lately; in a new store, whatever the catalogue has."""
    since = (request.at - LATELY).date()
    often = till.often_sold(store.pk, since=since, limit=TILES)
    known = catalog.by_id(often)
    products = [known[number] for number in often if known[number].is_sold]
    more = catalog.products().exclude(pk__in=often)[: TILES - len(products)] if len(products) < TILES else []
    return [*products, *more]
