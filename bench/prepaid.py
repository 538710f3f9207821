"""Charge sales over HTTP as users get them, beside a no-op of the same server and pgbench on the same database.

A real `tradepost serve --workers 2` on PostgreSQL with fsync on; 32 connections that are kept, a token and a fresh
idempotency key for each request, permission, throttling and audit switched on. CPU is what the kernel says of the
server's processes and of the database's. In the end every balance is reconciled and every answered sale counted.
"""

import argparse
import itertools
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench import _cpu, _load, _measure, _pgbench
from bench._load import Load, rendered
from bench._measure import Figure
from tradepost.cli.proving.served import serving

SELLERS, NUMBERS = 1_000, 10_000
RICH = 10**12
CONNECTIONS, LIST_CONNECTIONS = 32, 8
MOST_SINGLE, MOST_ROWS = 5_000, 40_000  # rendered for each second to be measured: more than can be answered
RATE = "100000000/minute"  # counted for every request, reached by none
HOT, SPREAD, MIXED = "1 hot seller", f"{SELLERS} sellers", f"{SELLERS} sellers in each list"
LISTS = (100, 1_000)
PATH = "/api/charge-sales/"
NAMES = ("noop", "single", "list", "pgbench")


@dataclass(slots=True)
class Measured:
    """A load with what its requests cost in the server and in the database."""

    load: Load
    server_cpu_s: float
    database_cpu_s: float
    sales: int = 1  # in each request

    def milliseconds_of(self, cpu_s: float) -> float:
        """CPU milliseconds a sale or request."""
        return cpu_s * 1000 / (self.load.requests * self.sales)


@dataclass(slots=True)
class Bench:
    """The server under load, and what was measured of it so far."""

    port: int
    server: int
    database: int
    seconds: float
    seats: list[tuple[int, str]]  # a seller and its login's token
    boss: str
    sold: int = 0
    tags: Iterator[int] = field(default_factory=itertools.count)

    def noop(self) -> Measured:
        """The cheapest request with a token."""
        requests = itertools.cycle([rendered("GET", "/api/ping/", token) for _, token in self.seats])
        return self._measured(requests, requests, CONNECTIONS, b"HTTP/1.1 200 ", 0)

    def single(self, how: str) -> Measured:
        """One sale a request."""
        requests = self._singles(how, round(self.seconds * MOST_SINGLE))
        return self._measured(self._singles(how, MOST_SINGLE), requests, CONNECTIONS, b'"status":"success"', 1)

    def lists(self, how: str, size: int) -> Measured:
        """Many sales a request."""
        requests = self._lists(how, size, round(self.seconds * MOST_ROWS / size))
        warm = self._lists(how, size, 2 * LIST_CONNECTIONS)
        return self._measured(warm, requests, LIST_CONNECTIONS, b'"status":"success"', size)

    def _measured(
        self, warm: Iterator[bytes], requests: Iterator[bytes], connections: int, wanted: bytes, sales: int
    ) -> Measured:
        times = max(1, sales)
        first = _load.press(self.port, warm, connections, min(1, self.seconds), wanted, times)
        before = _cpu.seconds_of(self.server), _cpu.seconds_of(self.database)
        load = _load.press(self.port, requests, connections, self.seconds, wanted, times)
        after = _cpu.seconds_of(self.server), _cpu.seconds_of(self.database)
        assert not load.wrong | first.wrong, next(iter(load.wrong | first.wrong))
        self.sold += (first.requests + load.requests) * sales
        return Measured(load, after[0] - before[0], after[1] - before[1], times)

    def _singles(self, how: str, count: int) -> Iterator[bytes]:
        tag = next(self.tags)
        made = []
        for i in range(count):
            seller_id, token = self.seats[i % SELLERS if how == SPREAD else 0]
            body = json.dumps(_charge(seller_id, i)).encode()
            made.append(rendered("POST", PATH, token, body, f"bench-{tag}-{i}"))
        return iter(made)

    def _lists(self, how: str, size: int, count: int) -> Iterator[bytes]:
        tag = next(self.tags)
        made = []
        for n in range(count):
            seller_id, token = self.seats[n % SELLERS if how == SPREAD else 0]
            token = self.boss if how == MIXED else token
            rows = [
                _charge(self.seats[i % SELLERS][0] if how == MIXED else seller_id, n * size + i) for i in range(size)
            ]
            made.append(rendered("POST", PATH, token, json.dumps(rows).encode(), f"bench-{tag}-{n}"))
        return iter(made)


def _charge(seller_id: int, i: int) -> dict[str, Any]:
    return {"seller_id": seller_id, "phone_number": _number(i * 7919), "amount": "1.00"}


def _number(i: int) -> str:
    return f"+98912{i % NUMBERS:07}"


def main() -> None:
    """Measure and report."""
    parser = _measure.arguments(__doc__ or "")
    parser.add_argument("--seconds", type=float, default=5, help="for each figure")
    parser.add_argument("--only", choices=NAMES, action="append", help="not all of it; nothing is kept then")
    parser.add_argument("--inside", choices=["prepare", "prove"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        print(json.dumps(_prepare() if given.inside == "prepare" else _prove()))
        return
    figures: list[Figure] = []
    with _measure.database("postgres") as url:
        made = _measure.in_process("bench.prepaid", url, "--inside", "prepare")
        with _served(url, made, given.seconds) as bench:
            figures += _over_http(bench, given.only or NAMES, url, made)
            sold = bench.sold + made["sold"]
        proved = _measure.in_process("bench.prepaid", url, "--inside", "prove")
    figures += [
        Figure("balances and rows that differ in the end", proved["differences"], "differences", "limit", 0),
        Figure("sales in the books", proved["sales"], "sales", "sales answered", sold),
    ]
    _measure.report("prepaid", figures, as_json=given.json, keep=not given.only)


@contextmanager
def _served(url: str, made: dict[str, Any], seconds: float) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="tradepost-home-") as home:
        own = {"DATABASE_URL": url, "TRADEPOST_HOME": home, "TRADEPOST_RATE": RATE}
        with serving(2, own) as served:
            yield Bench(served.port, served.process_id, _cpu.postmaster_of(url), seconds, made["seats"], made["boss"])


def _over_http(bench: Bench, names: tuple[str, ...] | list[str], url: str, made: dict[str, Any]) -> list[Figure]:
    """The server first, in a database as a shop has it; then what pgbench does to the same one."""
    noop, single, lists = bench.noop(), dict[str, Measured](), dict[tuple[int, str], Measured]()
    if "single" in names:
        single = {how: bench.single(how) for how in (HOT, SPREAD)}
        noop = max(noop, bench.noop(), key=lambda one: one.load.a_second)
    if "list" in names:
        lists = {(size, how): bench.lists(how, size) for size in LISTS for how in (HOT, SPREAD, MIXED)}
    peers = _peers(bench, url, made) if "pgbench" in names else {}
    figures = _noop_figures(noop)
    for how, measured in single.items():
        figures += _single_figures(how, measured, noop, peers)
    if single:
        hot, spread = (single[how].load.a_second for how in (HOT, SPREAD))
        figures.append(Figure(f"one sale, {HOT}", hot, "sales/s", f"{SPREAD}; wanted 0.8", spread))
    for (size, how), measured in lists.items():
        figures += _list_figures(how, size, measured, peers)
    return figures


def _peers(bench: Bench, url: str, made: dict[str, Any]) -> dict[str, float]:
    """What pgbench does in postings a second, by how the accounts are spread."""
    ids = {name: made[name] for name in ("first", "destination", "actor")}
    return {
        how: _pgbench.postings_a_second(url, accounts=width, connections=CONNECTIONS, seconds=bench.seconds, **ids)
        for how, width in ((HOT, 1), (SPREAD, SELLERS))
    }


def _noop_figures(noop: Measured) -> list[Figure]:
    server, database = (noop.milliseconds_of(cpu) for cpu in (noop.server_cpu_s, noop.database_cpu_s))
    own = noop.load.own_cpu_s * 1000 / noop.load.requests
    return [
        Figure("no-op", noop.load.a_second, "requests/s", "", 0),
        Figure("no-op, p99", noop.load.percentile(99), "ms", "its p50", noop.load.percentile(50)),
        Figure("no-op, CPU of the server", server, "ms/request", "of the database", database),
        Figure("no-op, CPU of the load generator", own, "ms/request", "of server and database", server + database),
    ]


def _single_figures(how: str, sale: Measured, noop: Measured, peers: dict[str, float]) -> list[Figure]:
    load, name = sale.load, f"one sale, {how}"
    server, database = (sale.milliseconds_of(cpu) for cpu in (sale.server_cpu_s, sale.database_cpu_s))
    figures = [
        Figure(name, load.a_second, "sales/s", "no-op; wanted 0.5", noop.load.a_second),
        Figure(f"{name}, p50", load.percentile(50), "ms", "no-op", noop.load.percentile(50)),
        Figure(f"{name}, p99", load.percentile(99), "ms", "no-op", noop.load.percentile(99)),
        Figure(f"{name}, CPU of the server", server, "ms/sale", "no-op", noop.milliseconds_of(noop.server_cpu_s)),
        Figure(f"{name}, CPU of the database", database, "ms/sale", "no-op", noop.milliseconds_of(noop.database_cpu_s)),
        Figure(f"{name}, CPU of both", server + database, "ms/sale", "limit", 3),
    ]
    if how in peers:
        figures.append(Figure(name, load.a_second, "sales/s", f"pgbench, {CONNECTIONS} connections", peers[how]))
    return figures


def _list_figures(how: str, size: int, sale: Measured, peers: dict[str, float]) -> list[Figure]:
    name, rate = f"lists of {size}, {how}", sale.load.a_second * size
    server, database = (sale.milliseconds_of(cpu) for cpu in (sale.server_cpu_s, sale.database_cpu_s))
    peer = peers.get(HOT if how == HOT else SPREAD)
    figures = [Figure(name, rate, "sales/s", f"pgbench, {CONNECTIONS} connections", peer)] if peer else []
    if size == max(LISTS) or not peer:
        figures.append(Figure(name, rate, "sales/s", "wanted", 8_000))
    return [
        *figures,
        Figure(f"{name}, CPU of the server", server, "ms/sale", "of the database", database),
    ]


def _prepare() -> dict[str, Any]:
    """Sellers with a login, a token and credit each, all numbers charged once; the ids the peer needs."""
    from tradepost.cli import setup

    setup.configure()
    setup.migrate()
    from django.db import connection, transaction

    from tradepost.books import chart
    from tradepost.books import queries as books
    from tradepost.funding import services as funding
    from tradepost.lib import clock
    from tradepost.people import queries as people_queries
    from tradepost.people import services as people
    from tradepost.prepaid import services as prepaid

    console, at = people_queries.console_actor(), clock.now()
    with transaction.atomic():
        boss = people.add_user(username="boss", actor=console, at=at)
        people.grant_role(boss.pk, "admin", actor=console, at=at)
        logins = people.add_customers([people.CustomerDraft(f"bench{i}") for i in range(SELLERS)], actor=console, at=at)
        sellers, seats = [], []
        for name, user_id in logins.items():
            draft = prepaid.SellerDraft(name, user_id=user_id)
            seller = prepaid.add_seller(draft, actor=console, at=at)
            user = people_queries.user(user_id)
            _, token = people.issue_token(user, actor=people_queries.actor_for(user, face="bench"), at=at)
            sellers.append(seller.pk)
            seats.append((seller.pk, token))
        _, token = people.issue_token(boss, actor=people_queries.actor_for(boss, face="bench"), at=at)
    drafts = [prepaid.CreditDraft(seller_id, RICH) for seller_id in sellers]
    asked = prepaid.request_credit(drafts, actor=console, at=at)
    decisions = [funding.Decision(one.pk, approve=True) for one in asked if not hasattr(one, "error")]
    funding.decide(decisions, actor=people_queries.actor_for(boss, face="bench"), at=at)
    for start in range(0, NUMBERS, SELLERS):
        items = [prepaid.ChargeItem(sellers[i], _number(start + i), 1) for i in range(SELLERS)]
        answers = prepaid.sell_charges(items, actor=console, at=at)
        assert not any(hasattr(answer, "error") for answer in answers), answers[0]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    accounts = [books.account(chart.credit(number)) for number in (sellers[0], sellers[-1])]
    phone = books.account(chart.phone(1))
    assert accounts[0]
    assert accounts[1]
    assert phone
    assert accounts[1].pk - accounts[0].pk == SELLERS - 1, "the peer draws from ids without a gap"
    ids = {"first": accounts[0].pk, "destination": phone.pk, "actor": console.user_id}
    return {**ids, "seats": seats, "boss": token, "sold": NUMBERS}


def _prove() -> dict[str, int]:
    """What differs, and how many sales there are."""
    from tradepost.cli import setup

    setup.prepare()
    from tradepost.books import services as books
    from tradepost.people import queries as people
    from tradepost.prepaid import queries

    actor = people.console_actor()
    wrong = [found for found in queries.reconcile_all(actor) if not found.is_reconciled]
    return {"differences": len(wrong) + len(books.reconcile().differences), "sales": queries.sales(actor).count()}


if __name__ == "__main__":
    main()
