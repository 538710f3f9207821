"""A process of its own that records its part. It starts anew, so it sets Django up before it imports what needs it."""

from typing import Any

from tradepost.cli.generating.order import Order


def work(order: Order, part: slice, done: Any) -> None:
    """Record the movements of a part of the stores; put what each list came to into `done`, in the end None."""
    from tradepost.cli import setup

    setup.configure()
    from tradepost.cli.generating.moves import record

    try:
        for kinds in record(order, part):
            done.put(kinds)
    finally:
        done.put(None)
