"""Stock at a glance: how many shelves are kept, low and out, and on request what moved by day."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base
from tradepost.api.base import View
from tradepost.api.fields import OwnStoreField, WholeField
from tradepost.inventory import queries
from tradepost.lib import clock
from tradepost.places import queries as places

MOST_DAYS = 31


class DayOutput(base.Output):
    """How many movements of each kind a day had, however they were booked."""

    day = serializers.DateField()
    received = serializers.IntegerField()
    sold = serializers.IntegerField()
    removed = serializers.IntegerField()


class StockOverviewOutput(base.Output):
    """How many levels are kept, how many of them run low and how many are out; `days` are as many as asked for."""

    items = serializers.IntegerField()
    low_stock = serializers.IntegerField(source="low")
    out_of_stock = serializers.IntegerField(source="out")
    days = serializers.SerializerMethodField()

    @extend_schema_field(DayOutput(many=True))
    def get_days(self, overview: Any) -> list[dict[str, Any]]:
        """The oldest first, today last."""
        return [dict(day) for day in DayOutput(self.context["days"], many=True).data]


class StockOverview(View):
    """Stock at a glance."""

    class Filters(base.Filters):
        """One `store`, or without it all that one works in. `days` asks for so many up to today, none unless said."""

        store = OwnStoreField(required=False)
        days = WholeField(min_value=0, max_value=MOST_DAYS, default=0)

    @extend_schema(parameters=[Filters], responses=StockOverviewOutput)
    def get(self, request: Request) -> Response:
        """Count what is kept, low and out: of a store or of all one works in; all for administrators and auditors.

        A day is a business day of each store; the last is today's, of the store asked for or else of the house.
        """
        filters = self.Filters.of(request)
        store: int | None = filters.get("store")
        overview = queries.overview(self.actor, store=store)
        days = self._days(store, filters["days"]) if filters["days"] else []
        return Response(self.shown(StockOverviewOutput, overview, days=days))

    def _days(self, store: int | None, days: int) -> list[queries.Day]:
        zone = places.store(store).time_zone if store else str(ZoneInfo(settings.TIME_ZONE))
        return queries.activity_by_day(self.actor, store=store, days=days, time_zone=zone, at=clock.now())


urlpatterns = [path("stock-overview/", StockOverview.as_view(), name="stock-overview")]
