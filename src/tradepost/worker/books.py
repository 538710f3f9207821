"""The books' background work: closing runs, and the proof, asked for by a person or due at night."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings

from tradepost.books import queries
from tradepost.books import services as books
from tradepost.intake import services as intake
from tradepost.people import queries as people
from tradepost.worker.tasks import Task, task

NIGHT = time(3)
PROVE = "tradepost.worker.books.prove"

log = structlog.get_logger("tradepost.worker")


@task
def prove(task: Task) -> dict[str, Any]:
    """Reconcile and verify, and keep the outcome: `{"proof": id, "differences": n}`."""
    proof = books.prove(actor=task.actor, at=task.at)
    if proof.differences:
        log.error("the books differ", proof=proof.pk, differences=proof.differences)
    return {"proof": proof.pk, "differences": proof.differences}


def close_runs(at: datetime) -> int:
    """Seal what was posted since; how many runs were closed. Asks without a lock first whether there is anything."""
    return len(books.close_runs()) if queries.is_anything_open() else 0


def ask_for_nightly_proof(at: datetime) -> bool:
    """Queue the proof of this night, due at three in `TRADEPOST_TIME_ZONE`, unless one began since; whether it did.

    However many workers ask: the key of the night makes it one job.
    """
    due = _last_night(at)
    latest = queries.latest_proof()
    if latest is not None and latest.started_at >= due:
        return False
    actor = people.system_actor()

    def ask() -> intake.Answer:
        return intake.Answer(202, {"job": intake.enqueue(PROVE, actor=actor, at=at).pk})

    night = due.date().isoformat()
    return not intake.once(f"nightly-proof:{night}", intake.digest_of(PROVE, night), actor, ask).replayed


def _last_night(at: datetime) -> datetime:
    zone = ZoneInfo(settings.TIME_ZONE)
    here = at.astimezone(zone)
    tonight = datetime.combine(here.date(), NIGHT, tzinfo=zone)
    return tonight if here >= tonight else datetime.combine(here.date() - timedelta(days=1), NIGHT, tzinfo=zone)
