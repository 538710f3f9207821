"""Stock in the background: queued movements, applied a few hundred at a time, and alerts of what runs low."""

from datetime import datetime
from typing import Any

from tradepost.inventory import services as inventory
from tradepost.people import queries as people
from tradepost.worker.tasks import Task, task


@task
def apply_movements(task: Task, first: int, last: int) -> dict[str, Any]:
    """Apply what was queued under a job: how many were applied and refused, and between which ids they stand."""
    counts = inventory.apply_queued(task.job_id, progress=task.progress, actor=task.actor, at=task.at)
    return {"applied": counts.applied, "refused": counts.refused, "first": first, "last": last}


def refuse_abandoned(at: datetime) -> int:
    """Refuse movements whose job failed for good; how many they were."""
    return inventory.refuse_abandoned(actor=people.system_actor(), at=at)


def watch_levels(at: datetime) -> int:
    """Raise the alerts of runs closed since; how many they were."""
    return inventory.watch_levels(at=at)


def end_alerts(at: datetime) -> int:
    """Let alerts of shelves that are not short any more press no more; how many they were."""
    return inventory.end_alerts(at=at)
