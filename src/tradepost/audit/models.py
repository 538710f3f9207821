"""The audit log. It keeps actor and subject as ids and type names, not as foreign keys: it outlives what it tells."""

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now

Part = str | int  # of a list, by its number


class AuditEvent(models.Model):
    """One service call that changed something. Personal data stands here by field name only."""

    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=100)
    store_id = models.BigIntegerField(null=True)
    actor_id = models.BigIntegerField()
    actor_name = models.CharField(max_length=150)
    face = models.CharField(max_length=20)
    request_id = models.CharField(max_length=64, blank=True)
    before = models.JSONField[dict[str, Any] | None](null=True)
    after = models.JSONField[dict[str, Any] | None](null=True)
    is_whole = True  # unless a list left out what it says, see `queries.Events.brief`

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["action", "-id"], name="audit_by_action"),
            models.Index(fields=["actor_id", "-id"], name="audit_by_actor"),
            models.Index(fields=["subject_type", "subject_id", "-id"], name="audit_by_subject"),
            models.Index(fields=["at"], name="audit_by_at"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_id}"


class EventProduct(models.Model):
    """That an event names a product: it changed the product itself, or moved, counted or sold goods of it.

    So the log of a product is a walk along one index, however long the list was that one call moved.
    """

    pk = models.CompositePrimaryKey("product_id", "event_id")
    product_id = models.BigIntegerField()
    event = models.ForeignKey(
        AuditEvent, on_delete=models.PROTECT, related_name="products", db_index=False, db_constraint=False
    )

    def __str__(self) -> str:
        return f"{self.event_id}: {self.product_id}"


class EventStore(models.Model):
    """That an event concerns a store. `parts` names those of its list that do; null: all there is.

    So the log of a store is a walk along one index, and who manages it reads of a list what happened there.
    """

    pk = models.CompositePrimaryKey("store_id", "event_id")
    store_id = models.BigIntegerField()
    event = models.ForeignKey(
        AuditEvent, on_delete=models.PROTECT, related_name="stores", db_index=False, db_constraint=False
    )
    parts = models.JSONField[list[Part] | None](null=True)

    def __str__(self) -> str:
        return f"{self.event_id}: store {self.store_id}"
