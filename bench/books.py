"""Postings a second: alone and in batches, on one hot account and over 1000, money alone and money with goods.

PostgreSQL's peer is pgbench doing the same posting (balance, posting row with its key, transfer row, into the same
tables) by one prepared statement from 16 connections, on the same server in the same run. SQLite's peer is the bare
driver doing the same in a transaction each. Both flush every commit to disk.
"""

import argparse
import json
import sqlite3
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench import _measure, _pgbench
from bench._measure import Figure

if TYPE_CHECKING:
    from tradepost.books.services import Draft

ACCOUNTS, PRODUCTS = 1_000, 1_000
SIZES = (1, 16, 100, 1_000)
CONNECTIONS = 16
RICH = 10**12


def main() -> None:
    """Measure both databases and report."""
    parser = _measure.arguments(__doc__ or "")
    parser.add_argument("--seconds", type=float, default=3, help="for each figure")
    parser.add_argument("--inside", choices=["prepare", "measure"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        print(json.dumps(_prepare() if given.inside == "prepare" else _inside(given.seconds)))
        return
    figures = []
    for kind, peer in (("postgres", _peer_on_postgres), ("sqlite", _bare_sqlite)):
        with _measure.database(kind) as url:
            ids = _measure.in_process("bench.books", url, "--inside", "prepare")
            before = peer(url, ids, given.seconds)
            found = _measure.in_process("bench.books", url, "--inside", "measure", "--seconds", str(given.seconds))
            after = peer(url, ids, given.seconds)
        name = f"pgbench, {CONNECTIONS} connections" if kind == "postgres" else "bare sqlite3"
        for what, spread, size, value in found:
            best = max(before[spread], after[spread])
            figures.append(
                Figure(f"{kind}: {what}, {spread}, batches of {size}", value, "postings/s", f"{name}, {spread}", best)
            )
    _measure.report("books", figures, as_json=given.json)


def _prepare() -> dict[str, int]:
    """Migrate, fund 1000 wallets and fill 1000 shelves; the ids the peers need."""
    from tradepost.cli import setup

    setup.configure()
    setup.migrate()
    from tradepost.books import queries
    from tradepost.books.services import Draft, Move, Pay, post
    from tradepost.catalog import queries as catalog
    from tradepost.catalog import services as catalog_services
    from tradepost.lib import clock
    from tradepost.people.queries import console_actor

    actor, at = console_actor(), clock.now()
    wares = [catalog_services.ProductDraft(sku=f"B{i:04}", name=f"Ware {i}", price_minor=100) for i in range(PRODUCTS)]
    catalog_services.add_products(wares, actor=actor, at=at)
    products = [product.pk for product in catalog.by_sku([draft.sku for draft in wares]).values()]
    pays = [Pay("~bank", f"wallet:{i}", RICH) for i in range(ACCOUNTS)]
    moves = [Move(product, "world:supplier", "store:1", RICH) for product in products]
    funds = Draft("bench:funds", "bench", actor, at, [*pays, Pay("~bank", "~phone:1", 1)])
    post([funds, Draft("bench:goods", "bench", actor, at, (), moves)])
    first, last, phone = (queries.account(code) for code in ("wallet:0", f"wallet:{ACCOUNTS - 1}", "~phone:1"))
    assert first
    assert last
    assert phone
    assert last.pk - first.pk == ACCOUNTS - 1, "the peers draw from ids without a gap"
    return {"actor": actor.user_id, "first": first.pk, "destination": phone.pk}


def _inside(seconds: float) -> list[tuple[str, str, int, float]]:
    """Every combination, then the proof that every balance, the peer's postings included, is right."""
    from tradepost.cli import setup

    setup.prepare()
    from tradepost.books.services import reconcile
    from tradepost.catalog import queries as catalog

    products = [product.pk for product in catalog.products()]
    found = []
    for what in ("money", "money and goods"):
        for spread in ("one hot account", "1000 accounts"):
            for size in SIZES:
                make = _maker(
                    products if what != "money" else [], spread != "one hot account", f"{what}:{spread}:{size}"
                )
                found.append((what, spread, size, _rate(make, size, seconds)))
    assert reconcile().ok
    return found


def _maker(products: list[int], spread: bool, name: str) -> Callable[[int], "Draft"]:
    from tradepost.books.services import Draft, Move, Pay
    from tradepost.lib import clock
    from tradepost.people.queries import console_actor

    actor, at, tag = console_actor(), clock.now(), time.time_ns()

    def make(n: int) -> Draft:
        which = n % ACCOUNTS if spread else 0
        moves = [Move(products[which], "store:1", "world:customer", 1)] if products else []
        return Draft(f"bench:{tag}:{name}:{n}", "bench", actor, at, [Pay(f"wallet:{which}", "~phone:1", 1)], moves)

    return make


def _rate(make: Callable[[int], "Draft"], size: int, seconds: float) -> float:
    from tradepost.books.services import Receipt, post

    done, started = 0, time.perf_counter()
    while (spent := time.perf_counter() - started) < seconds:
        answers = post([make(done + i) for i in range(size)])
        assert all(isinstance(answer, Receipt) for answer in answers)
        done += size
    return done / spent


def _peer_on_postgres(url: str, ids: dict[str, int], seconds: float) -> dict[str, float]:
    return {
        name: _pgbench.postings_a_second(url, accounts=width, connections=CONNECTIONS, seconds=seconds * 2, **ids)
        for name, width in (("one hot account", 1), ("1000 accounts", ACCOUNTS))
    }


def _bare_sqlite(url: str, ids: dict[str, int], seconds: float) -> dict[str, float]:
    connection = sqlite3.connect(urlsplit(url).path.removeprefix("/"), isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON")
    rates = {}
    for name, width in (("one hot account", 1), ("1000 accounts", ACCOUNTS)):
        done, started, tag = 0, time.perf_counter(), time.time_ns()
        while (spent := time.perf_counter() - started) < seconds:
            _bare_posting(connection, ids, ids["first"] + done % width, f"bare:{tag}:{done}")
            done += 1
        rates[name] = done / spent
    connection.close()
    return rates


def _bare_posting(connection: sqlite3.Connection, ids: dict[str, int], account: int, key: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    pay = "UPDATE books_account SET balance_minor = balance_minor - 1 WHERE id = ? RETURNING balance_minor"
    (left,) = connection.execute(pay, [account]).fetchone()
    posted = connection.execute(
        "INSERT INTO books_posting (key, digest, kind, actor_id, at, memo) VALUES (?, ?, 'bench', ?, datetime(), '')",
        [key, bytes(36), ids["actor"]],
    )
    connection.execute(
        "INSERT INTO books_transfer (posting_id, source_id, destination_id, amount_minor, source_after_minor) "
        "VALUES (?, ?, ?, 1, ?)",
        [posted.lastrowid, account, ids["destination"], left],
    )
    connection.execute("COMMIT")


if __name__ == "__main__":
    main()
