"""Returns at the counter: against a sale, or under supervision without one."""

from datetime import datetime
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base, rows
from tradepost.api.base import View
from tradepost.api.fields import IdField, MoneyField
from tradepost.api.paging import Cursors
from tradepost.api.till.shared import WAYS, DocumentOutput, Goods, LineInput, LineOutput, LinesField, TradeFilters
from tradepost.lib import quantity
from tradepost.lib.errors import Missing
from tradepost.till import queries, services


class ReturnLineInput(LineInput):
    """What comes back: of a sale's line, at the price paid; or of a product, which takes a manager and a reason."""

    sale_line = IdField(required=False)
    amount = MoneyField(required=False, help_text="For the whole quantity; stating one takes a manager.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A sale's line, or exactly one way to name a product."""
        if "sale_line" not in attrs:
            return super().validate(attrs)
        if any(way in attrs for way in WAYS):
            raise serializers.ValidationError(
                {"sale_line": ["The line says which product it is; name it no other way."]}
            )
        return attrs


class ReturnInput(base.Input):
    """Goods coming back, and why."""

    store = IdField()
    lines = LinesField(child=ReturnLineInput())
    customer = IdField(required=False, allow_null=True)
    reason = serializers.CharField(required=False, allow_blank=True)


class ReturnOutput(DocumentOutput):
    """A return without its lines."""

    customer = serializers.IntegerField(source="customer_id", allow_null=True)
    supervisor = serializers.IntegerField(source="supervisor_id", allow_null=True)
    reason = serializers.CharField()
    total = MoneyField(source="total_minor")


class ReturnRow(ReturnOutput):
    """A return as lists show it."""

    store_name = serializers.CharField(source="store.name")
    operator_name = serializers.CharField(source="operator.username")
    customer_name = serializers.CharField(source="customer.username", allow_null=True, default=None)


class ReturnLineOutput(LineOutput):
    """A line that came back, and the line it was sold on."""

    sale_line = serializers.IntegerField(source="sale_line_id", allow_null=True)
    sale = serializers.CharField(source="sale_line.sale.number", allow_null=True, default=None)
    amount = MoneyField(source="amount_minor")


class ReturnDetail(ReturnRow):
    """A return with its lines."""

    lines = ReturnLineOutput(many=True)


class Returns(View):
    """Returns."""

    pagination_class = Cursors

    @extend_schema(parameters=[TradeFilters], responses=ReturnRow(many=True))
    def get(self, request: Request) -> Response:
        """List returns, newest first: those of one's stores, and one's own."""
        return self.listed(queries.returns(self.actor, **TradeFilters.of(request)), ReturnRow)

    @extend_schema(request=rows.request_of(ReturnInput), responses=rows.responses_of(ReturnDetail, ReturnOutput))
    def post(self, request: Request) -> Response:
        """Take goods back, or a list of up to 1000 returns (staff of the store; supervised ones its manager)."""
        return rows.make(self, ReturnInput, self._give_back, detail=ReturnDetail, row=ReturnOutput, reread=self._return)

    def _give_back(self, asked: list[rows.Row], at: datetime) -> list[rows.Outcome]:
        lines = [line for row in asked for line in row["lines"]]
        goods = Goods(line for line in lines if "sale_line" not in line)
        sold = queries.sale_lines([line["sale_line"] for line in lines if "sale_line" in line])

        def item(line: dict[str, Any]) -> services.ReturnItem:
            if "sale_line" not in line:
                product_id, steps = goods.of(line)
                return services.ReturnItem(steps, product_id=product_id, amount_minor=line.get("amount"))
            found = sold.get(line["sale_line"])
            if found is None:
                raise Missing(f"There is no line {line['sale_line']} on a sale of this store")
            steps = quantity.parse(line["quantity"], found.product.decimals)
            return services.ReturnItem(steps, sale_line_id=found.pk, amount_minor=line.get("amount"))

        def draft(row: rows.Row) -> services.ReturnDraft:
            items = [item(line) for line in row["lines"]]
            return services.ReturnDraft(
                row["store"], items, customer_id=row.get("customer"), reason=row.get("reason", "")
            )

        return rows.carry_out(asked, draft, lambda drafts: services.give_back(drafts, actor=self.actor, at=at))

    def _return(self, made: Any) -> Any:
        return queries.return_(made.number, self.actor)


class OneReturn(View):
    """One return."""

    @extend_schema(responses=ReturnDetail)
    def get(self, request: Request, number: str) -> Response:
        """Read a return with its lines."""
        return Response(self.shown(ReturnDetail, queries.return_(number, self.actor)))


urlpatterns = [
    path("returns/", Returns.as_view(), name="returns"),
    path("returns/<str:number>/", OneReturn.as_view(), name="return"),
]
