"""What runs low or is out in a store, and the delivery that ends it: a dialog, and a page of its own without script."""

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books.services import Refusal
from tradepost.catalog import queries as catalog
from tradepost.inventory import queries as inventory
from tradepost.inventory import services
from tradepost.inventory.services import MovementDraft
from tradepost.lib import keyset, quantity
from tradepost.lib.errors import Denied, FieldErrors, Invalid, Missing, TradepostError
from tradepost.places import queries as places
from tradepost.till.errors import EmptyBasket
from tradepost.web import params
from tradepost.web.forms import PageForm, explain, go, run_once
from tradepost.web.page import PageRequest, page, show

if TYPE_CHECKING:
    from tradepost.places.models import Store

MOST = 100
FILL = 3  # what is suggested fills a shelf to so many times its reorder level


@page
def low(request: PageRequest) -> HttpResponse:
    """The levels that run low, the emptiest first, a portion at a time; on POST the chosen ones are received."""
    store = _store(request)
    if request.method != "POST":
        return _shown(request, store, PageForm())
    request.actor.require_staff(store.pk)
    form = PageForm(request.POST)
    try:
        form.full_clean()
        drafts = _drafts(request, store)
        answer = run_once(request, request.POST.get("key", ""), lambda: _receive(request, drafts))
    except Denied:
        raise
    except TradepostError as error:
        note, status = explain(form, error)
        return _shown(request, store, form, note=note, status=status)
    there = f"{reverse('web:stock')}?store={store.pk}"
    response = go(request, {**answer, "to": there})  # in a dialog the whole page is drawn anew, so that it closes
    return HttpResponseClientRedirect(there) if request.htmx else response


def _store(request: PageRequest) -> "Store":
    wanted = params.number(request.GET, "store") or (request.shop.pk if request.shop else 0)
    if not wanted or not request.actor.reads_store(wanted):
        raise Missing("There is no such store of yours")
    return places.store(wanted)


def _drafts(request: PageRequest, store: "Store") -> list[MovementDraft]:
    """The ticked rows as deliveries from the supplier of each. Raises FieldErrors, EmptyBasket."""
    drafts, wrong = [], {}
    for number, product in catalog.by_id(params.numbers(request.POST, "product")[:MOST]).items():
        name = f"quantity-{number}"
        try:
            steps = quantity.parse(request.POST.get(name, ""), product.decimals)
        except Invalid as error:
            wrong[name] = [f"{product.name}: {error.message}."]
            continue
        drafts.append(MovementDraft(store.pk, number, "IN", steps, product.supplier_id))
    if wrong:
        raise FieldErrors(wrong)
    if not drafts:
        raise EmptyBasket("Tick what has come in.")
    return drafts


def _receive(request: PageRequest, drafts: list[MovementDraft]) -> dict[str, Any]:
    """Receive all of them or none."""
    answers = services.record_movements(drafts, actor=request.actor, at=request.at)
    for answer in answers:
        if isinstance(answer, Refusal):
            raise answer.error
    return {"said": f"Received {len(answers)} product{'' if len(answers) == 1 else 's'}."}


def _shown(
    request: PageRequest, store: "Store", form: PageForm, *, note: Any = None, status: int = 200
) -> HttpResponse:
    sent, chosen = request.POST, set(request.POST.getlist("product"))
    cursor = params.text(request.GET, "cursor")
    seen = keyset.portion(books.low_levels(chart.store(store.pk)), cursor, MOST)
    rows = [
        {
            "level": level,
            "product": level.product,
            "typed": sent.get(
                f"quantity-{level.product_id}", suggested(level.quantity, level.low_at, level.product.decimals)
            ),
            "is_chosen": str(level.product_id) in chosen if sent else not level.quantity,
        }
        for level in seen.rows
    ]
    context = {
        "store": store,
        "rows": rows,
        "chosen": sum(bool(row["is_chosen"]) for row in rows),
        "counted": inventory.overview(request.actor, store=store.pk),
        "window": seen,
        "cursor": cursor,
        "form": form,
        "note": note,
        "moves": request.actor.is_staff(store.pk),
    }
    return show(request, "stock/low.html", context, part="stock/_low.html", status=status)


def suggested(steps: int, low_at: int, decimals: int) -> str:
    """How much to receive where so many steps stand on a shelf that runs low below `low_at`."""
    text = quantity.plain(max(10**decimals, FILL * low_at - steps), decimals)
    return text.rstrip("0").rstrip(".") if decimals else text
