"""Statements: a row a transfer, whichever business booked it."""

from collections.abc import Collection
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base
from tradepost.api.base import Output, View, with_moments
from tradepost.api.books import KINDS, AccountField, document_of
from tradepost.api.errors import invalid
from tradepost.api.fields import DayField, IdField, MoneyField
from tradepost.api.paging import Cursors
from tradepost.books import chart, queries
from tradepost.lib.actor import Actor
from tradepost.prepaid import queries as prepaid
from tradepost.prepaid.errors import NoSuchSeller

TYPES = {kind.rpartition(".")[2]: kind for kind in KINDS}


class TypeField(serializers.ChoiceField):
    """The kind of a posting without the business that booked it: `sale` of `till.sale`."""

    def __init__(self, choices: Collection[str] = tuple(TYPES), **options: Any) -> None:
        super().__init__(choices=list(choices), **options)

    def to_internal_value(self, data: Any) -> str:
        """The kind in full."""
        return TYPES[super().to_internal_value(data)]

    def to_representation(self, value: Any) -> str:
        """Its last part."""
        return str(value).rpartition(".")[2]


class TransactionOutput(Output):
    """A transfer as one of its two accounts sees it: the one filtered by, or else one's own.

    `direction` is in or out, null where neither side is one's own; `balance_after` is null on unbounded accounts.
    `seller_id` is whose credit changed, `phone_number` what was charged; null where it was nobody's.
    """

    id = serializers.IntegerField()
    type = TypeField(source="posting.kind")
    amount = MoneyField(source="amount_minor")
    direction = serializers.SerializerMethodField()
    balance_after = serializers.SerializerMethodField()
    at = serializers.DateTimeField(source="posting.at")
    document = serializers.SerializerMethodField()
    source_account = serializers.CharField(source="source.code")
    destination_account = serializers.CharField(source="destination.code")
    seller_id = serializers.SerializerMethodField()
    phone_number = serializers.SerializerMethodField()
    posting = serializers.IntegerField(source="posting_id")

    def get_direction(self, transfer: Any) -> str | None:
        """Whether the money came or went."""
        own = self.context["own"]
        if transfer.destination.code in own:
            return "in"
        return "out" if transfer.source.code in own else None

    def get_balance_after(self, transfer: Any) -> str | None:
        """What stood on that account afterwards."""
        direction = self.get_direction(transfer)
        sides = {"in": transfer.destination_after_minor, "out": transfer.source_after_minor}
        after = sides.get(direction or "")
        return None if after is None else MoneyField().to_representation(after)

    def get_document(self, transfer: Any) -> str:
        """The number of the document that was booked."""
        return document_of(transfer.posting.key)

    def get_seller_id(self, transfer: Any) -> int | None:
        """Whose credit changed."""
        return prepaid.seller_id_of(transfer.source.code) or prepaid.seller_id_of(transfer.destination.code)

    def get_phone_number(self, transfer: Any) -> str | None:
        """What was charged, in E.164."""
        number: str | None = self.context["numbers"].get(transfer.pk)
        return number


class Transactions(View):
    """Statements."""

    pagination_class = Cursors

    class Filters(base.Filters):
        """`type` is what was booked; `end_date` is inside the range. An account and a seller: what was between them."""

        account = AccountField(required=False, source="account_code")
        seller_id = IdField(required=False)
        type = TypeField(required=False, source="kind")
        start_date = DayField(required=False)
        end_date = DayField(required=False)

    @extend_schema(parameters=[Filters], responses=TransactionOutput(many=True))
    def get(self, request: Request) -> Response:
        """List transfers, newest first: one's own, all for administrators and auditors."""
        filters = self.Filters.of(request)
        seller_id, account = filters.pop("seller_id", None), filters.get("account_code")
        check_seller("seller_id", seller_id, self.actor)
        credit = chart.credit(seller_id) if seller_id else ""
        theirs = prepaid.own_codes(self.actor)
        viewed = account or credit
        own = {viewed} if viewed else {*queries.own_codes(self.actor), *theirs}
        found = queries.transfers(self.actor, also=theirs, other_code=credit, **with_moments(filters))
        return statement_of(self, found, own)


def statement_of(view: View, found: Any, own: set[str]) -> Response:
    """A page of transfers as the accounts of `own` see them, with the numbers that were charged."""
    page = view.page(found)
    return view.paged(page, TransactionOutput, own=own, numbers=prepaid.numbers_of([row.pk for row in page]))


def check_seller(name: str, seller_id: int | None, actor: Actor) -> None:
    """Refuse to filter by a seller that the actor cannot know: that is no filter at all. Raises FieldErrors."""
    if seller_id is None:
        return
    try:
        prepaid.seller(seller_id, actor)
    except NoSuchSeller as error:
        raise invalid({name: [error.message]}) from None


urlpatterns = [path("transactions/", Transactions.as_view(), name="transactions")]
