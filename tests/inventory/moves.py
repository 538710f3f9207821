"""Movements to be: drafts, queued lists, and whoever applies them."""

from collections.abc import Sequence
from typing import Any

from tests import make
from tradepost.catalog.models import Product
from tradepost.intake.models import Job
from tradepost.inventory import services as inventory
from tradepost.inventory.services import Counts, MovementDraft
from tradepost.places.models import Store


def draft(store: Store, goods: Product, movement_type: str = "IN", steps: int = 1, **fields: Any) -> MovementDraft:
    """A movement to be; a removal has its reason."""
    given = {"note": "Broken" if movement_type == "REM" else "", **fields}
    return MovementDraft(store.pk, goods.pk, movement_type, steps, **given)


def queued(drafts: Sequence[MovementDraft], **fields: Any) -> Job:
    """The job that is to apply them; asked for by the console unless somebody else is named."""
    job, number = inventory.queue_movements(drafts, **{"actor": make.console(), "at": make.AT, **fields})
    assert number == len(drafts)
    return job


def applied(job: Job, **fields: Any) -> Counts:
    """What became of a job's movements, applied by the console unless somebody else is named."""
    return inventory.apply_queued(job.pk, **{"actor": make.console(), "at": make.AT, **fields})
