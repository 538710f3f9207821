"""Registration of keys and jobs with Django."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """Idempotency keys and jobs."""

    name = "tradepost.intake"
