"""Passing on what happened: deliveries for webhooks, mails for managers, each behind a cursor of its own.

What is passed on and the cursor that says so are one transaction, and whoever reads a cursor holds it: nothing is lost
and nothing is told twice, however many workers read and however often one is killed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from tradepost.intake import services as intake
from tradepost.inventory import queries as inventory
from tradepost.lib.actor import Actor
from tradepost.notify import sources
from tradepost.notify.events import Event
from tradepost.notify.models import Cursor, Delivery, Webhook
from tradepost.notify.queries import MAILS
from tradepost.notify.services import _rows
from tradepost.people import queries as people

MAIL = "tradepost.worker.notify.mail_alerts"
PORTION = 500


@transaction.atomic
def spread(*, at: datetime) -> int:
    """Write down a delivery for each webhook that listens to what happened since; how many events were read.

    A few hundred events of each source at a time: called again, it goes on.
    """
    read = 0
    for name, source in sources.SOURCES.items():
        cursor = _held(name)
        found = source.after(cursor.position, PORTION)
        if found:
            _tell([event for _, event in found], at)
            _move(cursor, found[-1][0], at)
        read += len(found)
    return read


def _tell(events: Sequence[Event], at: datetime) -> None:
    """Webhooks are held meanwhile: one that is switched off at the same time gives these up, or never hears them."""
    listening = list(Webhook.objects.select_for_update(no_key=True).filter(is_active=True).order_by("id"))
    told = [
        _rows.delivery(webhook, event, at=at) for event in events for webhook in listening if _hears(webhook, event)
    ]
    Delivery.objects.bulk_create(told)


def _hears(webhook: Webhook, event: Event) -> bool:
    return event.name in webhook.events and webhook.store_id in {None, event.store_id}


@transaction.atomic
def spread_mails(*, actor: Actor, at: datetime) -> int:
    """Have each manager mailed what ran low or out in their stores since the last time; how many are written to.

    One mail a person, and none sooner than TRADEPOST_ALERT_MAIL_MINUTES after the last one to anybody.
    """
    cursor = _held(MAILS)
    if cursor.moved_at and at < cursor.moved_at + timedelta(minutes=settings.TRADEPOST_ALERT_MAIL_MINUTES):
        return 0
    after, upto = cursor.position, inventory.latest_alert()
    if upto <= after:
        return 0
    readers = people.managers_to_mail(inventory.stores_alerted(after, upto))
    for user_id in readers:
        intake.enqueue(MAIL, actor=actor, at=at, user_id=user_id, after=after, upto=upto)
    _move(cursor, upto, at if readers else cursor.moved_at)
    return len(readers)


def _held(name: str) -> Cursor:
    """The cursor, locked until the commit; the first time it is made."""
    Cursor.objects.get_or_create(name=name)
    return Cursor.objects.select_for_update().get(name=name)


def _move(cursor: Cursor, position: int, at: datetime | None) -> None:
    cursor.position, cursor.moved_at = position, at
    cursor.save(update_fields=["position", "moved_at"])
