"""Sales at the counter."""

from datetime import datetime
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base, rows
from tradepost.api.base import View
from tradepost.api.fields import IdField, MoneyField, QuantityField
from tradepost.api.paging import Cursors
from tradepost.api.till.shared import (
    DocumentOutput,
    Goods,
    LineInput,
    LineOutput,
    LinesField,
    StoreCostField,
    TradeFilters,
)
from tradepost.till import queries, receipts, services


class SaleLineInput(LineInput):
    """A line of a basket. Without a price the catalogue's holds; another one takes a manager."""

    unit_price = MoneyField(required=False)


class SaleInput(base.Input):
    """A basket paid in cash; `received` is what was handed over, the exact sum if left out."""

    store = IdField()
    lines = LinesField(child=SaleLineInput())
    customer = IdField(required=False, allow_null=True)
    received = MoneyField(required=False)


class SaleOutput(DocumentOutput):
    """A sale without its lines."""

    customer = serializers.IntegerField(source="customer_id", allow_null=True)
    total = MoneyField(source="total_minor")
    tender = serializers.CharField()
    received = MoneyField(source="received_minor")
    change = MoneyField(source="change_minor")


class SaleRow(SaleOutput):
    """A sale as lists show it."""

    store_name = serializers.CharField(source="store.name")
    operator_name = serializers.CharField(source="operator.username")
    customer_name = serializers.CharField(source="customer.username", allow_null=True, default=None)


class SaleLineOutput(LineOutput):
    """A line at the price of the moment, with what came back of it."""

    unit_price = MoneyField(source="unit_price_minor")
    amount = MoneyField(source="amount_minor")
    cost = StoreCostField(source="cost_minor", allow_null=True)
    returned_quantity = QuantityField()


class SaleDetail(SaleRow):
    """A sale with its lines, and the receipt as it is printed."""

    lines = SaleLineOutput(many=True)
    receipt = serializers.SerializerMethodField()

    def get_receipt(self, sale: Any) -> str:
        """Lines of text."""
        return receipts.receipt_text(sale)


class Sales(View):
    """Sales."""

    pagination_class = Cursors

    @extend_schema(parameters=[TradeFilters], responses=SaleRow(many=True))
    def get(self, request: Request) -> Response:
        """List sales, newest first: those of one's stores, and one's own purchases."""
        return self.listed(queries.sales(self.actor, **TradeFilters.of(request)), SaleRow)

    @extend_schema(request=rows.request_of(SaleInput), responses=rows.responses_of(SaleDetail, SaleOutput))
    def post(self, request: Request) -> Response:
        """Sell a basket, or up to 1000 that are answered row by row, at the catalogue's prices (staff of the store)."""
        return rows.make(self, SaleInput, self._ring_up, detail=SaleDetail, row=SaleOutput, reread=self._sale)

    def _ring_up(self, asked: list[rows.Row], at: datetime) -> list[rows.Outcome]:
        goods = Goods(line for row in asked for line in row["lines"])

        def draft(row: rows.Row) -> services.SaleDraft:
            items = [services.SaleItem(*goods.of(line), line.get("unit_price")) for line in row["lines"]]
            return services.SaleDraft(
                row["store"], items, customer_id=row.get("customer"), received_minor=row.get("received")
            )

        return rows.carry_out(asked, draft, lambda drafts: services.ring_up(drafts, actor=self.actor, at=at))

    def _sale(self, made: Any) -> Any:
        return queries.sale(made.number, self.actor)


class OneSale(View):
    """One sale."""

    @extend_schema(responses=SaleDetail)
    def get(self, request: Request, number: str) -> Response:
        """Read a sale with its lines and receipt."""
        return Response(self.shown(SaleDetail, queries.sale(number, self.actor)))


urlpatterns = [
    path("sales/", Sales.as_view(), name="sales"),
    path("sales/<str:number>/", OneSale.as_view(), name="sale"),
]
