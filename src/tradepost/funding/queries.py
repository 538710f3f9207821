"""Reading requests for money: one's own, all for administrators and auditors. Nothing here writes."""

from typing import NamedTuple

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.funding.errors import NoSuchRequest
from tradepost.funding.models import FundsRequest
from tradepost.lib import db
from tradepost.lib.actor import Actor


class Wallet(NamedTuple):
    """What is in a wallet, and what was taken out of it and is held until decided, in minor units."""

    balance_minor: int
    held_minor: int


def requests(
    actor: Actor, *, kind: str = "", status: str = "", account: str = "", owner_id: int | None = None
) -> QuerySet[FundsRequest]:
    """The requests an actor may read, newest first, with the people: asked by or for them; all for who reads all."""
    found = with_people(FundsRequest.objects.all())
    if not actor.reads_all:
        found = found.filter(Q(owner_id=actor.user_id) | Q(requested_by_id=actor.user_id))
    if kind:
        found = found.filter(kind=kind)
    if status:
        found = found.filter(state=status)
    if account:
        found = found.filter(account=account)
    return found if owner_id is None else found.filter(owner_id=owner_id)


def request(request_id: int, actor: Actor, *, kind: str = "") -> FundsRequest:
    """One request. Raises NoSuchRequest when there is none of the kind, or it is not the actor's to read."""
    found = requests(actor, kind=kind).filter(pk=request_id).first() if 0 < request_id <= db.MAX_BIGINT else None
    if found is None:
        raise NoSuchRequest(f"There is no request {request_id}")
    return found


def pending_count(actor: Actor) -> int:
    """How many of the requests an actor may read wait for a decision."""
    return requests(actor, status=FundsRequest.PENDING).count()


def may_decide(found: FundsRequest, actor: Actor) -> bool:
    """Whether this actor could decide the request now: an administrator, and neither who asked nor who gains."""
    return found.state == FundsRequest.PENDING and actor.is_admin and not is_own(found, actor)


def is_own(found: FundsRequest, actor: Actor) -> bool:
    """Whether the actor asked for it or gains by it."""
    return actor.user_id in {found.requested_by_id, found.owner_id}


def was_asked_for(account: str) -> bool:
    """Whether anything was ever asked for on this account."""
    return FundsRequest.objects.filter(account=account).exists()


def wallet_of(actor: Actor) -> Wallet:
    """The actor's own wallet; nothing in it where nothing was ever booked."""
    code = chart.wallet(actor.user_id)
    waiting = FundsRequest.objects.filter(account=code, kind=FundsRequest.WITHDRAWAL, state=FundsRequest.PENDING)
    held = waiting.order_by().aggregate(total=Coalesce(Sum("amount_minor"), 0))["total"]
    return Wallet(books.balance_of(code), int(held))


def with_people(found: QuerySet[FundsRequest]) -> QuerySet[FundsRequest]:
    """The requests with who asked, who gains and who decided, in the same query."""
    return found.select_related("requested_by", "owner", "decided_by")
