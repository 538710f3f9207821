"""Stores and products, as many as wanted, added through their services."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TypeVar

from tradepost.books import queries as shelves
from tradepost.catalog import queries as catalog_queries
from tradepost.catalog import services as catalog
from tradepost.cli.generating.order import Item
from tradepost.intake import services as intake
from tradepost.lib.actor import Actor
from tradepost.lib.errors import TradepostError
from tradepost.places import queries as places_queries
from tradepost.places import services as places

TOWNS = ("Ashford", "Bexhill", "Corby", "Dover", "Exmouth", "Filey", "Goole", "Hexham", "Ilkley", "Kendal", "Ludlow")
SHELVES = {
    "Kitchen": ("mug", "jug", "plate", "bowl", "teapot", "whisk"),
    "Paper": ("notebook", "card", "envelope", "calendar", "ribbon"),
    "Garden": ("trowel", "flowerpot", "bird feeder", "watering can"),
    "Toys": ("kite", "puzzle", "yo-yo", "train", "bear"),
    "Textiles": ("scarf", "apron", "towel", "tote", "blanket"),
    "Lights": ("candle", "lantern", "lamp", "tealight"),
}
LOOSE = {"Tea": ("black tea", "green tea", "mint tea"), "Sweets": ("fudge", "liquorice", "humbugs", "jellies")}
LOOKS = ("red", "blue", "green", "white", "striped", "spotted", "plain", "small", "large", "round", "tall", "smooth")
PRODUCTS_A_SUPPLIER, MOST_SUPPLIERS = 20, 200
ONE_LOOSE_IN = 10  # sold by weight
STORES_A_CHUNK, PRODUCTS_A_CHUNK = 100, 2_000

T = TypeVar("T")
R = TypeVar("R")


def open_stores(count: int, *, actor: Actor, at: datetime) -> list[int]:
    """Open so many stores, named on from those there are; their ids."""
    first = places_queries.stores_for(actor, archived=None).count() + 1
    names = [f"{TOWNS[number % len(TOWNS)]} {number:04}" for number in range(first, first + count)]

    def opened(chunk: Sequence[str]) -> list[int]:
        return [places.open_store(name=name, location=name.partition(" ")[0], actor=actor, at=at).pk for name in chunk]

    return [pk for chunk in chunks(names, STORES_A_CHUNK) for pk in at_once(opened, chunk, actor)]


def add_products(count: int, seed: int, *, actor: Actor, at: datetime) -> list[Item]:
    """Add so many products with their categories and suppliers, numbered on from those there are."""
    first = catalog_queries.products(archived=None).count() + 1

    def saved(rows: Sequence[catalog.ProductRow]) -> list[int]:
        answers = catalog.save_products(rows, ever_moved=shelves.ever_moved, actor=actor, at=at)
        return [_accepted(answer).product_id for answer in answers]

    items: list[Item] = []
    for rows in chunks(_rows(range(first, first + count), seed), PRODUCTS_A_CHUNK):
        ids = at_once(saved, rows, actor)
        found = catalog_queries.by_id(ids)
        items += [Item(pk, found[pk].supplier_id, 10 ** found[pk].decimals) for pk in ids]
    return items


def chunks(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """The rows in lists of so many."""
    left = iter(rows)
    while chunk := list(islice(left, size)):
        yield chunk


def at_once(call: Callable[[Sequence[T]], R], rows: Sequence[T], actor: Actor) -> R:
    """What `call` answers to the rows, done in a durable transaction of its own."""
    done: list[R] = []

    def work() -> intake.Answer:
        done.append(call(rows))
        return intake.Answer(201, {"rows": len(rows)})

    intake.once(None, "", actor, work)
    return done[-1]


def _rows(numbers: Sequence[int], seed: int) -> Iterator[catalog.ProductRow]:
    suppliers = min(MOST_SUPPLIERS, len(numbers) // PRODUCTS_A_SUPPLIER + 1)
    for number in numbers:
        drawn = random.Random(f"{seed} product {number}")  # noqa: S311  # a story, not a secret
        is_loose = drawn.randrange(ONE_LOOSE_IN) == 0
        shelves = LOOSE if is_loose else SHELVES
        category = drawn.choice(list(shelves))
        cost = round(drawn.lognormvariate(6, 0.8)) + 20
        fields = catalog.RowFields(
            name=f"{drawn.choice(LOOKS)} {drawn.choice(shelves[category])} {number}".capitalize(),
            unit="kg" if is_loose else "piece",
            price_minor=round(cost * drawn.uniform(1.4, 2.6)),
            cost_minor=cost,
            category=category,
            supplier=f"Supplier {number % suppliers + 1:03}",
            reorder_level=str(drawn.choice((5, 10, 20, 20, 20, 40))),
        )
        yield catalog.ProductRow(f"GEN-{number:06}", fields)


def _accepted(answer: catalog.Saved | TradepostError) -> catalog.Saved:
    if isinstance(answer, TradepostError):
        raise answer
    return answer
