"""A stretch of the journal as stored: what a run is made of, and what `verify` reads again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tradepost.books.models import Movement, Posting, Transfer
from tradepost.books.services import seals
from tradepost.books.services.seals import Row

TABLES = ("books_posting", "books_transfer", "books_movement")
POSTING = ("id", "key", "digest", "kind", "actor_id", "at", "recorded_at", "memo")
TRANSFER = (
    "id", "posting_id", "source_id", "destination_id", "amount_minor", "source_after_minor", "destination_after_minor",
)  # fmt: skip
MOVEMENT = (
    "id", "posting_id", "product_id", "source_id", "destination_id", "quantity", "source_after", "destination_after",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stretch:
    """The rows of all postings from `first` to `last`, each table in the order of its ids."""

    first: int
    last: int
    postings: list[Row]
    transfers: list[Row]
    movements: list[Row]

    def tables(self) -> tuple[list[Row], list[Row], list[Row]]:
        """Rows in the order of TABLES."""
        return self.postings, self.transfers, self.movements

    def head(self) -> tuple[int, ...]:
        """Bounds, counts and sums: what a run says of itself."""
        amount = sum(row[4] for row in self.transfers)
        quantity = sum(row[5] for row in self.movements)
        counts = [len(rows) for rows in self.tables()]
        return self.first, self.last, *counts, amount, quantity

    def moments(self) -> tuple[datetime, datetime]:
        """The earliest and the latest business moment of its postings."""
        at = POSTING.index("at")
        moments = [row[at] for row in self.postings]
        return min(moments), max(moments)

    def table_seals(self) -> list[bytes]:
        """The seal of each table."""
        return [seals.seal_of(rows) for rows in self.tables()]


def read(first: int, last: int, using: str = "default") -> Stretch:
    """The stretch of postings with ids from `first` to `last`."""
    postings = Posting.objects.using(using).filter(id__gte=first, id__lte=last).order_by("id").values_list(*POSTING)
    held = {"posting_id__gte": first, "posting_id__lte": last}
    transfers = Transfer.objects.using(using).filter(**held).order_by("id").values_list(*TRANSFER)
    movements = Movement.objects.using(using).filter(**held).order_by("id").values_list(*MOVEMENT)
    rows: list[Row] = [(*row[:2], bytes(row[2]), *row[3:]) for row in postings]
    return Stretch(first, last, rows, list(transfers), list(movements))


def faults(stretch: Stretch) -> Iterator[dict[str, str | int]]:
    """What does not fit the digests of the postings themselves: `{table, id, what}` of each row."""
    by_posting: dict[int, tuple[list[Row], list[Row]]] = {row[0]: ([], []) for row in stretch.postings}
    for kind, rows in enumerate((stretch.transfers, stretch.movements)):
        for row in rows:
            if row[1] in by_posting:
                by_posting[row[1]][kind].append(row)
            else:
                yield {"table": TABLES[kind + 1], "id": row[0], "what": "its posting is gone"}
    for posting in stretch.postings:
        yield from _faults_of(posting, *by_posting[posting[0]])


def _faults_of(posting: Row, transfers: list[Row], movements: list[Row]) -> Iterator[dict[str, str | int]]:
    posting_id, key, digest, kind, actor_id, at, _, memo = posting
    texts = [f"{row[2]},{row[3]},{row[4]}" for row in transfers]
    texts += [f"{row[2]},{row[3]},{row[4]},{row[5]}" for row in movements]
    rows = transfers + movements
    stored = [f"{text},{row[-2]},{row[-1]}" for text, row in zip(texts, rows, strict=True)]
    content = seals.content_digest(key, kind, actor_id, at, memo, texts)
    checks = digest[seals.CONTENT_BYTES :]
    if content == digest[: seals.CONTENT_BYTES] and checks == seals.row_checks(stored):
        return
    if len(checks) != len(rows) * seals.ROW_BYTES:
        expected = len(checks) // seals.ROW_BYTES
        what = f"it was booked with {expected} rows and has {len(rows)}: some were added or removed"
        yield {"table": "books_posting", "id": posting_id, "what": what}
        return
    changed = seals.changed_rows(checks, stored)
    for i in changed:
        table = "books_transfer" if i < len(transfers) else "books_movement"
        yield {"table": table, "id": rows[i][0], "what": "changed"}
    if not changed:
        yield {"table": "books_posting", "id": posting_id, "what": "changed"}
