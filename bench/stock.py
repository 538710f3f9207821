"""Stock over HTTP as it grows: 1000 stores x 1000 products with ten million movements, beside a hundredth of that.

Two real `tradepost serve` on one PostgreSQL with fsync on: one of a tenth of the stores and of the products with a
hundredth of the movements, one of all of it. Each page is asked of the one and at once of the other, so that both meet
the machine at the same speed; one request after the other on one kept connection, so that what is measured is the
answer and no queue. Statements are counted by `pg_stat_statements`, without those of foreign keys. Then products are
imported from a file, and `tradepost generate` records movements in a database of its own, as the world does: draft by
draft.

The ten million are written by SQL (`_stock_fill` says what that leaves out), and reconciled. All of it takes some 20
minutes and 16 GB on two cores; `--movements 1000000` takes 8 minutes.
"""

import argparse
import csv
import itertools
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from bench import _load, _measure, _stock_fill
from bench._load import rendered
from bench._measure import Figure
from devtools import servers
from tradepost.cli.proving.served import serving

PART = 100  # of which part it is compared with
SEED = 1
RATE = "100000000/minute"
# A quarter of a machine of 24 GiB, and checkpoints as rare as a database of this size wants them.
ROOMY = ("shared_buffers=5GB", "max_wal_size=16GB", "checkpoint_timeout=15min", "fsync=on", "synchronous_commit=on")
COUNTING = ("shared_preload_libraries=pg_stat_statements", "pg_stat_statements.track_utility=off")
COUNT = """SELECT coalesce(sum(calls), 0) FROM pg_stat_statements
WHERE query NOT LIKE 'SELECT $_ FROM ONLY %' AND query NOT LIKE '%pg_stat_statements%'"""
LIST = 1_000
LISTS = f"a list of {LIST} movements"
WARM, MOST_READS, MOST_SINGLE, MOST_LISTS = 5, 300, 200, 60
MEASURED_FOR, LISTS_FOR = 5.0, 20.0  # seconds
LIMIT_MS, LIST_LIMIT_MS, WANTED_A_SECOND = 50, 200, 5_000
IMPORTED, GENERATED = 100_000, 200_000
STOCK, MOVEMENTS, OVERVIEW = "/api/stock/", "/api/stock-movements/", "/api/stock-overview/"
ACCOUNTS, LOG = "/api/accounts/", "/api/logs/"


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is."""

    stores: int
    products: int
    movements: int

    def part(self) -> "Size":
        """A hundredth of the movements between a tenth of the stores and of the products."""
        tenth = max(1, self.stores // 10), max(1, self.products // 10)
        return Size(*tenth, max(1, self.movements // PART))


@dataclass(frozen=True, slots=True)
class Ids:
    """Whom and what to ask for."""

    token: str
    stores: list[int]
    products: list[int]
    suppliers: list[int]
    skus: list[str]


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds and statements of one kind of request."""

    p50: float
    p95: float
    statements: float


@dataclass(slots=True)
class Bench:
    """The server under load."""

    port: int
    database: psycopg.Connection[Any]
    ids: Ids
    tags: Iterator[int] = field(default_factory=itertools.count)

    def kinds(self) -> dict[str, Callable[[], Measured]]:
        """What is measured, by name: pages first, each for a few seconds; what changes something; the log of that."""
        applied = b'"state":"applied"'
        in_one, anywhere = self._lists(self._of_a_store()), self._lists(self._bodies())
        return {
            **{name: partial(self._read, paths) for name, paths in _pages(self.ids).items()},
            "dashboard after a change": partial(self._after, "", OVERVIEW),
            "dashboard with two weeks by day after a run": partial(self._after, _stock_fill.RUN, f"{OVERVIEW}?days=14"),
            "one movement": partial(self._measured, self._singles(), MOST_SINGLE, applied, 1),
            f"{LISTS} of a store": partial(self._measured, in_one, MOST_LISTS, applied, LIST),
            f"{LISTS} of all stores": partial(self._measured, anywhere, MOST_LISTS, applied, LIST),
            **{name: partial(self._read, paths) for name, paths in _logs(self.ids).items()},
        }

    def _read(self, paths: Sequence[str]) -> Measured:
        requests = (rendered("GET", path, self.ids.token) for path in itertools.cycle(paths))
        return self._measured(requests, MOST_READS, b"HTTP/1.1 200 ", 1)

    def _after(self, close: str, path: str) -> Measured:
        """A page when a store has moved something and nothing of that is in the cache; `close` runs in between."""
        changes, numbers = self._singles(), list[float]()
        statements = 0
        for _ in range(MOST_READS // 10):
            self._press(itertools.islice(changes, 1), b"HTTP/1.1 201 ", 1)
            if close:
                self.database.execute(close)
            before = self._count()
            load = self._press(iter([rendered("GET", path, self.ids.token)]), b"HTTP/1.1 200 ", 1)
            statements += self._count() - before
            numbers += load.milliseconds
        load = _load.Load(milliseconds=numbers)
        return Measured(load.percentile(50), load.percentile(95), statements / len(numbers))

    def _measured(self, requests: Iterator[bytes], most: int, wanted: bytes, times: int) -> Measured:
        self._press(itertools.islice(requests, WARM), wanted, times)
        before = self._count()
        load = self._press(
            itertools.islice(requests, most), wanted, times, LISTS_FOR if times == LIST else MEASURED_FOR
        )
        return Measured(load.percentile(50), load.percentile(95), (self._count() - before) / load.requests)

    def _press(self, requests: Iterator[bytes], wanted: bytes, times: int, seconds: float = MEASURED_FOR) -> _load.Load:
        load = _load.press(self.port, requests, 1, seconds, wanted, times)
        assert not load.wrong, next(iter(load.wrong))
        return load

    def _count(self) -> int:
        row = self.database.execute(COUNT).fetchone()
        assert row
        return int(row[0])

    def _singles(self) -> Iterator[bytes]:
        for tag, body in zip(self.tags, self._bodies(), strict=False):
            yield rendered("POST", MOVEMENTS, self.ids.token, json.dumps(body).encode(), f"one-{tag}-{time.time_ns()}")

    def _lists(self, bodies: Iterator[dict[str, Any]]) -> Iterator[bytes]:
        for tag in self.tags:
            body = json.dumps(list(itertools.islice(bodies, LIST))).encode()
            yield rendered("POST", MOVEMENTS, self.ids.token, body, f"list-{tag}-{time.time_ns()}")

    def _bodies(self) -> Iterator[dict[str, Any]]:
        """Goods of all products come to all stores, and half of them are sold: each on a shelf of its own, all over."""
        stores, products = self.ids.stores, self.ids.products
        for i in itertools.count():
            round_ = i // len(stores)
            yield from _in_and_out(stores[i * 37 % len(stores)], products[(i * 7919 + round_) % len(products)])

    def _of_a_store(self) -> Iterator[dict[str, Any]]:
        """The same of one store a list, as a delivery or a day of a till that was off the line comes in."""
        stores, products = self.ids.stores, self.ids.products
        for i in itertools.count():
            store = stores[i // (LIST // 2) * 37 % len(stores)]
            yield from _in_and_out(store, products[i * 7919 % len(products)])


def _in_and_out(store: int, product: int) -> Iterator[dict[str, Any]]:
    spot = {"store_id": store, "product_id": product}
    yield {**spot, "movement_type": "IN", "quantity": "2"}
    yield {**spot, "movement_type": "OUT", "quantity": "1"}


def _pages(ids: Ids) -> dict[str, list[str]]:
    """What is read, by name; each in several variants, so that no answer is the last one's."""
    today = datetime.now(UTC).date()
    days = [f"start_date={today - timedelta(days=n)}&end_date={today - timedelta(days=n)}" for n in range(1, 15)]
    stores = ids.stores[:: max(1, len(ids.stores) // 20)]
    products = ids.products[:: max(1, len(ids.products) // 20)]
    return {
        "stock": [STOCK],
        "stock of a store": [f"{STOCK}?store={store}" for store in stores],
        "stock by status": [f"{STOCK}?status={status}" for status in ("low_stock", "out_of_stock", "in_stock")],
        "stock by a word": [f"{STOCK}?search={word}" for word in ("lantern", "green", "striped", "tea")],
        "stock by a SKU": [f"{STOCK}?search={sku}" for sku in ids.skus[:: max(1, len(ids.skus) // 20)]],
        "stock by supplier": [f"{STOCK}?supplier={supplier}" for supplier in ids.suppliers[:20]],
        "stock by quantity": [f"{STOCK}?ordering={order}" for order in ("quantity", "-quantity")],
        "stock by change": [f"{STOCK}?ordering={order}" for order in ("updated_at", "-updated_at")],
        "stock that moved on a day": [f"{STOCK}?{day}" for day in days],
        "stock of a store that moved on a day": [f"{STOCK}?store={stores[0]}&{day}" for day in days],
        "stock that moved on a day, by quantity": [f"{STOCK}?ordering=-quantity&{day}" for day in days],
        "movements": [MOVEMENTS],
        "movements of a store": [f"{MOVEMENTS}?store={store}" for store in stores],
        "movements of a product in a store": [
            f"{MOVEMENTS}?store={store}&product={product}" for store, product in zip(stores, products, strict=False)
        ],
        "movements of a product": [f"{MOVEMENTS}?product={product}" for product in products],
        "movements of a day": [f"{MOVEMENTS}?{day}" for day in days],
        "removals of a store": [f"{MOVEMENTS}?movement_type=REM&store={store}" for store in stores],
        # A hundredth of the data fills no page of these two, but ten rows.
        "10 rows of a store that moved on a day": [f"{STOCK}?page_size=10&store={stores[0]}&{day}" for day in days],
        "10 removals of a store": [f"{MOVEMENTS}?page_size=10&movement_type=REM&store={store}" for store in stores],
        "accounts": [ACCOUNTS, f"{ACCOUNTS}?kind=~cash", f"{ACCOUNTS}?ordering=-code"],
        "dashboard": [OVERVIEW],
        "dashboard with two weeks by day": [f"{OVERVIEW}?days=14"],
    }


def _logs(ids: Ids) -> dict[str, list[str]]:
    """The log, when most of its newest events are lists of a thousand."""
    return {
        "log": [LOG, f"{LOG}?action=inventory.moved"],
        "log of a store": [f"{LOG}?store={store}" for store in ids.stores[:: max(1, len(ids.stores) // 20)]],
        "log of a product": [
            f"{LOG}?product={product}" for product in ids.products[:: max(1, len(ids.products) // 20)]
        ],
    }


def main() -> None:
    """Measure and report."""
    parser = _measure.arguments(__doc__ or "")
    parser.add_argument("--stores", type=int, default=1_000)
    parser.add_argument("--products", type=int, default=1_000)
    parser.add_argument("--movements", type=int, default=10_000_000)
    parser.add_argument("--imported", type=int, default=IMPORTED, help="products in the file; 0 for none")
    parser.add_argument(
        "--generated", type=int, default=GENERATED, help="movements that `generate` records; 0 for none"
    )
    parser.add_argument("--only", default="", help="pages whose name contains this; nothing is kept then")
    parser.add_argument("--inside", choices=["furnish", "migrate", "prove"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    size = Size(given.stores, given.products, given.movements)
    if given.inside:
        print(json.dumps(INSIDE[given.inside](size)))
        return
    with servers.postgres(durable=True, settings=(*ROOMY, *COUNTING)) as url:
        figures = _grown(url, size, given.only)
        if given.imported:
            figures.append(_imported(url, given.imported))
    if given.generated:
        with _measure.database("postgres") as url:
            figures.append(_generated(url, given.generated))
    is_whole = size == Size(1_000, 1_000, 10_000_000) and given.imported and given.generated and not given.only
    _measure.report("stock", figures, as_json=given.json, keep=bool(is_whole))


def _grown(url: str, size: Size, only: str) -> list[Figure]:
    with servers.another_database(url, "part") as part_url:
        few, _ = _filled(part_url, size.part())
        all_, filled_a_second = _filled(url, size)
        figures, speeds = list[Figure](), list[float]()
        with _served(part_url, few) as part, _served(url, all_) as whole:
            for (name, of_part), of_whole in zip(part.kinds().items(), whole.kinds().values(), strict=True):
                if only in name:
                    speeds.append(_fixed_work())
                    before, now = of_part(), of_whole()
                    figures += _figures(name, now, before)
    proved = _inside(url, "prove", size)
    return [
        *figures,
        Figure("a fixed piece of work in between, median", median(speeds), "ms", "at its fastest", min(speeds)),
        Figure("a fixed piece of work in between, slowest", max(speeds), "ms", "at its fastest", min(speeds)),
        Figure("movements filled in by SQL", filled_a_second, "movements/s", "", 0),
        Figure("movements in the database", proved["movements"], "movements", "asked for at least", size.movements),
        Figure("levels that differ in the end", proved["differences"], "differences", "limit", 0),
    ]


def _figures(name: str, now: Measured, before: Measured) -> list[Figure]:
    limit = LIST_LIMIT_MS if name.startswith("a list") else LIMIT_MS
    return [
        Figure(f"{name}, p50", now.p50, "ms", "with 1 % of the data", before.p50),
        Figure(f"{name}, p95", now.p95, "ms", "with 1 % of the data", before.p95),
        Figure(f"{name}, p95", now.p95, "ms", "limit", limit),
        Figure(f"{name}, statements", now.statements, "a request", "with 1 % of the data", before.statements),
    ]


def _filled(url: str, size: Size) -> tuple[Ids, float]:
    """Whom to ask for in a database of this size; with how many movements a second were filled in."""
    made = _inside(url, "furnish", size)
    actor = made.pop("actor")
    started = time.perf_counter()
    _stock_fill.fill(url, stores=size.stores, products=size.products, movements=size.movements, actor=actor)
    return Ids(**made), size.movements / (time.perf_counter() - started)


def _fixed_work() -> float:
    """Milliseconds of something that is always the same: how fast the machine is just now, which is not ours alone."""
    started = time.perf_counter()
    sorted(str(number * number % 1_000_003) for number in range(300_000))
    return (time.perf_counter() - started) * 1000


@contextmanager
def _served(url: str, ids: Ids) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="tradepost-home-") as home:
        own = {"DATABASE_URL": url, "TRADEPOST_HOME": home, "TRADEPOST_RATE": RATE}
        with serving(1, own) as served, psycopg.connect(url, autocommit=True) as database:
            database.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            yield Bench(served.port, database, ids)


def _imported(url: str, count: int) -> Figure:
    """Products from a file, into the catalogue as it is now: the whole command, from its start to its end."""
    with tempfile.TemporaryDirectory(prefix="tradepost-file-") as folder:
        path = Path(folder, "products.csv")
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["sku", "name", "price", "cost", "category", "supplier", "barcode", "reorder_level"])
            rows.writerows(
                [f"NEW-{i:06}", f"Imported product {i}", f"{1 + i % 50}.50", f"{i % 25}.25", f"Imported {i % 20}",
                 f"Importer {i % 40}", 2_000_000_000_000 + i, 5 + i % 40]
                for i in range(count)
            )  # fmt: skip
        started = time.perf_counter()
        done = _command(url, "product", "import", str(path))
        seconds = time.perf_counter() - started
    assert done["added"] == count, done
    return Figure(f"import of {count:,} products", count / seconds, "rows/s", "wanted", WANTED_A_SECOND)


def _generated(url: str, count: int) -> Figure:
    _inside(url, "migrate", Size(0, 0, 0))
    wanted = ("--stores", "100", "--products", "1000", "--movements", str(count), "--processes", "2")
    done = _command(url, "generate", *wanted)
    return Figure("generate", done["movements_a_second"], "movements/s", "wanted", WANTED_A_SECOND)


def _command(url: str, *args: str) -> Any:
    """What a command of ours answers."""
    return _measure.in_process("bench._command", url, *args)


def _inside(url: str, step: str, size: Size) -> dict[str, Any]:
    sizes = ("--stores", str(size.stores), "--products", str(size.products), "--movements", str(size.movements))
    found: dict[str, Any] = _measure.in_process("bench.stock", url, "--inside", step, *sizes)
    return found


def _migrate(_: Size) -> dict[str, Any]:
    from tradepost.cli import setup

    setup.configure()
    setup.migrate()
    return {}


def _furnish(size: Size) -> dict[str, Any]:
    """So many stores and products, through their services; an administrator's token, and the ids."""
    _migrate(size)
    from django.db import transaction

    from tradepost.catalog import queries as catalog
    from tradepost.cli.generating import goods
    from tradepost.lib import clock
    from tradepost.people import queries as people_queries
    from tradepost.people import services as people
    from tradepost.places import queries as places

    console, at = people_queries.console_actor(), clock.now()
    stores, products = places.stores_for(console).order_by("id"), catalog.products().order_by("id")
    goods.open_stores(size.stores, actor=console, at=at)
    goods.add_products(size.products, SEED, actor=console, at=at)
    with transaction.atomic():
        boss = people.add_user(username=f"boss{size.stores}", actor=console, at=at)
        people.grant_role(boss.pk, "admin", actor=console, at=at)
        _, token = people.issue_token(boss, actor=people_queries.actor_for(boss, face="bench"), at=at)
    return {
        "actor": console.user_id,
        "token": token,
        "stores": [store.pk for store in stores.all()],
        "products": [product.pk for product in products.all()],
        "skus": [product.sku for product in products.all()],
        "suppliers": [supplier.pk for supplier in catalog.suppliers()],
    }


def _prove(_: Size) -> dict[str, Any]:
    from tradepost.cli import setup

    setup.prepare()
    from tradepost.books import services as books
    from tradepost.inventory import queries
    from tradepost.people import queries as people

    found = books.reconcile()
    return {"differences": len(found.differences), "movements": queries.movements(people.console_actor()).count()}


INSIDE: dict[str, Callable[[Size], dict[str, Any]]] = {"furnish": _furnish, "migrate": _migrate, "prove": _prove}


if __name__ == "__main__":
    main()
