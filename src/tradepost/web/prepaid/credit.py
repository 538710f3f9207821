"""A seller's credit: what was asked for and what became of it, and asking for more."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from tradepost.books import chart
from tradepost.lib import money
from tradepost.lib.errors import Invalid
from tradepost.prepaid import queries as prepaid
from tradepost.prepaid import services
from tradepost.web import own, params
from tradepost.web.forms import MoneyField, PageForm, submit
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import portion
from tradepost.web.till.answers import only

ROWS = 20


class CreditForm(PageForm):
    """How much, and why."""

    amount = MoneyField(label="Amount", above_zero=True)
    note = forms.CharField(label="Note", required=False, max_length=200, help_text="What whoever decides should know.")


@page
def credit(request: PageRequest) -> HttpResponse:
    """The requests of the own seller, and a form for the next one."""
    seller = own.acting_seller(request)
    form = CreditForm(request.POST or None, initial={"amount": _wanted(request)})
    part = portion(prepaid.credit_requests(request.actor, seller_id=seller.pk), request.GET, ROWS)
    context: dict[str, Any] = {
        "seller": seller,
        "credit": prepaid.credit_of([seller.pk]).get(seller.pk, prepaid.Credit()),
        "account": chart.credit(seller.pk),
        "rows": part.rows,
        "portion": part,
        "back": "",
    }

    def call() -> dict[str, Any]:
        given = form.cleaned_data
        draft = services.CreditDraft(seller.pk, given["amount"], given["note"])
        only(services.request_credit([draft], actor=request.actor, at=request.at))
        return {"to": reverse("web:credit"), "said": f"Asked for {money.show(given['amount'])} of credit."}

    if request.htmx and not request.htmx.boosted and request.method == "GET":
        return show(request, "prepaid/credit.html", context, part="prepaid/_asked.html")
    return submit(request, form, call, "prepaid/credit.html", context)


def _wanted(request: PageRequest) -> int | None:
    """The amount the counter was short by. Raises NotAFilter for junk."""
    given = params.text(request.GET, "amount")
    try:
        return money.parse(given) if given else None
    except Invalid:
        raise params.NotAFilter(f"amount={given[:40]} is not an amount") from None
