"""A seller's statement: what came to the credit and what went from it, on a page and as CSV."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from tradepost.books import chart
from tradepost.lib import money, phone, tables
from tradepost.prepaid import queries as prepaid
from tradepost.web import params
from tradepost.web.books.postings import bounds
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import portion

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from tradepost.books.models import Transfer

TYPES = {"charge_sale": (prepaid.CHARGE, "Charges"), "credit_increase": (prepaid.INCREASE, "Credit")}
NAMES = dict(TYPES.values())
HEADER = ("transaction_id", "at", "type", "phone_number", "amount", "balance_after", "posting")
PIECE = 1000
NOBODY = 0


class Asked(NamedTuple):
    """What the filters in the address ask for; `number` as it was typed."""

    type: str
    number: str
    start: date | None
    end: date | None

    @property
    def is_narrow(self) -> bool:
        """Whether anything is filtered at all."""
        return any(self)


@page
def statement(request: PageRequest, seller_id: int) -> HttpResponse:
    """The statement of a seller: of the own one, or of any for who reads all."""
    seller, asked = prepaid.seller(seller_id, request.actor), _asked(request)
    part = portion(_found(request, seller_id, asked), request.GET)
    context = {
        "seller": seller,
        "credit": prepaid.credit_of([seller_id]).get(seller_id, prepaid.Credit()),
        "account": chart.credit(seller_id),
        "rows": _rows(part.rows, chart.credit(seller_id)),
        "portion": part,
        "types": {value: name for value, (_, name) in TYPES.items()},
        "filter": asked,
    }
    return show(request, "prepaid/statement.html", context, part="prepaid/_statement.html")


@page
def as_csv(request: PageRequest, seller_id: int) -> HttpResponse:
    """What is filtered as a file: moments and decimals as programs read them, nothing a spreadsheet would run."""
    seller, asked = prepaid.seller(seller_id, request.actor), _asked(request)
    lines = tables.csv_pieces(HEADER, _lines(_found(request, seller_id, asked), chart.credit(seller_id)))
    response: HttpResponseBase = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    day = request.at.astimezone(UTC).date().isoformat()
    response["Content-Disposition"] = f'attachment; filename="statement-{seller.pk}-{day}.csv"'
    return response  # type: ignore[return-value]


def _asked(request: PageRequest) -> Asked:
    query = request.GET
    return Asked(
        type=params.choice(query, "type", TYPES),
        number=params.text(query, "number")[: phone.MAX_TYPED],
        start=params.day(query, "start"),
        end=params.day(query, "end"),
    )


def _found(request: PageRequest, seller_id: int, asked: Asked) -> "QuerySet[Transfer]":
    start, end = bounds(asked.start, asked.end)
    number_id = _number_id(request, asked.number) if asked.number else None
    kind = TYPES[asked.type][0] if asked.type else ""
    return prepaid.statement(seller_id, request.actor, kind=kind, phone_number_id=number_id, start=start, end=end)


def _number_id(request: PageRequest, typed: str) -> int:
    """The number that was typed; one that was never charged, or is none, fits nothing."""
    try:
        number = phone.normalise(typed)
    except phone.NotAPhoneNumber:
        return NOBODY
    found = prepaid.phone_numbers(request.actor).filter(number=number).first()
    return found.pk if found else NOBODY


def _rows(transfers: "Sequence[Transfer]", code: str) -> list[dict[str, Any]]:
    numbers = prepaid.numbers_of([transfer.pk for transfer in transfers])
    return [
        {
            "transfer": transfer,
            "name": "Charge" if transfer.posting.kind == prepaid.CHARGE else NAMES.get(transfer.posting.kind, "Other"),
            "number": numbers.get(transfer.pk, ""),
            "amount": transfer.amount_minor if transfer.destination.code == code else -transfer.amount_minor,
            "after": _after(transfer, code),
        }
        for transfer in transfers
    ]


def _after(transfer: "Transfer", code: str) -> int | None:
    is_in = transfer.destination.code == code
    return transfer.destination_after_minor if is_in else transfer.source_after_minor


def _lines(found: "QuerySet[Transfer]", code: str) -> Iterator[Sequence[tables.Cell]]:
    """One line a transfer, newest first, read a thousand at a time."""
    before: int | None = None
    while piece := list((found if before is None else found.filter(pk__lt=before))[:PIECE]):
        for row in _rows(piece, code):
            transfer = row["transfer"]
            yield (
                transfer.pk,
                _iso(transfer.posting.at),
                transfer.posting.kind.rpartition(".")[2],
                row["number"],
                Decimal(money.plain(row["amount"])),
                None if row["after"] is None else Decimal(money.plain(row["after"])),
                transfer.posting_id,
            )
        before = piece[-1].pk


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
