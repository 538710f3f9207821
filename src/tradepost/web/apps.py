"""Registration of the web face with Django."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Faces have no models; the label is for templates, checks and settings."""

    name = "tradepost.web"
    label = "web"
