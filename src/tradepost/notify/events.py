"""What others can be told of, by name, and what each is told in.

An event is made by a source from rows that stand; a later kind of event is a name here and a source that makes it.
"""

import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.core.serializers.json import DjangoJSONEncoder

STOCK_LOW, STOCK_OUT, PING = "stock.low", "stock.out", "ping"
EVENTS = {
    STOCK_LOW: "A product fell below its reorder level in a store",
    STOCK_OUT: "A product ran out in a store",
}


class Event(NamedTuple):
    """Something that happened at `at`, in a store or in none. `id` names it for ever, whoever is told and how often."""

    id: str
    name: str
    at: datetime
    store_id: int | None
    data: dict[str, Any]


def payload_of(event: Event) -> str:
    """The body that is sent, which is also the one that is signed: it is written once and kept as it is."""
    at = event.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    body = {"id": event.id, "event": event.name, "at": at, "data": event.data}
    return json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False)
