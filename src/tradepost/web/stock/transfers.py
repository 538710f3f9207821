"""Transfers: goods sent to another store, on their way, received, sent back, or lost."""

from typing import Any, cast

from django import forms
from django.http import HttpResponse, QueryDict
from django.urls import reverse

from tradepost.inventory import queries
from tradepost.inventory import services as inventory
from tradepost.lib import quantity
from tradepost.lib.errors import FieldErrors, Invalid
from tradepost.places import queries as places
from tradepost.till.errors import EmptyBasket
from tradepost.web import params
from tradepost.web.forms import PageForm, choices, submit
from tradepost.web.page import PageRequest, page, require_worker, show
from tradepost.web.paging import portion
from tradepost.web.stock.move import store_of
from tradepost.web.till import lines
from tradepost.web.till.answers import only

SHOWN = {"coming": "On their way to us", "going": "On their way from us", "closed": "Closed"}
OPEN, CLOSED = "open", "closed"
STEPS = {
    "sent": ("Sent", "tp-info"),
    "received": ("Received", "tp-ok"),
    "returned": ("Sent back", "tp-warn"),
    "lost": ("Written off", "tp-bad"),
}
SAID = {"receive": "Received.", "send_back": "Sent back.", "write_off": "Written off."}
BLANK_ROWS = 2


class SendForm(PageForm):
    """Where the goods go; their lines are read by hand, since they are many."""

    destination = forms.ChoiceField(label="To", error_messages={"required": "Choose the store they go to."})
    note = forms.CharField(label="Note", max_length=200, required=False)

    def __init__(self, *args: Any, request: PageRequest, source_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = places.stores_for(request.actor).exclude(pk=source_id)
        cast(forms.ChoiceField, self.fields["destination"]).choices = choices(others, "Choose a store")


class StepForm(PageForm):
    """What is to be done with goods that are on their way, and why they are lost if they are."""

    do = forms.ChoiceField(choices=[(name, name) for name in SAID], widget=forms.HiddenInput)
    reason = forms.CharField(label="Why they are lost", max_length=200, required=False)


@page
def listed(request: PageRequest) -> HttpResponse:
    """Transfers from and to the store one looks at, newest first."""
    require_worker(request)
    shown, shop = params.choice(request.GET, "show", SHOWN), request.shop
    given: dict[str, Any] = {"store": shop.pk if shop else None}
    if shown == "coming" and shop:
        given = {"destination": shop.pk, "state": OPEN}
    elif shown == "going" and shop:
        given = {"source": shop.pk, "state": OPEN}
    elif shown:
        given["state"] = CLOSED if shown == "closed" else OPEN
    part = portion(queries.transfers(request.actor, **given), request.GET)
    context = {
        "transfers": part.rows,
        "portion": part,
        "shown": shown,
        "choices": {"": "All", **SHOWN},
        "sends": shop is not None and request.actor.is_staff(shop.pk),
    }
    return show(request, "stock/transfers.html", context, part="stock/_transfers.html")


@page
def new(request: PageRequest) -> HttpResponse:
    """Send goods to another store: scanned or typed line by line, then sent. A row of levels names the first line."""
    sent = request.POST if request.method == "POST" else request.GET
    source = store_of(request, params.number(sent, "store"))
    is_scan = request.method == "POST" and request.POST.get("do") == "scan"
    initial = {name: request.POST.get(name, "") for name in ("destination", "note", "key")} if is_scan else {}
    form = SendForm(None if is_scan else request.POST or None, request=request, source_id=source.pk, initial=initial)
    typed = _read(request.POST) if request.method == "POST" else lines.asked_for(request.GET)
    begun = bool(typed) and request.method == "GET"
    context: dict[str, Any] = {"back": reverse("web:transfers"), "source": source, "begun": begun}
    if is_scan:
        context["scanned"] = _scan(typed, params.text(request.POST, "scan"))
        context |= {"form": form, "rows": _with_blanks(typed)}
        return show(request, "stock/send.html", context)
    if form.is_bound and any(line.wrong for line in typed):
        form.add_error(None, "Some lines need another look. Nothing was sent.")

    def call() -> dict[str, Any]:
        if not typed:
            raise EmptyBasket("Scan or type at least one line.")
        items = [inventory.TransferItem(line.product_id, line.steps) for line in typed]
        destination, note = int(form.cleaned_data["destination"]), form.cleaned_data["note"]
        draft = inventory.TransferDraft(source.pk, destination, items, note)
        on_its_way = only(inventory.send([draft], actor=request.actor, at=request.at))
        return {"to": reverse("web:transfer", args=[on_its_way.pk]), "said": "The goods are on their way."}

    return submit(request, form, call, "stock/send.html", {**context, "rows": _with_blanks(typed)})


@page
def one(request: PageRequest, transfer_id: int) -> HttpResponse:
    """One transfer: its lines, what is on its way, and what is done with it."""
    actor = request.actor
    transfer = queries.transfer(transfer_id, actor)
    form = StepForm(request.POST or None)
    typed = request.POST if form.is_bound else None

    def call() -> dict[str, Any]:
        do, items = form.cleaned_data["do"], _asked_for(transfer, request.POST)
        if do == "receive":
            inventory.receive(transfer.pk, items, actor=actor, at=request.at)
        elif do == "send_back":
            inventory.send_back(transfer.pk, items, actor=actor, at=request.at)
        else:
            reason = form.cleaned_data["reason"]
            inventory.write_off_transit(transfer.pk, items, reason, actor=actor, at=request.at)
        return {"to": reverse("web:transfer", args=[transfer.pk]), "said": SAID[do]}

    return submit(request, form, call, "stock/transfer.html", _context(request, transfer, typed))


def _context(request: PageRequest, transfer: Any, typed: QueryDict | None) -> dict[str, Any]:
    """The transfer as it stands, with what was typed beside its lines."""
    actor = request.actor
    ends = (transfer.source_id, transfer.destination_id)
    steps = [
        {
            "step": step,
            "name": STEPS[step.kind][0],
            "tone": STEPS[step.kind][1],
            "reads": actor.reads_store(ends[1] if step.kind == "received" else ends[0]),
            "goods": list(step.posting.movements.all()),
        }
        for step in queries.steps_of(transfer)
    ]
    is_open = transfer.state == OPEN
    may = {
        "may_receive": is_open and actor.is_staff(ends[1]),
        "may_send_back": is_open and any(actor.is_staff(store_id) for store_id in ends),
        "may_write_off": is_open and any(actor.is_manager(store_id) for store_id in ends),
    }
    rows = [
        {"line": line, "amount": typed.get(f"line-{line.product_id}", "") if typed else _left(line)}
        for line in transfer.lines.all()
    ]
    return {"transfer": transfer, "rows": rows, "steps": steps, "may_act": any(may.values()), **may}


def _left(line: Any) -> str:
    return quantity.plain(line.on_its_way, line.product.decimals)


def _asked_for(transfer: Any, data: QueryDict) -> dict[int, int]:
    """The quantities typed beside the lines, in steps by product. Raises FieldErrors, EmptyBasket."""
    items, wrong = {}, {}
    for line in transfer.lines.all():
        typed = data.get(f"line-{line.product_id}", "").strip()
        try:
            steps = quantity.parse(typed, line.product.decimals) if typed else 0
        except Invalid as error:
            wrong[f"line-{line.product_id}"] = [f"{line.product.name}: {error.message}."]
            continue
        if steps:
            items[line.product_id] = steps
    if wrong:
        raise FieldErrors(wrong)
    if not items:
        raise EmptyBasket("Say how much of which line.")
    return items


def _read(data: QueryDict) -> list[lines.Typed]:
    texts, amounts = data.getlist("product"), data.getlist("quantity")
    return lines.read_all(texts, amounts, [""] * len(texts))


def _with_blanks(typed: list[lines.Typed]) -> list[lines.Typed]:
    return [*typed, *(lines.Typed() for _ in range(BLANK_ROWS))]


def _scan(typed: list[lines.Typed], text: str) -> lines.Typed:
    """Put what was scanned on the list: one more of a product that is there, else a line of its own, first."""
    scanned = lines.read(text, "1")
    if scanned.product is None:
        return scanned
    there = next((line for line in typed if line.product_id == scanned.product_id), None)
    if there is None:
        typed.insert(0, lines.read(scanned.product.sku, "1"))
    else:
        decimals = scanned.product.decimals
        more = lines.read(there.text, quantity.plain(there.steps + scanned.steps, decimals))
        typed.remove(there)
        typed.insert(0, more)
    return scanned
