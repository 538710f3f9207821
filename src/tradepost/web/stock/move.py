"""One movement, by hand: a drawer beside the levels, prefilled from a row, and a page of its own without script."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.urls import reverse

from tradepost.books import queries as books
from tradepost.catalog import queries as catalog
from tradepost.inventory import queries as inventory
from tradepost.inventory import services
from tradepost.inventory.services import MovementDraft
from tradepost.lib import quantity
from tradepost.lib.errors import Invalid, Missing
from tradepost.places import queries as places
from tradepost.web import params, picking, tabs
from tradepost.web.forms import PageForm, StepsField, attempt, choices, chosen, go, run_once
from tradepost.web.page import PageRequest, page, show
from tradepost.web.stock import journal, recent
from tradepost.web.stock.words import TYPES
from tradepost.web.templatetags import tp
from tradepost.web.till.answers import only

if TYPE_CHECKING:
    from tradepost.catalog.models import Product
    from tradepost.places.models import Store

IN = "IN"
LAST = 3  # movements shown beneath the form
MOST_DECIMALS = 6  # of a product that is not known yet
PAGE, DRAWER = "stock/move.html", "stock/_drawer.html"


@dataclass(frozen=True, slots=True)
class Spot:
    """The shelf a movement is about, as far as it is known; `wrong` says why its product is not.

    `coming` is what other stores sent here and is not received yet.
    """

    store: "Store"
    product: "Product | None" = None
    left: int = 0
    low_at: int = 0
    state: int = books.OUT
    coming: int = 0
    wrong: str = "Name the product."


class MovementForm(PageForm):
    """What happens to how much of which product. A row names the product by id, a person by SKU, barcode or name."""

    product = forms.CharField(label="Product", required=False, max_length=200)
    movement_type = forms.ChoiceField(choices=[(name, name) for name in TYPES])
    quantity = StepsField(label="Quantity", decimals=MOST_DECIMALS)
    supplier = forms.ChoiceField(label="Supplier", required=False)
    note = forms.CharField(label="Note", required=False, max_length=200)

    def __init__(self, *args: Any, spot: Spot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spot = spot
        supplier, typed = self.fields["supplier"], self.fields["quantity"]
        if isinstance(supplier, forms.ChoiceField):
            supplier.choices = choices(catalog.suppliers(), "Not said")
        if isinstance(typed, StepsField) and spot.product:
            typed.decimals = spot.product.decimals

    def clean(self) -> dict[str, Any] | None:
        """A movement is one of a product."""
        if self.spot.product is None:
            self.add_error("product", self.spot.wrong)
        return super().clean()

    def draft(self) -> MovementDraft:
        """The movement as the service takes it."""
        given, product = self.cleaned_data, self.spot.product
        kind = given["movement_type"]
        supplier_id = chosen(given["supplier"]) if kind == IN else None
        product_id = product.pk if product else 0
        return MovementDraft(self.spot.store.pk, product_id, kind, given["quantity"], supplier_id, given["note"])


@page
def move(request: PageRequest) -> HttpResponse:
    """The form; on POST the movement, once. In the drawer the form stays, with what stands on the shelf now."""
    sent = request.POST if request.method == "POST" else request.GET
    spot = _spot(request, sent)
    usual = {
        "supplier": (spot.product and spot.product.supplier_id) or "",
        "quantity": params.text(request.GET, "quantity"),
    }
    form = MovementForm(request.POST or None, spot=spot, initial=usual)
    context = _drawn(request, spot, sent)
    return attempt(request, form, lambda: _booked(request, form), PAGE, context, part=DRAWER)


@page
def after(request: PageRequest) -> HttpResponse:
    """What will be on hand after the movement as it is typed so far."""
    spot = _spot(request, request.GET)
    context = {"spot": spot, "is_after": True, "is_live": True, **_after(spot, request.GET)}
    return show(request, "stock/_after.html", context, part="stock/_after.html")


def store_of(request: PageRequest, number: int | None) -> "Store":
    """The store named, else the one looked at, for who works there. Raises Missing, Denied."""
    if number is None and request.shop is None:
        raise Missing("There is no store of yours")
    store = places.store(number) if number else request.shop
    if store is None or not request.actor.reads_store(store.pk):
        raise Missing("There is no such store of yours")
    request.actor.require_staff(store.pk)
    return store


def _spot(request: PageRequest, sent: QueryDict) -> Spot:
    store = store_of(request, params.number(sent, "store"))
    number, text = params.number(sent, "product_id"), params.text(sent, "product")
    if number is None and not text:
        return Spot(store)
    try:
        product = catalog.product(number) if number else picking.product(text)
    except Missing as error:
        if number:
            raise
        return Spot(store, wrong=f"{error.message}.")
    level = books.store_levels().filter(location__store_id=store.pk, product_id=product.pk).first()
    coming = inventory.on_its_way(product.pk, store.pk)
    if level is None:
        return Spot(store, product, low_at=product.reorder_level, coming=coming)
    return Spot(store, product, level.quantity, level.low_at, level.state, coming)


def _booked(request: PageRequest, form: MovementForm) -> HttpResponse:
    """Book the movement and go to it, or in the drawer draw the form anew."""
    answer = run_once(request, form.cleaned_data["key"], lambda: _move(request, form))
    if not request.htmx or request.htmx.boosted:
        return go(request, answer)
    spot, kind = _spot(request, request.POST), form.cleaned_data["movement_type"]
    context = {**_drawn(request, spot, {"movement_type": kind}), "done": answer}
    context["form"] = MovementForm(spot=spot, initial={"supplier": form.cleaned_data["supplier"]})
    response = show(request, PAGE, context, part=DRAWER)
    response["HX-Trigger"] = "tp:posted"
    return response


def _move(request: PageRequest, form: MovementForm) -> dict[str, Any]:
    movement = only(services.record_movements([form.draft()], actor=request.actor, at=request.at))
    moved, product = TYPES[movement.movement_type].done, form.spot.product
    said = f"{moved} {tp.steps(movement.quantity, product)} of {product.name if product else ''}."
    return {"to": reverse("web:movement", args=[movement.number]), "said": said}


def _after(spot: Spot, sent: Mapping[str, str]) -> dict[str, Any]:
    """How much is moved and left, as far as it can be read."""
    kind = TYPES.get(sent.get("movement_type", IN), TYPES[IN])
    try:
        steps = quantity.parse(sent.get("quantity") or "0", spot.product.decimals) if spot.product else 0
    except Invalid:
        steps = 0
    moved = max(steps, 0) * kind.sign
    return {"type": kind, "steps": abs(moved), "moved": moved, "left_after": spot.left + moved}


def _drawn(request: PageRequest, spot: Spot, sent: Mapping[str, str]) -> dict[str, Any]:
    """What is around the fields of the form; of the page also its tabs and what happened lately."""
    context: dict[str, Any] = {"spot": spot, "types": TYPES, "is_live": bool(request.htmx), **_after(spot, sent)}
    if spot.product:
        moved = inventory.product_journal(spot.product.pk, request.actor, store=spot.store.pk)
        context["last"] = journal.rows_of(request, list(moved[:LAST]))
    if not request.htmx:
        context |= {**tabs.of(request, "manage"), **recent.latest(request, spot.store.pk)}
    return context
