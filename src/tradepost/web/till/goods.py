"""Goods coming in and goods lost: forms of a few lines, and the list of what was entered."""

from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.urls import reverse

from tradepost.books import queries as books
from tradepost.catalog import queries as catalog
from tradepost.lib.errors import Missing
from tradepost.till import queries as till
from tradepost.till import services
from tradepost.till.errors import EmptyBasket
from tradepost.web import params
from tradepost.web.books.names import KINDS
from tradepost.web.forms import PageForm, choices, chosen, submit
from tradepost.web.page import PageRequest, page, require_worker, show
from tradepost.web.paging import portion
from tradepost.web.till import lines
from tradepost.web.till.answers import only
from tradepost.web.till.sales import filters
from tradepost.web.till.words import ENTRIES

BLANK_ROWS = 3
MOST_ROWS = 500
ENTRY_KINDS = {kind: KINDS[f"till.{kind}"] for kind in ENTRIES}


class GoodsForm(PageForm):
    """The lines below the head of a delivery or a loss; they are read by hand, since they are many."""

    def read(self, data: QueryDict) -> list[lines.Typed]:
        """The lines that were typed. Those that cannot be read are noted and make the form wrong."""
        given = [data.getlist(name) for name in ("product", "quantity", "cost")]
        typed = lines.read_all(given[0], given[1], given[2] or [""] * len(given[0]))
        if any(line.wrong for line in typed):
            self.add_error(None, "Some lines need another look. Nothing was booked.")
        return typed[:MOST_ROWS]


class ReceiveForm(GoodsForm):
    """Who delivered."""

    supplier = forms.ChoiceField(label="Supplier", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["supplier"]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices(catalog.suppliers(), "Not said")


class WriteOffForm(GoodsForm):
    """Why it is lost."""

    reason = forms.CharField(label="Reason", max_length=200, help_text="Broken, past its date, gone: a few words.")


@page
def receive(request: PageRequest) -> HttpResponse:
    """Take a delivery onto the shelves of the store."""
    form = ReceiveForm(request.POST or None)

    def book(items: list[services.EntryItem], store_id: int) -> Any:
        draft = services.EntryDraft(store_id, items, supplier_id=chosen(form.cleaned_data["supplier"]))
        return only(services.receive([draft], actor=request.actor, at=request.at))

    return _entered(request, form, book, {"title": "Receive goods", "verb": "Receive", "has_cost": True})


@page
def write_off(request: PageRequest) -> HttpResponse:
    """Book goods as lost, at cost."""
    form = WriteOffForm(request.POST or None)

    def book(items: list[services.EntryItem], store_id: int) -> Any:
        draft = services.EntryDraft(store_id, items, reason=form.cleaned_data["reason"])
        return only(services.write_off([draft], actor=request.actor, at=request.at))

    return _entered(request, form, book, {"title": "Write off goods", "verb": "Write off", "has_cost": False})


@page
def listed(request: PageRequest) -> HttpResponse:
    """Deliveries and losses, newest first."""
    require_worker(request)
    asked, kind = filters(request), params.choice(request.GET, "kind", ENTRY_KINDS)
    part = portion(till.entries(request.actor, kind=kind, **asked["filter"]), request.GET)
    context = {"entries": part.rows, "portion": part, "kind": kind, "kinds": ENTRY_KINDS, "words": ENTRIES}
    context |= {**asked, "picked": asked["picked"] + bool(kind)}
    return show(request, "goods/entries.html", context, part="goods/_entries.html")


@page
def one(request: PageRequest, number: str) -> HttpResponse:
    """One delivery or loss with its lines."""
    entry = till.entry(number, request.actor)
    return show(request, "goods/entry.html", {"entry": entry, "word": ENTRIES[entry.kind]})


@page
def found(request: PageRequest) -> HttpResponse:
    """What the text in a line stands for, with what is on hand: shown beside it while typing."""
    shop, number = request.shop, params.number(request.GET, "store")
    if shop is None or (number and not request.actor.reads_store(number)):
        raise Missing("There is no such store of yours")
    line = lines.read(params.text(request.GET, "product"), "1")
    level = books.level_of(line.product_id, f"store:{number or shop.pk}") if line.product else 0
    return show(request, "goods/_found.html", {"line": line, "level": level}, part="goods/_found.html")


@page
def row(request: PageRequest) -> HttpResponse:
    """One more blank line."""
    context = {"line": lines.Typed(), "has_cost": request.GET.get("cost") == "1"}
    return show(request, "goods/_row.html", context, part="goods/_row.html")


def _entered(request: PageRequest, form: GoodsForm, book: Any, context: dict[str, Any]) -> HttpResponse:
    if request.shop is None:
        raise Missing("There is no store of yours")
    store_id = request.shop.pk
    request.actor.require_staff(store_id)
    typed = form.read(request.POST) if form.is_bound else lines.asked_for(request.GET)

    def call() -> dict[str, Any]:
        if not typed:
            raise EmptyBasket("Type at least one line.")
        entry = book([services.EntryItem(one.product_id, one.steps, one.cost_minor) for one in typed], store_id)
        return {"to": reverse("web:entry", args=[entry.number]), "said": f"{context['title']}: done."}

    rows = [*typed, *(lines.Typed() for _ in range(max(1, BLANK_ROWS - len(typed))))]
    return submit(request, form, call, "goods/form.html", {**context, "rows": rows, "back": reverse("web:entries")})
