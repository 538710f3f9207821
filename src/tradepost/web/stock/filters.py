"""The filters of stock levels, in the address: read for the query, drawn for the page."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from tradepost.catalog import queries as catalog
from tradepost.inventory.queries import StockFilters
from tradepost.web import params, picking
from tradepost.web.books.postings import bounds
from tradepost.web.page import PageRequest
from tradepost.web.picking import Pick

STATUSES = {"in_stock": "In stock", "low_stock": "Low", "out_of_stock": "Out"}
HEADS = (
    ("product_name", "Product", ""),
    ("sku", "SKU", "d-none d-md-table-cell"),
    ("store_name", "Store", "d-none d-xl-table-cell"),
    ("", "Supplier", "d-none d-lg-table-cell"),
    ("", "Price", "tp-num d-none d-md-table-cell"),
    ("", "Reorder at", "tp-num d-none d-xl-table-cell"),
    ("quantity", "On hand", "tp-num"),
    ("", "Status", "d-none d-md-table-cell"),
    ("updated_at", "Moved", "tp-num d-none d-lg-table-cell"),
)
SORTS = tuple(name for name, _, _ in HEADS if name)
USUAL = "product_name"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    pick: Pick
    search: str
    status: str
    supplier: int | None
    category: int | None
    location: str
    start: date | None
    end: date | None
    ordering: str

    @property
    def store_id(self) -> int | None:
        """The store that is picked; None for all a person reads."""
        return self.pick.store_id

    @property
    def is_narrow(self) -> bool:
        """Whether anything besides the store is filtered."""
        return any((self.search, self.status, self.supplier, self.category, self.location, self.start, self.end))

    @property
    def picked(self) -> int:
        """How many of the filters that small screens put away are set."""
        return sum(map(bool, (self.status, self.supplier, self.category, self.location, self.start, self.end)))

    def filters(self) -> StockFilters:
        """The same for the query. Days begin and end in the zone that times are shown in."""
        start, end = bounds(self.start, self.end)
        return StockFilters(
            store=self.store_id,
            search=self.search,
            status=self.status,
            supplier=self.supplier,
            category=self.category,
            location=self.location,
            start=start,
            end=end,
            ordering=self.ordering,
        )


def read(request: PageRequest) -> Asked:
    """The filters of the address. Raises NotAFilter, and Missing for what there is not."""
    query = request.GET
    return Asked(
        pick=store(request),
        search=params.text(query, "search"),
        status=params.choice(query, "status", STATUSES),
        supplier=picking.supplier(query),
        category=picking.category(query),
        location=params.text(query, "location"),
        start=params.day(query, "start_date"),
        end=params.day(query, "end_date"),
        ordering=params.choice(query, "ordering", (*SORTS, *(f"-{name}" for name in SORTS))) or USUAL,
    )


def store(request: PageRequest) -> Pick:
    """The store an address is about: the one it names, none for all, else the one looked at. Raises as `picking`."""
    return picking.store(request, usual=request.shop, every="All stores")


def choices(asked: Asked) -> dict[str, Any]:
    """What the filters can be set to."""
    return {
        "statuses": STATUSES,
        "categories": list(catalog.categories()),
        "suppliers": picking.suppliers(asked.supplier),
    }


def heads(ordering: str) -> list[dict[str, str]]:
    """The heads of the table: a click sorts by a column, another one turns it round."""
    return [
        {
            "label": label,
            "look": look,
            "sort": {name: "ascending", f"-{name}": "descending"}.get(ordering, "") if name else "",
            "ordering": f"-{name}" if name and ordering == name else name,
        }
        for name, label, look in HEADS
    ]
