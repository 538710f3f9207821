"""Celery wakes the worker early and carries it across machines; the queues themselves are rows in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tradepost.settings")
app = Celery("tradepost")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["tradepost"], related_name="worker")
