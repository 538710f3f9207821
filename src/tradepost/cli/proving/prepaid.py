"""The proof of prepaid credit: the scenario and the race, each four ways, and what must come out to the last penny.

The scenario: 2 sellers are given 5 credits each, 5,000,000 together, and sell 500 charges of 5,000 each over 100
phones: both end at 2,500,000. The race: 1000 tries at a credit for 30 charges sell exactly 30.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from tradepost.books import services as books
from tradepost.cli.proving import scene
from tradepost.cli.proving.crew import PROCESSES, THREADS, Crew, Entry
from tradepost.cli.proving.served import serving
from tradepost.cli.proving.tries import SOLD, TOO_LITTLE_CREDIT, Seat, Tries
from tradepost.cli.proving.watch import Watch
from tradepost.lib import money
from tradepost.people import queries as people
from tradepost.prepaid import queries

SELLERS, CREDITS, SALES, PHONES = 2, 5, 1000, 100
CREDIT, PRICE = "1000000", "5000"
TRIES, ENOUGH_FOR = 1000, 30
SERVICES, API = "services", "API"

Progress = Callable[[str, int, int], None]  # what is done now, acts done, acts in all


@dataclass(slots=True)
class Act:
    """What one act showed, and everything in it that was not exactly as it must be."""

    name: str
    way: str
    crew: Crew
    tries: Tries
    balances: list[str] = field(default_factory=list)
    is_reconciled: bool = True
    reconcile_calls: int = 0
    false_alarms: int = 0
    faults: list[str] = field(default_factory=list)

    def expect(self, what: str, found: Any, wanted: Any) -> None:
        """Note a fault unless what was found is what was wanted."""
        if found != wanted:
            self.faults.append(f"{self.name}, {self.way} by {self.crew.kind}: {what} {found}, wanted {wanted}")


def prove(threads: int, processes: int, progress: Progress) -> list[Act]:
    """Do every act every way, on the database that stands configured and is thrown away afterwards."""
    acts: list[Act] = []
    boss = scene.seat_boss()
    crews = [Crew(THREADS, threads), Crew(PROCESSES, processes)]
    plays = (_scenario, _race)
    for way, enter in ((SERVICES, _inside), (API, _served)):
        with enter() as entry:
            for crew in crews:
                for play in plays:
                    progress(f"{way} by {crew.kind}", len(acts), 2 * len(crews) * len(plays))
                    act = play(way, crew, entry, boss, block=len(acts))
                    _check_books(act)
                    acts.append(act)
    return acts


@contextmanager
def _inside() -> Iterator[Entry]:
    yield Entry()


@contextmanager
def _served() -> Iterator[Entry]:
    with serving(workers=2 if connection.vendor == "postgresql" else 1) as served:
        yield Entry(served.port)


def _scenario(way: str, crew: Crew, entry: Entry, boss: Seat, *, block: int) -> Act:
    seats = [scene.seat_seller() for _ in range(SELLERS)]
    phones = scene.phones_of(block, PHONES)
    again = [_give_credit(entry, seat, boss, CREDIT) for seat in seats for _ in range(CREDITS)]
    charges = scene.deal(f"prove:{block}", seats, phones, SALES, PRICE)
    with Watch() as watch:
        tries = crew.attempt(charges, entry)
    act = Act("scenario", way, crew, tries, reconcile_calls=watch.calls, false_alarms=len(watch.alarms))
    act.expect("approvals that credited a second time", again.count(""), 0)
    act.expect("outcomes", dict(tries.outcomes), {SOLD: SALES})
    act.expect("false alarms of reconcile", watch.alarms, [])
    _check_sellers(act, entry, seats, boss, left="2500000", transactions=CREDITS + SALES // SELLERS)
    _check_phones(act, phones, SALES * int(PRICE) // PHONES)
    return act


def _race(way: str, crew: Crew, entry: Entry, boss: Seat, *, block: int) -> Act:
    seat, phones = scene.seat_seller(), scene.phones_of(block, PHONES)
    _give_credit(entry, seat, boss, str(ENOUGH_FOR * int(PRICE)))
    with Watch() as watch:
        tries = crew.attempt(scene.deal(f"prove:{block}", [seat], phones, TRIES, PRICE), entry)
    act = Act("race", way, crew, tries, reconcile_calls=watch.calls, false_alarms=len(watch.alarms))
    act.expect("outcomes", dict(tries.outcomes), {SOLD: ENOUGH_FOR, TOO_LITTLE_CREDIT: TRIES - ENOUGH_FOR})
    act.expect("false alarms of reconcile", watch.alarms, [])
    _check_sellers(act, entry, [seat], boss, left="0", transactions=1 + ENOUGH_FOR)
    return act


def _give_credit(entry: Entry, seat: Seat, boss: Seat, amount: str) -> str:
    """Asked for by the seller, approved by another, and approved again: what the second approval was answered."""
    door = entry.open()
    try:
        request_id = door.ask_for_credit(seat, amount)
        if refusal := door.approve(request_id, boss):
            raise RuntimeError(f"a credit could not be approved: {refusal}")
        return str(door.approve(request_id, boss))
    finally:
        door.close()


def _check_sellers(act: Act, entry: Entry, seats: list[Seat], boss: Seat, *, left: str, transactions: int) -> None:
    door = entry.open()
    try:
        act.balances = [door.balance(seat) for seat in seats]
        found = [door.reconcile(seat._replace(user_id=boss.user_id, token=boss.token)) for seat in seats]
    finally:
        door.close()
    act.is_reconciled = all(is_reconciled for is_reconciled, _ in found)
    act.expect("balances", act.balances, [money.plain(money.parse(left))] * len(seats))
    act.expect("reconciled and transactions of each seller", found, [(True, transactions)] * len(seats))


def _check_phones(act: Act, phones: list[str], charged: int) -> None:
    rows: Iterable[Any] = queries.phone_numbers(people.console_actor())
    totals = {row.number: row.charged_minor for row in rows}
    wrong = [phone for phone in phones if totals.get(phone) != money.parse(charged)]
    act.expect("phones with another total than was sold", wrong, [])


def _check_books(act: Act) -> None:
    act.expect("differences found by reconcile", books.reconcile().differences, [])
    act.expect("differences found by verify", books.verify().differences, [])
