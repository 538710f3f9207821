"""Goods that come in from suppliers, and goods that are lost."""

from collections.abc import Callable, Sequence
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
from tradepost.api.till.shared import DocumentFilters, DocumentOutput, Goods, LineInput, LineOutput, LinesField
from tradepost.lib.errors import Missing
from tradepost.till import queries, services


class DeliveryLineInput(LineInput):
    """Goods on a delivery."""

    cost = MoneyField(required=False, help_text="For the whole quantity; the list cost if left out.")


class DeliveryInput(base.Input):
    """Goods coming in."""

    store = IdField()
    supplier = IdField(required=False, allow_null=True)
    lines = LinesField(child=DeliveryLineInput())
    reason = serializers.CharField(required=False, allow_blank=True, max_length=200)


class WriteOffInput(base.Input):
    """Goods lost, and why."""

    store = IdField()
    reason = serializers.CharField(max_length=200)
    lines = LinesField(child=LineInput())


class EntryOutput(DocumentOutput):
    """A delivery or a loss without its lines."""

    supplier = serializers.IntegerField(source="supplier_id", allow_null=True)
    reason = serializers.CharField()
    total_cost = MoneyField(source="total_cost_minor")


class EntryRow(EntryOutput):
    """A delivery or a loss as lists show it."""

    store_name = serializers.CharField(source="store.name")
    operator_name = serializers.CharField(source="operator.username")
    supplier_name = serializers.CharField(source="supplier.name", allow_null=True, default=None)


class EntryLineOutput(LineOutput):
    """A line, with the cost of its whole quantity."""

    cost = MoneyField(source="cost_minor")


class EntryDetail(EntryRow):
    """A delivery or a loss with its lines."""

    lines = EntryLineOutput(many=True)


class Entries(View):
    """What deliveries and losses have in common."""

    pagination_class = Cursors
    kind = ""
    given_shape: type[base.Input]
    service: Callable[..., Sequence[Any]]

    @extend_schema(parameters=[DocumentFilters], responses=EntryRow(many=True))
    def get(self, request: Request) -> Response:
        """List them, newest first: those of one's stores."""
        return self.listed(queries.entries(self.actor, kind=self.kind, **DocumentFilters.of(request)), EntryRow)

    def make(self) -> Response:
        """Book one, or a list of them."""
        return rows.make(self, self.given_shape, self._book, detail=EntryDetail, row=EntryOutput, reread=self._entry)

    def _book(self, asked: list[rows.Row], at: datetime) -> list[rows.Outcome]:
        goods = Goods(line for row in asked for line in row["lines"])

        def draft(row: rows.Row) -> services.EntryDraft:
            items = [services.EntryItem(*goods.of(line), line.get("cost")) for line in row["lines"]]
            return services.EntryDraft(
                row["store"], items, supplier_id=row.get("supplier"), reason=row.get("reason", "")
            )

        return rows.carry_out(asked, draft, lambda drafts: list(self.service(drafts, actor=self.actor, at=at)))

    def _entry(self, made: Any) -> Any:
        return queries.entry(made.number, self.actor)


class Deliveries(Entries):
    """Deliveries."""

    kind = "received"
    given_shape = DeliveryInput
    service = staticmethod(services.receive)

    @extend_schema(request=rows.request_of(DeliveryInput), responses=rows.responses_of(EntryDetail, EntryOutput))
    def post(self, request: Request) -> Response:
        """Receive a delivery, or a list of up to 1000 (staff of the store). It moves the average cost."""
        return self.make()


class WriteOffs(Entries):
    """Losses."""

    kind = "written_off"
    given_shape = WriteOffInput
    service = staticmethod(services.write_off)

    @extend_schema(request=rows.request_of(WriteOffInput), responses=rows.responses_of(EntryDetail, EntryOutput))
    def post(self, request: Request) -> Response:
        """Write goods off at cost, or a list of up to 1000 (staff of the store)."""
        return self.make()


class OneEntry(View):
    """One delivery or one loss."""

    kind = ""

    @extend_schema(responses=EntryDetail)
    def get(self, request: Request, number: str) -> Response:
        """Read it with its lines."""
        entry = queries.entry(number, self.actor)
        if entry.kind != self.kind:
            raise Missing(f"There is no such document {number}")
        return Response(self.shown(EntryDetail, entry))


urlpatterns = [
    path("deliveries/", Deliveries.as_view(), name="deliveries"),
    path("deliveries/<str:number>/", OneEntry.as_view(kind="received"), name="delivery"),
    path("write-offs/", WriteOffs.as_view(), name="write-offs"),
    path("write-offs/<str:number>/", OneEntry.as_view(kind="written_off"), name="write-off"),
]
