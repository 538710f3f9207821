"""What events of the audit log say on a page: what was there before and what is there now, as pairs.

The pairs are made here and not in the template: what changed may be called `items`, and a template would take that for
the one of its values rather than for all of them.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tradepost.audit.models import AuditEvent

Pairs = list[tuple[str, Any]]


def rows(events: "Iterable[AuditEvent]") -> list[dict[str, Any]]:
    """Each event with the pairs of before and after."""
    return [{"event": one, "before": _pairs(one.before), "after": _pairs(one.after)} for one in events]


def _pairs(values: dict[str, Any] | None) -> Pairs:
    return list((values or {}).items())
