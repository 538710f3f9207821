"""Stocktakes: opened, counted product by product while the shop is open, and applied once by a manager."""

from datetime import datetime
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base
from tradepost.api.base import View
from tradepost.api.fields import IdField, OwnStoreField, QuantityField
from tradepost.api.paging import Cursors, Keysets
from tradepost.api.stock.shared import ItemInput, ProductOutput
from tradepost.api.till.shared import Goods, LinesField
from tradepost.intake.services import Answer
from tradepost.inventory import queries, services

STATES = ["open", "applied", "cancelled"]


class StocktakeInput(base.Input):
    """A count to begin."""

    store_id = IdField()
    note = serializers.CharField(default="", allow_blank=True)


class CountItemInput(ItemInput):
    """How much was counted; `is_more` adds it to what was counted before, as a scanner does."""

    is_more = serializers.BooleanField(default=False)


class CountInput(base.Input):
    """What was counted, in order."""

    items = LinesField(child=CountItemInput())


class StocktakeRow(base.Output):
    """A stocktake as lists show it."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    state = serializers.CharField(help_text="open, applied or cancelled")
    store_id = serializers.IntegerField()
    store_name = serializers.CharField(source="store.name")
    note = serializers.CharField()
    opened_by = serializers.CharField(source="opened_by.username")
    opened_at = serializers.DateTimeField()
    settled_by = serializers.CharField(source="settled_by.username", allow_null=True, default=None)
    settled_at = serializers.DateTimeField(allow_null=True)
    posting = serializers.IntegerField(source="posting_id", allow_null=True)


class TallyOutput(base.Output):
    """How many products were counted, and of how many there are fewer or more than the books said."""

    counted = serializers.IntegerField()
    fewer = serializers.IntegerField()
    more = serializers.IntegerField()


class StocktakeDetail(StocktakeRow):
    """A stocktake, and what it comes to so far."""

    tally = serializers.SerializerMethodField()

    @extend_schema_field(TallyOutput)
    def get_tally(self, stocktake: Any) -> dict[str, int]:
        """Of this moment."""
        return queries.tally_of(stocktake)._asdict()


class StocktakeLineOutput(ProductOutput):
    """A product that was counted, against what the books said at that moment."""

    counted = QuantityField()
    expected = QuantityField()
    difference = QuantityField()
    counted_by = serializers.CharField(source="counted_by.username")
    counted_at = serializers.DateTimeField()


class CountOutput(base.Output):
    """The lines that were written."""

    items = StocktakeLineOutput(many=True)


class Stocktakes(View):
    """The stocktakes."""

    pagination_class = Cursors

    class Filters(base.Filters):
        """By store and state."""

        store = OwnStoreField(required=False)
        state = serializers.ChoiceField(STATES, required=False)

    @extend_schema(parameters=[Filters], responses=StocktakeRow(many=True))
    def get(self, request: Request) -> Response:
        """List stocktakes, newest first: those of one's stores."""
        return self.listed(queries.stocktakes(self.actor, **self.Filters.of(request)), StocktakeRow)

    @extend_schema(request=StocktakeInput, responses={201: StocktakeDetail})
    def post(self, request: Request) -> Response:
        """Begin to count in a store (its staff). One goes on at a time."""
        given = self.given(StocktakeInput)

        def begin(at: datetime) -> Answer:
            opened = services.open_stocktake(**given, actor=self.actor, at=at)
            return Answer(201, self.shown(StocktakeDetail, queries.stocktake(opened.pk, self.actor)))

        return self.change(begin)


class OneStocktake(View):
    """One stocktake."""

    @extend_schema(responses=StocktakeDetail)
    def get(self, request: Request, stocktake_id: int) -> Response:
        """Read a stocktake (those who read the store). What was counted is under `lines/`."""
        return Response(self.shown(StocktakeDetail, queries.stocktake(stocktake_id, self.actor)))


class Lines(View):
    """What was counted."""

    pagination_class = Keysets

    class Filters(base.Filters):
        """`differing=true` is what is not as the books said, `false` what is."""

        differing = serializers.BooleanField(required=False)

    @extend_schema(parameters=[Filters], responses=StocktakeLineOutput(many=True))
    def get(self, request: Request, stocktake_id: int) -> Response:
        """List what was counted, last counted first."""
        filters = self.Filters.of(request)
        return self.listed(queries.counted(queries.stocktake(stocktake_id, self.actor), **filters), StocktakeLineOutput)


class OneLine(View):
    """One product of a stocktake."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, stocktake_id: int, product_id: int) -> Response:
        """Take a product out, as if it had not been counted (staff of the store)."""

        def take_out(at: datetime) -> Answer:
            services.uncount(stocktake_id, product_id, actor=self.actor, at=at)
            return Answer(204, None)

        return self.change(take_out)


class Count(View):
    """Counting."""

    @extend_schema(request=CountInput, responses=CountOutput)
    def post(self, request: Request, stocktake_id: int) -> Response:
        """Write down what was counted, against what the books say at this moment (staff of the store)."""
        items = self.given(CountInput)["items"]

        def count(at: datetime) -> Answer:
            goods = Goods(items)
            counted = [services.CountItem(*goods.of(item), item["is_more"]) for item in items]
            lines = services.count(stocktake_id, counted, actor=self.actor, at=at)
            return Answer(200, self.shown(CountOutput, {"items": lines}))

        return self.change(count)


class Apply(View):
    """The end of a stocktake."""

    @extend_schema(request=None, responses=StocktakeDetail)
    def post(self, request: Request, stocktake_id: int) -> Response:
        """Close it and book its differences, once (managers of the store)."""

        def apply(at: datetime) -> Answer:
            services.apply_stocktake(stocktake_id, actor=self.actor, at=at)
            return Answer(200, self.shown(StocktakeDetail, queries.stocktake(stocktake_id, self.actor)))

        return self.change(apply)


class Cancel(View):
    """A stocktake called off."""

    @extend_schema(request=None, responses=StocktakeDetail)
    def post(self, request: Request, stocktake_id: int) -> Response:
        """Call it off; nothing is booked (staff of the store)."""

        def cancel(at: datetime) -> Answer:
            services.cancel_stocktake(stocktake_id, actor=self.actor, at=at)
            return Answer(200, self.shown(StocktakeDetail, queries.stocktake(stocktake_id, self.actor)))

        return self.change(cancel)


urlpatterns = [
    path("stocktakes/", Stocktakes.as_view(), name="stocktakes"),
    path("stocktakes/<id:stocktake_id>/", OneStocktake.as_view(), name="stocktake"),
    path("stocktakes/<id:stocktake_id>/lines/", Lines.as_view(), name="stocktake-lines"),
    path("stocktakes/<id:stocktake_id>/lines/<id:product_id>/", OneLine.as_view(), name="stocktake-line"),
    path("stocktakes/<id:stocktake_id>/count/", Count.as_view(), name="count-stocktake"),
    path("stocktakes/<id:stocktake_id>/apply/", Apply.as_view(), name="apply-stocktake"),
    path("stocktakes/<id:stocktake_id>/cancel/", Cancel.as_view(), name="cancel-stocktake"),
]
