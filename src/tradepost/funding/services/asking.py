"""Asking for money. A withdrawal holds its amount from this moment, so that it cannot be asked for twice."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.books import chart
from tradepost.books import services as books
from tradepost.books.services import Refusal
from tradepost.funding.errors import AmountNotAboveZero
from tradepost.funding.models import FundsRequest
from tradepost.funding.services import drafts as shared
from tradepost.funding.services.drafts import FundsDraft
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import TradepostError
from tradepost.lib.money import MAX_MINOR
from tradepost.people import queries as people
from tradepost.people.errors import MachineUser

COLUMNS = {
    "id": "bigint", "kind": "text", "account": "text", "owner_id": "bigint", "requested_by_id": "bigint",
    "amount_minor": "bigint", "note": "text", "requested_at": "timestamptz", "state": "text", "reason": "text",
    "hold_posting_id": "bigint",
}  # fmt: skip


class _Asked(NamedTuple):
    """A sound draft with the id its request will have, and what it holds."""

    id: int
    draft: FundsDraft
    hold: books.Draft | None


@transaction.atomic(savepoint=False)
def request_funds(drafts: Sequence[FundsDraft], *, actor: Actor, at: datetime) -> list[FundsRequest | Refusal]:
    """Ask for money, each answered in its place. Whose account it is and who may ask is for the caller to know.

    Refusals: AmountNotAboveZero, FieldErrors (the note), InsufficientFunds for a withdrawal of more than is there.
    Raises TooManyRequests.
    """
    shared.check_length(drafts)
    checked = [_checked(draft) for draft in drafts]
    sound = [draft for draft in checked if isinstance(draft, FundsDraft)]
    ids = db.draw_ids("funding_fundsrequest", len(sound)) if sound else []
    asked = [_Asked(number, draft, _hold(number, draft, actor, at)) for number, draft in zip(ids, sound, strict=True)]
    outcomes = _enter(asked, actor, at)
    answers = iter(outcomes)
    requests = [draft if isinstance(draft, Refusal) else next(answers) for draft in checked]
    made = [request for request in outcomes if isinstance(request, FundsRequest)]
    if made:
        numbers = [request.pk for request in made]
        after = {
            "requests": numbers,
            "kinds": sorted({request.kind for request in made}),
            "amount_minor": sum(request.amount_minor for request in made),
            "refused": len(requests) - len(made),
        }
        audit.record("funding.requested", subject=shared.subject_of(numbers), actor=actor, at=at, after=after)
    return requests


def request_deposit(amount_minor: int, note: str = "", *, actor: Actor, at: datetime) -> FundsRequest:
    """Ask that money paid in be put into the actor's own wallet.

    Raises AmountNotAboveZero, FieldErrors, Denied for visitors, MachineUser.
    """
    return _request_own(FundsRequest.DEPOSIT, amount_minor, note, actor=actor, at=at)


def request_withdrawal(amount_minor: int, note: str = "", *, actor: Actor, at: datetime) -> FundsRequest:
    """Ask that money of the actor's own wallet be paid out; it is held from now on.

    Raises InsufficientFunds, AmountNotAboveZero, FieldErrors, Denied for visitors, MachineUser.
    """
    return _request_own(FundsRequest.WITHDRAWAL, amount_minor, note, actor=actor, at=at)


@transaction.atomic(savepoint=False)
def change_owner(account: str, owner_id: int | None, *, actor: Actor, at: datetime) -> int:
    """Say who gains by what waits on an account; how many requests that were. What is decided stays as it is.

    Who may say so is for the caller to know: it goes with a change that has its own right and its own audit row.
    """
    waiting = FundsRequest.objects.filter(account=account, state=FundsRequest.PENDING)
    numbers = list(waiting.select_for_update(no_key=True).order_by("id").values_list("id", flat=True))
    if not numbers:
        return 0
    waiting.filter(db.Among("id", numbers)).update(owner_id=owner_id)
    after = {"requests": numbers, "owner_id": owner_id}
    audit.record("funding.owner_changed", subject=shared.subject_of(numbers), actor=actor, at=at, after=after)
    return len(numbers)


@transaction.atomic(savepoint=False)
def _request_own(kind: str, amount_minor: int, note: str, *, actor: Actor, at: datetime) -> FundsRequest:
    if people.me(actor).is_machine:
        raise MachineUser("The program itself has no wallet")
    draft = FundsDraft(kind, chart.wallet(actor.user_id), actor.user_id, amount_minor, note)
    (answer,) = request_funds([draft], actor=actor, at=at)
    if isinstance(answer, Refusal):
        raise answer.error
    return answer


def _checked(draft: FundsDraft) -> FundsDraft | Refusal:
    """The draft with a clean note, or what is wrong with it whatever the balance."""
    try:
        if type(draft.amount_minor) is not int or not 0 < draft.amount_minor <= MAX_MINOR:
            raise AmountNotAboveZero(f"{draft.amount_minor} is no amount above zero that the books could hold")
        return draft._replace(note=shared.one_line("note", draft.note))
    except TradepostError as error:
        return Refusal(draft.account, error)


def _hold(number: int, draft: FundsDraft, actor: Actor, at: datetime) -> books.Draft | None:
    if draft.kind != FundsRequest.WITHDRAWAL:
        return None
    pay = books.Pay(draft.account, chart.hold(f"funding:{number}"), draft.amount_minor)
    return books.Draft(f"funding:{number}:asked", "funding.withdrawal_asked", actor, at, [pay])


def _enter(asked: Sequence[_Asked], actor: Actor, at: datetime) -> list[FundsRequest | Refusal]:
    """Hold what is to be held, then write the requests that could be; each answered in its place."""
    holds = [one.hold for one in asked if one.hold]
    receipts = iter(books.post(holds) if holds else ())
    held = [next(receipts) if one.hold else None for one in asked]
    rows = [
        (one.id, draft.kind, draft.account, draft.owner_id, actor.user_id, draft.amount_minor, draft.note, at,
         FundsRequest.PENDING, "", receipt.posting_id if receipt else None)
        for one, receipt in zip(asked, held, strict=True)
        if not isinstance(receipt, Refusal)
        for draft in [one.draft]
    ]  # fmt: skip
    db.insert_rows("funding_fundsrequest", COLUMNS, rows)
    written = shared.read([row[0] for row in rows]) if rows else {}
    return [
        Refusal(one.draft.account, receipt.error) if isinstance(receipt, Refusal) else written[one.id]
        for one, receipt in zip(asked, held, strict=True)
    ]
