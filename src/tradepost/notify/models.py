"""Who is told of what, and each thing they are told.

A delivery stands until it is delivered or given up, and then for ever. A webhook is never deleted: its deliveries
refer to it.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from tradepost.places.models import Store

URL, COMMENT = 500, 200


class Webhook(models.Model):
    """An address of somebody's program, and the events it is told of: of one store, or of all.

    The secret its deliveries are signed with is stored nowhere: it is what the installation's key makes of `salt`.
    `failures` counts attempts that failed in a row, since `failing_since`; until `rests_until` nothing is tried: the
    receiver did not answer. `asked_at` is when a worker was asked to send what is due, until that is done.
    """

    url = models.CharField(max_length=URL)
    events = models.JSONField[list[str]]()
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    is_active = models.BooleanField(default=True)
    off_because = models.CharField(max_length=COMMENT, blank=True)
    salt = models.CharField(max_length=64)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    rests_until = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(url="") & ~Q(salt=""), name="webhook_has_address_and_salt"),
            models.CheckConstraint(
                condition=Q(is_active=False) | Q(off_because="", removed_at__isnull=True), name="webhook_on_or_why_not"
            ),
            models.CheckConstraint(
                condition=Q(failures=0, failing_since__isnull=True, rests_until__isnull=True)
                | Q(failures__gt=0, failing_since__isnull=False),
                name="webhook_failing_since_it_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"webhook {self.pk}"

    @property
    def state(self) -> str:
        """`on`, `failing` or `off`."""
        if not self.is_active:
            return "off"
        return "failing" if self.failures else "on"


class Delivery(models.Model):
    """One event on its way to one webhook. `number` goes with every attempt, so that a receiver knows a repeat.

    `payload` is the body as it is sent. `failed` says that it will be tried again when it is due; `status` is what the
    receiver answered last, null where it did not, and `comment` why it failed. A delivery that somebody sends again is
    another one, which names it in `again_of`.
    """

    PENDING, FAILED, DELIVERED, GIVEN_UP = "pending", "failed", "delivered", "given_up"
    STATES = (PENDING, FAILED, DELIVERED, GIVEN_UP)

    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    number = models.UUIDField(unique=True)
    event_id = models.CharField(max_length=100)
    event = models.CharField(max_length=40)
    payload = models.TextField()
    again_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    state = models.CharField(max_length=9, default=PENDING)
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempted_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    duration_ms = models.PositiveIntegerField(null=True)
    comment = models.CharField(max_length=COMMENT, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["webhook", "-id"], name="deliveries_by_webhook"),
            models.Index(fields=["webhook", "state", "-id"], name="deliveries_by_state"),
            models.Index(fields=["webhook", "due_at", "id"], name="deliveries_due", condition=Q(due_at__isnull=False)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["webhook", "event_id"], condition=Q(again_of__isnull=True), name="one_delivery_an_event"
            ),
            models.CheckConstraint(
                condition=Q(state="pending", due_at__isnull=False, settled_at__isnull=True, attempts=0)
                | Q(state="failed", due_at__isnull=False, settled_at__isnull=True, attempts__gt=0)
                | Q(state="delivered", due_at__isnull=True, settled_at__isnull=False, attempts__gt=0)
                | Q(state="given_up", due_at__isnull=True, settled_at__isnull=False),
                name="delivery_due_until_settled",
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def is_settled(self) -> bool:
        """Whether nothing becomes of it any more."""
        return self.settled_at is not None


class Cursor(models.Model):
    """Up to which row of a source its events were passed on, by name, and when something was passed on last."""

    name = models.CharField(max_length=20, unique=True)
    position = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} up to {self.position}"
