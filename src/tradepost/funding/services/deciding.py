"""Deciding about requests: an administrator's work, once for each request, never for one's own.

Locks, the same for everybody: the requests by id, then the accounts, which the books lock by id.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.books import chart
from tradepost.books import services as books
from tradepost.books.services import Refusal
from tradepost.funding import queries
from tradepost.funding.errors import AlreadyDecided, NoSuchRequest, OwnRequest
from tradepost.funding.models import FundsRequest
from tradepost.funding.services import drafts as shared
from tradepost.funding.services.drafts import Decision
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import TradepostError

COLUMNS = {
    "state": "text", "decided_by_id": "bigint", "decided_at": "timestamptz", "reason": "text", "posting_id": "bigint",
}  # fmt: skip


class _Plan(NamedTuple):
    """A decision that may be carried out, and what to book, if anything moves."""

    request: FundsRequest
    state: str
    reason: str
    posting: books.Draft | None


@transaction.atomic(savepoint=False)
def decide(decisions: Sequence[Decision], *, actor: Actor, at: datetime) -> list[FundsRequest | Refusal]:
    """Approve or reject requests, each once and for ever; each answered in its place.

    Takes an administrator, who neither asked nor gains. Refusals: NoSuchRequest, AlreadyDecided (also the second time
    in one list), OwnRequest, FieldErrors (the reason). Raises Denied, TooManyRequests for the whole list.
    """
    actor.require_admin()
    shared.check_length(decisions)
    waiting = _lock({decision.request_id for decision in decisions})
    planned: list[_Plan | Refusal] = []
    for decision in decisions:
        try:
            plan = _plan(decision, waiting, actor, at)
        except TradepostError as error:
            planned.append(Refusal(str(decision.request_id), error))
            continue
        planned.append(plan)
        waiting[decision.request_id].state = plan.state  # so that its twin in the list is refused
    answers = _carry_out(planned, actor, at)
    _note(answers, actor, at)
    return answers


def _lock(request_ids: set[int]) -> dict[int, FundsRequest]:
    """Lock the requests in the order of their ids: who comes second sees what the first one made of them."""
    found = FundsRequest.objects.filter(db.Among("id", request_ids)).order_by("id")
    return {request.pk: request for request in found.select_for_update(no_key=True)}


def _plan(decision: Decision, waiting: dict[int, FundsRequest], actor: Actor, at: datetime) -> _Plan:
    request = waiting.get(decision.request_id)
    if request is None:
        raise NoSuchRequest(f"There is no request {decision.request_id}")
    if request.state != FundsRequest.PENDING:
        raise AlreadyDecided(f"{request} is {request.state} already", funds_request_id=request.pk, state=request.state)
    if queries.is_own(request, actor):
        raise OwnRequest(f"Somebody else decides {request}: it is your own")
    reason = shared.one_line("reason", decision.reason)
    state = FundsRequest.APPROVED if decision.approve else FundsRequest.REJECTED
    return _Plan(request, state, reason, _posting(request, state, actor, at))


def _posting(request: FundsRequest, state: str, actor: Actor, at: datetime) -> books.Draft | None:
    """What the decision moves; nothing does where a deposit or credit is rejected."""
    held = chart.hold(f"funding:{request.pk}")
    ways = {
        (FundsRequest.DEPOSIT, FundsRequest.APPROVED): ("deposit", chart.BANK, request.account),
        (FundsRequest.CREDIT, FundsRequest.APPROVED): ("credit_increase", chart.ISSUED, request.account),
        (FundsRequest.WITHDRAWAL, FundsRequest.APPROVED): ("withdrawal", held, chart.BANK),
        (FundsRequest.WITHDRAWAL, FundsRequest.REJECTED): ("withdrawal_rejected", held, request.account),
    }
    way = ways.get((request.kind, state))
    if way is None:
        return None
    kind, source, destination = way
    pay = books.Pay(source, destination, request.amount_minor)
    return books.Draft(f"funding:{request.pk}:{state}", f"funding.{kind}", actor, at, [pay])


def _carry_out(planned: Sequence[_Plan | Refusal], actor: Actor, at: datetime) -> list[FundsRequest | Refusal]:
    """Book what is to be booked, then write the decisions; each answered in its place."""
    postings = [plan.posting for plan in planned if isinstance(plan, _Plan) and plan.posting]
    receipts = iter(books.post(postings) if postings else ())
    outcomes: list[int | Refusal] = []
    rows = []
    for plan in planned:
        if isinstance(plan, Refusal):
            outcomes.append(plan)
            continue
        number, receipt = plan.request.pk, next(receipts) if plan.posting else None
        if isinstance(receipt, Refusal):
            outcomes.append(Refusal(str(number), receipt.error))
            continue
        rows.append((number, plan.state, actor.user_id, at, plan.reason, receipt.posting_id if receipt else None))
        outcomes.append(number)
    db.update_rows("funding_fundsrequest", {"id": "bigint"}, COLUMNS, rows)
    decided = shared.read([row[0] for row in rows]) if rows else {}
    return [outcome if isinstance(outcome, Refusal) else decided[outcome] for outcome in outcomes]


def _note(answers: Sequence[FundsRequest | Refusal], actor: Actor, at: datetime) -> None:
    decided = [answer for answer in answers if isinstance(answer, FundsRequest)]
    if not decided:
        return
    numbers = [request.pk for request in decided]
    after = {
        state: [request.pk for request in decided if request.state == state]
        for state in (FundsRequest.APPROVED, FundsRequest.REJECTED)
    }
    after_all = {**after, "refused": len(answers) - len(decided)}
    before = {FundsRequest.PENDING: numbers}
    subject = shared.subject_of(numbers)
    audit.record("funding.decided", subject=subject, actor=actor, at=at, before=before, after=after_all)
