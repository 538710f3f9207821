"""The engine's statements for SQLite. The caller's IMMEDIATE transaction is the lock: nobody else writes meanwhile."""

import json
from collections.abc import Collection, Sequence
from typing import Any

from tradepost.books.services.journal import Journal, Spot
from tradepost.lib import db

NOW = db.SQLITE_NOW.replace("%", "%%")
FIND = """
SELECT 0, id, code FROM books_account WHERE code IN (SELECT value FROM json_each(%s))
UNION ALL SELECT 1, id, code FROM books_location WHERE code IN (SELECT value FROM json_each(%s))
"""
ACCOUNTS = """
SELECT id, code, floor_minor, balance_minor FROM books_account
WHERE code IN (SELECT value FROM json_each(%s)) ORDER BY id
"""
LEVELS = """
SELECT level.location_id, level.product_id, level.quantity FROM json_each(%s) AS spot
JOIN books_level AS level
  ON level.location_id = json_extract(spot.value, '$[0]') AND level.product_id = json_extract(spot.value, '$[1]')
"""
OPEN_LEVELS = """
INSERT INTO books_level (location_id, product_id, quantity, low_at, changed_at)
SELECT json_extract(spot.value, '$[0]'), product.id, 0, product.reorder_level, now()
FROM json_each(%s) AS spot JOIN catalog_product AS product ON product.id = json_extract(spot.value, '$[1]')
WHERE true ON CONFLICT (location_id, product_id) DO NOTHING RETURNING id
""".replace("now()", NOW)
LEVEL = "UPDATE books_level SET quantity = %s, changed_at = now() WHERE location_id = %s AND product_id = %s"
LEVEL = LEVEL.replace("now()", NOW)
COUNT_CHANGE = (
    "INSERT INTO books_placeversion (location_id, shard, number) VALUES (%s, 0, 1)"
    " ON CONFLICT (location_id, shard) DO UPDATE SET number = number + 1"
)
KNOWN = "SELECT key, id, digest FROM books_posting WHERE key IN (SELECT value FROM json_each(%s))"
DRAW = """
SELECT 0, value + (SELECT COALESCE(MAX(id), 0) FROM books_posting) FROM json_each(%s)
UNION ALL SELECT 1, value + (SELECT COALESCE(MAX(id), 0) FROM books_transfer) FROM json_each(%s)
"""


class SqliteJournal(Journal):
    """Lists travel as JSON, so that no statement grows with its batch."""

    def find(self, accounts: Sequence[str], places: Sequence[str]) -> db.Statement:
        """See Journal."""
        return FIND, [json.dumps(accounts), json.dumps(places)]

    def lock_accounts(self, codes: Sequence[str]) -> db.Statement:
        """See Journal."""
        return ACCOUNTS, [json.dumps(codes)]

    def open_levels(self, spots: Sequence[Spot]) -> db.Statement:
        """See Journal."""
        return OPEN_LEVELS, [json.dumps(spots)]

    def count_change(self, places: Collection[int]) -> None:
        """See Journal."""
        db.execute_many(COUNT_CHANGE, [(place,) for place in sorted(places)])

    def read_levels(self, spots: Sequence[Spot]) -> dict[Spot, int]:
        """See Journal."""
        return {(place, product): quantity for place, product, quantity in db.fetch(LEVELS, [json.dumps(spots)])}

    def recall(self, keys: Sequence[str]) -> db.Statement:
        """See Journal."""
        return KNOWN, [json.dumps(keys)]

    def draw(self, postings: int, transfers: int) -> db.Statement:
        """See Journal."""
        return DRAW, [json.dumps(list(range(1, count + 1))) for count in (postings, transfers)]

    def update(self, levels: dict[Spot, int], *, ahead: bool) -> None:
        """See Journal."""
        db.execute_many(
            "UPDATE books_account SET balance_minor = %s WHERE id = %s",
            [(balance, account_id) for account_id, balance in self.balances.items()],
        )
        db.execute_many(LEVEL, [(quantity, *spot) for *spot, quantity in self.changed_levels(levels)])
        self.count_change(self.changed_places(levels))

    def enter(
        self,
        postings: Sequence[Sequence[Any]],
        transfers: Sequence[Sequence[Any]],
        movements: Sequence[Sequence[Any]],
    ) -> None:
        """See Journal."""
        columns = {"id": "", "key": "", "digest": "", "kind": "", "actor_id": "", "at": "timestamptz", "memo": ""}
        db.insert_rows("books_posting", columns, postings)
        _insert(
            "books_transfer",
            "id posting_id source_id destination_id amount_minor source_after_minor destination_after_minor",
            transfers,
        )
        _insert(
            "books_movement",
            "posting_id product_id source_id destination_id quantity source_after destination_after",
            movements,
        )


def _insert(table: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
    db.insert_rows(table, dict.fromkeys(columns.split(), ""), rows)
