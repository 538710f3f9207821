"""Counts of a store: opened, counted by scanning, closed with their differences booked, or called off."""

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from tradepost.catalog import queries as catalog
from tradepost.inventory import queries
from tradepost.inventory import services as inventory
from tradepost.lib import keyset, quantity
from tradepost.lib.errors import Busy, Denied, Missing, TradepostError
from tradepost.web import params, picking, refusals
from tradepost.web.forms import PageForm, run_once, submit
from tradepost.web.page import PageRequest, page, require_worker, show
from tradepost.web.paging import portion

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradepost.catalog.models import Product
    from tradepost.inventory.models import Stocktake

OPEN = "open"
STATES = {OPEN: "Open", "applied": "Closed", "cancelled": "Called off"}
DIFFERING = "differing"
ROWS_A_PAGE = 50


class OpenForm(PageForm):
    """What is counted, and why."""

    note = forms.CharField(
        label="Note", max_length=200, required=False, help_text="Which shelves, or why: a few words."
    )


class FinishForm(PageForm):
    """Whether the differences are booked or the count is called off."""

    do = forms.ChoiceField(choices=[("apply", "Book"), ("cancel", "Call off")], widget=forms.HiddenInput)


@page
def listed(request: PageRequest) -> HttpResponse:
    """The counts of the store one looks at, newest first; a new one begins here."""
    require_worker(request)
    shop, form = request.shop, OpenForm(request.POST or None)
    if shop is None:
        raise Missing("There is no store of yours")
    if request.method == "POST":
        request.actor.require_staff(shop.pk)

    def call() -> dict[str, Any]:
        note = form.cleaned_data["note"]
        opened = inventory.open_stocktake(shop.pk, note=note, actor=request.actor, at=request.at)
        return {"to": reverse("web:count", args=[opened.pk])}

    part = portion(queries.stocktakes(request.actor, store=shop.pk), request.GET)
    context = {
        "counts": part.rows,
        "portion": part,
        "states": STATES,
        "going_on": queries.stocktakes(request.actor, store=shop.pk, state=OPEN).first(),
        "counts_here": request.actor.is_staff(shop.pk),
    }
    return submit(request, form, call, "stock/counts.html", context)


@page
def one(request: PageRequest, count_id: int) -> HttpResponse:
    """A count: the field to scan into while it is open, and what was counted, last first."""
    return show(request, "stock/count.html", _context(request, count_id), part="stock/_counted.html")


@require_POST
@page
def scan(request: PageRequest, count_id: int) -> HttpResponse:
    """One more of what was scanned; of what is weighed, ask how much."""
    stocktake = _counting(request, count_id)
    try:
        product = picking.product(params.text(request.POST, "q"))
    except TradepostError as error:
        return _answer(request, count_id, error=error)
    if product.decimals:
        return _answer(request, count_id, weighed=product)
    return _write(request, stocktake, inventory.CountItem(product.pk, 1, is_more=True))


@require_POST
@page
def put(request: PageRequest, count_id: int) -> HttpResponse:
    """Set what was counted of a product as typed, add to it, or take the product out of the count."""
    stocktake, product = _counting(request, count_id), catalog.product(params.number(request.POST, "product") or 0)
    if params.choice(request.POST, "step", ("none",)):
        who: dict[str, Any] = {"actor": request.actor, "at": request.at}
        return _done(request, count_id, lambda: inventory.uncount(stocktake.pk, product.pk, **who))
    is_more = params.choice(request.POST, "more", ("yes",)) == "yes"
    try:
        steps = quantity.parse(request.POST.get("quantity", "").strip() or "nothing", product.decimals)
    except TradepostError as error:
        return _answer(request, count_id, error=error, weighed=product if is_more else None)
    return _write(request, stocktake, inventory.CountItem(product.pk, steps, is_more))


@page
def finish(request: PageRequest, count_id: int) -> HttpResponse:
    """What closing would book, with its cost; a manager books it, whoever works here calls it off."""
    stocktake = _counting(request, count_id)
    form = FinishForm(request.POST or None)
    found = queries.counted(stocktake, differing=True) if stocktake.state == OPEN else stocktake.lines.none()
    seen = keyset.portion(found, params.text(request.GET, "cursor"), ROWS_A_PAGE)

    def call() -> dict[str, Any]:
        is_off = form.cleaned_data["do"] == "cancel"
        act = inventory.cancel_stocktake if is_off else inventory.apply_stocktake
        act(stocktake.pk, actor=request.actor, at=request.at)
        said = "The count is called off. Nothing was booked." if is_off else "The count is closed."
        return {"to": reverse("web:count", args=[stocktake.pk]), "said": said}

    context = {
        "count": stocktake,
        "rows": queries.priced(stocktake, seen.rows),
        "window": seen,
        "tally": queries.tally_of(stocktake),
        "worth": queries.worth_of(stocktake),
        "may_book": request.actor.is_manager(stocktake.store_id),
    }
    return submit(request, form, call, "stock/finish_count.html", context)


def _counting(request: PageRequest, count_id: int) -> "Stocktake":
    """The count, for who works in its store. Raises NoSuchStocktake, Denied."""
    stocktake = queries.stocktake(count_id, request.actor)
    request.actor.require_staff(stocktake.store_id)
    return stocktake


def _write(request: PageRequest, stocktake: "Stocktake", item: inventory.CountItem) -> HttpResponse:
    who: dict[str, Any] = {"actor": request.actor, "at": request.at}
    return _done(request, stocktake.pk, lambda: inventory.count(stocktake.pk, [item], **who))


def _done(request: PageRequest, count_id: int, change: "Callable[[], object]") -> HttpResponse:
    """Change it once: the key is drawn for each scan, so what is sent again is told from what was scanned again."""

    def call() -> dict[str, Any]:
        change()
        return {}

    try:
        run_once(request, request.POST.get("key", ""), call)
    except (Denied, Busy):
        raise
    except TradepostError as error:
        return _answer(request, count_id, error=error)
    return _answer(request, count_id)


def _answer(
    request: PageRequest, count_id: int, *, error: TradepostError | None = None, weighed: "Product | None" = None
) -> HttpResponse:
    """What was counted drawn anew, with a refusal or a question on top; the whole page where there is no script."""
    if not request.htmx and error is None and weighed is None:
        return HttpResponseRedirect(reverse("web:count", args=[count_id]))
    status = 200 if error is None else (409 if refusals.status_of(error) == 409 else 422)
    context = _context(request, count_id) | {"weighed": weighed, "note": refusals.note_of(error) if error else None}
    context["just_now"] = error is None and weighed is None
    return show(request, "stock/count.html", context, part="stock/_counted.html", status=status)


def _context(request: PageRequest, count_id: int) -> dict[str, Any]:
    stocktake = queries.stocktake(count_id, request.actor)
    shown = params.choice(request.GET, "show", (DIFFERING,))
    works_here = request.actor.is_staff(stocktake.store_id)
    found = queries.counted(stocktake, differing=True if shown else None)
    seen = keyset.portion(found, params.text(request.GET, "cursor"), ROWS_A_PAGE)
    return {
        "count": stocktake,
        "rows": seen.rows,
        "window": seen,
        "tally": queries.tally_of(stocktake),
        "shown": shown,
        "counting": works_here and stocktake.state == OPEN,
        "reads": request.actor.reads_store(stocktake.store_id),
        "key": uuid.uuid4().hex,
    }
