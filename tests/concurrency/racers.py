"""Processes that race each other: eight of them, forked from one that has Django ready, let go at once.

`python -m tests.concurrency.racers WORK …` prints how many went through in each process, as JSON. The works:
`pay WALLET TRIES`, `sell STORE PRODUCT TRIES`, `charge PRICE TRIES SELLER:TOKEN …`, `cross BATCHES SELLER …`,
`take_in TRANSFER PRODUCT TRIES`, `scan STOCKTAKE PRODUCT TRIES`, `move TOKEN STORE PRODUCT TYPE TRIES`,
`apply JOB TRIES`, `watch TRIES`.
"""

import contextlib
import json
import multiprocessing
import random
import sys
from collections.abc import Callable
from multiprocessing.synchronize import Barrier

import django

django.setup()

from tests import make  # noqa: E402
from tests.api.caller import Caller  # noqa: E402
from tests.concurrency.processes import PATIENCE_S, PROCESSES  # noqa: E402
from tradepost.books import services as books  # noqa: E402
from tradepost.books.services import Receipt  # noqa: E402
from tradepost.inventory import services as inventory  # noqa: E402
from tradepost.inventory.errors import MoreThanSent  # noqa: E402
from tradepost.lib import clock  # noqa: E402
from tradepost.people import queries as people  # noqa: E402
from tradepost.prepaid import services as prepaid  # noqa: E402
from tradepost.prepaid.services import ChargeItem, Sold  # noqa: E402
from tradepost.till import services as till  # noqa: E402
from tradepost.till.services import Refusal  # noqa: E402

PHONES = 100
FORK = multiprocessing.get_context("fork")


def pay(number: int, wallet: str, tries: str) -> int:
    """How many single coins this process could spend."""
    actor = people.console_actor(face="test")
    drafts = [make.payment(wallet, "hold:1", 1, actor=actor, key=f"racer:{number}:{i}") for i in range(int(tries))]
    return sum(isinstance(books.post([draft])[0], Receipt) for draft in drafts)


def sell(_: int, store: str, product: str, tries: str) -> int:
    """How many single pieces this process could sell."""
    actor = people.console_actor(face="test")
    draft = till.SaleDraft(int(store), [till.SaleItem(int(product), 1)])
    answers = [till.ring_up([draft], actor=actor, at=clock.now())[0] for _ in range(int(tries))]
    return sum(not isinstance(answer, Refusal) for answer in answers)


def take_in(_: int, transfer: str, product: str, tries: str) -> int:
    """How many single pieces of a transfer this process could receive."""
    actor, received = people.console_actor(face="test"), 0
    for _ in range(int(tries)):
        with contextlib.suppress(MoreThanSent):
            inventory.receive(int(transfer), {int(product): 1}, actor=actor, at=clock.now())
            received += 1
    return received


def scan(_: int, stocktake: str, product: str, tries: str) -> int:
    """How many pieces this process scanned."""
    actor, item = people.console_actor(face="test"), inventory.CountItem(int(product), 1, is_more=True)
    for _ in range(int(tries)):
        inventory.count(int(stocktake), [item], actor=actor, at=clock.now())
    return int(tries)


def phone(number: int) -> str:
    """One of the numbers that everybody charges."""
    return f"+98912{number % PHONES:07}"


def charge(number: int, price: str, tries: str, *seats: str) -> int:
    """How many charges this process could sell through the API, the sellers and the phones of each taking turns."""
    callers = [(int(seller), Caller(token=token)) for seller, token in (seat.split(":") for seat in seats)]
    sold = 0
    for i in range(number * int(tries), (number + 1) * int(tries)):
        seller_id, caller = callers[i % len(callers)]
        body = {"seller_id": seller_id, "phone_number": phone(i // len(callers)), "amount": price}
        answer = caller.post("charge-sales/", body, key=f"charge-{i}")
        assert answer.status_code in {201, 409}, answer.content
        sold += answer.status_code == 201
    return sold


def cross(number: int, batches: str, *sellers: str) -> int:
    """How many pennies this process could charge in batches over all sellers and phones, in an order of its own.

    The first one changes limits meanwhile.
    """
    dice, console, ids = random.Random(number), people.console_actor(face="test"), [int(one) for one in sellers]
    sold = 0
    for _ in range(int(batches)):
        dice.shuffle(ids)
        if number == 0:
            for seller_id in ids:
                prepaid.change_seller(seller_id, {"limit_minor": dice.randrange(500)}, actor=console, at=clock.now())
            continue
        items = [ChargeItem(seller_id, phone(dice.randrange(PHONES)), 1) for seller_id in ids for _ in range(3)]
        answers = prepaid.sell_charges(items, actor=console, at=clock.now())
        sold += sum(isinstance(answer, Sold) for answer in answers)
    return sold


def move(number: int, token: str, store: str, product: str, movement_type: str, tries: str) -> int:
    """How many single pieces this process could move through the API."""
    caller, moved = Caller(token=token), 0
    body = {"store_id": int(store), "product_id": int(product), "movement_type": movement_type, "quantity": 1}
    for i in range(int(tries)):
        answer = caller.post("stock-movements/", body, key=f"move-{number}-{i}")
        assert answer.status_code in {201, 409}, answer.content
        moved += answer.status_code == 201
    return moved


def apply(_: int, job: str, tries: str) -> int:
    """How often this process was given one and the same task."""
    actor = people.console_actor(face="test")
    return len([inventory.apply_queued(int(job), actor=actor, at=clock.now()) for _ in range(int(tries))])


def watch(_: int, tries: str) -> int:
    """How many alerts this process raised."""
    return sum(inventory.watch_levels(at=clock.now()) for _ in range(int(tries)))


def main() -> None:
    works: dict[str, Callable[..., int]] = {
        "pay": pay, "sell": sell, "charge": charge, "cross": cross, "take_in": take_in, "scan": scan,
        "move": move, "apply": apply, "watch": watch,
    }  # fmt: skip
    work = works[sys.argv[1]]
    gate, counts = FORK.Barrier(PROCESSES), FORK.SimpleQueue()

    def run(number: int, gate: Barrier) -> None:
        gate.wait(30)
        counts.put(work(number, *sys.argv[2:]))

    racers = [FORK.Process(target=run, args=(number, gate)) for number in range(PROCESSES)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(PATIENCE_S)
    assert [racer.exitcode for racer in racers] == [0] * PROCESSES
    print(json.dumps([counts.get() for _ in racers]))  # noqa: T201


if __name__ == "__main__":
    main()
