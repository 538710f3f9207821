"""One's own wallet: what is in it, what was asked for, and asking for money in or out, with the password again."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from tradepost.books import chart
from tradepost.funding import queries as funding
from tradepost.funding import services
from tradepost.lib import money
from tradepost.people import services as people
from tradepost.people.errors import WrongPassword
from tradepost.web import params
from tradepost.web.forms import MoneyField, PageForm, submit
from tradepost.web.funding.words import STATES
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import portion

KINDS = {"deposit": "Deposits", "withdrawal": "Withdrawals"}
ASKS = {
    "deposit": ("Put money in", "Ask to put in", services.request_deposit),
    "withdrawal": ("Take money out", "Ask to take out", services.request_withdrawal),
}


class MoneyForm(PageForm):
    """How much, a word about it, and the password again."""

    amount = MoneyField(label="Amount", above_zero=True)
    note = forms.CharField(
        label="Note", required=False, max_length=200, help_text="Whoever decides reads it. Not needed."
    )
    password = forms.CharField(
        label="Your password",
        strip=False,
        help_text="Asked for again before money moves.",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@page
def wallet(request: PageRequest) -> HttpResponse:
    """The balance, what is held, and one's own deposits and withdrawals."""
    kind = params.choice(request.GET, "kind", KINDS)
    status = params.choice(request.GET, "status", STATES)
    code = chart.wallet(request.actor.user_id)
    part = portion(funding.requests(request.actor, kind=kind, status=status, account=code), request.GET)
    context = {
        "wallet": funding.wallet_of(request.actor),
        "account": code,
        "portion": part,
        "kind": kind,
        "kinds": KINDS,
        "status": status,
        "states": STATES,
        "is_filtered": bool(kind or status),
    }
    return show(request, "funding/wallet.html", context, part="funding/_requests.html")


@sensitive_post_parameters("password")
@page
def ask(request: PageRequest, kind: str) -> HttpResponse:
    """Ask for a deposit or a withdrawal. A wrong password is said beside its field, and nothing is asked for."""
    form, (title, verb, service) = MoneyForm(request.POST or None), ASKS[kind]
    held = funding.wallet_of(request.actor)

    def call() -> dict[str, Any]:
        given = form.cleaned_data
        asked = service(given["amount"], given["note"], actor=request.actor, at=request.at)
        said = f"{money.show(asked.amount_minor)} is asked for. An administrator decides."
        return {"to": reverse("web:wallet"), "said": said}

    if request.method == "POST" and form.is_valid():
        _prove(request, form)
    context = {
        "title": title,
        "verb": verb,
        "back": reverse("web:wallet"),
        "wallet": held,
        "kind": kind,
    }
    return submit(request, form, call, "funding/ask.html", context)


def _prove(request: PageRequest, form: PageForm) -> None:
    """The password again; a wrong one makes the form wrong. Raises TooManyAttempts."""
    given = form.cleaned_data["password"]
    try:
        people.prove_password(given, request=request, actor=request.actor, at=request.at)
    except WrongPassword:
        form.note_errors({"password": [f"{WrongPassword.title}."]})
