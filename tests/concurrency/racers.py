"""Processes that race each other: eight of them, forked from one that has Django ready, let go at once.

`python -m tests.concurrency.racers pay WALLET TRIES` or `… sell STORE PRODUCT TRIES` prints how many went through in
each process, as JSON.
"""

import json
import multiprocessing
import sys
from collections.abc import Callable
from multiprocessing.synchronize import Barrier

import django

django.setup()

from tests import make  # noqa: E402
from tradepost.books import services as books  # noqa: E402
from tradepost.books.services import Receipt  # noqa: E402
from tradepost.lib import clock  # noqa: E402
from tradepost.people import queries as people  # noqa: E402
from tradepost.till import services as till  # noqa: E402
from tradepost.till.services import Refusal  # noqa: E402

PROCESSES = 8
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


def main() -> None:
    works: dict[str, Callable[..., int]] = {"pay": pay, "sell": sell}
    work = works[sys.argv[1]]
    gate, counts = FORK.Barrier(PROCESSES), FORK.SimpleQueue()

    def run(number: int, gate: Barrier) -> None:
        gate.wait(30)
        counts.put(work(number, *sys.argv[2:]))

    racers = [FORK.Process(target=run, args=(number, gate)) for number in range(PROCESSES)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(60)
    assert [racer.exitcode for racer in racers] == [0] * PROCESSES
    print(json.dumps([counts.get() for _ in racers]))  # noqa: T201


if __name__ == "__main__":
    main()
