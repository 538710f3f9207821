"""Revenue put right without goods, by a manager: a bad debt, or one that was paid after all."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from tradepost.lib.errors import Missing
from tradepost.till import queries as till
from tradepost.till import services
from tradepost.web import picking
from tradepost.web.forms import MoneyField, PageForm, submit
from tradepost.web.page import PageRequest, page, require_worker, show
from tradepost.web.paging import portion
from tradepost.web.till.answers import only


class AdjustmentForm(PageForm):
    """How much, which way, and why."""

    direction = forms.ChoiceField(
        label="What happened", choices=[("out", "A debt will not be paid"), ("in", "A bad debt was paid after all")]
    )
    amount = MoneyField(label="Amount")
    reason = forms.CharField(label="Reason", max_length=200)


@page
def listed(request: PageRequest) -> HttpResponse:
    """The adjustments one may read, newest first."""
    require_worker(request)
    pick, shop = picking.store(request), request.shop
    part = portion(till.adjustments(request.actor, store=pick.store_id), request.GET)
    context = {
        "rows": part.rows,
        "portion": part,
        "pick": pick,
        "may_adjust": shop is not None and request.actor.is_manager(shop.pk),
    }
    return show(request, "till/adjustments.html", context, part="till/_adjustments.html")


@page
def one(request: PageRequest, number: str) -> HttpResponse:
    """One adjustment."""
    found = till.adjustments(request.actor).filter(number=number).first()
    if found is None:
        raise Missing(f"There is no adjustment {number}")
    return show(request, "till/adjustment.html", {"adjustment": found})


@page
def new(request: PageRequest) -> HttpResponse:
    """Adjust the revenue of the store."""
    if request.shop is None:
        raise Missing("There is no store of yours")
    store_id = request.shop.pk
    request.actor.require_manager(store_id)
    form = AdjustmentForm(request.POST or None)

    def call() -> dict[str, Any]:
        given = form.cleaned_data
        sign = 1 if given["direction"] == "in" else -1
        draft = services.AdjustmentDraft(store_id, sign * abs(given["amount"]), given["reason"])
        made = only(services.adjust([draft], actor=request.actor, at=request.at))
        return {"to": reverse("web:adjustment", args=[made.number]), "said": "Revenue adjusted."}

    context = {"title": "Adjust revenue", "verb": "Adjust", "back": reverse("web:adjustments")}
    return submit(request, form, call, "web/form.html", context)
