"""The proof: `reconcile` recomputes every balance from the journals, `verify` recomputes the chain of digests."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from tradepost.audit import services as audit
from tradepost.books.models import Account, Checkpoint, Level, Proof, Run
from tradepost.books.services import seals, stretch
from tradepost.books.services.runs import close_runs
from tradepost.intake import services as intake
from tradepost.intake.models import Job
from tradepost.lib import clock, db
from tradepost.lib.actor import Actor

MOST_DIFFERENCES = 1_000
MAX_ID = 2**63 - 1

# Each row of the journal counts once for either side and each kept balance against them; what is right sums to zero.
ACCOUNTS = """
SELECT account.id, account.code, sums.difference FROM (
  SELECT id, SUM(amount) AS difference FROM (
    SELECT destination_id AS id, amount_minor AS amount FROM books_transfer WHERE destination_after_minor IS NOT NULL
    UNION ALL
    SELECT source_id, -amount_minor FROM books_transfer WHERE source_after_minor IS NOT NULL
    UNION ALL
    SELECT id, -balance_minor FROM books_account WHERE balance_minor IS NOT NULL
  ) AS moved GROUP BY id HAVING SUM(amount) <> 0
) AS sums JOIN books_account AS account ON account.id = sums.id ORDER BY account.id
"""
LEVELS = """
SELECT sums.location_id, sums.product_id, sums.difference FROM (
  SELECT location_id, product_id, SUM(quantity) AS difference FROM (
    SELECT destination_id AS location_id, product_id, quantity FROM books_movement WHERE destination_after IS NOT NULL
    UNION ALL
    SELECT source_id, product_id, -quantity FROM books_movement WHERE source_after IS NOT NULL
    UNION ALL
    SELECT location_id, product_id, -quantity FROM books_level
  ) AS moved GROUP BY location_id, product_id HAVING SUM(quantity) <> 0
) AS sums ORDER BY sums.location_id, sums.product_id
"""
CHECKPOINTS = """
SELECT id, SUM(amount) FROM (
  SELECT point.id, transfer.amount_minor AS amount FROM books_checkpoint AS point
  JOIN books_transfer AS transfer
    ON transfer.destination_id = point.account_id AND transfer.posting_id <= point.last_posting_id
  UNION ALL
  SELECT point.id, -transfer.amount_minor FROM books_checkpoint AS point
  JOIN books_transfer AS transfer
    ON transfer.source_id = point.account_id AND transfer.posting_id <= point.last_posting_id
  UNION ALL
  SELECT id, -balance_minor FROM books_checkpoint
) AS moved GROUP BY id HAVING SUM(amount) <> 0 ORDER BY id
"""


@dataclass(slots=True)
class Findings:
    """What was checked (counts by name) and every difference found, each a dict that names the row.

    `seal` is the digest of the newest run: written down elsewhere, it shows later that no run before it was rewritten.
    """

    checked: dict[str, int] = field(default_factory=dict)
    differences: list[dict[str, Any]] = field(default_factory=list)
    seal: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def reconcile() -> Findings:
    """Recompute every bounded balance, every level and every checkpoint from the journals, over one snapshot.

    Postings under way are either wholly inside the snapshot or wholly outside, so load raises no false alarm.
    """
    with db.snapshot() as using:
        findings = Findings(
            {
                "accounts": Account.objects.using(using).filter(balance_minor__isnull=False).count(),
                "levels": Level.objects.using(using).count(),
                "checkpoints": Checkpoint.objects.using(using).count(),
            }
        )
        for account_id, code, difference in db.fetch(ACCOUNTS, [], using):
            findings.differences.append(
                {"table": "books_account", "id": account_id, "code": code, "difference_minor": -int(difference)}
            )
        for location_id, product_id, difference in db.fetch(LEVELS, [], using):
            level = Level.objects.using(using).filter(location_id=location_id, product_id=product_id).first()
            findings.differences.append(
                {
                    "table": "books_level",
                    "id": level.id if level else None,
                    "location_id": location_id,
                    "product_id": product_id,
                    "difference": -int(difference),
                }
            )
        for point_id, difference in db.fetch(CHECKPOINTS, [], using):
            findings.differences.append(
                {"table": "books_checkpoint", "id": point_id, "difference_minor": -int(difference)}
            )
    return findings


def verify() -> Findings:
    """Close what is open, recompute every digest and the chain, and name each row changed, added or removed."""
    findings = Findings({"runs": 0, "postings": 0, "transfers": 0, "movements": 0})
    findings.differences += _newest_run_gone()
    close_runs()
    with db.snapshot() as using:
        previous = b""
        expected_first = 1
        last_posting = 0
        for run in Run.objects.using(using).order_by("id").iterator(chunk_size=20):
            if run.first_posting_id != expected_first:
                findings.differences.append({"table": "books_run", "id": run.id, "what": "a run before it is gone"})
            rows = stretch.read(run.first_posting_id, run.last_posting_id, using)
            findings.differences += _judge(run, previous, rows)
            previous, expected_first, last_posting = bytes(run.digest), run.last_posting_id + 1, run.last_posting_id
            _count(findings, rows)
            if len(findings.differences) > MOST_DIFFERENCES:
                break
        findings.seal = previous.hex()
        # What came after the last run while this was read, or pretends to: no seal yet, but each posting's own digest.
        if len(findings.differences) <= MOST_DIFFERENCES:
            findings.differences += stretch.faults(stretch.read(last_posting + 1, MAX_ID, using))
    return findings


def _newest_run_gone() -> Iterator[dict[str, Any]]:
    """No run comes after the newest to miss it, but the checkpoints it moved reach further than the run before it."""
    carried = Checkpoint.objects.aggregate(last=Max("last_posting_id"))["last"] or 0
    if carried > (Run.objects.aggregate(last=Max("last_posting_id"))["last"] or 0):
        yield {"table": "books_run", "id": None, "what": f"the run that reached to posting {carried} is gone"}


def _count(findings: Findings, rows: stretch.Stretch) -> None:
    findings.checked["runs"] += 1
    findings.checked["postings"] += len(rows.postings)
    findings.checked["transfers"] += len(rows.transfers)
    findings.checked["movements"] += len(rows.movements)


def _judge(run: Run, previous: bytes, rows: stretch.Stretch) -> Iterator[dict[str, Any]]:
    sealed = bytes(run.seals)
    said = (
        run.first_posting_id, run.last_posting_id, run.postings, run.transfers, run.movements, run.amount_minor,
        run.quantity,
    )  # fmt: skip
    if seals.chain(previous, said, sealed) != bytes(run.digest):
        yield {"table": "books_run", "id": run.id, "what": "changed, or the run before it"}
    named: set[tuple[str, int]] = set()
    at = 0
    counts = (run.postings, run.transfers, run.movements)
    for table, count, now in zip(stretch.TABLES, counts, rows.table_seals(), strict=True):
        then = sealed[at : at + count * seals.SEAL_BYTES]
        at += count * seals.SEAL_BYTES
        if then != now:
            for row_id, what in _compare(seals.unsealed(then), seals.unsealed(now)):
                named.add((table, row_id))
                yield {"table": table, "id": row_id, "what": what}
    for fault in stretch.faults(rows):
        if (fault["table"], fault["id"]) not in named:
            yield fault
    # Where a posting was changed or removed, its run says what it held before.
    if not named and (run.first_at, run.last_at) != rows.moments():
        yield {"table": "books_run", "id": run.id, "what": "it does not hold the moments it says"}


def _compare(then: dict[int, bytes], now: dict[int, bytes]) -> Iterator[tuple[int, str]]:
    for row_id in sorted(then.keys() | now.keys()):
        if row_id not in now:
            yield row_id, "removed"
        elif row_id not in then:
            yield row_id, "added"
        elif then[row_id] != now[row_id]:
            yield row_id, "changed"


@transaction.atomic
def request_proof(*, actor: Actor, at: datetime) -> Job:
    """Ask the worker for a proof; the job's result will name it. Raises Denied unless an auditor may read all."""
    actor.require_auditor()
    job = intake.enqueue("tradepost.worker.books.prove", actor=actor, at=at)
    audit.record("books.proof_requested", subject=job, actor=actor, at=at)
    return job


def prove(*, actor: Actor, at: datetime) -> Proof:
    """Verify and reconcile, and keep the outcome for everybody to see. Raises Denied unless an auditor may read all."""
    actor.require_auditor()
    # In this order: `verify` closes what is open, so `reconcile` checks the checkpoints of that as well.
    findings = {"verify": verify(), "reconcile": reconcile()}
    differences = sum(len(found.differences) for found in findings.values())
    with transaction.atomic():
        proof = Proof.objects.create(
            started_at=at,
            finished_at=clock.now(),
            differences=differences,
            findings={name: asdict(found) for name, found in findings.items()},
        )
        audit.record("books.proved", subject=proof, actor=actor, at=at, after={"differences": differences})
    return proof
