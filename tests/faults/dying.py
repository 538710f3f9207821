"""A till that dies: forks a process for every statement of a sale, which is killed right after it, until one survives.

`python -m tests.faults.dying sale STORE MOST`, `… charge SELLER MOST` or `… move PRODUCT MOST` prints, as JSON, how
many died and after which statements something was left.
"""

import json
import os
import signal
import sys
from collections.abc import Callable

import django

django.setup()

from django.db import connections  # noqa: E402

from tests import picture  # noqa: E402
from tests.faults import counters  # noqa: E402
from tests.statements import pulled_after  # noqa: E402
from tradepost.lib import db  # noqa: E402
from tradepost.places.models import Store  # noqa: E402


def look() -> picture.Picture:
    """What stands, seen by a connection of its own that no fork inherits."""
    try:
        return picture.of_everything()
    finally:
        connections.close_all()
        if db.is_postgres():
            connections["default"].close_pool()  # type: ignore[attr-defined]


def work_and_die(work: Callable[[], object], number: int) -> bool:
    """Whether a process that is killed after the statement of this number died before it was done."""
    child = os.fork()
    if child == 0:
        with pulled_after(number, lambda: os.kill(os.getpid(), signal.SIGKILL)):
            work()
        connections.close_all()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def main() -> None:
    what, where, most = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    works: dict[str, Callable[[], object]] = {
        "sale": lambda: counters.change("ring_up", Store.objects.get(id=where)),
        "charge": lambda: counters.charge(where),
        "move": lambda: counters.move(where),
    }
    before = look()
    left_behind = []
    for number in range(1, most):
        if not work_and_die(works[what], number):
            break
        if look() != before:
            left_behind.append(number)
    else:
        raise SystemExit(f"nobody survived {most} statements")
    print(json.dumps({"deaths": number - 1, "left behind": left_behind}))  # noqa: T201


if __name__ == "__main__":
    main()
