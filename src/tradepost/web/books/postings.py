"""The journal: every posting, filtered, with what the filtered ones add up to. Every figure of the house opens here."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.utils import timezone

from tradepost.books import queries as books
from tradepost.catalog import queries as catalog
from tradepost.lib import clock
from tradepost.till import queries as till
from tradepost.web import own, params, picking
from tradepost.web.books.names import KINDS, names_of, title_of
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import portion
from tradepost.web.picking import Pick

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from tradepost.books.models import Posting

DOCUMENTS = {"Sale": "web:sale", "Return": "web:return", "StockEntry": "web:entry", "Adjustment": "web:adjustment"}
MOST_SUMMED = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What the filters in the address ask for."""

    account: str
    pick: Pick
    product: int | None
    kind: str
    start: date | None
    end: date | None
    key: str

    @property
    def is_narrow(self) -> bool:
        """Whether anything is filtered at all."""
        return any((self.account, self.pick.chosen, self.product, self.kind, self.start, self.end, self.key))


@page
def listed(request: PageRequest) -> HttpResponse:
    """The postings, newest first, and beside each what it and all older ones of the filter add up to.

    More than `MOST_SUMMED` are listed and not summed: nobody waits for the sum of millions to see the newest.
    """
    asked = _asked(request)
    found = _found(request, asked)
    part = portion(found, request.GET)
    amounts = books.amounts_of([row.pk for row in part.rows], asked.account)
    count = found[: MOST_SUMMED + 1].count() if asked.is_narrow else 0
    total = upto = books.total_of(found, asked.account) if asked.is_narrow and count <= MOST_SUMMED else None
    if total is not None and part.newer:  # not the newest portion: what stands above it does not count
        upto = books.total_of(found.filter(pk__lte=part.rows[0].pk), asked.account)
    context = {
        "rows": _rows(part.rows, amounts, upto),
        "portion": part,
        "count": count,
        "most": MOST_SUMMED,
        "total": total,
        "filter": asked,
        "kinds": KINDS,
        "pick": asked.pick,
        "picked": sum(map(bool, (asked.pick.chosen, asked.kind, asked.start, asked.end))),
        "name": names_of([asked.account], request.actor)[asked.account] if asked.account else "",
        "product": catalog.product(asked.product) if asked.product else None,
        "run": books.sealed_up_to(),
    }
    if part.rows and not request.htmx:
        context |= _detail(request, part.rows[0].pk)
    return show(request, "books/postings.html", context, part="books/_postings.html")


@page
def one(request: PageRequest, number: int) -> HttpResponse:
    """One posting: both sides of money and goods, the values after, its seal and its document."""
    return show(request, "books/posting.html", _detail(request, number), part="books/_posting.html")


def _detail(request: PageRequest, number: int) -> dict[str, Any]:
    theirs = own.codes(request)
    posting = books.posting(number, request.actor, also=theirs)
    transfers, movements = list(posting.transfers.all()), list(posting.movements.all())
    codes = [leg.code for row in transfers for leg in (row.source, row.destination)]
    codes += [leg.code for row in movements for leg in (row.source, row.destination)]
    document = till.of_posting(number)
    return {
        "posting": posting,
        "title": title_of(posting.key),
        "transfers": transfers,
        "movements": movements,
        "readable": None if request.actor.reads_all else {*books.own_codes(request.actor), *theirs},
        "money_total": sum(row.amount_minor for row in transfers),
        "names": names_of(codes, request.actor),
        "posting_run": books.run_of(number),
        "document": document,
        "document_url": DOCUMENTS.get(type(document).__name__, ""),
    }


def _asked(request: PageRequest) -> Asked:
    query = request.GET
    return Asked(
        account=params.text(query, "account")[:60],
        pick=picking.store(request),
        product=params.number(query, "product"),
        kind=params.choice(query, "kind", KINDS),
        start=params.day(query, "start"),
        end=params.day(query, "end"),
        key=params.text(query, "key")[:100],
    )


def _found(request: PageRequest, asked: Asked) -> "QuerySet[Posting]":
    start, end = bounds(asked.start, asked.end)
    return books.postings(
        request.actor,
        also=own.codes(request),
        key=asked.key,
        kind=asked.kind,
        account_code=asked.account,
        product_id=asked.product,
        store_id=asked.pick.store_id,
        start=start,
        end=end,
    )


def bounds(start: date | None, end: date | None) -> tuple[datetime | None, datetime | None]:
    """The first moment of a range of days and the first one after it, in the zone that times are shown in."""
    zone = timezone.get_current_timezone_name()
    first = clock.day_bounds(start, zone)[0] if start else None
    return first, clock.day_bounds(end, zone)[1] if end else None


def _rows(postings: "list[Posting]", amounts: dict[int, int], adds_up_to: int | None) -> list[dict[str, Any]]:
    rows = []
    for posting in postings:
        amount = amounts.get(posting.pk, 0)
        rows.append({"posting": posting, "title": title_of(posting.key), "amount": amount, "upto": adds_up_to})
        adds_up_to = None if adds_up_to is None else adds_up_to - amount
    return rows
