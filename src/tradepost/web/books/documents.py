"""The page of the document behind a posting, by the posting's key."""

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from tradepost.inventory import queries as inventory
from tradepost.lib.actor import Actor

COUNTER = {"sold": "web:sale", "given-back": "web:return"}
COUNTER |= dict.fromkeys(("received", "written-off", "sent-back", "found-again"), "web:entry")
COUNTED = "applied"


def pages_of(keys: Collection[str], actor: Actor) -> dict[str, str]:
    """The address of each document the actor may read, by key; two queries at most, whichever they are."""
    numbers = {key: number_of(key) for key in keys}
    ours = {key for key in keys if key.startswith("inventory:")}
    counts = {key for key in ours if key.endswith(f":{COUNTED}")}
    found = {key: _counter(key, number) for key, number in numbers.items() if key.startswith("till:")}
    for route, some, listed in (
        ("web:count", counts, inventory.stocktakes),
        ("web:transfer", ours - counts, inventory.transfers),
    ):
        ids = _ids(listed(actor), {numbers[key] for key in some}) if some else {}
        found |= {key: reverse(route, args=[ids[numbers[key]]]) for key in some if numbers[key] in ids}
    return {key: address for key, address in found.items() if address}


def number_of(key: str) -> str:
    """The number of a document: what stands between the app and the verb."""
    return key.partition(":")[2].rpartition(":")[0]


def _counter(key: str, number: str) -> str:
    route = COUNTER.get(key.rpartition(":")[2])
    return reverse(route, args=[number]) if route and number else ""


def _ids(found: QuerySet[Any], numbers: set[str]) -> dict[str, int]:
    return dict(found.filter(number__in=numbers).order_by().values_list("number", "pk"))
