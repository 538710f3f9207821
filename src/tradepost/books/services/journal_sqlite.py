"""The engine's statements for SQLite. The caller's IMMEDIATE transaction is the lock: nobody else writes meanwhile."""

import json
from collections.abc import Sequence
from typing import Any

from tradepost.books.services.journal import Journal
from tradepost.lib import db

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
KNOWN = "SELECT key, id, digest FROM books_posting WHERE key IN (SELECT value FROM json_each(%s))"


class SqliteJournal(Journal):
    """Lists travel as JSON, so that no statement grows with its batch."""

    def find(self, accounts: Sequence[str], places: Sequence[str]) -> Sequence[Sequence[Any]]:
        """See Journal."""
        return db.fetch(FIND, [json.dumps(accounts), json.dumps(places)])

    def lock_accounts(self, codes: Sequence[str]) -> Sequence[Sequence[Any]]:
        """See Journal."""
        return db.fetch(ACCOUNTS, [json.dumps(codes)]) if codes else []

    def read_levels(self, spots: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
        """See Journal."""
        return {(place, product): quantity for place, product, quantity in db.fetch(LEVELS, [json.dumps(spots)])}

    def known(self, keys: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        """See Journal."""
        return {key: (posting_id, bytes(digest)) for key, posting_id, digest in db.fetch(KNOWN, [json.dumps(keys)])}

    def write(
        self,
        postings: Sequence[Sequence[Any]],
        transfers: Sequence[Sequence[Any]],
        movements: Sequence[Sequence[Any]],
        levels: dict[tuple[int, int], int],
    ) -> list[int]:
        """See Journal."""
        ids = db.draw_ids("books_posting", len(postings))
        columns = {"id": "", "key": "", "digest": "", "kind": "", "actor_id": "", "at": "timestamptz", "memo": ""}
        db.insert_rows("books_posting", columns, [(ids[i], *posting) for i, posting in enumerate(postings)])
        _insert(
            "books_transfer",
            "posting_id source_id destination_id amount_minor source_after_minor destination_after_minor",
            [(ids[row[0]], *row[1:]) for row in transfers],
        )
        _insert(
            "books_movement",
            "posting_id product_id source_id destination_id quantity source_after destination_after",
            [(ids[row[0]], *row[1:]) for row in movements],
        )
        db.execute_many(
            "UPDATE books_account SET balance_minor = %s WHERE id = %s",
            [(balance, account_id) for account_id, balance in self.balances.items()],
        )
        db.execute_many(
            "UPDATE books_level SET quantity = %s WHERE location_id = %s AND product_id = %s",
            [(quantity, place, product) for place, product, quantity in self.changed_levels(levels)],
        )
        return ids


def _insert(table: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
    db.insert_rows(table, dict.fromkeys(columns.split(), ""), rows)
