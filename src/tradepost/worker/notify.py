"""Telling others: events passed on, webhooks sent to, managers mailed.

What is sent over the network stands in no transaction. A worker that dies between sending and writing it down leaves
the delivery due: it is sent again under the same number.
"""

import time
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from tradepost import __version__
from tradepost.notify import queries
from tradepost.notify import services as notify
from tradepost.notify.signing import signature
from tradepost.people import queries as people
from tradepost.worker import outside
from tradepost.worker.tasks import Task, task

SEND_FOR_S = 10.0  # after so long other jobs have their turn

log = structlog.get_logger("tradepost.worker")


def spread(at: datetime) -> int:
    """Write down deliveries of what happened since; how many events there were. Asks without a lock first."""
    return notify.spread(at=at) if queries.is_anything_to_spread() else 0


def spread_mails(at: datetime) -> int:
    """Have managers mailed what ran low or out since, when it is time; how many are. Asks without a lock first."""
    if not queries.is_anything_to_mail():
        return 0
    return notify.spread_mails(actor=people.system_actor(), at=at)


def ask_to_send(at: datetime) -> int:
    """Queue what is due to be sent; to how many webhooks."""
    return notify.ask_to_send(actor=people.system_actor(), at=at)


@task
def send(task: Task, webhook_id: int, asked: str) -> dict[str, Any]:
    """Send what is due to a webhook, oldest first, for ten seconds: `{"delivered": 3, "failed": 0}`."""
    started, lane = time.monotonic(), datetime.fromisoformat(asked)
    counts = {"delivered": 0, "failed": 0}

    def now() -> datetime:
        return task.at + timedelta(seconds=time.monotonic() - started)

    while time.monotonic() < started + SEND_FOR_S and (due := queries.next_due(webhook_id, lane, at=now())):
        body, moment = due.payload.encode(), now()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Tradepost/{__version__}",
            "Tradepost-Event": due.event,
            "Tradepost-Delivery": due.number,
            "Tradepost-Signature": signature(due.secret, due.payload, at=moment),
        }
        attempt = outside.post(due.url, body, headers)
        notify.record_attempt(due.id, attempt, actor=task.actor, at=now())
        counts["delivered" if attempt.is_success else "failed"] += 1
        log.info("webhook sent", webhook=webhook_id, delivery=due.number, status=attempt.status)
    notify.free_lane(webhook_id, lane)
    return counts


@task
def mail_alerts(task: Task, user_id: int, after: int, upto: int) -> dict[str, Any]:
    """Mail a manager what ran low or out, unless nothing is to be mailed any more: `{"sent": true}`."""
    digest = queries.digest(user_id, after, upto)
    if digest is None:
        return {"sent": False}
    count = len(digest.alerts) + digest.more
    context = {"alerts": digest.alerts, "more": digest.more, "count": count, "origin": settings.TRADEPOST_URL}
    subject = render_to_string("mail/alerts_subject.txt", context).strip()
    send_mail(subject, render_to_string("mail/alerts.txt", context), None, [digest.email])
    return {"sent": True}
