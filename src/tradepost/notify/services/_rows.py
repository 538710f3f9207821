"""Rows that several services write: a webhook locked, a webhook off, a delivery to be sent.

Whoever changes both locks the webhook first, then its deliveries.
"""

import uuid
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from tradepost.notify.errors import NoSuchWebhook, WebhookOff
from tradepost.notify.events import Event, payload_of
from tradepost.notify.models import Delivery, Webhook

RESTED: dict[str, Any] = {"failures": 0, "failing_since": None, "rests_until": None}


def locked(webhook_id: int, *, on: bool = False) -> Webhook:
    """A webhook that was not removed, held until the commit. Raises NoSuchWebhook; WebhookOff where it is to be on."""
    found = Webhook.objects.select_for_update(no_key=True).filter(pk=webhook_id, removed_at=None).first()
    if found is None:
        raise NoSuchWebhook(f"There is no webhook {webhook_id}", webhook_id=webhook_id)
    if on and not found.is_active:
        raise WebhookOff(webhook_id=webhook_id)
    return found


def delivery(webhook: Webhook, event: Event, *, at: datetime) -> Delivery:
    """An event on its way to a webhook, due at once; not saved yet."""
    told = {"event_id": event.id, "event": event.name, "payload": payload_of(event)}
    return Delivery(webhook=webhook, number=uuid.uuid4(), created_at=at, due_at=at, **told)


def give_up(webhook: Webhook, why: str, *, at: datetime, before: datetime | None = None) -> int:
    """Give up what was not delivered yet, or only what was made before a moment; how much it was."""
    left = Delivery.objects.filter(webhook=webhook, due_at__isnull=False)
    if before is not None:
        left = left.filter(created_at__lt=before)
    return left.update(state=Delivery.GIVEN_UP, due_at=None, settled_at=at, comment=why)


def plain(webhook: Webhook) -> dict[str, Any]:
    """A webhook as the audit log tells of it: by host alone, since an address may hold a secret of the receiver's."""
    host = urlsplit(webhook.url).hostname
    return {"host": host, "events": webhook.events, "store": webhook.store_id, "is_active": webhook.is_active}
