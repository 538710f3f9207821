"""Closing runs: everything behind a closed run is final, so feeds, mails, checkpoints and `verify` share one bound.

The upper bound is read while nobody posts: every posting holds a shared lock from before its first id is drawn until
its commit, and the closer takes that lock alone for the moment of reading. SQLite has one writer and needs no lock.
"""

from collections import Counter

from django.db import connection, transaction
from django.db.models import Max

from tradepost.books.models import Account, Checkpoint, Posting, Run
from tradepost.books.services import days, seals, stretch
from tradepost.books.services.journal_postgres import RUN_LOCK
from tradepost.books.services.stretch import Stretch
from tradepost.lib import db

POSTINGS_A_RUN = 2_000
CLOSER_LOCK = RUN_LOCK + 1
CHECKPOINT = ("account_id", "last_posting_id", "balance_minor")
NEW = (0, 0)  # up to no posting, nothing


def close_runs(*, postings_a_run: int = POSTINGS_A_RUN) -> list[int]:
    """Close what is open into runs; the ids of the runs closed. Safe to call by many at once: one of them closes.

    Raises Busy when postings under way do not end within the lock timeout: nothing is closed then, the next call will.
    """
    closed: list[int] = []
    bound = _upper_bound()
    while True:
        last = Run.objects.order_by("-id").first()
        first_id = last.last_posting_id + 1 if last else 1
        ids = Posting.objects.filter(id__gte=first_id, id__lte=bound).order_by("id").values_list("id", flat=True)
        open_ids = list(ids[:postings_a_run])
        if not open_ids:
            return closed
        run = _close(stretch.read(first_id, open_ids[-1]), last)
        if run is None:
            return closed
        closed.append(run.id)


def _upper_bound() -> int:
    with db.politely(), transaction.atomic(durable=True):
        if db.is_postgres():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '3s'")
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RUN_LOCK])
        return Posting.objects.aggregate(last=Max("id"))["last"] or 0


def _close(rows: Stretch, previous: Run | None) -> Run | None:
    table_seals = rows.table_seals()
    head = rows.head()
    first_at, last_at = rows.moments()
    sealed = b"".join(table_seals)
    with transaction.atomic():
        if db.is_postgres():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CLOSER_LOCK])
        newest = Run.objects.order_by("-id").values_list("id", flat=True).first()
        if newest != (previous.id if previous else None):
            return None
        run = Run.objects.create(
            first_posting_id=head[0],
            last_posting_id=head[1],
            first_at=first_at,
            last_at=last_at,
            postings=head[2],
            transfers=head[3],
            movements=head[4],
            amount_minor=head[5],
            quantity=head[6],
            seals=sealed,
            digest=seals.chain(bytes(previous.digest) if previous else b"", head, sealed),
        )
        _move_checkpoints(rows)
        days.count(rows)
        return run


def _move_checkpoints(rows: Stretch) -> None:
    """Carry the balances of the unbounded accounts of this stretch forward to its end.

    What a checkpoint holds already is not counted again, even if somebody removed the run that carried it there.
    """
    touched = {account_id for row in rows.transfers for account_id in row[2:4]}
    points = Checkpoint.objects.filter(db.Among("account_id", touched))
    stood = {account_id: (upto, balance) for account_id, upto, balance in points.values_list(*CHECKPOINT)}
    change: Counter[int] = Counter()
    for _, posting_id, source, destination, amount, source_after, destination_after in rows.transfers:
        if source_after is None and posting_id > stood.get(source, NEW)[0]:
            change[source] -= amount
        if destination_after is None and posting_id > stood.get(destination, NEW)[0]:
            change[destination] += amount
    unbounded = Account.objects.filter(db.Among("id", change), balance_minor=None).order_by("id")
    Checkpoint.objects.bulk_create(
        [
            Checkpoint(account_id=a, last_posting_id=rows.last, balance_minor=stood.get(a, NEW)[1] + change[a])
            for a in unbounded.values_list("id", flat=True)
        ],
        update_conflicts=True,
        unique_fields=["account"],
        update_fields=["last_posting_id", "balance_minor"],
    )
