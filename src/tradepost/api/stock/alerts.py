"""Alerts of shelves that fell below their mark or ran out: listed, read, and marked as seen."""

from datetime import datetime
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base
from tradepost.api.base import View, with_moments
from tradepost.api.catalog import ExistingField
from tradepost.api.fields import DayField, IdField, OwnStoreField, QuantityField
from tradepost.api.paging import Cursors
from tradepost.catalog import queries as catalog
from tradepost.intake.services import Answer
from tradepost.inventory import queries, services

KINDS = ["low", "out"]


class StockAlertOutput(base.Output):
    """A shelf that fell below its mark or ran out: what was left then, the mark, and what stands there by now.

    `over_at` is set once it wants no attention any more: the shelf was filled, or a newer alert of it stands.
    """

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(KINDS)
    store = serializers.IntegerField(source="store_id")
    store_name = serializers.CharField(source="store.name")
    product = serializers.IntegerField(source="product_id")
    product_name = serializers.CharField(source="product.name")
    sku = serializers.CharField(source="product.sku")
    unit = serializers.CharField(source="product.unit")
    quantity = QuantityField()
    reorder_level = QuantityField(source="low_at")
    on_hand = QuantityField(source="stands")
    still_low = serializers.BooleanField(source="is_short", help_text="Whether the shelf is low or out by now.")
    at = serializers.DateTimeField()
    over_at = serializers.DateTimeField(allow_null=True)
    seen_by = serializers.CharField(source="seen_by.username", default=None, allow_null=True)
    seen_at = serializers.DateTimeField(allow_null=True)


class SeenInput(base.ExactInput):
    """Which alerts were seen: up to 1000 by their `ids`, or all of a `store`."""

    store = IdField(required=False)
    ids = serializers.ListField(child=IdField(), min_length=1, max_length=services.MOST_AT_ONCE, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one way to say which."""
        if len(attrs) != 1:
            raise serializers.ValidationError("Say which: ids, or a store.")
        return attrs


class SeenOutput(base.Output):
    """How many were unseen until now."""

    seen = serializers.IntegerField()


class Alerts(View):
    """All alerts."""

    pagination_class = Cursors

    class Filters(base.Filters):
        """`seen` leaves those that somebody has or nobody has seen; `end_date` is inside the range."""

        store = OwnStoreField(required=False)
        product = ExistingField(catalog.product, required=False)
        kind = serializers.ChoiceField(KINDS, required=False)
        seen = serializers.BooleanField(required=False)
        start_date = DayField(required=False)
        end_date = DayField(required=False)

    @extend_schema(parameters=[Filters], responses=StockAlertOutput(many=True))
    def get(self, request: Request) -> Response:
        """List alerts, newest first: those of one's stores."""
        filters = self.Filters.of(request)
        seen = filters.pop("seen", None)
        unseen = None if seen is None else not seen
        moments = with_moments(filters, filters.get("store"))
        return self.listed(queries.alerts(self.actor, unseen=unseen, **moments), StockAlertOutput)


class OneAlert(View):
    """One alert."""

    @extend_schema(responses=StockAlertOutput)
    def get(self, request: Request, alert_id: int) -> Response:
        """Read it, and how the shelf stands by now."""
        return Response(self.shown(StockAlertOutput, queries.alert(alert_id, self.actor)))


class SeeOne(View):
    """Seeing one alert."""

    @extend_schema(request=None, responses=StockAlertOutput)
    def post(self, request: Request, alert_id: int) -> Response:
        """Mark it as seen (staff of the store). Of two the first is named; a second time changes nothing."""

        def see(at: datetime) -> Answer:
            services.mark_seen([alert_id], actor=self.actor, at=at)
            return Answer(200, self.shown(StockAlertOutput, queries.alert(alert_id, self.actor)))

        return self.change(see)


class SeeMany(View):
    """Seeing many alerts."""

    @extend_schema(operation_id="stock_alerts_seen_together", request=SeenInput, responses=SeenOutput)
    def post(self, request: Request) -> Response:
        """Mark up to 1000 alerts, or all of a store, as seen (staff of the stores); all or none."""
        given = self.given(SeenInput)

        def see(at: datetime) -> Answer:
            if "store" in given:
                seen = services.mark_all_seen(given["store"], actor=self.actor, at=at)
            else:
                seen = services.mark_seen(given["ids"], actor=self.actor, at=at)
            return Answer(200, {"seen": seen})

        return self.change(see)


urlpatterns = [
    path("stock-alerts/", Alerts.as_view(), name="stock-alerts"),
    path("stock-alerts/seen/", SeeMany.as_view(), name="stock-alerts-seen"),
    path("stock-alerts/<id:alert_id>/", OneAlert.as_view(), name="stock-alert"),
    path("stock-alerts/<id:alert_id>/seen/", SeeOne.as_view(), name="stock-alert-seen"),
]
