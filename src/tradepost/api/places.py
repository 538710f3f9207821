"""Stores: everybody who is logged in reads them, an administrator opens, changes and archives them."""

from datetime import datetime

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base
from tradepost.api.base import Output, View
from tradepost.api.fields import ArchivedField
from tradepost.api.paging import Pages
from tradepost.intake.services import Answer
from tradepost.inventory import services as inventory
from tradepost.places import queries, services


class StoreOutput(Output):
    """A store."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    location = serializers.CharField()
    time_zone = serializers.CharField()
    created_at = serializers.DateTimeField()
    archived_at = serializers.DateTimeField(allow_null=True)


class StoreInput(base.Input):
    """Only a name is needed; the time zone is the house's unless said otherwise. What is left out of a change stays."""

    name = serializers.CharField()
    location = serializers.CharField(required=False, allow_blank=True)
    time_zone = serializers.CharField(required=False, help_text="An IANA name such as Europe/London.")


class Stores(View):
    """The stores of the house."""

    pagination_class = Pages

    class Filters(base.Filters):
        """`search` looks into name and location."""

        search = serializers.CharField(default="", allow_blank=True)
        archived = ArchivedField()
        ordering = serializers.ChoiceField(["name", "-name", "created_at", "-created_at"], default="name")

    @extend_schema(parameters=[Filters], responses=StoreOutput(many=True))
    def get(self, request: Request) -> Response:
        """List the stores."""
        filters = self.Filters.of(request)
        order = filters.pop("ordering")
        return self.listed(queries.stores_for(self.actor, **filters).order_by(order, "id"), StoreOutput)

    @extend_schema(request=StoreInput, responses={201: StoreOutput})
    def post(self, request: Request) -> Response:
        """Open a store (administrators)."""
        given = self.given(StoreInput)
        return self.change(
            lambda at: Answer(201, self.shown(StoreOutput, services.open_store(**given, actor=self.actor, at=at)))
        )


class OneStore(View):
    """One store."""

    @extend_schema(responses=StoreOutput)
    def get(self, request: Request, store_id: int) -> Response:
        """Read a store, also an archived one."""
        return Response(self.shown(StoreOutput, queries.store(store_id)))

    @extend_schema(request=StoreInput, responses=StoreOutput)
    def put(self, request: Request, store_id: int) -> Response:
        """Change a store (administrators). What is left out stays; to empty a field, send it empty."""
        return self._change(store_id, partial=False)

    @extend_schema(request=StoreInput, responses=StoreOutput)
    def patch(self, request: Request, store_id: int) -> Response:
        """Change some of a store (administrators)."""
        return self._change(store_id, partial=True)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, store_id: int) -> Response:
        """Archive a store (administrators) once it is empty and nothing is under way; its history stays readable."""

        def archive(at: datetime) -> Answer:
            inventory.close_store(store_id, actor=self.actor, at=at)
            return Answer(204, None)

        return self.change(archive)

    def _change(self, store_id: int, *, partial: bool) -> Response:
        given = self.given(StoreInput, partial=partial)

        def change(at: datetime) -> Answer:
            store = services.change_store(store_id, **given, actor=self.actor, at=at)
            return Answer(200, self.shown(StoreOutput, store))

        return self.change(change)


class RestoredStore(View):
    """A store out of the archive."""

    @extend_schema(request=None, responses=StoreOutput)
    def post(self, request: Request, store_id: int) -> Response:
        """Reopen an archived store (administrators); an open one stays as it is."""
        return self.change(
            lambda at: Answer(200, self.shown(StoreOutput, services.reopen_store(store_id, actor=self.actor, at=at)))
        )


urlpatterns = [
    path("stores/", Stores.as_view(), name="stores"),
    path("stores/<id:store_id>/", OneStore.as_view(), name="store"),
    path("stores/<id:store_id>/restore/", RestoredStore.as_view(), name="store-restored"),
]
