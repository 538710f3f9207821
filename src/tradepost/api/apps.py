"""Registration of the HTTP face with Django."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Faces have no models; the label is for templates, checks and settings."""

    name = "tradepost.api"
    label = "api"
