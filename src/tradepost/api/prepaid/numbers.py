"""Phone numbers that were charged, and what was charged to each."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base
from tradepost.api.base import Output, View
from tradepost.api.fields import MoneyField
from tradepost.api.paging import Cursors
from tradepost.api.transactions import TransactionOutput, statement_of
from tradepost.books import chart
from tradepost.prepaid import queries


class NumberOutput(Output):
    """A number in E.164 with all that was charged to it; for a seller, what the seller charged."""

    id = serializers.IntegerField()
    phone_number = serializers.CharField(source="number")
    total_charged = MoneyField(source="charged_minor")


class Numbers(View):
    """The numbers that were charged."""

    pagination_class = Cursors

    class Filters(base.Filters):
        """`search` is a number or a part of one, as people write them."""

        search = serializers.CharField(default="", allow_blank=True, max_length=40)

    @extend_schema(parameters=[Filters], responses=NumberOutput(many=True))
    def get(self, request: Request) -> Response:
        """List numbers, the newest first: those one charged, all for administrators and auditors."""
        return self.listed(queries.phone_numbers(self.actor, **self.Filters.of(request)), NumberOutput)


class OneNumber(View):
    """One number."""

    @extend_schema(responses=NumberOutput)
    def get(self, request: Request, phone_number_id: int) -> Response:
        """Read a number with its total."""
        return Response(self.shown(NumberOutput, queries.phone_number(phone_number_id, self.actor)))


class NumberStatement(View):
    """What was charged to one number."""

    pagination_class = Cursors

    @extend_schema(responses=TransactionOutput(many=True))
    def get(self, request: Request, phone_number_id: int) -> Response:
        """List the charges of a number, newest first: one's own, all for administrators and auditors."""
        base.Filters.of(request)
        found = queries.transactions_of_number(phone_number_id, self.actor)
        return statement_of(self, found, {chart.phone(phone_number_id)})


urlpatterns = [
    path("phone-numbers/", Numbers.as_view(), name="phone-numbers"),
    path("phone-numbers/<id:phone_number_id>/", OneNumber.as_view(), name="phone-number"),
    path(
        "phone-numbers/<id:phone_number_id>/transactions/", NumberStatement.as_view(), name="phone-number-transactions"
    ),
]
