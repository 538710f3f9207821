"""Registration of the stores with Django."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """Stores; the label is `places`."""

    name = "tradepost.places"
