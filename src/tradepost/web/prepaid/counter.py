"""A seller's counter: number, amount, charge. Sent twice it charges once; a refusal keeps what was typed."""

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from tradepost.books import chart
from tradepost.lib import clock, money, phone
from tradepost.lib.errors import Busy, Invalid, TradepostError
from tradepost.prepaid import queries as prepaid
from tradepost.prepaid import services
from tradepost.prepaid.errors import InsufficientCredit
from tradepost.web import own, params, shell
from tradepost.web.forms import MoneyField, PageForm, explain, run_once
from tradepost.web.page import PageRequest, page, show
from tradepost.web.till.answers import only

if TYPE_CHECKING:
    from tradepost.prepaid.models import ChargeSale, Seller

LAST, USUAL, LATELY = 12, 5, 100
STEPS = (1, 2, 5, 10, 20)
# The smallest amount people charge, in whole units, where it is not five.
SMALLEST = {"IRR": 10_000, "IDR": 10_000, "VND": 10_000, "LBP": 10_000, "KRW": 1_000, "JPY": 500}
LEAST_DIGITS = 10


class ChargeForm(PageForm):
    """A number and an amount."""

    phone_number = forms.CharField(label="Phone number", max_length=phone.MAX_TYPED)
    amount = MoneyField(label="Amount", above_zero=True)

    def clean_phone_number(self) -> str:
        """E.164, whatever it was typed in."""
        try:
            return phone.normalise(self.cleaned_data["phone_number"])
        except Invalid:
            raise forms.ValidationError("This is not a phone number. Nothing was charged.") from None


@page
def counter(request: PageRequest) -> HttpResponse:
    """The counter; on POST the charge, once. Who keeps sellers and is none is led to them."""
    if request.actor.reads_all and own.seller_of(request) is None:
        return HttpResponseRedirect(reverse("web:sellers"))
    seller = own.acting_seller(request)
    if request.method != "POST":
        return _shown(request, seller, ChargeForm(), sold=_just_sold(request))
    form = ChargeForm(request.POST)
    if not form.is_valid():
        return _shown(request, seller, form, status=422)
    try:
        said = run_once(request, form.cleaned_data["key"], lambda: _charge(request, seller, form.cleaned_data))
    except Busy:
        raise
    except TradepostError as error:
        note, status = explain(form, error)
        figures = error.details if isinstance(error, InsufficientCredit) else {}
        return _shown(request, seller, form, note=note, figures=figures, status=status)
    if not request.htmx:
        return HttpResponseRedirect(f"{reverse('web:prepaid')}?sold={said['sale']}")
    response = _shown(request, seller, ChargeForm(), sold=prepaid.sale(said["sale"], request.actor))
    response["HX-Trigger"] = "tp:posted"
    return response


@page
def last(request: PageRequest) -> HttpResponse:
    """The last charges and the credit, drawn anew."""
    seller = own.acting_seller(request)
    context = {**_last(request, seller), **_credit(seller), "credit_left": shell.purse(request), "is_beside": True}
    return show(request, "prepaid/_last.html", context, part="prepaid/_last.html")


@require_POST
@page
def check(request: PageRequest) -> HttpResponse:
    """What a number and an amount typed so far come to: the number as it is kept, and the button with the amount."""
    seller = own.acting_seller(request)
    form = ChargeForm(request.POST)
    form.is_valid()
    context = {"is_beside": True, **_typed(request, seller, form)}
    return show(request, "prepaid/_typed.html", context, part="prepaid/_typed.html")


def _charge(request: PageRequest, seller: "Seller", given: dict[str, Any]) -> dict[str, Any]:
    item = services.ChargeItem(seller.pk, given["phone_number"], given["amount"])
    return {"sale": only(services.sell_charges([item], actor=request.actor, at=request.at)).id}


def _just_sold(request: PageRequest) -> "ChargeSale | None":
    """The charge that led here, where there is no script to show it in place."""
    number = params.number(request.GET, "sold")
    return prepaid.sale(number, request.actor) if number else None


def _shown(
    request: PageRequest,
    seller: "Seller",
    form: ChargeForm,
    *,
    sold: "ChargeSale | None" = None,
    note: Any = None,
    figures: dict[str, int] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole counter, or its left half for htmx."""
    is_part = bool(request.htmx) and not request.htmx.boosted
    context = {
        **_credit(seller),
        **_typed(request, seller, form),
        **({} if is_part else _last(request, seller)),
        "sold": sold,
        "note": note,
        "rest": (figures or {}).get("available_balance_minor", 0),
        "short": (figures or {}).get("shortage_minor", 0),
    }
    return show(request, "prepaid/counter.html", context, part="prepaid/_counter.html", status=status)


def _credit(seller: "Seller") -> dict[str, Any]:
    credit = prepaid.credit_of([seller.pk]).get(seller.pk, prepaid.Credit())
    return {"seller": seller, "credit": credit, "account": chart.credit(seller.pk)}


def _typed(request: PageRequest, seller: "Seller", form: ChargeForm) -> dict[str, Any]:
    """The form with what is known of the number in it, and the amounts to choose from."""
    given = form.cleaned_data if form.is_bound else {}
    typed, number = form.data.get("phone_number", ""), given.get("phone_number", "")
    known = prepaid.phone_numbers(request.actor).filter(number=number).first() if number else None
    before = prepaid.sales(request.actor, seller_id=seller.pk, phone_number_id=known.pk).first() if known else None
    return {
        "form": form,
        "number": number,
        "known": known,
        "before": before,
        "is_no_number": not number and len(phone.digits_of(typed)) >= LEAST_DIGITS,
        "amount": given.get("amount"),
        "chips": _usual(request, seller),
    }


def _usual(request: PageRequest, seller: "Seller") -> list[int]:
    """The amounts sold most lately, filled up with round ones."""
    lately = prepaid.sales(request.actor, seller_id=seller.pk).values_list("amount_minor", flat=True)[:LATELY]
    often = [amount for amount, _ in Counter(lately).most_common(USUAL)]
    unit = SMALLEST.get(money.currency(), 5) * 10 ** money.decimals()
    round_ones = [step * unit for step in STEPS if step * unit not in often]
    return sorted([*often, *round_ones][:USUAL])


def _last(request: PageRequest, seller: "Seller") -> dict[str, Any]:
    """The newest charges with what each number was charged altogether, and what the day came to."""
    sales = list(prepaid.sales(request.actor, seller_id=seller.pk)[:LAST])
    numbers = {sale.phone_number_id for sale in sales}
    day = clock.business_date(request.at, timezone.get_current_timezone_name())
    return {
        "sales": sales,
        "totals": prepaid.charged_of(numbers, request.actor),
        "day": day,
        "today": prepaid.sold_since(_midnight(request.at), seller.pk, request.actor),
    }


def _midnight(at: datetime) -> datetime:
    zone = timezone.get_current_timezone_name()
    return clock.day_bounds(clock.business_date(at, zone), zone)[0]
