"""Celery wakes the worker early and carries it across machines; the queues themselves are rows in the database.

`celery -A tradepost worker -B` works as `tradepost worker` does, driven by messages: the beat sends one every two
seconds, and so does whoever put a job into the queue, once that is committed. A message lost only delays.
"""

import os

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

WAKE = "tradepost.worker.wake"

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tradepost.settings")
app = Celery("tradepost")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["tradepost.worker"], related_name="wake")
# A broker that is down costs a moment, not seconds: whoever sends a message has somebody waiting.
app.conf.broker_transport_options = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "socket_connect_timeout": 1,
}
app.conf.beat_schedule = {"wake": {"task": WAKE, "schedule": 2.0, "options": {"expires": 2}}}

log = structlog.get_logger("tradepost.celery")


def wake_workers() -> bool:
    """Tell the workers, after the commit, that there is something to do; whether a broker took the message."""
    from django.conf import settings

    if not settings.REDIS_URL:
        return False
    try:
        app.send_task(WAKE, expires=60, retry=False, ignore_result=True)
    except OperationalError:
        log.warning("no broker: the workers will find it by themselves")
        return False
    return True
