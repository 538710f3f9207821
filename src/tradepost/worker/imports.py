"""Imports in the background: the rows that are left, a few thousand at a time, and how far it is after each."""

from typing import Any

from tradepost.imports import services as imports
from tradepost.worker.tasks import Task, task


@task
def run(task: Task, import_id: int) -> dict[str, Any]:
    """Work an import off; how many rows were added, changed, left as they were and refused."""
    doc = imports.work_off(import_id, progress=lambda doc: task.progress(doc.progress), actor=task.actor, at=task.at)
    counts = {name: getattr(doc, name) for name in ("added", "changed", "same", "refused")}
    return {"import": doc.pk, "state": doc.state, **counts}
