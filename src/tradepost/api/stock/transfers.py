"""Transfers between stores: sent by one, received by the other; what does not arrive is sent back or lost."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base, rows
from tradepost.api.base import View, with_moments
from tradepost.api.fields import DayField, IdField, MoneyField, QuantityField, StoreField
from tradepost.api.paging import Cursors
from tradepost.api.stock.shared import ItemInput, ProductOutput
from tradepost.api.till.shared import Goods, LinesField
from tradepost.intake.services import Answer
from tradepost.inventory import queries, services
from tradepost.lib.errors import FieldErrors


class StockTransferInput(base.Input):
    """Goods to be sent to another store. A product named twice counts together."""

    source_id = IdField()
    destination_id = IdField()
    items = LinesField(child=ItemInput())
    note = serializers.CharField(default="", allow_blank=True)
    number = serializers.CharField(
        default="", max_length=60, help_text="What the transfer goes by, once for ever; made up if left out."
    )


class StepInput(base.ExactInput):
    """What is taken out of transit; all that is on its way if `items` is left out."""

    items = LinesField(child=ItemInput(), required=False)


class LossInput(StepInput):
    """What was lost on the way, and why."""

    reason = serializers.CharField()


class StockTransferOutput(base.Output):
    """A transfer without its items. It reads nothing but its own row."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    state = serializers.CharField(help_text="open or closed")
    source_id = serializers.IntegerField()
    destination_id = serializers.IntegerField()
    note = serializers.CharField()
    sent_by_id = serializers.IntegerField()
    sent_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class StockTransferRow(StockTransferOutput):
    """A transfer as lists show it."""

    source_name = serializers.CharField(source="source.name")
    destination_name = serializers.CharField(source="destination.name")
    sent_by = serializers.CharField(source="sent_by.username")


class TransferItemOutput(ProductOutput):
    """A product that was sent, what became of it so far, and what all of it cost."""

    sent = QuantityField()
    on_its_way = QuantityField()
    received = QuantityField()
    returned = QuantityField()
    lost = QuantityField()
    cost = MoneyField(source="cost_minor")


class MovedOutput(ProductOutput):
    """A product that a step moved."""

    quantity = QuantityField()


class StepOutput(base.Output):
    """Something done to a transfer."""

    kind = serializers.CharField(help_text="sent, received, returned or lost")
    by = serializers.CharField(source="by.username")
    at = serializers.DateTimeField()
    reason = serializers.CharField()
    posting = serializers.IntegerField(source="posting_id")
    items = MovedOutput(many=True, source="posting.movements.all")


class StockTransferDetail(StockTransferRow):
    """A transfer with its items and all that was done to it."""

    items = TransferItemOutput(many=True, source="lines")
    steps = serializers.SerializerMethodField()

    @extend_schema_field(StepOutput(many=True))
    def get_steps(self, transfer: Any) -> list[dict[str, Any]]:
        """In the order they were done."""
        return [dict(step) for step in StepOutput(queries.steps_of(transfer), many=True).data]


class Transfers(View):
    """Transfers between stores."""

    pagination_class = Cursors

    class Filters(base.Filters):
        """`store` is either end; `end_date` is inside the range, which is about the moment of sending."""

        store = StoreField(required=False)
        source_id = StoreField(required=False, source="source")
        destination_id = StoreField(required=False, source="destination")
        state = serializers.ChoiceField(["open", "closed"], required=False)
        start_date = DayField(required=False)
        end_date = DayField(required=False)

    @extend_schema(parameters=[Filters], responses=StockTransferRow(many=True))
    def get(self, request: Request) -> Response:
        """List transfers, newest first: from and to one's stores."""
        filters = self.Filters.of(request)
        return self.listed(
            queries.transfers(self.actor, **with_moments(filters, filters.get("store"))), StockTransferRow
        )

    @extend_schema(
        request=rows.request_of(StockTransferInput),
        responses=rows.responses_of(StockTransferDetail, StockTransferOutput),
    )
    def post(self, request: Request) -> Response:
        """Send goods, or a list of up to 1000 transfers (staff of the source). They stand in transit from now on."""
        return rows.make(
            self,
            StockTransferInput,
            self._send,
            detail=StockTransferDetail,
            row=StockTransferOutput,
            reread=self._again,
        )

    def _send(self, asked: list[rows.Row], at: datetime) -> Sequence[rows.Outcome]:
        goods = Goods(item for row in asked for item in row["items"])

        def draft(row: rows.Row) -> services.TransferDraft:
            items = [services.TransferItem(*goods.of(item)) for item in row["items"]]
            return services.TransferDraft(row["source_id"], row["destination_id"], items, row["note"], row["number"])

        return rows.carry_out(asked, draft, lambda drafts: services.send(drafts, actor=self.actor, at=at))

    def _again(self, sent: Any) -> Any:
        return queries.transfer(sent.pk, self.actor)


class OneTransfer(View):
    """One transfer."""

    @extend_schema(responses=StockTransferDetail)
    def get(self, request: Request, transfer_id: int) -> Response:
        """Read a transfer (those who read either of the two stores)."""
        return Response(self.shown(StockTransferDetail, queries.transfer(transfer_id, self.actor)))


class Step(View):
    """Something done to a transfer."""

    def take(self, transfer_id: int, shape: type[StepInput], service: Callable[..., Any]) -> Response:
        """Take what was named out of transit, and answer with the transfer."""
        given = self.given(shape)
        items = given.pop("items", None)

        def change(at: datetime) -> Answer:
            taken = None if items is None else _taken(items)
            service(transfer_id, taken, **given, actor=self.actor, at=at)
            return Answer(200, self.shown(StockTransferDetail, queries.transfer(transfer_id, self.actor)))

        return self.change(change)


def _taken(items: list[dict[str, Any]]) -> dict[int, int]:
    """Steps by product. Raises FieldErrors for a product named twice: what was meant nobody knows."""
    goods = Goods(items)
    taken = [goods.of(item) for item in items]
    if len(dict(taken)) < len(taken):
        raise FieldErrors({"items": ["A product is named once."]})
    return dict(taken)


class Receive(Step):
    """Goods that arrived."""

    @extend_schema(request=StepInput, responses=StockTransferDetail)
    def post(self, request: Request, transfer_id: int) -> Response:
        """Receive what arrived, all or a part (staff of the destination). It moves the average cost there."""
        return self.take(transfer_id, StepInput, services.receive)


class SendBack(Step):
    """Goods that go back."""

    @extend_schema(request=StepInput, responses=StockTransferDetail)
    def post(self, request: Request, transfer_id: int) -> Response:
        """Put goods that are on their way back where they came from (staff of either store)."""
        return self.take(transfer_id, StepInput, services.send_back)


class WriteOff(Step):
    """Goods lost on the way."""

    @extend_schema(request=LossInput, responses=StockTransferDetail)
    def post(self, request: Request, transfer_id: int) -> Response:
        """Write goods that are on their way off, at cost, as a loss of the source (managers of either store)."""
        return self.take(transfer_id, LossInput, services.write_off_transit)


urlpatterns = [
    path("stock-transfers/", Transfers.as_view(), name="stock-transfers"),
    path("stock-transfers/<id:transfer_id>/", OneTransfer.as_view(), name="stock-transfer"),
    path("stock-transfers/<id:transfer_id>/receive/", Receive.as_view(), name="receive-transfer"),
    path("stock-transfers/<id:transfer_id>/send-back/", SendBack.as_view(), name="send-transfer-back"),
    path("stock-transfers/<id:transfer_id>/write-off/", WriteOff.as_view(), name="write-off-transfer"),
]
