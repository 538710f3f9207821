"""Adjustments of revenue, and the report of a store's day."""

from datetime import datetime
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base, rows
from tradepost.api.base import View
from tradepost.api.fields import DayField, IdField, MoneyField, OwnStoreField
from tradepost.api.paging import Cursors, Whole
from tradepost.api.till.shared import DocumentOutput
from tradepost.lib import clock
from tradepost.places import queries as places
from tradepost.till import queries, services


class AdjustmentInput(base.Input):
    """Revenue put right: below zero a bad debt, above zero one that was paid after all."""

    store = IdField()
    amount = MoneyField()
    reason = serializers.CharField(max_length=200)


class AdjustmentOutput(DocumentOutput):
    """An adjustment."""

    amount = MoneyField(source="amount_minor")
    reason = serializers.CharField()


class Adjustments(View):
    """Adjustments."""

    pagination_class = Cursors

    class Filters(base.Filters):
        """By store."""

        store = OwnStoreField(required=False)

    @extend_schema(parameters=[Filters], responses=AdjustmentOutput(many=True))
    def get(self, request: Request) -> Response:
        """List adjustments, newest first: those of one's stores."""
        return self.listed(queries.adjustments(self.actor, **self.Filters.of(request)), AdjustmentOutput)

    @extend_schema(request=rows.request_of(AdjustmentInput), responses=rows.responses_of(AdjustmentOutput))
    def post(self, request: Request) -> Response:
        """Adjust the revenue of a store, or a list of up to 1000 (manager of the store)."""
        return rows.make(self, AdjustmentInput, self._adjust, detail=AdjustmentOutput)

    def _adjust(self, asked: list[rows.Row], at: datetime) -> list[rows.Outcome]:
        def draft(row: rows.Row) -> services.AdjustmentDraft:
            return services.AdjustmentDraft(row["store"], row["amount"], row["reason"])

        return rows.carry_out(asked, draft, lambda drafts: services.adjust(drafts, actor=self.actor, at=at))


class DayReportOutput(base.Output):
    """A store's business day: money from the journal, counts from the documents."""

    store = serializers.IntegerField(source="store_id")
    store_name = serializers.CharField()
    date = serializers.DateField()
    revenue = MoneyField(source="revenue_minor")
    losses = MoneyField(source="losses_minor")
    sales = serializers.IntegerField()
    returns = serializers.IntegerField()
    given_back = MoneyField(source="given_back_minor")
    average_sale = MoneyField(source="average_sale_minor")
    write_offs = serializers.IntegerField()
    deliveries = serializers.IntegerField()
    adjustments = serializers.IntegerField()


class DayReports(View):
    """The reports of a store's days."""

    pagination_class = Whole

    class Filters(base.Filters):
        """One `date`, or a range of up to 100 days with both ends inside; today if nothing is said."""

        store = OwnStoreField()
        date = DayField(required=False)
        start_date = DayField(required=False)
        end_date = DayField(required=False)

        def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
            """A date or a range."""
            if "date" in attrs and {"start_date", "end_date"} & attrs.keys():
                raise serializers.ValidationError({"date": ["Either one date, or a range."]})
            return attrs

    @extend_schema(parameters=[Filters], responses=DayReportOutput(many=True))
    def get(self, request: Request) -> Response:
        """Read a store's days, newest first (those who work in the store, auditors)."""
        filters = self.Filters.of(request)
        store = places.store(filters["store"])
        today = clock.business_date(clock.now(), store.time_zone)
        last = filters.get("date") or filters.get("end_date") or max(today, filters.get("start_date", today))
        first = filters.get("date") or filters.get("start_date") or last
        return self.listed(queries.day_reports(store.pk, first, last, self.actor), DayReportOutput)


urlpatterns = [
    path("adjustments/", Adjustments.as_view(), name="adjustments"),
    path("day-reports/", DayReports.as_view(), name="day-reports"),
]
