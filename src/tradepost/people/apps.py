"""Registration of the people with Django."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Users, profiles, role grants and tokens; the label is `people`."""

    name = "tradepost.people"
