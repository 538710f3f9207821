"""Webhooks and deliveries in Django's admin, to look at. What a secret is made of is not among it."""

from django.contrib import admin

from tradepost.lib.admin import ReadOnly
from tradepost.notify.models import Delivery, Webhook


@admin.register(Webhook)
class WebhookAdmin(ReadOnly[Webhook]):
    """Who is told of what."""

    list_display = ["id", "url", "store", "is_active", "failing_since", "created_by", "created_at", "removed_at"]
    list_select_related = ["store", "created_by"]
    list_filter = ["is_active"]
    exclude = ["salt"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly[Delivery]):
    """What was told, and what came of it."""

    list_display = ["number", "webhook", "event", "state", "attempts", "status", "comment", "created_at"]
    list_filter = ["state", "event"]
    search_fields = ["=event_id"]
