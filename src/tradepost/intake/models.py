"""Keys of answered requests and the queue of jobs, both rows of the same database as the change they belong to."""

from typing import Any, ClassVar

from django.db import models


class IdempotencyKey(models.Model):
    """A request that succeeded, with its answer. Written in the transaction of the change, so both stand or neither."""

    user_id = models.BigIntegerField()
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField[Any](null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user_id", "key"], name="one_answer_a_key")]

    def __str__(self) -> str:
        return self.key


class Job(models.Model):
    """Work to be done later: due, claimed, done. A worker that dies leaves its claim to expire."""

    task = models.CharField(max_length=100)
    payload = models.JSONField[dict[str, Any]](default=dict)
    user_id = models.BigIntegerField()
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    progress = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField[Any](null=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], name="jobs_open", condition=models.Q(done_at__isnull=True)),
            models.Index(fields=["user_id", "-id"], name="jobs_by_user"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(progress__lte=100), name="progress_is_a_percentage"),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.pk}"
