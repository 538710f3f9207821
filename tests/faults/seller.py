"""A till without end: sells batches of a list under one key each, until it is killed.

`python -m tests.faults.seller STORE PRODUCT SIZE [before|after]`: with the last argument it stops inside or right after
the transaction of its first batch and says so, to be killed there.
"""

import sys
import time
from itertools import count

import django

django.setup()

from tradepost.intake import services as intake  # noqa: E402
from tradepost.lib import clock  # noqa: E402
from tradepost.people import queries as people  # noqa: E402
from tradepost.till import services as till  # noqa: E402


def wait_to_be_killed() -> None:
    print("ready", flush=True)  # noqa: T201
    time.sleep(60)


def main() -> None:
    store, product, size = map(int, sys.argv[1:4])
    stop = sys.argv[4] if len(sys.argv) > 4 else ""
    actor = people.console_actor(face="test")
    for number in count():
        drafts = [till.SaleDraft(store, [till.SaleItem(product, 1)], number=f"S-{number}-{i}") for i in range(size)]

        def sell(drafts: list[till.SaleDraft] = drafts) -> intake.Answer:
            till.ring_up(drafts, actor=actor, at=clock.now())
            if stop == "before":
                wait_to_be_killed()
            return intake.Answer(201, {"sold": len(drafts)})

        answer = intake.once(f"batch-{number}", intake.digest_of("batch", number), actor, sell)
        if stop == "after":
            wait_to_be_killed()
        print("replayed" if answer.replayed else "sold", number, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
