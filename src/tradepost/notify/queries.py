"""Reading webhooks and deliveries, which administrators and auditors may, and what a worker needs to send them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from tradepost.inventory import queries as inventory
from tradepost.inventory.models import StockAlert
from tradepost.lib.actor import Actor
from tradepost.notify import sources
from tradepost.notify.errors import NoSuchDelivery, NoSuchWebhook
from tradepost.notify.models import Cursor, Delivery, Webhook
from tradepost.notify.signing import secret_of
from tradepost.people import queries as people

MAILS = "mails"
MOST_LINES = 50


def webhooks(actor: Actor) -> QuerySet[Webhook]:
    """The webhooks that were not removed, in the order they came. Raises Denied."""
    actor.require_auditor()
    return Webhook.objects.filter(removed_at=None).select_related("store", "created_by").order_by("id")


def webhook(webhook_id: int, actor: Actor) -> Webhook:
    """One webhook. Raises Denied, NoSuchWebhook."""
    found = webhooks(actor).filter(pk=webhook_id).first()
    if found is None:
        raise NoSuchWebhook(f"There is no webhook {webhook_id}", webhook_id=webhook_id)
    return found


def deliveries(webhook_id: int, actor: Actor, *, state: str = "") -> QuerySet[Delivery]:
    """What a webhook was told or is to be told, newest first. Raises Denied, NoSuchWebhook."""
    found = Delivery.objects.filter(webhook=webhook(webhook_id, actor)).order_by("-id")
    return found.filter(state=state) if state else found


def delivery(webhook_id: int, delivery_id: int, actor: Actor) -> Delivery:
    """One delivery of a webhook. Raises Denied, NoSuchWebhook, NoSuchDelivery."""
    found = deliveries(webhook_id, actor).filter(pk=delivery_id).first()
    if found is None:
        raise NoSuchDelivery(f"There is no delivery {delivery_id}", delivery_id=delivery_id)
    return found


class Due(NamedTuple):
    """A delivery to be sent now: to which address, what, and the secret to sign it with."""

    id: int
    url: str
    number: str
    event: str
    payload: str
    secret: str


def next_due(webhook_id: int, asked: datetime, *, at: datetime) -> Due | None:
    """The oldest delivery that is due to a webhook; None where none is, or it rests, or another job was asked for."""
    found = (
        Delivery.objects.filter(webhook_id=webhook_id, due_at__lte=at)
        .filter(webhook__is_active=True, webhook__asked_at=asked)
        .exclude(webhook__rests_until__gt=at)
        .select_related("webhook")
        .order_by("due_at", "id")
        .first()
    )
    if found is None:
        return None
    hook = found.webhook
    return Due(found.pk, hook.url, str(found.number), found.event, found.payload, secret_of(hook))


def is_anything_to_spread() -> bool:
    """Whether something happened that webhooks were not told of yet; asked without a lock."""
    return any(source.latest() > _position(name) for name, source in sources.SOURCES.items())


def is_anything_to_mail() -> bool:
    """Whether something happened that managers were not mailed yet; asked without a lock."""
    return inventory.latest_alert() > _position(MAILS)


def _position(name: str) -> int:
    return Cursor.objects.filter(name=name).values_list("position", flat=True).first() or 0


class Digest(NamedTuple):
    """A mail about what ran low or out: to whom, the first lines of it, and how many more there are."""

    email: str
    alerts: Sequence[StockAlert]
    more: int


def digest(user_id: int, after: int, upto: int) -> Digest | None:
    """What a manager is to be mailed of these alerts, each product of a store once, as it stood last.

    None where there is nothing to be mailed any more: the role went, the address, the wish for it, or the shortage.
    """
    stores = inventory.stores_alerted(after, upto)
    managed = people.managers_to_mail(stores).get(user_id)
    if managed is None:
        return None
    found = inventory.last_alerts(after, upto, managed.stores)
    shown = list(found[: MOST_LINES + 1])
    if not shown:
        return None
    more = found.count() - MOST_LINES if len(shown) > MOST_LINES else 0
    return Digest(managed.email, shown[:MOST_LINES], more)
