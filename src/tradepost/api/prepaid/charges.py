"""Charge sales: one, or up to 1000 in one POST. Single sales that meet in this process share a transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base, rows
from tradepost.api.base import View, with_moments
from tradepost.api.fields import MAX_ID, DayField, IdField, MoneyField
from tradepost.api.paging import Cursors
from tradepost.api.transactions import check_seller
from tradepost.books.services import Refusal
from tradepost.intake import services as intake
from tradepost.intake.services import Answer, Asked, Meeting
from tradepost.lib import clock, money, phone
from tradepost.lib.actor import Actor
from tradepost.prepaid import queries, services
from tradepost.prepaid.services import Call, ChargeItem, Sold

MOST_TYPED = phone.MAX_TYPED


class ChargeInput(base.Input):
    """A charge to be sold: the number as people write it."""

    seller_id = IdField()
    phone_number = serializers.CharField(max_length=MOST_TYPED)
    amount = MoneyField()

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """What is plainly a charge passes at once; everything else is for the fields to say."""
        return _plain_charge(data) or super().run_validation(data)


def _plain_charge(data: Any) -> rows.Row | None:
    """A charge in the very types it should have. The fields take ten times as long to find nothing wrong with it."""
    if type(data) is not dict:
        return None
    seller_id, number, amount = data.get("seller_id"), data.get("phone_number"), data.get("amount")
    if type(seller_id) is not int or type(number) is not str or type(amount) is not str:
        return None
    if not (0 < seller_id <= MAX_ID and 0 < len(number) <= MOST_TYPED and number == number.strip()):
        return None
    try:
        return {"seller_id": seller_id, "phone_number": number, "amount": money.parse(amount)}
    except money.NotMoney:
        return None


class ChargeOutput(base.Output):
    """A charge that was sold, with the seller's balance after it."""

    status = serializers.CharField()
    message = serializers.CharField()
    transaction_id = serializers.IntegerField()
    seller_id = serializers.IntegerField()
    phone_number = serializers.CharField()
    amount = MoneyField()
    new_balance = MoneyField()

    def to_representation(self, sold: Any) -> dict[str, Any]:
        """By hand: a thousand of them are shown at a time."""
        amount = money.plain(sold.amount_minor)
        return {
            "status": "success",
            "message": f"Charged {amount} to {sold.number}.",
            "transaction_id": sold.id,
            "seller_id": sold.seller_id,
            "phone_number": sold.number,
            "amount": amount,
            "new_balance": money.plain(sold.balance_after_minor),
        }


class ChargeRow(base.Output):
    """A charge sale as lists show it."""

    transaction_id = serializers.IntegerField(source="id")
    seller_id = serializers.IntegerField()
    seller_name = serializers.CharField(source="seller.name")
    phone_number_id = serializers.IntegerField()
    phone_number = serializers.CharField(source="phone_number.number")
    amount = MoneyField(source="amount_minor")
    balance_after = MoneyField(source="balance_after_minor")
    operator = serializers.IntegerField(source="operator_id")
    operator_name = serializers.CharField(source="operator.username")
    at = serializers.DateTimeField()
    posting = serializers.IntegerField(source="posting_id")


class Ticket(NamedTuple):
    """One POST of one sale, on its way into the meeting."""

    asked: Asked
    actor: Actor
    item: ChargeItem
    at: datetime


def _item(row: rows.Row) -> ChargeItem:
    return ChargeItem(row["seller_id"], row["phone_number"], row["amount"])


def _sell(tickets: Sequence[Ticket]) -> list[intake.Outcome]:
    """Sell what met, each under its own key and with its own actor, in one transaction."""

    def sell(places: list[int]) -> list[intake.Outcome]:
        now = [tickets[i] for i in places]
        calls = [Call([ticket.item], ticket.actor, ticket.at) for ticket in now]
        return [_answer(outcome) for (outcome,) in services.sell_together(calls)]

    return intake.once_each([ticket.asked for ticket in tickets], sell)


def _answer(outcome: Sold | Refusal) -> intake.Outcome:
    return outcome.error if isinstance(outcome, Refusal) else Answer(201, ChargeOutput().to_representation(outcome))


COUNTER: Meeting[Ticket, Answer] = Meeting(_sell)


class Charges(View):
    """Charge sales."""

    pagination_class = Cursors

    class Filters(base.Filters):
        """`phone_number` is a part of the number; `end_date` is inside the range."""

        seller_id = IdField(required=False)
        phone_number = serializers.CharField(required=False, max_length=40, source="number")
        start_date = DayField(required=False)
        end_date = DayField(required=False)

    @extend_schema(parameters=[Filters], responses=ChargeRow(many=True))
    def get(self, request: Request) -> Response:
        """List charge sales, newest first: one's own, all for administrators and auditors."""
        filters = self.Filters.of(request)
        check_seller("seller_id", filters.get("seller_id"), self.actor)
        return self.listed(queries.sales(self.actor, **with_moments(filters)), ChargeRow)

    @extend_schema(request=rows.request_of(ChargeInput), responses=rows.responses_of(ChargeOutput))
    def post(self, request: Request) -> Response:
        """Charge a number, or up to 1000 that are answered row by row (the seller, or an administrator)."""
        if isinstance(self.body, list):
            return rows.make(self, ChargeInput, self._sell_list, detail=ChargeOutput)
        item = _item(self.given(ChargeInput))
        asked = Asked(self.key, self.digest, self.actor.user_id)
        ticket = Ticket(asked, self.actor, item, clock.now())
        return self.answered(lambda: COUNTER.join(ticket))

    def _sell_list(self, asked: list[rows.Row], at: datetime) -> list[rows.Outcome]:
        sold = services.sell_charges([_item(row) for row in asked], actor=self.actor, at=at)
        return [one.error if isinstance(one, Refusal) else one for one in sold]


class OneCharge(View):
    """One charge sale."""

    @extend_schema(responses=ChargeRow)
    def get(self, request: Request, transaction_id: int) -> Response:
        """Read a charge sale."""
        return Response(self.shown(ChargeRow, queries.sale(transaction_id, self.actor)))


urlpatterns = [
    path("charge-sales/", Charges.as_view(), name="charge-sales"),
    path("charge-sales/<id:transaction_id>/", OneCharge.as_view(), name="charge-sale"),
]
