"""What stands in an address: filters as typed values. Nonsense is refused, never ignored."""

import re
from collections.abc import Collection
from datetime import date

from django.http import QueryDict

from tradepost.lib.errors import Invalid
from tradepost.lib.numbers import id_written


class NotAFilter(Invalid):
    """A filter with a value that does not exist."""

    code = "invalid_filter"
    title = "This filter does not exist"


def text(query: QueryDict, name: str) -> str:
    """The words of a filter, without surrounding space; empty when it is not set."""
    return query.get(name, "").strip()


def number(query: QueryDict, name: str) -> int | None:
    """A whole number above zero, or None when it is not set. Raises NotAFilter."""
    given = text(query, name)
    return _whole(name, given) if given else None


def numbers(query: QueryDict, name: str) -> list[int]:
    """The whole numbers above zero under a name that may come several times, each once. Raises NotAFilter."""
    return list(dict.fromkeys(_whole(name, given) for given in query.getlist(name)))


def _whole(name: str, given: str) -> int:
    found = id_written(given) if given.isascii() else None
    if found is None:
        raise NotAFilter(f"{name}={given[:40]} is not a number")
    return found


def day(query: QueryDict, name: str) -> date | None:
    """A day written 2026-11-19, or None when it is not set. Raises NotAFilter."""
    given = text(query, name)
    if not given:
        return None
    found = day_written(given)
    if found is None:
        raise NotAFilter(f"{name}={given[:40]} is not a day such as 2026-11-19")
    return found


def day_written(given: str) -> date | None:
    """The day behind a text like 2026-11-19, in a year the books can hold; None for anything else."""
    if not re.fullmatch(r"(19|20|21)\d\d-\d\d-\d\d", given, re.ASCII):
        return None
    try:
        return date.fromisoformat(given)
    except ValueError:
        return None


def choice(query: QueryDict, name: str, known: Collection[str]) -> str:
    """One of the known words, or empty when it is not set. Raises NotAFilter."""
    given = text(query, name)
    if given and given not in known:
        raise NotAFilter(f"{name}={given[:40]} is not one of {', '.join(known)}")
    return given
