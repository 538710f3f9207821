"""Webhooks, their secrets, which are told once, and what they were told (administrators; auditors read)."""

import json
from datetime import datetime
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base
from tradepost.api.base import Output, View
from tradepost.api.fields import IdField
from tradepost.api.paging import Cursors, Pages
from tradepost.intake.services import Answer
from tradepost.lib import clock
from tradepost.notify import queries, services
from tradepost.notify.events import EVENTS

STATES = ["on", "failing", "off"]
DELIVERY_STATES = ["pending", "failed", "delivered", "given_up"]
UNSTORED = {"Cache-Control": "no-store"}


class WebhookOutput(Output):
    """A webhook; its secret is not among what can be read."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(list(EVENTS)))
    store = serializers.IntegerField(source="store_id", allow_null=True)
    is_active = serializers.BooleanField()
    state = serializers.ChoiceField(STATES)
    off_because = serializers.CharField()
    failing_since = serializers.DateTimeField(allow_null=True)
    created_by = serializers.IntegerField(source="created_by_id")
    created_by_name = serializers.CharField(source="created_by.username")
    created_at = serializers.DateTimeField()


class ToldOutput(WebhookOutput):
    """A webhook with its secret; null where it was told before."""

    secret = serializers.CharField(allow_null=True, default=None)


class WebhookInput(base.Input):
    """Where to, and what of. Without a store it hears of all."""

    url = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField(max_length=100), max_length=100)
    store = IdField(required=False, allow_null=True, source="store_id")


class ChangesInput(WebhookInput):
    """The same, and whether it is switched on."""

    is_active = serializers.BooleanField(required=False)


class DeliveryOutput(Output):
    """One event on its way to a webhook. `delivery` is the number that is sent with every attempt."""

    id = serializers.IntegerField()
    delivery = serializers.UUIDField(source="number")
    event = serializers.CharField()
    payload = serializers.SerializerMethodField()
    state = serializers.ChoiceField(DELIVERY_STATES)
    attempts = serializers.IntegerField()
    due_at = serializers.DateTimeField(allow_null=True)
    attempted_at = serializers.DateTimeField(allow_null=True)
    status = serializers.IntegerField(allow_null=True)
    duration_ms = serializers.IntegerField(allow_null=True)
    comment = serializers.CharField()
    again_of = serializers.IntegerField(source="again_of_id", allow_null=True)
    created_at = serializers.DateTimeField()

    def get_payload(self, delivery: Any) -> dict[str, Any]:
        """What is sent."""
        payload: dict[str, Any] = json.loads(delivery.payload)
        return payload


class Webhooks(View):
    """Who is told of what."""

    pagination_class = Pages

    class Filters(base.Filters):
        """None."""

    @extend_schema(responses=WebhookOutput(many=True))
    def get(self, request: Request) -> Response:
        """List webhooks (administrators and auditors)."""
        self.Filters.of(request)
        return self.listed(queries.webhooks(self.actor), WebhookOutput)

    @extend_schema(request=WebhookInput, responses={201: ToldOutput})
    def post(self, request: Request) -> Response:
        """Add a webhook (administrators). Its `secret` is told this once, not to a repeated key."""
        given, told = self.given(WebhookInput), [""]

        def add(at: datetime) -> Answer:
            webhook, told[0] = services.add_webhook(**given, actor=self.actor, at=at)
            return Answer(201, self.shown(WebhookOutput, webhook))  # the answer that is kept has no secret in it

        kept = self.change(add)
        replayed = kept.headers.get("Idempotent-Replayed")
        body = {**kept.data, "secret": None if replayed else told[0]}
        return Response(body, 201, headers={**dict(kept.headers.items()), **UNSTORED})


class OneWebhook(View):
    """One webhook."""

    @extend_schema(responses=WebhookOutput)
    def get(self, request: Request, webhook_id: int) -> Response:
        """Read a webhook (administrators and auditors)."""
        return Response(self.shown(WebhookOutput, queries.webhook(webhook_id, self.actor)))

    @extend_schema(request=ChangesInput, responses=WebhookOutput)
    def put(self, request: Request, webhook_id: int) -> Response:
        """Change a webhook (administrators)."""
        return self._change(webhook_id, partial=False)

    @extend_schema(request=ChangesInput, responses=WebhookOutput)
    def patch(self, request: Request, webhook_id: int) -> Response:
        """Change some of a webhook, or switch it off or on (administrators)."""
        return self._change(webhook_id, partial=True)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, webhook_id: int) -> Response:
        """Remove a webhook (administrators); it hears nothing any more."""

        def remove(at: datetime) -> Answer:
            services.remove_webhook(webhook_id, actor=self.actor, at=at)
            return Answer(204, None)

        return self.change(remove)

    def _change(self, webhook_id: int, *, partial: bool) -> Response:
        given = self.given(ChangesInput, partial=partial)

        def change(at: datetime) -> Answer:
            webhook = services.change_webhook(webhook_id, **given, actor=self.actor, at=at)
            return Answer(200, self.shown(WebhookOutput, webhook))

        return self.change(change)


class Rotation(View):
    """Another secret."""

    takes_key = False

    @extend_schema(request=None, responses=ToldOutput)
    def post(self, request: Request, webhook_id: int) -> Response:
        """Draw another secret, told this once (administrators); nothing is signed with the one before any more."""
        webhook, secret = services.rotate_secret(webhook_id, actor=self.actor, at=clock.now())
        return Response({**self.shown(WebhookOutput, webhook), "secret": secret}, headers=UNSTORED)


class Trial(View):
    """Whether a webhook works."""

    @extend_schema(request=None, responses={201: DeliveryOutput})
    def post(self, request: Request, webhook_id: int) -> Response:
        """Send the event `ping` (administrators); what comes of it stands in its deliveries a moment later."""

        def send(at: datetime) -> Answer:
            return Answer(201, self.shown(DeliveryOutput, services.send_ping(webhook_id, actor=self.actor, at=at)))

        return self.change(send)


class Deliveries(View):
    """What a webhook was told."""

    pagination_class = Cursors

    class Filters(base.Filters):
        """`state` is how far they are."""

        state = serializers.ChoiceField(DELIVERY_STATES, default="")

    @extend_schema(parameters=[Filters], responses=DeliveryOutput(many=True))
    def get(self, request: Request, webhook_id: int) -> Response:
        """List deliveries, newest first (administrators and auditors)."""
        filters = self.Filters.of(request)
        return self.listed(queries.deliveries(webhook_id, self.actor, **filters), DeliveryOutput)


class Resending(View):
    """A delivery once more."""

    @extend_schema(request=None, responses=DeliveryOutput)
    def post(self, request: Request, webhook_id: int, delivery_id: int) -> Response:
        """Send what is delivered or given up again, as a delivery of its own; what waits is tried at once."""

        def send(at: datetime) -> Answer:
            sent = services.send_again(webhook_id, delivery_id, actor=self.actor, at=at)
            return Answer(200, self.shown(DeliveryOutput, sent))

        return self.change(send)


ONE = "webhooks/<id:webhook_id>/"
urlpatterns = [
    path("webhooks/", Webhooks.as_view(), name="webhooks"),
    path(ONE, OneWebhook.as_view(), name="webhook"),
    path(f"{ONE}rotate/", Rotation.as_view(), name="webhook-rotate"),
    path(f"{ONE}test/", Trial.as_view(), name="webhook-test"),
    path(f"{ONE}deliveries/", Deliveries.as_view(), name="webhook-deliveries"),
    path(f"{ONE}deliveries/<id:delivery_id>/resend/", Resending.as_view(), name="webhook-resend"),
]
