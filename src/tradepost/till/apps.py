from django.apps import AppConfig


class TillConfig(AppConfig):
    """Trade at the counter."""

    name = "tradepost.till"
