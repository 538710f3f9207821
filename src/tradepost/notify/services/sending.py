"""Sending what is due: a worker is asked once a webhook, and what each attempt came to is written down.

A webhook has one lane: one worker at a time sends what is due, oldest first. A receiver that does not answer lets its
whole lane rest, so a thousand deliveries behind it cost one attempt at a time; one that refuses a single event delays
that one alone.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from tradepost.audit import services as audit
from tradepost.intake import services as intake
from tradepost.lib.actor import Actor
from tradepost.notify.errors import NoSuchDelivery
from tradepost.notify.models import COMMENT, Delivery, Webhook
from tradepost.notify.services import _rows

SEND = "tradepost.worker.notify.send"
MINUTE = 60
DELAYS_S = (10, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, *(hours * 3600 for hours in (1, 2, 4, 8, 8)))  # nearly a day
FIRST_REST_S, LONGEST_REST_S = 10, 10 * MINUTE
SILENT_FOR = timedelta(days=1)
FAILING_FOR = timedelta(days=7)
ASKED_EXPIRES = timedelta(minutes=15)
GONE, TOO_MANY = 410, 429
CAME_TO = ["state", "due_at", "attempts", "attempted_at", "status", "duration_ms", "comment", "settled_at"]


class Attempt(NamedTuple):
    """What a receiver answered: its status, None where there was no answer, after how long, and why it is a failure."""

    status: int | None
    duration_ms: int
    comment: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_silence(self) -> bool:
        """Whether the receiver as a whole is not there, rather than refusing this one event."""
        return self.status is None or self.status == TOO_MANY or self.status >= 500


def ask_to_send(*, actor: Actor, at: datetime) -> int:
    """Queue a job for each webhook that has something due and no job; how many were queued.

    A job that failed for good is asked for again a quarter of an hour later.
    """
    asked = 0
    for webhook_id in list(_to_be_asked(at).values_list("pk", flat=True)):
        with transaction.atomic():
            if _to_be_asked(at).filter(pk=webhook_id).update(asked_at=at):
                intake.enqueue(SEND, actor=actor, at=at, webhook_id=webhook_id, asked=at.isoformat())
                asked += 1
    return asked


def _to_be_asked(at: datetime) -> QuerySet[Webhook]:
    due = Delivery.objects.filter(webhook=OuterRef("pk"), due_at__lte=at)
    free = Q(asked_at=None) | Q(asked_at__lt=at - ASKED_EXPIRES)
    rested = Q(rests_until=None) | Q(rests_until__lte=at)
    return Webhook.objects.filter(free, rested, Exists(due), is_active=True).order_by("id")


def free_lane(webhook_id: int, asked: datetime) -> None:
    """The job that was asked for at this moment is done: another may be."""
    Webhook.objects.filter(pk=webhook_id, asked_at=asked).update(asked_at=None)


@transaction.atomic
def record_attempt(delivery_id: int, attempt: Attempt, *, actor: Actor, at: datetime) -> Delivery:
    """Write down what an attempt came to: delivered, to be tried again later, or given up; one settled before stays.

    410 switches the webhook off, and so does a week of nothing but failures. Raises NoSuchDelivery.
    """
    found = Delivery.objects.filter(pk=delivery_id).values_list("webhook_id", flat=True).first()
    if found is None:
        raise NoSuchDelivery(delivery_id=delivery_id)
    webhook = Webhook.objects.select_for_update(no_key=True).get(pk=found)
    delivery = Delivery.objects.select_for_update(no_key=True).get(pk=delivery_id)
    if delivery.is_settled:
        return delivery
    delivery.attempts += 1
    delivery.attempted_at, delivery.status, delivery.duration_ms = at, attempt.status, attempt.duration_ms
    delivery.comment = attempt.comment[:COMMENT]
    if attempt.is_success:
        _settle(delivery, Delivery.DELIVERED, at)
        delivery.save(update_fields=CAME_TO)
        if webhook.failures:
            Webhook.objects.filter(pk=webhook.pk).update(**_rows.RESTED)
        return delivery
    _put_off(delivery, attempt, at)
    delivery.save(update_fields=CAME_TO)
    _note_failure(webhook, attempt, at)
    _despair(webhook, delivery, attempt, actor, at)
    return delivery


def _settle(delivery: Delivery, state: str, at: datetime) -> None:
    delivery.state, delivery.due_at, delivery.settled_at = state, None, at


def _put_off(delivery: Delivery, attempt: Attempt, at: datetime) -> None:
    """Later each time; given up after the last delay, or at once where the receiver is gone."""
    if attempt.status == GONE or delivery.attempts > len(DELAYS_S):
        _settle(delivery, Delivery.GIVEN_UP, at)
    else:
        delivery.state = Delivery.FAILED
        delivery.due_at = at + timedelta(seconds=DELAYS_S[delivery.attempts - 1])


def _note_failure(webhook: Webhook, attempt: Attempt, at: datetime) -> None:
    webhook.failures += 1
    webhook.failing_since = webhook.failing_since or at
    if attempt.is_silence:
        rest_s = min(FIRST_REST_S * 2 ** min(webhook.failures - 1, 10), LONGEST_REST_S)
        webhook.rests_until = at + timedelta(seconds=rest_s)
    webhook.save(update_fields=list(_rows.RESTED))


def _despair(webhook: Webhook, delivery: Delivery, attempt: Attempt, actor: Actor, at: datetime) -> None:
    """What follows where a receiver is gone, or was not there for long; the audit log has all of it."""
    failing_for = at - (webhook.failing_since or at)
    given_up, off_because = int(delivery.is_settled), ""
    if attempt.status == GONE:
        off_because = "The receiver answered 410: it is gone for good"
    elif failing_for >= FAILING_FOR:
        off_because = "Nothing was delivered for a week"
    if off_because:
        webhook.is_active, webhook.off_because = False, off_because
        webhook.save(update_fields=["is_active", "off_because"])
        given_up += _rows.give_up(webhook, off_because, at=at)
    elif attempt.is_silence and failing_for >= SILENT_FOR:
        given_up += _rows.give_up(webhook, "The receiver did not answer for a day", at=at, before=at - SILENT_FOR)
    if given_up:
        delivery.refresh_from_db()
        after = {**_rows.plain(webhook), "given_up": given_up, "off_because": off_because}
        action = "notify.webhook_switched_off" if off_because else "notify.deliveries_given_up"
        audit.record(action, subject=webhook, actor=actor, at=at, after=after)
