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
    """One change. Personal data stands in it by field name only.

    A list leaves `before` and `after` out of a call that says much, as a list of a thousand does: then it `is_whole`
    only when asked for alone.
    """

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
    is_whole = serializers.BooleanField()


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
        """List events, newest first; of those that say too much for a list neither before nor after."""
        filters = self.Filters.of(request)
        found = queries.events(self.actor, **with_moments(filters, filters.get("store")))
        return self.listed(found.brief(), EventOutput)


class OneLog(View):
    """One event."""

    @extend_schema(responses=EventOutput)
    def get(self, request: Request, event_id: int) -> Response:
        """Read an event with all it says."""
        return Response(self.shown(EventOutput, queries.event(event_id, self.actor)))


urlpatterns = [
    path("logs/", Logs.as_view(), name="logs"),
    path("logs/<id:event_id>/", OneLog.as_view(), name="log"),
]
