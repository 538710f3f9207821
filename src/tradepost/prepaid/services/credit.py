"""Asking for credit. Whoever decides it is asked by `funding`, once, and is never the seller."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from tradepost.books import chart
from tradepost.books.services import Refusal
from tradepost.funding import services as funding
from tradepost.funding.models import FundsRequest
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import TradepostError
from tradepost.prepaid.services import sellers


class CreditDraft(NamedTuple):
    """Credit asked for a seller, in minor units."""

    seller_id: int
    amount_minor: int
    note: str = ""


@transaction.atomic
def request_credit(drafts: Sequence[CreditDraft], *, actor: Actor, at: datetime) -> list[FundsRequest | Refusal]:
    """Ask for credit, each answered in its place. Takes the seller's login or an administrator.

    Refusals: NoSuchSeller (also somebody else's), Denied, SellerInactive, and those of `funding.request_funds`.
    """
    standing = sellers.standings(db.fetch(*sellers.locking({draft.seller_id for draft in drafts})))
    answers: list[FundsRequest | Refusal | None] = []
    asked = []
    for draft in drafts:
        found = standing.get(draft.seller_id)
        try:
            sellers.check_seller(draft.seller_id, found, actor)
        except TradepostError as error:
            answers.append(Refusal(str(draft.seller_id), error))
            continue
        answers.append(None)
        owner_id = found.user_id if found else None
        code = chart.credit(draft.seller_id)
        asked.append(funding.FundsDraft(FundsRequest.CREDIT, code, owner_id, draft.amount_minor, draft.note))
    made = iter(funding.request_funds(asked, actor=actor, at=at) if asked else ())
    return [next(made) if answer is None else answer for answer in answers]
