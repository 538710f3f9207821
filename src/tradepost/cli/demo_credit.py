"""Prepaid charges and wallets of the demonstration: two sellers at work, one put aside, and requests that wait."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tradepost.books.services import Refusal
from tradepost.funding import services as funding
from tradepost.funding.services import Decision
from tradepost.lib import money
from tradepost.lib.actor import Actor
from tradepost.prepaid import services as prepaid
from tradepost.prepaid.services import ChargeItem, CreditDraft, SellerDraft

if TYPE_CHECKING:
    from tradepost.funding.models import FundsRequest

SEED = 1876  # the year of the first telephone call
AMOUNTS = ["5", "10", "10", "15", "20", "20", "30", "50"]
NUMBERS = 40
CHARGES_A_DAY = 14


class SellerOf(NamedTuple):
    """A seller of the story: who acts for it, and the credit it got and asks for now."""

    name: str
    login: str
    limit: str
    granted: str
    asked: str


SELLERS = [
    SellerOf("Parisa Top-Up", "parisa", "200", "4000", "1500"),
    SellerOf("Corner Cards", "omid", "0", "2500", "800"),
]
ASIDE = "Station Kiosk"


def fill(console: Actor, approver: Actor, actors: Mapping[str, Actor], days: Sequence[datetime], now: datetime) -> None:
    """Open the sellers on the first day, sell every day up to now, and leave some requests to be decided."""
    opening = days[0]
    chance = random.Random(SEED)  # noqa: S311  # a story, not a secret
    numbers = [f"0912{chance.randrange(10**6, 10**7)}" for _ in range(NUMBERS)]
    for seller in SELLERS:
        actor = actors[seller.login]
        draft = SellerDraft(
            seller.name,
            email=f"{seller.login}@example.com",
            user_id=actor.user_id,
            limit_minor=money.parse(seller.limit),
        )
        number = prepaid.add_seller(draft, actor=console, at=opening).pk
        _grant(_ask(number, seller.granted, "Opening credit", actor, opening), approver, opening)
        for day in days:
            _sell(number, numbers, actor, chance, day, now)
        _ask(number, seller.asked, "For the weekend", actor, now - timedelta(minutes=40))
    prepaid.add_seller(SellerDraft(ASIDE, active=False), actor=console, at=opening)
    _fill_wallets(approver, actors["goldman"], actors["finch"], opening, now)


def _ask(seller_id: int, amount: str, note: str, actor: Actor, at: datetime) -> "FundsRequest":
    return _accepted(prepaid.request_credit([CreditDraft(seller_id, money.parse(amount), note)], actor=actor, at=at))


def _grant(request: "FundsRequest", approver: Actor, at: datetime) -> None:
    _accepted(funding.decide([Decision(request.pk, approve=True)], actor=approver, at=at + timedelta(minutes=5)))


def _sell(
    seller_id: int, numbers: Sequence[str], actor: Actor, chance: random.Random, day: datetime, now: datetime
) -> None:
    """What a seller sells on a day, up to now, one after the other."""
    for minute in sorted(chance.randrange(9 * 60) for _ in range(CHARGES_A_DAY)):
        at = day + timedelta(minutes=minute)
        item = ChargeItem(seller_id, chance.choice(numbers), money.parse(chance.choice(AMOUNTS)))
        if at < now:
            prepaid.sell_charges([item], actor=actor, at=at)


def _fill_wallets(approver: Actor, rich: Actor, poor: Actor, opening: datetime, now: datetime) -> None:
    paid_in = funding.request_deposit(money.parse("250"), "Bank transfer", actor=rich, at=opening)
    _grant(paid_in, approver, opening)
    funding.request_withdrawal(money.parse("60"), "To my account", actor=rich, at=now - timedelta(minutes=25))
    refused = funding.request_deposit(money.parse("40"), "By cheque", actor=poor, at=opening)
    no = Decision(refused.pk, approve=False, reason="The cheque was not signed")
    _accepted(funding.decide([no], actor=approver, at=opening + timedelta(hours=3)))
    funding.request_deposit(money.parse("120"), "Bank transfer", actor=poor, at=now - timedelta(minutes=10))


def _accepted(answers: "Sequence[FundsRequest | Refusal]") -> "FundsRequest":
    (answer,) = answers
    if isinstance(answer, Refusal):
        raise answer.error
    return answer
