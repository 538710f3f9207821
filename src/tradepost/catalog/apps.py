"""Registration of the catalogue with Django."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Products, categories and suppliers; the label is `catalog`."""

    name = "tradepost.catalog"
