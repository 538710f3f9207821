"""What is asked of funding, and the few things that asking and deciding share."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from tradepost.funding import queries
from tradepost.funding.errors import TooManyRequests
from tradepost.funding.models import TEXT, FundsRequest
from tradepost.lib import db, fields
from tradepost.lib.errors import FieldErrors

MOST = 1_000


class FundsDraft(NamedTuple):
    """Money to be asked for, in minor units: `deposit` and `withdrawal` of `wallet:U`, `credit` of `credit:SELLER`.

    `owner_id` is who gains by it: nobody of whom it is says yes to it.
    """

    kind: str
    account: str
    owner_id: int | None
    amount_minor: int
    note: str = ""


class Decision(NamedTuple):
    """What is to become of a request, and why."""

    request_id: int
    approve: bool
    reason: str = ""


def check_length(asked: Sequence[Any]) -> None:
    """Raises TooManyRequests."""
    if len(asked) > MOST:
        raise TooManyRequests(f"At most {MOST} requests at a time, not {len(asked)}")


def one_line(field: str, value: str) -> str:
    """The text without space around it. Raises FieldErrors for one that is too long or cannot be printed."""
    wrong: fields.Wrong = {}
    clean = fields.line(field, value, TEXT, wrong)
    if wrong:
        raise FieldErrors(wrong)
    return clean


def read(request_ids: Iterable[int]) -> dict[int, FundsRequest]:
    """The requests as they stand now, with the people, by id."""
    found = queries.with_people(FundsRequest.objects.filter(db.Among("id", request_ids)))
    return {request.pk: request for request in found}


def subject_of(request_ids: Sequence[int]) -> tuple[str, int | str]:
    """What the audit log calls them."""
    return ("funding.fundsrequest", request_ids[0] if len(request_ids) == 1 else f"{len(request_ids)} requests")
