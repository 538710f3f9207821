"""Stock levels: what stands in which store, filtered and sorted in the address, refreshed while it is looked at."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse

from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.imports.exports import Table
from tradepost.inventory import queries as inventory
from tradepost.lib import keyset, quantity, tables
from tradepost.web import params, tabs
from tradepost.web.page import PageRequest, page, require_worker, show
from tradepost.web.paging import ROWS
from tradepost.web.stock import files, filters

if TYPE_CHECKING:
    from tradepost.books.models import Level

MOST_COUNTED = 10_000
AT_A_TIME = 2_000
HEADER = ("store", "sku", "name", "unit", "quantity", "reorder_level", "status", "supplier", "category", "moved")


@page
def listed(request: PageRequest) -> HttpResponse:
    """The levels that are asked for, with what can be done about each."""
    require_worker(request)
    asked = filters.read(request)
    store_id, is_part = asked.store_id, bool(request.htmx) and not request.htmx.boosted
    found = inventory.stock(request.actor, asked.filters())
    seen = keyset.portion(found, params.text(request.GET, "cursor"), ROWS)
    context: dict[str, Any] = {
        "rows": [_row(request, level) for level in seen.rows],
        "window": seen,
        "count": min(found.order_by()[: MOST_COUNTED + 1].count(), MOST_COUNTED),
        "most": MOST_COUNTED,
        "filter": asked,
        "heads": filters.heads(asked.ordering),
        "moves": store_id is not None and request.actor.is_staff(store_id),
        "low_count": books.low_levels(chart.store(store_id)).count() if store_id else 0,
        "is_part": is_part,
        "pick": asked.pick,
        **({} if is_part else {**filters.choices(asked), **tabs.of(request, "levels")}),
    }
    return show(request, "stock/levels.html", context, part="stock/_levels.html")


@page
def export(request: PageRequest) -> HttpResponse:
    """What is filtered as a file, in the order it is shown in."""
    require_worker(request)
    asked = filters.read(request)
    rows = _lines(inventory.stock(request.actor, asked.filters()).iterator(chunk_size=AT_A_TIME))
    return files.sent(Table("Stock", HEADER, rows), params.choice(request.GET, "format", files.TYPES) or "csv")


def _row(request: PageRequest, level: "Level") -> dict[str, Any]:
    store = level.location.store
    number = store.pk if store else 0
    return {
        "level": level,
        "product": level.product,
        "store": store,
        "moves": request.actor.is_staff(number),
        "manages": request.actor.is_manager(number),
    }


def _lines(levels: "Iterator[Level]") -> Iterator[Sequence[tables.Cell]]:
    words = dict(enumerate(filters.STATUSES))
    for level in levels:
        product, store = level.product, level.location.store
        yield (
            store.name if store else "",
            product.sku,
            product.name,
            product.unit,
            Decimal(quantity.plain(level.quantity, product.decimals)),
            Decimal(quantity.plain(level.low_at, product.decimals)),
            "archived" if level.is_archived else words[level.state],
            product.supplier.name if product.supplier else "",
            product.category.name if product.category else "",
            level.changed_at.isoformat(timespec="seconds"),
        )
