"""The one loop of the worker: runs are closed, jobs done, the night's proof asked for, old keys forgotten.

Any number of loops may run at once, as threads, processes or machines: runs are closed by one of them, a job is claimed
by one of them. Nothing that fails ends the loop; after a database error it connects anew.

Chores wait for no job, however long it or the queue is: while jobs are done, a thread of its own does what comes due.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog
from django.db import Error as DatabaseError
from django.db import close_old_connections, connections

from tradepost.imports import services as imports
from tradepost.intake import services as intake
from tradepost.lib import clock
from tradepost.lib.errors import Busy
from tradepost.people import services as people
from tradepost.worker import books, inventory, jobs, notify
from tradepost.worker.beside import beside

POLL_S = 1.0
LONGEST_PAUSE_S = 10.0

log = structlog.get_logger("tradepost.worker")


@dataclass
class Chore:
    """Something to be done again and again, not more often than `every_s`; it says whether it found something to do."""

    name: str
    every_s: float
    work: Callable[[datetime], int]
    due: float = 0.0


@dataclass
class Round:
    """What one turn of the loop did. `troubles` counts what failed."""

    found: dict[str, int] = field(default_factory=dict)
    troubles: int = 0


def chores() -> list[Chore]:
    """What a worker does besides jobs."""
    return [
        Chore("runs closed", 2, books.close_runs),
        Chore("alerts raised", 2, inventory.watch_levels),
        Chore("alerts over", 60, inventory.end_alerts),
        Chore("events spread", 1, notify.spread),
        Chore("managers mailed", 10, notify.spread_mails),
        Chore("webhooks asked for", 1, notify.ask_to_send),
        Chore("proofs asked for", 60, books.ask_for_nightly_proof),
        Chore("movements given up", 60, inventory.refuse_abandoned),
        Chore("keys forgotten", 3600, lambda at: intake.forget_old_keys(at=at)),
        Chore("files forgotten", 3600, lambda at: imports.forget_old_files(at=at)),
        Chore("tokens forgotten", 3600, lambda at: people.forget_expired_tokens(at=at)),
    ]


def run(stop: threading.Event, *, poll_s: float = POLL_S) -> None:
    """Work until `stop` is set; the job in hand is finished first."""
    mine, pause = chores(), poll_s
    log.info("worker starts")
    while not stop.is_set():
        turn = once(mine, stop.is_set)
        pause = min(pause * 2, LONGEST_PAUSE_S) if turn.troubles else poll_s
        stop.wait(pause)
    connections.close_all()
    log.info("worker stops")


def once(
    mine: list[Chore] | None = None,
    stopping: Callable[[], bool] = lambda: False,
    *,
    now: Callable[[], datetime] = clock.now,
) -> Round:
    """One turn: every chore that is due, then jobs until there is none, with the chores that come due meanwhile."""
    turn, kept = Round(), chores() if mine is None else mine

    def do_chores() -> None:
        close_old_connections()
        for chore in kept:
            if time.monotonic() >= chore.due and not stopping():
                chore.due = time.monotonic() + chore.every_s
                _guarded(turn, chore.name, partial(chore.work, now()))

    def work_off() -> int:
        tally = jobs.work_off(stopping, now=now)
        turn.found["jobs failed"] = tally.failed
        return tally.done

    do_chores()
    with beside(do_chores, every_s=POLL_S, name="chores"):
        _guarded(turn, "jobs done", work_off)
    return turn


def _guarded(turn: Round, name: str, work: Callable[[], int]) -> None:
    try:
        turn.found[name] = turn.found.get(name, 0) + int(work())
    except Busy:
        turn.found.setdefault(name, 0)  # another holds what is needed; the next turn will find it free
    except DatabaseError as error:
        turn.troubles += 1
        log.warning("the database does not answer", chore=name, error=str(error).strip().partition("\n")[0])
        connections.close_all()
    except Exception:
        turn.troubles += 1
        log.exception("a chore failed", chore=name)
