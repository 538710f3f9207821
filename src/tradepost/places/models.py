"""A store: where goods lie and tills ring. Its time zone decides which day a sale belongs to."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class Store(models.Model):
    """A shop. One with a history is archived and never deleted: the books point at it."""

    name = models.CharField(max_length=100)
    location = models.CharField(max_length=200, blank=True)
    time_zone = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [models.Index(fields=["name"], name="stores_by_name")]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("name"), name="places_store_name_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="places_store_name_set"),
            models.CheckConstraint(condition=~Q(time_zone=""), name="places_store_time_zone_set"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether the store trades: it is not archived."""
        return self.archived_at is None
