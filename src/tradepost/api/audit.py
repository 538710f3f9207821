"""The audit log: who did what, when, through which face. Auditors read all of it, others what concerns them."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base
from tradepost.api.base import Output, View, with_moments
from tradepost.api.catalog import ExistingField
from tradepost.api.fields import DayField, SeenField, StoreField
from tradepost.api.paging import Cursors
from tradepost.audit import acts, queries
from tradepost.catalog import queries as catalog
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Missing
from tradepost.people import queries as people


class EventOutput(Output):
    """One change. Personal data stands in it by field name only."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    action = serializers.CharField()
    subject_type = serializers.CharField()
    subject_id = serializers.CharField()
    store = serializers.IntegerField(source="store_id", allow_null=True)
    user = serializers.IntegerField(source="actor_id")
    user_name = serializers.CharField(source="actor_name")
    face = serializers.CharField()
    request_id = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


def _known(user_id: int, actor: Actor) -> None:
    """Raises Missing for a user whom the actor cannot know of: nobody, or nobody who did something they may read."""
    if actor.reads_all:
        people.user(user_id)
    elif user_id != actor.user_id and not queries.events(actor, user=user_id).exists():
        raise Missing(f"There is no user {user_id}")


class Logs(View):
    """The audit log."""

    pagination_class = Cursors

    class Filters(base.Filters):
        """`action` is such as `till.sold`; `product` finds what changed, moved, counted or sold it.

        Days are the store's where one is given, and `end_date` is inside.
        """

        action = serializers.ChoiceField(sorted(acts.ACTS), required=False)
        user = SeenField(_known, required=False)
        store = StoreField(required=False)
        product = ExistingField(catalog.product, required=False)
        start_date = DayField(required=False)
        end_date = DayField(required=False)

    @extend_schema(parameters=[Filters], responses=EventOutput(many=True))
    def get(self, request: Request) -> Response:
        """List events, newest first."""
        filters = self.Filters.of(request)
        return self.listed(queries.events(self.actor, **with_moments(filters, filters.get("store"))), EventOutput)


urlpatterns = [path("logs/", Logs.as_view(), name="logs")]
