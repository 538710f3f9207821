"""Sales: the list, one sale with its receipt, and giving back against its lines."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from tradepost.lib import quantity
from tradepost.lib.errors import Denied, FieldErrors, Invalid, TradepostError
from tradepost.till import queries as till
from tradepost.till import services
from tradepost.till.errors import EmptyBasket
from tradepost.web import params, picking
from tradepost.web.forms import PageForm, explain, go, run_once
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import portion
from tradepost.web.till.answers import only


@page
def listed(request: PageRequest) -> HttpResponse:
    """The sales one may read: those of one's stores, or one's own purchases."""
    asked = filters(request)
    part = portion(till.sales(request.actor, **asked["filter"]), request.GET)
    context = {"sales": part.rows, "portion": part, **asked}
    return show(request, "till/sales.html", context, part="till/_sales_rows.html")


@page
def one(request: PageRequest, number: str) -> HttpResponse:
    """One sale: lines, receipt, and what was given back."""
    return show(request, "till/sale.html", _context(request, number))


@page
def give_back(request: PageRequest, number: str) -> HttpResponse:
    """Take goods of a sale back: a quantity a line. The price paid is given back."""
    sale = till.sale(number, request.actor)
    request.actor.require_staff(sale.store_id)
    if request.method != "POST":
        return one(request, number)
    form = PageForm(request.POST)
    context = {**_context(request, number), "form": form}
    for row in context["lines"]:
        row["typed"] = request.POST.get(f"line-{row['line'].pk}", "")
    try:
        form.full_clean()
        items = _items(request, sale)
        answer = run_once(request, request.POST.get("key", ""), lambda: _return(request, sale.store_id, items))
    except Denied:
        raise
    except TradepostError as error:
        note, status = explain(form, error)
        return show(request, "till/sale.html", {**context, "note": note}, status=status)
    return go(request, answer)


def filters(request: PageRequest) -> dict[str, Any]:
    """What lists of documents are narrowed by, from the address: `filter` for the query, the rest for the page."""
    query, pick = request.GET, picking.store(request)
    given = {
        "store": pick.store_id,
        "number": params.text(query, "q").upper()[:60],
        "start_date": params.day(query, "start"),
        "end_date": params.day(query, "end"),
    }
    picked = sum(map(bool, (given["store"], given["start_date"], given["end_date"])))
    drawn = {"pick": pick, "search": params.text(query, "q"), "picked": picked, "is_filtered": any(given.values())}
    return {"filter": given, **drawn}


def _context(request: PageRequest, number: str) -> dict[str, Any]:
    sale = till.sale(number, request.actor)
    lines = [{"line": line, "left": line.quantity - line.returned_quantity} for line in sale.lines.all()]
    return {
        "sale": sale,
        "lines": lines,
        "returns": list(till.returns_of(sale.pk, request.actor)),
        "may_give_back": request.actor.is_staff(sale.store_id) and any(line["left"] for line in lines),
        "form": PageForm(),
    }


def _items(request: PageRequest, sale: Any) -> list[services.ReturnItem]:
    """The quantities typed beside the lines. Raises FieldErrors for what is no quantity, EmptyBasket for none."""
    items, wrong = [], {}
    for line in sale.lines.all():
        typed = request.POST.get(f"line-{line.pk}", "").strip()
        try:
            steps = quantity.parse(typed, line.product.decimals) if typed else 0
        except Invalid as error:
            wrong[f"line-{line.pk}"] = [f"{line.product.name}: {error.message}."]
            continue
        if steps:
            items.append(services.ReturnItem(steps, sale_line_id=line.pk))
    if wrong:
        raise FieldErrors(wrong)
    if not items:
        raise EmptyBasket("Say how much of which line comes back.")
    return items


def _return(request: PageRequest, store_id: int, items: list[services.ReturnItem]) -> dict[str, Any]:
    draft = services.ReturnDraft(store_id, items)
    given = only(services.give_back([draft], actor=request.actor, at=request.at))
    return {"to": reverse("web:return", args=[given.number]), "said": "Given back."}
