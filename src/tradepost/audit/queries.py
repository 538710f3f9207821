"""Reading the audit log: auditors and administrators see all, managers also what their stores saw, others their own."""

from datetime import datetime

from django.db.models import Q, QuerySet

from tradepost.audit.models import AuditEvent
from tradepost.lib.actor import MANAGER, Actor


def events(
    actor: Actor,
    *,
    action: str | None = None,
    user: int | None = None,
    store: int | None = None,
    product: int | None = None,
    subject_type: str | None = None,
    subject_id: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> QuerySet[AuditEvent]:
    """The events this actor may read, newest first. `start` is inside the range, `end` not; None filters nothing.

    `product` finds what changed it and what moved, counted or sold goods of it.
    """
    found = AuditEvent.objects.all()
    if not actor.reads_all:
        managed = [store_id for role, store_id in actor.grants if role == MANAGER]
        found = found.filter(Q(actor_id=actor.user_id) | Q(store_id__in=managed))
    wanted = {
        "action": action,
        "actor_id": user,
        "store_id": store,
        "products__product_id": product,
        "subject_type": subject_type,
        "subject_id": subject_id,
        "at__gte": start,
        "at__lt": end,
    }
    return found.filter(**{name: value for name, value in wanted.items() if value is not None})
