"""Sellers, for who keeps or audits them: the list, one of them, adding, changing, removing without history."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from tradepost.books import chart
from tradepost.lib.errors import FieldErrors
from tradepost.people import queries as people
from tradepost.people.errors import NoSuchUser
from tradepost.prepaid import queries as prepaid
from tradepost.prepaid import services
from tradepost.prepaid.errors import LoginTaken
from tradepost.web import params
from tradepost.web.forms import MoneyField, PageForm, submit
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import numbered

STATES = {"active": "Active", "inactive": "Not active"}
REQUESTS = 5
T = TypeVar("T")


class SellerForm(PageForm):
    """Who sells charges, and on how much credit."""

    name = forms.CharField(label="Name", max_length=150)
    email = forms.CharField(label="E-mail", required=False, widget=forms.EmailInput)
    phone = forms.CharField(label="Phone", required=False, widget=forms.TextInput(attrs={"type": "tel", "dir": "ltr"}))
    user = forms.CharField(
        label="Login",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Username or e-mail of whoever sells for them.",
    )
    limit = MoneyField(label="Limit", required=False, help_text="How far below zero the credit may go.")
    active = forms.BooleanField(label="Active", required=False, help_text="Only an active seller sells.")


@page
def listed(request: PageRequest) -> HttpResponse:
    """All sellers by name, each with credit and limit."""
    request.actor.require_auditor()
    search, state = params.text(request.GET, "q"), params.choice(request.GET, "state", STATES)
    found = prepaid.sellers(request.actor, search=search, active={"active": True, "inactive": False}.get(state))
    listed_page = numbered(found, request.GET)
    credit = prepaid.credit_of([one.pk for one in listed_page])
    rows = [
        {"seller": one, "credit": credit.get(one.pk, prepaid.Credit()), "account": chart.credit(one.pk)}
        for one in listed_page
    ]
    context = {"page": listed_page, "rows": rows, "search": search, "state": state, "states": STATES}
    return show(request, "prepaid/sellers.html", context, part="prepaid/_sellers.html")


@page
def one(request: PageRequest, seller_id: int) -> HttpResponse:
    """One seller: credit, login, and the latest requests for credit."""
    seller = prepaid.seller(seller_id, request.actor)
    context = {
        "seller": seller,
        "credit": prepaid.credit_of([seller.pk]).get(seller.pk, prepaid.Credit()),
        "account": chart.credit(seller.pk),
        "rows": list(prepaid.credit_requests(request.actor, seller_id=seller.pk)[:REQUESTS]),
    }
    return show(request, "prepaid/seller.html", context)


@page
def proof(request: PageRequest, seller_id: int) -> HttpResponse:
    """Whether the credit of a seller is what its transactions make it, of this moment."""
    context = {
        "seller": prepaid.seller(seller_id, request.actor),
        "row": prepaid.reconcile(seller_id, request.actor),
        "account": chart.credit(seller_id),
    }
    return show(request, "prepaid/seller_proof.html", context, part="prepaid/_seller_proof.html")


@page
def new(request: PageRequest) -> HttpResponse:
    """Add a seller."""
    request.actor.require_admin()
    form = SellerForm(request.POST or None, initial={"active": True})

    def call() -> dict[str, Any]:
        draft = services.SellerDraft(**_given(form))
        made = _beside_fields(lambda: services.add_seller(draft, actor=request.actor, at=request.at))
        return {"to": reverse("web:seller", args=[made.pk]), "said": f"{made.name} is added."}

    context = {"title": "Add a seller", "verb": "Add the seller", "back": reverse("web:sellers")}
    return submit(request, form, call, "web/form.html", context)


@page
def edit(request: PageRequest, seller_id: int) -> HttpResponse:
    """Change a seller: also the limit, the login, and whether it is active."""
    request.actor.require_admin()
    seller = prepaid.seller(seller_id, request.actor)
    credit = prepaid.credit_of([seller_id]).get(seller_id, prepaid.Credit())
    initial = {
        "name": seller.name,
        "email": seller.email,
        "phone": seller.phone,
        "user": seller.user.username if seller.user else "",
        "limit": credit.limit_minor,
        "active": seller.active,
    }
    form = SellerForm(request.POST or None, initial=initial)

    def call() -> dict[str, Any]:
        changes = services.SellerChanges(**_given(form))  # type: ignore[typeddict-item]
        _beside_fields(lambda: services.change_seller(seller_id, changes, actor=request.actor, at=request.at))
        return {"to": reverse("web:seller", args=[seller_id]), "said": "Saved."}

    context = {"title": seller.name, "back": reverse("web:seller", args=[seller_id])}
    return submit(request, form, call, "web/form.html", context)


@page
def delete(request: PageRequest, seller_id: int) -> HttpResponse:
    """Ask whether a seller is to be removed; on POST remove it, if nothing was ever asked, credited or sold."""
    request.actor.require_admin()
    seller = prepaid.seller(seller_id, request.actor)
    form = PageForm(request.POST or None)

    def call() -> dict[str, Any]:
        services.delete_seller(seller_id, actor=request.actor, at=request.at)
        return {"to": reverse("web:sellers"), "said": f"{seller.name} is removed."}

    context = {"seller": seller, "back": reverse("web:seller", args=[seller_id])}
    return submit(request, form, call, "prepaid/delete.html", context)


def _given(form: SellerForm) -> dict[str, Any]:
    """The fields as the service takes them. Raises FieldErrors for a login nobody has."""
    given = form.cleaned_data
    told = {name: given[name] for name in ("name", "email", "phone", "active")}
    return {**told, "user_id": _login_id(given["user"]), "limit_minor": given["limit"] or 0}


def _login_id(text: str) -> int | None:
    if not text:
        return None
    try:
        return people.user_named(text).pk
    except NoSuchUser:
        raise FieldErrors({"user": ["Nobody is called that."]}) from None


def _beside_fields(work: Callable[[], T]) -> T:
    """What `work` makes; its refusals under the names that the fields have on the page."""
    try:
        return work()
    except LoginTaken as error:
        raise FieldErrors({"user": [f"{error.title}."]}) from None
    except FieldErrors as error:
        told = error.details["fields"]
        raise FieldErrors({name.removesuffix("_minor"): said for name, said in told.items()}) from None
