"""Generating: stores, products, then movements by the thousand, in as many processes as wanted."""

import multiprocessing
import queue
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from tradepost.books import services as books
from tradepost.catalog import queries as catalog
from tradepost.cli.generating import goods, moves
from tradepost.cli.generating.hand import work
from tradepost.cli.generating.order import Order, Shop
from tradepost.lib import clock, db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Busy, Invalid, Refused
from tradepost.places import queries as places

SPAWN = multiprocessing.get_context("spawn")
CLOSE_EVERY_S = 2.0
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted: how many of each, over how many days, drawn from which seed, by how many processes."""

    stores: int
    products: int
    movements: int
    days: int
    seed: int
    processes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was made: movements by type, and the seconds that stores and products took, and the movements."""

    kinds: Counter[str]
    goods_s: float
    movements_s: float

    @property
    def movements_a_second(self) -> float:
        """Movements recorded in a second, runs closed beside them."""
        return self.kinds.total() / self.movements_s if self.movements_s else 0.0


def check(wish: Wish, *, add: bool, actor: Actor) -> None:
    """Raises Refused where others have data already, unless to `add` is meant; Invalid for what SQLite cannot."""
    actor.require_admin()
    if wish.processes > 1 and not db.is_postgres():
        raise Invalid("SQLite has one writer at a time: leave --processes at 1")
    has_data = places.stores_for(actor, archived=None).exists() or catalog.products(archived=None).exists()
    if has_data and not add:
        raise Refused(
            "There are data in this database already, and what is booked stays for ever: add to them with --add, or "
            "name another database with --database"
        )


def generate(wish: Wish, *, actor: Actor, progress: Progress) -> Outcome:
    """Make what is wanted. What was made before an error stays."""
    started, until = perf_counter(), clock.now()
    opening = until - moves.DAY * wish.days
    store_ids = goods.open_stores(wish.stores, actor=actor, at=opening)
    shops = [Shop(store_id, rank) for rank, store_id in enumerate(store_ids)]
    items = goods.add_products(wish.products, wish.seed, actor=actor, at=opening)
    order = Order(shops, items, wish.movements, wish.days, wish.seed, until, actor)
    furnished = perf_counter()
    kinds, closing = Counter[str](), _Closing()
    for lot in _recorded(order, wish.processes):
        kinds += lot
        progress(kinds.total(), wish.movements)
        closing.now_and_then()
    books.close_runs()
    return Outcome(kinds, furnished - started, perf_counter() - furnished)


class _Closing:
    """Close runs every two seconds, as the worker does, so that none of them waits for all of it."""

    def __init__(self) -> None:
        self.next = perf_counter() + CLOSE_EVERY_S

    def now_and_then(self) -> None:
        if perf_counter() >= self.next:
            with suppress(Busy):  # the next time will
                books.close_runs()
            self.next = perf_counter() + CLOSE_EVERY_S


def _recorded(order: Order, processes: int) -> Iterator[Counter[str]]:
    """What each list of movements came to, as it is recorded."""
    if processes == 1:
        yield from moves.record(order, slice(None))
        return
    done: Any = SPAWN.Queue()
    with _hands(order, processes, done) as hands:
        left = processes
        while left:
            try:
                lot = done.get(timeout=CLOSE_EVERY_S)
            except queue.Empty:
                if any(hand.exitcode for hand in hands):
                    break
                continue
            if lot is None:
                left -= 1
            else:
                yield lot
    if any(hand.exitcode for hand in hands):
        raise RuntimeError("a process that generates broke; it said why above")


@contextmanager
def _hands(order: Order, processes: int, done: Any) -> Iterator[list[Any]]:
    """Processes that share the stores among them; they end with the block."""
    parts = [slice(number, None, processes) for number in range(processes)]
    hands = [SPAWN.Process(target=work, args=(order, part, done), daemon=True) for part in parts]
    for hand in hands:
        hand.start()
    try:
        yield hands
    except BaseException:
        for hand in hands:
            hand.terminate()
        raise
    finally:
        for hand in hands:
            hand.join()
