"""Taking the payment: the prices shown are the prices paid, and sending it twice sells once."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from tradepost.lib import money
from tradepost.lib.errors import Refused, TradepostError
from tradepost.till import queries as till
from tradepost.till import services
from tradepost.web.forms import MoneyField, PageForm, explain, run_once
from tradepost.web.page import PageRequest, page, show
from tradepost.web.till import basket
from tradepost.web.till.answers import only
from tradepost.web.till.counter import store_of

if TYPE_CHECKING:
    from tradepost.places.models import Store

NOTES = (5, 10, 20, 50)


class PricesChanged(Refused):
    """The basket comes to something else than what the dialog showed. Details: `shown_minor`, `now_minor`."""

    code = "prices_changed"
    title = "The basket comes to another sum than shown"


class PayForm(PageForm):
    """Cash handed over, and the sum that was shown."""

    received = MoneyField(label="Received")
    due = forms.IntegerField(widget=forms.HiddenInput)


@page
def pay(request: PageRequest, store_id: int) -> HttpResponse:
    """The payment dialog; on POST the sale, once, and its receipt."""
    store = store_of(request, store_id)
    bought = basket.read(request.session, store_id)
    if request.method != "POST":
        if not bought.lines:
            return HttpResponseRedirect(reverse("web:counter", args=[store_id]))
        due = bought.total_minor
        form = PayForm(initial={"received": money.plain(due), "due": due})
        return _dialog(request, store, bought, form)
    form = PayForm(request.POST)
    if not form.is_valid():
        return _dialog(request, store, bought, form, status=422)
    try:
        said = run_once(request, form.cleaned_data["key"], lambda: _sell(request, store_id, bought, form.cleaned_data))
    except TradepostError as error:
        note, status = explain(form, error)
        return _dialog(request, store, bought, form, status=status, note=note)
    basket.clear(request.session, store_id)
    return _receipt(request, store, said["number"])


@page
def change(request: PageRequest, store_id: int) -> HttpResponse:
    """What to give back for what was received so far."""
    store_of(request, store_id)
    form = PayForm(request.GET)
    received = form.cleaned_data["received"] if form.is_valid() else None
    due = form.cleaned_data.get("due") or 0
    context = {"received": received, "change": None if received is None else received - due}
    return show(request, "till/_change.html", context, part="till/_change.html")


@page
def receipt(request: PageRequest, store_id: int, number: str) -> HttpResponse:
    """The receipt of a sale, as a page of its own."""
    store = store_of(request, store_id)
    context = {"store": store, "sale": till.sale(number, request.actor)}
    return show(request, "till/receipt.html", context, part="till/_receipt.html")


def _sell(request: PageRequest, store_id: int, bought: basket.Basket, given: dict[str, Any]) -> dict[str, Any]:
    if bought.total_minor != given["due"]:
        raise PricesChanged(
            f"It was {money.show(given['due'])} and is {money.show(bought.total_minor)} now.",
            shown_minor=given["due"],
            now_minor=bought.total_minor,
        )
    items = [services.SaleItem(line.product.pk, line.steps) for line in bought.lines]
    customer_id = bought.customer.pk if bought.customer else None
    draft = services.SaleDraft(store_id, items, customer_id=customer_id, received_minor=given["received"])
    sale = only(services.ring_up([draft], actor=request.actor, at=request.at))
    if sale.total_minor != given["due"]:
        raise PricesChanged(shown_minor=given["due"], now_minor=sale.total_minor)
    return {"number": sale.number}


def _dialog(
    request: PageRequest, store: "Store", bought: basket.Basket, form: PayForm, *, status: int = 200, note: Any = None
) -> HttpResponse:
    due = bought.total_minor
    fresh = {"received": money.plain(due)} if note and note.code == PricesChanged.code else {}
    if form.is_bound:  # the dialog is drawn with the sum of now, so that it can be paid
        form.retype(due=due, **fresh)
    received = form.cleaned_data.get("received") if form.is_bound and not fresh else due
    context = {
        "store": store,
        "basket": bought,
        "form": form,
        "due": due,
        "change": None if received is None else received - due,
        "presets": presets(due),
        "note": note,
    }
    return show(request, "till/pay.html", context, part="till/_pay.html", status=status)


def _receipt(request: PageRequest, store: "Store", number: str) -> HttpResponse:
    """The receipt in the dialog and the emptied basket beside it; a page of its own without script."""
    if not request.htmx:
        return HttpResponseRedirect(reverse("web:receipt", args=[store.pk, number]))
    context = {
        "store": store,
        "sale": till.sale(number, request.actor),
        "basket": basket.read(request.session, store.pk),
        "is_dialog": True,
    }
    response = show(request, "till/_paid.html", context, part="till/_paid.html")
    response["HX-Trigger"] = "tp:posted"
    return response


def presets(due_minor: int) -> list[int]:
    """Sums a customer may hand over: the next whole unit, and the next of the notes in use."""
    one = int(10 ** money.decimals())
    sums = {-(-due_minor // (note * one)) * note * one for note in (1, *NOTES)}
    return sorted(one for one in sums if one > due_minor)[:3]
