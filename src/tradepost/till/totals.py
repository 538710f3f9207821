"""What a store's whole trade comes to: counts from the documents, money from the journal."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Count, F, Q, QuerySet, Sum, Value

from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.till.models import Adjustment, Document, Return, ReturnLine, Sale, SaleLine, StockEntry, StockEntryLine


class Sums(NamedTuple):
    """Documents, lines, pieces in steps, and minor units."""

    documents: int
    lines: int
    pieces: int
    amount_minor: int


class Coverage(NamedTuple):
    """How many lines of customers' returns were matched to sales wholly, in part, and not at all."""

    fully: int
    partly: int
    none: int


class Largest(NamedTuple):
    """A document of note."""

    number: str
    pieces: int
    amount_minor: int
    at: datetime
    time_zone: str


def sales(store_id: int) -> Sums:
    """All sales of a store."""
    lines = SaleLine.objects.filter(sale__store_id=store_id)
    return _sums(Sale.objects.filter(store_id=store_id), lines, lines, "amount_minor")


def returns(store_id: int) -> Sums:
    """All returns of a store; a line in several parts counts once."""
    lines = ReturnLine.objects.filter(return_doc__store_id=store_id)
    return _sums(Return.objects.filter(store_id=store_id), lines.filter(part=0), lines, "amount_minor")


def write_offs(store_id: int) -> Sums:
    """All goods a store wrote off, at cost; what was found again of them is not taken away here."""
    entries = StockEntry.objects.filter(store_id=store_id, kind=StockEntry.WRITTEN_OFF)
    lines = StockEntryLine.objects.filter(entry__in=entries)
    return _sums(entries, lines, lines, "cost_minor")


def found_again(store_id: int) -> Sums:
    """All goods of a store that had been lost and were found again, at the cost they were lost at."""
    entries = StockEntry.objects.filter(store_id=store_id, kind=StockEntry.FOUND_AGAIN)
    lines = StockEntryLine.objects.filter(entry__in=entries)
    return _sums(entries, lines, lines, "cost_minor")


def losses(store_id: int) -> int:
    """The balance of the store's loss account: everything lost at cost, less what was found again."""
    return books.balance_of(chart.loss(store_id))


def adjustments(store_id: int) -> Sums:
    """All adjustments of a store; each is one line and counts as one piece."""
    found = Adjustment.objects.filter(store_id=store_id)
    count = found.count()
    return Sums(count, count, count, found.aggregate(total=Sum("amount_minor"))["total"] or 0)


def revenue(store_id: int) -> int:
    """The balance of the store's revenue account: everything sold less everything given back or lost as bad debt."""
    return books.balance_of(chart.revenue(store_id))


def customers(store_id: int) -> int:
    """How many customers bought or gave back."""
    bought = Sale.objects.filter(store_id=store_id, customer__isnull=False).order_by().values("customer_id")
    gave = Return.objects.filter(store_id=store_id, customer__isnull=False).order_by().values("customer_id")
    return bought.union(gave).count()


def lines_without_customer(store_id: int) -> int:
    """How many lines of sales and returns name no customer; losses and adjustments never do."""
    sold = SaleLine.objects.filter(sale__store_id=store_id, sale__customer__isnull=True).count()
    back = ReturnLine.objects.filter(return_doc__store_id=store_id, return_doc__customer__isnull=True, part=0).count()
    return sold + back + write_offs(store_id).lines + adjustments(store_id).lines


def coverage(store_id: int) -> Coverage:
    """How far the returns of known customers reached into their earlier purchases."""
    slips = ReturnLine.objects.filter(return_doc__store_id=store_id, return_doc__customer__isnull=False)
    rows = (
        slips.order_by()
        .values("return_doc_id", "position")
        .annotate(all=Sum("quantity"), matched=Sum("quantity", filter=Q(sale_line__isnull=False)))
        .values_list("all", "matched")
    )
    found = Counter("fully" if m == a else "partly" if m else "none" for a, m in rows)
    return Coverage(found["fully"], found["partly"], found["none"])


def by_product(store_id: int) -> dict[str, tuple[int, int]]:
    """(lines, net minor units) of every SKU on a sale, return or write-off."""
    lost = StockEntryLine.objects.filter(entry__store_id=store_id, entry__kind=StockEntry.WRITTEN_OFF)
    parts: Iterable[tuple[QuerySet[Any], Q, Any]] = (
        (SaleLine.objects.filter(sale__store_id=store_id), Q(), F("amount_minor")),
        (ReturnLine.objects.filter(return_doc__store_id=store_id), Q(part=0), -F("amount_minor")),
        (lost, Q(), Value(0)),
    )
    found: dict[str, tuple[int, int]] = {}
    for lines, whole, amount in parts:
        grouped = lines.order_by().values("product__sku").annotate(n=Count("id", filter=whole), total=Sum(amount))
        for sku, n, total in grouped.values_list("product__sku", "n", "total"):
            lines_before, total_before = found.get(sku, (0, 0))
            found[sku] = lines_before + n, total_before + total
    return found


def by_day(store_id: int) -> dict[date, tuple[int, int]]:
    """(documents, lines) of every business day, deliveries left out."""
    found: dict[date, tuple[int, int]] = {}
    documents: Iterable[tuple[QuerySet[Any], str, Q]] = (
        (Sale.objects.filter(store_id=store_id), "lines", Q()),
        (Return.objects.filter(store_id=store_id), "lines", Q(lines__part=0)),
        (StockEntry.objects.filter(store_id=store_id, kind=StockEntry.WRITTEN_OFF), "lines", Q()),
        (Adjustment.objects.filter(store_id=store_id), "id", Q()),
    )
    for rows, lines, whole in documents:
        grouped = rows.order_by().values("business_date")
        for row in grouped.annotate(n=Count("id", distinct=True), parts=Count(lines, filter=whole)):
            n, parts = found.get(row["business_date"], (0, 0))
            found[row["business_date"]] = n + row["n"], parts + row["parts"]
    return found


def _sums(documents: QuerySet[Any], lines: QuerySet[Any], parts: QuerySet[Any], amount: str) -> Sums:
    sums = parts.aggregate(pieces=Sum("quantity"), total=Sum(amount))
    return Sums(documents.count(), lines.count(), sums["pieces"] or 0, sums["total"] or 0)


def largest_sale(store_id: int) -> Largest | None:
    """The sale that came to most; None before the first."""
    return _largest(Sale.objects.filter(store_id=store_id))


def largest_return(store_id: int) -> Largest | None:
    """The return that cost most; None before the first."""
    return _largest(Return.objects.filter(store_id=store_id))


def _largest(documents: QuerySet[Any]) -> Largest | None:
    columns = ("number", "pieces", "total_minor", "at", "store__time_zone")
    top = documents.order_by("-total_minor").values_list("id", flat=True)[:1]
    row = documents.filter(id__in=list(top)).annotate(pieces=Sum("lines__quantity")).values_list(*columns).first()
    return Largest(*row) if row else None


def numbers(store_id: int, prefix: str) -> set[str]:
    """The numbers of a store's documents that begin with `prefix`."""
    kinds: tuple[type[Document], ...] = (Sale, Return, StockEntry, Adjustment)
    found: set[str] = set()
    for kind in kinds:
        documents = kind._default_manager.filter(store_id=store_id, number__startswith=prefix)
        found.update(documents.values_list("number", flat=True))
    return found
