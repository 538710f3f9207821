"""The way in through the services: what a face does for one request, without the face."""

from functools import cache

from django.db import connections

from tradepost.books.services import Refusal
from tradepost.cli.proving.tries import SOLD, Charge, Seat
from tradepost.funding import services as funding
from tradepost.funding.services import Decision
from tradepost.intake import services as intake
from tradepost.intake.services import Answer
from tradepost.lib import clock, money
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Busy, TradepostError
from tradepost.people import queries as people
from tradepost.prepaid import queries
from tradepost.prepaid import services as prepaid
from tradepost.prepaid.services import ChargeItem, CreditDraft

FACE = "prove"
TRIES = 3


class Counter:
    """One worker's own connections to the database."""

    def sell(self, charge: Charge) -> str:
        """Sell one charge in the one durable transaction of its key; the code of what came of it."""
        for _ in range(TRIES):
            try:
                return self._sell(charge)
            except Busy:
                continue
            except TradepostError as error:
                return error.code
        return Busy.code

    def _sell(self, charge: Charge) -> str:
        actor, at = actor_of(charge.seat), clock.now()
        item = ChargeItem(charge.seat.seller_id, charge.phone_number, money.parse(charge.amount))

        def call() -> Answer:
            (answer,) = prepaid.sell_charges([item], actor=actor, at=at)
            if isinstance(answer, Refusal):
                raise answer.error
            return Answer(201, {"transaction_id": answer.id})

        intake.once(charge.key, intake.digest_of(item), actor, call)
        return SOLD

    def ask_for_credit(self, seat: Seat, amount: str) -> int:
        """Ask for credit; the number of the request."""
        draft = CreditDraft(seat.seller_id, money.parse(amount))
        (answer,) = prepaid.request_credit([draft], actor=actor_of(seat), at=clock.now())
        if isinstance(answer, Refusal):
            raise answer.error
        return answer.pk

    def approve(self, request_id: int, boss: Seat) -> str:
        """Approve a request for credit; the code of its refusal, or nothing."""
        (answer,) = funding.decide([Decision(request_id, approve=True)], actor=actor_of(boss), at=clock.now())
        return answer.error.code if isinstance(answer, Refusal) else ""

    def balance(self, seat: Seat) -> str:
        """The seller's credit."""
        found = queries.seller(seat.seller_id, actor_of(seat))
        return money.plain(queries.credit_of([found.pk])[found.pk].balance_minor)

    def reconcile(self, seat: Seat) -> tuple[bool, int]:
        """Whether the seller's journal sums up to the balance, and how many transactions it has."""
        found = queries.reconcile(seat.seller_id, actor_of(seat))
        return found.is_reconciled, found.total_transactions

    def close(self) -> None:
        """Hang up."""
        connections.close_all()


@cache
def actor_of(seat: Seat) -> Actor:
    """Who acts, as a face would build it from the login."""
    return people.actor_for(people.user(seat.user_id), face=FACE)
