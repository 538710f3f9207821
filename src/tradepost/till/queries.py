"""Reading the counter: sales, returns and deliveries of the stores one works in, and the report of a store's day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import ExtractHour

from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.lib import clock, db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Denied, Invalid, Missing
from tradepost.places.models import Store
from tradepost.till.models import Adjustment, AverageCost, Document, Return, Sale, SaleLine, StockEntry

D = TypeVar("D", bound=Document)
MOST_DAYS = 100


@dataclass(frozen=True, slots=True)
class DayReport:
    """A store's business day. Revenue and losses in minor units, from the journal; the rest from the documents.

    Losses are what was written off or went missing, less what was found again; counts are of documents of that day.
    """

    store_id: int
    store_name: str
    date: date
    revenue_minor: int
    losses_minor: int
    sales: int
    sold_minor: int
    returns: int
    given_back_minor: int
    write_offs: int
    deliveries: int
    adjustments: int
    sent_back: int = 0
    found_again: int = 0

    @property
    def average_sale_minor(self) -> int:
        """What a sale came to on average, before returns and adjustments; 0 on a day without one."""
        return self.sold_minor // self.sales if self.sales else 0


@dataclass(frozen=True, slots=True)
class Counted:
    """The documents of a store's day up to a moment: how many, and what they came to in minor units."""

    sales: int
    sold_minor: int
    returns: int
    given_back_minor: int

    @property
    def average_sale_minor(self) -> int:
        """What a sale came to on average; 0 before the first."""
        return self.sold_minor // self.sales if self.sales else 0


def sales(
    actor: Actor,
    *,
    store: int | None = None,
    customer: int | None = None,
    operator: int | None = None,
    number: str = "",
    start_date: date | None = None,
    end_date: date | None = None,
) -> QuerySet[Sale]:
    """The sales an actor may read, newest first; a customer reads the own purchases. `end_date` is inside the range."""
    found = _readable(Sale.objects.select_related("store", "operator", "customer"), actor, or_own=True)
    return _narrow(found, store, customer, operator, number, start_date, end_date)


def returns(
    actor: Actor,
    *,
    store: int | None = None,
    customer: int | None = None,
    operator: int | None = None,
    number: str = "",
    start_date: date | None = None,
    end_date: date | None = None,
) -> QuerySet[Return]:
    """The returns an actor may read, newest first. `end_date` is inside the range."""
    found = Return.objects.select_related("store", "operator", "customer", "supervisor")
    return _narrow(_readable(found, actor, or_own=True), store, customer, operator, number, start_date, end_date)


def entries(
    actor: Actor,
    *,
    store: int | None = None,
    kind: str = "",
    number: str = "",
    start_date: date | None = None,
    end_date: date | None = None,
) -> QuerySet[StockEntry]:
    """The deliveries, losses and reversals an actor may read, newest first. `end_date` is inside the range."""
    found = _readable(StockEntry.objects.select_related("store", "operator", "supplier", "reverses"), actor)
    found = _narrow(found, store, None, None, number, start_date, end_date)
    return found.filter(kind=kind) if kind else found


def adjustments(actor: Actor, *, store: int | None = None) -> QuerySet[Adjustment]:
    """The adjustments an actor may read, newest first."""
    found = _readable(Adjustment.objects.select_related("store", "operator"), actor)
    return _narrow(found, store, None, None, "", None, None)


def sale(number: str, actor: Actor) -> Sale:
    """One sale with its lines. Raises Missing when there is none or it is not the actor's to read."""
    return _one(sales(actor).prefetch_related("lines__product"), number, "sale")


def return_(number: str, actor: Actor) -> Return:
    """One return with its lines. Raises Missing when there is none or it is not the actor's to read."""
    return _one(returns(actor).prefetch_related("lines__product", "lines__sale_line__sale"), number, "return")


def returns_of(sale_id: int, actor: Actor) -> QuerySet[Return]:
    """The returns an actor may read that gave back something of a sale, newest first."""
    return returns(actor).filter(lines__sale_line__sale_id=sale_id).distinct()


def entry(number: str, actor: Actor) -> StockEntry:
    """One delivery, loss or reversal with its lines. Raises Missing when there is none the actor may read."""
    return _one(entries(actor).prefetch_related("lines__product"), number, "delivery or write-off")


def of_posting(posting_id: int) -> Document | None:
    """The document of the counter that a posting booked, if it was one of these."""
    for kind in (Sale, Return, StockEntry, Adjustment):
        found = kind.objects.filter(posting_id=posting_id).first()
        if found is not None:
            return found
    return None


def returnable_lines(store_id: int, customer_ids: Collection[int], product_ids: Collection[int]) -> QuerySet[SaleLine]:
    """The lines of these customers and products in a store that were not wholly given back, oldest first."""
    lines = SaleLine.objects.filter(
        db.Among("sale__customer_id", customer_ids), db.Among("product_id", product_ids), sale__store_id=store_id
    )
    # Said once more for SQLite, which sees only then that the index of sales with a customer will do.
    lines = lines.filter(sale__customer__isnull=False)
    return lines.filter(returned_quantity__lt=F("quantity")).select_related("sale").order_by("sale_id", "position")


def sale_lines(line_ids: Collection[int]) -> dict[int, SaleLine]:
    """Sale lines by number, with their products; those that do not exist are left out."""
    return SaleLine.objects.select_related("product").order_by().in_bulk(sorted(set(line_ids)))


def often_sold(store_id: int, *, since: date, limit: int = 24) -> list[int]:
    """Product ids of what a store sells most, by lines since a day."""
    lines = SaleLine.objects.filter(sale__store_id=store_id, sale__business_date__gte=since)
    return [row["product_id"] for row in lines.values("product_id").annotate(n=Count("id")).order_by("-n")[:limit]]


def average_cost(store_id: int, product_id: int) -> int | None:
    """The moving average cost in ten-thousandths of a minor unit for a whole unit; None before the first delivery."""
    kept = AverageCost.objects.filter(store_id=store_id, product_id=product_id)
    return kept.values_list("average_e4", flat=True).first()


def day_report(store_id: int, day: date, actor: Actor) -> DayReport:
    """The report of one store's day. Raises Missing for an unknown store, Denied to those who may not read it."""
    return day_reports(store_id, day, day, actor)[0]


def day_reports(store_id: int, first: date, last: date, actor: Actor) -> list[DayReport]:
    """The reports of a store's days from `first` to `last`, both inside, newest first; a day without trade is zeros.

    A constant number of queries, however many days. Raises Invalid for more than 100 days or an end before the start.
    """
    store = Store.objects.filter(id=store_id).first()
    if store is None:
        raise Missing(f"There is no store {store_id}")
    if not actor.reads_store(store_id):
        raise Denied("The day report is for those who work in the store")
    days = (last - first).days + 1
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"A range of 1 to {MOST_DAYS} days, not {days}")
    money = {code: _by_day(code, store, first, last) for code in (chart.revenue(store_id), chart.loss(store_id))}
    counted = {kind: _counts(kind.objects.all(), store_id, first, last) for kind in (Sale, Return, Adjustment)}
    entered = _entries_by_day(store_id, first, last)
    sold, given_back = (_totals(kind.objects.all(), store_id, first, last) for kind in (Sale, Return))
    return [
        DayReport(
            store_id=store_id,
            store_name=store.name,
            date=day,
            revenue_minor=money[chart.revenue(store_id)].get(day, 0),
            losses_minor=money[chart.loss(store_id)].get(day, 0),
            sales=counted[Sale].get(day, 0),
            sold_minor=sold.get(day, 0),
            returns=counted[Return].get(day, 0),
            given_back_minor=given_back.get(day, 0),
            write_offs=entered.get((StockEntry.WRITTEN_OFF, day), 0),
            deliveries=entered.get((StockEntry.RECEIVED, day), 0),
            adjustments=counted[Adjustment].get(day, 0),
            sent_back=entered.get((StockEntry.SENT_BACK, day), 0),
            found_again=entered.get((StockEntry.FOUND_AGAIN, day), 0),
        )
        for day in (last - timedelta(days=i) for i in range(days))
    ]


def counted(store_id: int, day: date, *, until: datetime) -> Counted:
    """Sales and returns of a store's day up to a moment, by two queries. Who may see them is asked by the caller."""
    that_day = {"store_id": store_id, "business_date": day, "at__lte": until}
    sold = Sale.objects.filter(**that_day).order_by().aggregate(n=Count("id"), total=Sum("total_minor"))
    back = Return.objects.filter(**that_day).order_by().aggregate(n=Count("id"), total=Sum("total_minor"))
    return Counted(sold["n"], sold["total"] or 0, back["n"], back["total"] or 0)


def sold_by_hour(store_id: int, days: Collection[date], time_zone: str) -> dict[tuple[date, int], int]:
    """What a store's sales came to by (day, hour of the store's clock), in minor units, by one query."""
    found = Sale.objects.filter(store_id=store_id, business_date__in=sorted(days)).order_by()
    hours = found.annotate(hour=ExtractHour("at", tzinfo=ZoneInfo(time_zone))).values("business_date", "hour")
    return {(row["business_date"], row["hour"]): row["total"] for row in hours.annotate(total=Sum("total_minor"))}


def latest(store_id: int, actor: Actor, *, limit: int = 6) -> list[Document]:
    """The newest documents of a store, of every kind, newest first."""
    kinds = (sales(actor, store=store_id), returns(actor, store=store_id), entries(actor, store=store_id))
    found: list[Document] = [document for kind in kinds for document in kind[:limit]]
    return sorted(found, key=lambda document: document.at, reverse=True)[:limit]


def revenue_by_day(store_id: int, first: date, last: date, actor: Actor) -> dict[date, int]:
    """A store's net revenue by day, summed from the journal in one query, however long the range.

    Days without any are left out. Raises Missing, Denied.
    """
    store = Store.objects.filter(id=store_id).first()
    if store is None:
        raise Missing(f"There is no store {store_id}")
    if not actor.reads_store(store_id):
        raise Denied("The revenue of a store is for those who work in it")
    return _by_day(chart.revenue(store_id), store, first, last)


def traded_days(store_id: int) -> tuple[date, date] | None:
    """The first and last day a store sold something; None before its first sale."""
    found = Sale.objects.filter(store_id=store_id).aggregate(first=Min("business_date"), last=Max("business_date"))
    return (found["first"], found["last"]) if found["first"] else None


def _by_day(code: str, store: Store, first: date, last: date) -> dict[date, int]:
    start, _ = clock.day_bounds(first, store.time_zone)
    _, end = clock.day_bounds(last, store.time_zone)
    return books.sums_by_day(code, start=start, end=end, time_zone=store.time_zone)


def _counts(documents: QuerySet[D], store_id: int, first: date, last: date) -> dict[date, int]:
    found = documents.filter(store_id=store_id, business_date__range=(first, last)).order_by()
    return dict(found.values_list("business_date").annotate(n=Count("id")))


def _entries_by_day(store_id: int, first: date, last: date) -> dict[tuple[str, date], int]:
    found = StockEntry.objects.filter(store_id=store_id, business_date__range=(first, last)).order_by()
    days = found.values_list("kind", "business_date").annotate(n=Count("id"))
    return {(kind, day): number for kind, day, number in days}


def _totals(documents: QuerySet[D], store_id: int, first: date, last: date) -> dict[date, int]:
    found = documents.filter(store_id=store_id, business_date__range=(first, last)).order_by()
    return dict(found.values_list("business_date").annotate(total=Sum("total_minor")))


def _readable(found: QuerySet[D], actor: Actor, *, or_own: bool = False) -> QuerySet[D]:
    if actor.reads_all:
        return found
    allowed = Q(store_id__in=sorted(actor.stores()))
    return found.filter(allowed | Q(customer_id=actor.user_id) if or_own else allowed)


def _narrow(
    found: QuerySet[D],
    store: int | None,
    customer: int | None,
    operator: int | None,
    number: str,
    start_date: date | None,
    end_date: date | None,
) -> QuerySet[D]:
    wanted = {
        "store_id": store,
        "customer_id": customer,
        "operator_id": operator,
        "business_date__gte": start_date,
        "business_date__lte": end_date,
        "number__contains": number.replace("\0", "") or None,
    }
    return found.filter(**{name: value for name, value in wanted.items() if value is not None}).order_by("-id")


def _one(found: QuerySet[D], number: str, what: str) -> D:
    document = found.filter(number=number).first()
    if document is None:
        raise Missing(f"There is no {what} {number}")
    return document
