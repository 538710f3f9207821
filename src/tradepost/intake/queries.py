"""Reading the queue: a person sees the own jobs, an administrator all."""

from datetime import datetime

from django.db.models import QuerySet

from tradepost.intake.models import Job
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Missing


def jobs(actor: Actor) -> QuerySet[Job]:
    """The jobs this actor may see, newest first."""
    return Job.objects.all() if actor.reads_all else Job.objects.filter(user_id=actor.user_id)


def job(number: int, actor: Actor) -> Job:
    """One job. Raises Missing when there is none or it is somebody else's."""
    found = jobs(actor).filter(id=number).first()
    if found is None:
        raise Missing(f"There is no job {number}")
    return found


def waiting() -> int:
    """How many jobs are not done yet."""
    return Job.objects.filter(done_at__isnull=True).count()


def is_waiting_since(moment: datetime) -> bool:
    """Whether a job was due before this moment and no worker has taken it."""
    return Job.objects.filter(done_at__isnull=True, claimed_at__isnull=True, due_at__lt=moment).exists()
