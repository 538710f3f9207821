"""Returns: the list, one return, and the supervised one without a sale, which takes a manager and a reason."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from tradepost.lib import money
from tradepost.lib.errors import FieldErrors, Missing
from tradepost.till import queries as till
from tradepost.till import services
from tradepost.web.forms import MoneyField, PageForm, submit
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import portion
from tradepost.web.till import lines
from tradepost.web.till.answers import only
from tradepost.web.till.sales import filters


class SupervisedForm(PageForm):
    """One product that comes back without its receipt."""

    product = forms.CharField(label="Product", help_text="Barcode or SKU", max_length=200)
    quantity = forms.CharField(
        label="Quantity", initial="1", widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "tp-num"})
    )
    amount = MoneyField(label="Amount to give back", required=False, help_text="Left empty, the price of today.")
    reason = forms.CharField(label="Reason", max_length=200, help_text="Kept with the return, under your name.")


@page
def listed(request: PageRequest) -> HttpResponse:
    """The returns one may read."""
    asked = filters(request)
    part = portion(till.returns(request.actor, **asked["filter"]), request.GET)
    context = {"returns": part.rows, "portion": part, **asked}
    return show(request, "till/returns.html", context, part="till/_returns_rows.html")


@page
def one(request: PageRequest, number: str) -> HttpResponse:
    """One return with its lines and the sales behind them."""
    return show(request, "till/return.html", {"given": till.return_(number, request.actor)})


@page
def supervised(request: PageRequest) -> HttpResponse:
    """Take goods back without a sale; staff are shown how to find the sale instead."""
    if request.shop is None:
        raise Missing("There is no store of yours")
    shop = request.shop
    request.actor.require_staff(shop.pk)
    context = {"back": reverse("web:returns"), "verb": "Give back", "may_supervise": request.actor.is_manager(shop.pk)}
    if request.method == "POST":
        request.actor.require_manager(shop.pk)
    form = SupervisedForm(request.POST or None)

    def call() -> dict[str, Any]:
        given = form.cleaned_data
        line = lines.read(given["product"], given["quantity"])
        if line.wrong:
            raise FieldErrors({line.wrong_field: [line.wrong]})
        item = services.ReturnItem(line.steps, product_id=line.product_id, amount_minor=given["amount"])
        draft = services.ReturnDraft(shop.pk, [item], reason=given["reason"])
        made = only(services.give_back([draft], actor=request.actor, at=request.at))
        return {"to": reverse("web:return", args=[made.number]), "said": f"Gave back {money.show(made.total_minor)}."}

    return submit(request, form, call, "till/supervised.html", context)
