"""What a person writes on a command line, read: days, and products with quantities."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from tradepost.lib.errors import Invalid, Missing

if TYPE_CHECKING:
    from tradepost.catalog.models import Product
    from tradepost.lib.actor import Actor
    from tradepost.places.models import Store

FIRST_YEAR, LAST_YEAR = 1900, 2999
FirstDay = Annotated[str | None, typer.Option("--start-date", metavar="YYYY-MM-DD", help="From this day on.")]
LastDay = Annotated[str | None, typer.Option("--end-date", metavar="YYYY-MM-DD", help="To this day, inside.")]
InStore = Annotated[str, typer.Option("--store", metavar="NAME|ID", help="The store.")]
InOnlyStore = Annotated[str, typer.Option("--store", metavar="NAME|ID", help="The store, where there are several.")]
Items = Annotated[list[str], typer.Argument(metavar="SKU=QUANTITY…", help="Products and how much: MUG-1=2 TEA=0.250")]


class Wanted(NamedTuple):
    """A product and how many steps of it."""

    product: "Product"
    steps: int


def day(text: str | None) -> date | None:
    """A day written as 2026-11-30, in a year that every time zone has whole. Raises Invalid."""
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text[:20]!r} is no day such as 2026-11-30") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Invalid(f"{text[:20]!r} is no day between {FIRST_YEAR} and {LAST_YEAR}")
    return found


def days(start: str | None, end: str | None, time_zone: str | None) -> tuple[datetime | None, datetime | None]:
    """The moments of a range of days, both inside: from the first, to before the second. Raises Invalid."""
    from django.conf import settings

    from tradepost.lib import clock

    zone = time_zone or str(settings.TIME_ZONE)
    first, last = day(start), day(end)
    return (
        clock.day_bounds(first, zone)[0] if first else None,
        clock.day_bounds(last, zone)[1] if last else None,
    )


def store(text: str) -> "Store":
    """The store of a name or number. Raises Missing."""
    from tradepost.places import queries

    return queries.store_named(text)


def only_store(text: str, actor: "Actor") -> "Store":
    """The store of a name or number, or without one the only one there is. Raises Missing, Invalid."""
    from tradepost.places import queries

    if text:
        return queries.store_named(text)
    found = queries.only_store(actor)
    if found is None and queries.stores_for(actor).exists():
        raise Invalid("There are several stores; say which with --store NAME")
    if found is None:
        raise Missing("There is no store yet: take goods in, or open one with `tradepost store add NAME`")
    return found


def items(texts: Sequence[str]) -> list[Wanted]:
    """`SKU=QUANTITY` each, `SKU` alone being one; a barcode is as good as a SKU. Raises Missing, NotAQuantity."""
    pairs = [text.rpartition("=") if "=" in text else (text, "=", "1") for text in texts]
    return _wanted([(sku, amount) for sku, _, amount in pairs])


def goods(texts: Sequence[str]) -> list[Wanted]:
    """As `items`; or `SKU QUANTITY`, one after the other, as people say it. Raises Missing, NotAQuantity."""
    if len(texts) % 2 or any("=" in text for text in texts):
        return items(texts)
    amounts = texts[1::2]
    if all(map(_is_number, amounts)):
        return _wanted(list(zip(texts[::2], amounts, strict=True)))
    for amount in amounts:
        if not _is_number(amount) and not _is_sold(amount):
            from tradepost.lib.quantity import NotAQuantity

            raise NotAQuantity(f"{amount[:40]!r} is not a quantity, nor is anything sold under it")
    return items(texts)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) is not None


def _is_sold(text: str) -> bool:
    from tradepost.catalog import queries

    try:
        queries.product_scanned(text)
    except Missing:
        return False
    return True


def _wanted(pairs: Sequence[tuple[str, str]]) -> list[Wanted]:
    from tradepost.catalog import queries
    from tradepost.lib import quantity

    known = queries.by_sku([sku for sku, _ in pairs])
    wanted = []
    for sku, amount in pairs:
        product = known.get(sku) or queries.product_scanned(sku)
        wanted.append(Wanted(product, quantity.parse(amount, product.decimals)))
    return wanted
