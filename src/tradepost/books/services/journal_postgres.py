"""The engine's statements for PostgreSQL: arrays in, one locking read a table, one write for everything."""

from collections.abc import Collection, Sequence
from typing import Any

from tradepost.books.services.journal import Journal, Spot
from tradepost.lib import db

# Held shared by everybody who posts, exclusively by the closer of runs for the moment of reading its upper bound.
RUN_LOCK = 7_305_001

FIND = """
SELECT NULL::boolean, NULL::bigint, NULL::text FROM pg_advisory_xact_lock_shared(%s)
UNION ALL SELECT false, id, code FROM books_account WHERE code = ANY(%s::text[])
UNION ALL SELECT true, id, code FROM books_location WHERE code = ANY(%s::text[])
"""
LOCK_ACCOUNTS = """
SELECT id, code, floor_minor, balance_minor FROM books_account WHERE code = ANY(%s::text[])
ORDER BY id FOR NO KEY UPDATE
"""
LOCK_LEVELS = """
SELECT level.location_id, level.product_id, level.quantity
FROM books_level AS level
JOIN unnest(%s::bigint[], %s::bigint[]) AS wanted (location_id, product_id)
  ON level.location_id = wanted.location_id AND level.product_id = wanted.product_id
ORDER BY level.location_id, level.product_id FOR NO KEY UPDATE OF level
"""
OPEN_LEVELS = """
INSERT INTO books_level (location_id, product_id, quantity, low_at)
SELECT wanted.location_id, product.id, 0, product.reorder_level
FROM unnest(%s::bigint[], %s::bigint[]) AS wanted (location_id, product_id)
JOIN catalog_product AS product ON product.id = wanted.product_id
ORDER BY wanted.location_id, wanted.product_id FOR SHARE OF product
ON CONFLICT (location_id, product_id) DO NOTHING RETURNING id
"""
KNOWN = "SELECT key, id, digest FROM books_posting WHERE key = ANY(%s::text[])"

# Each sequence is looked up once, not for every row.
DRAW = """
SELECT false, nextval((SELECT pg_get_serial_sequence('books_posting', 'id')::regclass)) FROM generate_series(1, %s)
UNION ALL
SELECT true, nextval((SELECT pg_get_serial_sequence('books_transfer', 'id')::regclass)) FROM generate_series(1, %s)
"""

POST = """posted AS (
  INSERT INTO books_posting (id, key, digest, kind, actor_id, at, memo)
  SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bytea[], %s::text[], %s::bigint[], %s::timestamptz[], %s::text[])
)"""
TRANSFER = """transferred AS (
  INSERT INTO books_transfer (id, posting_id, source_id, destination_id, amount_minor, source_after_minor,
                              destination_after_minor)
  SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
)"""
MOVE = """moved AS (
  INSERT INTO books_movement (posting_id, product_id, source_id, destination_id, quantity, source_after,
                              destination_after)
  SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
)"""
BALANCE = """balanced AS (
  UPDATE books_account AS account SET balance_minor = now.balance
  FROM unnest(%s::bigint[], %s::bigint[]) AS now (id, balance)
  WHERE account.id = now.id AND account.balance_minor <> now.balance
)"""
LEVEL = """levelled AS (
  UPDATE books_level AS level SET quantity = now.quantity, changed_at = statement_timestamp()
  FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS now (location_id, product_id, quantity)
  WHERE level.location_id = now.location_id AND level.product_id = now.product_id
)"""
# Connections of one pool have numbers that follow each other, so that tills of a store rarely share a shard.
VERSION = """versioned AS (
  INSERT INTO books_placeversion (location_id, shard, number)
  SELECT location_id, mod(pg_backend_pid(), 8), 1 FROM unnest(%s::bigint[]) AS place (location_id) ORDER BY location_id
  ON CONFLICT (location_id, shard) DO UPDATE SET number = books_placeversion.number + 1
)"""


Part = tuple[str, Sequence[Sequence[Any]]]  # a step of a statement, and its rows


class PostgresJournal(Journal):
    """Arrays travel as parameters, so a statement is prepared once and its cost grows with the rows alone."""

    _updates: Sequence[Part] = ()

    def find(self, accounts: Sequence[str], places: Sequence[str]) -> db.Statement:
        """See Journal."""
        return FIND, [RUN_LOCK, db.array(accounts), db.array(places)]

    def lock_accounts(self, codes: Sequence[str]) -> db.Statement:
        """See Journal."""
        return LOCK_ACCOUNTS, [db.array(codes)]

    def open_levels(self, spots: Sequence[Spot]) -> db.Statement:
        """See Journal."""
        return OPEN_LEVELS, _columns(spots)

    def count_change(self, places: Collection[int]) -> None:
        """See Journal."""
        _send((VERSION, [(place,) for place in sorted(places)]))

    def read_levels(self, spots: Sequence[Spot]) -> dict[Spot, int]:
        """See Journal."""
        places, products = _columns(spots)
        return {(place, product): quantity for place, product, quantity in db.fetch(LOCK_LEVELS, [places, products])}

    def recall(self, keys: Sequence[str]) -> db.Statement:
        """See Journal."""
        return KNOWN, [db.array(keys)]

    def draw(self, postings: int, transfers: int) -> db.Statement:
        """See Journal."""
        return DRAW, [postings, transfers]

    def update(self, levels: dict[Spot, int], *, ahead: bool) -> None:
        """See Journal. By one statement, which on a trip is not waited for."""
        self._updates = [
            (BALANCE, list(self.balances.items())),
            (LEVEL, self.changed_levels(levels)),
            (VERSION, [(place,) for place in self.changed_places(levels)]),
        ]
        if ahead:
            _send(*self._updates)
            self._updates = []

    def enter(
        self,
        postings: Sequence[Sequence[Any]],
        transfers: Sequence[Sequence[Any]],
        movements: Sequence[Sequence[Any]],
    ) -> None:
        """See Journal. Likewise."""
        _send((POST, postings), (TRANSFER, transfers), (MOVE, movements), *self._updates)


def _send(*parts: Part) -> None:
    wanted = [(step, _columns(rows)) for step, rows in parts if rows]
    if wanted:
        steps = ",\n".join(step for step, _ in wanted)
        db.send(f"WITH {steps} SELECT", [column for _, columns in wanted for column in columns])


def _columns(rows: Sequence[Sequence[Any]]) -> list[str]:
    return [db.array(column) for column in zip(*rows, strict=True)]
