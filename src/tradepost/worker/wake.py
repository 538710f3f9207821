"""Celery's way to the loop: a message says that there may be work; which, stands in the database."""

from tradepost.celery import app
from tradepost.worker import loop

mine = loop.chores()  # of this process: what is due once an hour is not done with every message


@app.task(name="tradepost.worker.wake")
def wake() -> dict[str, int]:
    """One turn of the loop; what it found, by name."""
    return loop.once(mine).found
