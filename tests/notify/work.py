"""A worker's turns, at moments of the test's choosing."""

from datetime import datetime, timedelta

from tests import make
from tradepost.notify.models import Delivery, Webhook
from tradepost.worker import jobs, notify


def work(at: datetime = make.AT) -> jobs.Tally:
    """One turn: what happened is passed on, and what is due is sent."""
    notify.spread(at)
    notify.ask_to_send(at)
    return jobs.work_off(lambda: False, now=lambda: at)


def only(webhook: Webhook) -> Delivery:
    """The one delivery of a webhook."""
    return Delivery.objects.get(webhook=webhook)


def states(webhook: Webhook) -> list[str]:
    """How its deliveries stand, oldest first."""
    return list(Delivery.objects.filter(webhook=webhook).order_by("id").values_list("state", flat=True))


def later(**spans: float) -> datetime:
    """So much after the tests' moment."""
    return make.AT + timedelta(**spans)
