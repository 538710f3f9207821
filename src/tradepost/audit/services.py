"""Writing the audit log: one row a service call, in the transaction of the change it tells of."""

from datetime import datetime
from typing import Any

from django.db.models import Model

from tradepost.audit.models import AuditEvent
from tradepost.lib.actor import Actor

Subject = Model | tuple[str, int | str]


def record(
    action: str,
    *,
    subject: Subject,
    actor: Actor,
    at: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    store_id: int | None = None,
) -> None:
    """Write down that `actor` did `action` (`app.past_participle`) to `subject`; a list is one row naming its parts.

    `before` and `after` hold what JSON can; personal data is named by field, never by value.
    """
    subject_type, subject_id = _named(subject)
    AuditEvent.objects.create(
        at=at,
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        store_id=store_id,
        actor_id=actor.user_id,
        actor_name=actor.name,
        face=actor.face,
        request_id=actor.request_id,
        before=before,
        after=after,
    )


def _named(subject: Subject) -> tuple[str, str]:
    if isinstance(subject, Model):
        return subject._meta.label_lower, str(subject.pk)
    kind, number = subject
    return kind, str(number)
