"""The engine's hands: the few statements it needs, once for PostgreSQL and once for SQLite."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from tradepost.books import chart
from tradepost.books.models import Movement, Transfer
from tradepost.books.services.drafts import After
from tradepost.catalog.models import Product
from tradepost.lib import db


class Journal(ABC):
    """What one call of the engine knows of accounts, places and levels, and how it writes."""

    def __init__(self) -> None:
        self.account_ids: dict[str, int] = {}
        self.account_codes: dict[int, str] = {}
        self.place_ids: dict[str, int] = {}
        self.place_codes: dict[int, str] = {}
        self.bounded_places: set[str] = set()
        self.balances: dict[int, int] = {}
        self.floors: dict[int, int] = {}
        self.levels_before: dict[tuple[int, int], int] = {}
        self.strangers: set[int] = set()

    def resolve(self, accounts: set[str], places: set[str]) -> None:
        """Find ids, open what is new (in sorted order), and lock the bounded accounts by id."""
        unbounded = [code for code in accounts if chart.is_unbounded_account(code)]
        bounded = sorted(accounts.difference(unbounded))
        self._know(self.find(unbounded, sorted(places)))
        self._hold(self.lock_accounts(bounded))
        new_accounts = sorted(accounts - self.account_ids.keys())
        new_places = sorted(places - self.place_ids.keys())
        if new_accounts or new_places:
            self.open(new_accounts, new_places)
            self._know(self.find([code for code in new_accounts if chart.is_unbounded_account(code)], new_places))
            self._hold(self.lock_accounts([code for code in new_accounts if not chart.is_unbounded_account(code)]))
        self.bounded_places = {code for code in places if chart.is_bounded_location(code)}

    def _know(self, found: Iterable[Sequence[Any]]) -> None:
        for is_place, row_id, code in found:
            ids, codes = (self.place_ids, self.place_codes) if is_place else (self.account_ids, self.account_codes)
            ids[code] = row_id
            codes[row_id] = code

    def _hold(self, locked: Iterable[Sequence[Any]]) -> None:
        for row_id, code, floor, balance in locked:
            self.account_ids[code] = row_id
            self.account_codes[row_id] = code
            self.floors[row_id], self.balances[row_id] = floor, balance

    def open(self, accounts: Sequence[str], places: Sequence[str]) -> None:
        """Open accounts (floor 0 if bounded) and places; somebody else opening them at the same time is fine."""
        zero = [None if chart.is_unbounded_account(code) else 0 for code in accounts]
        db.insert_rows(
            "books_account",
            {"code": "text", "kind": "text", "floor_minor": "bigint", "balance_minor": "bigint"},
            [(code, chart.account_kind(code), z, z) for code, z in zip(accounts, zero, strict=True)],
            on_conflict="ON CONFLICT (code) DO NOTHING",
        )
        db.insert_rows(
            "books_location",
            {"code": "text", "kind": "text", "bounded": "boolean"},
            [(code, chart.location_kind(code), chart.is_bounded_location(code)) for code in places],
            on_conflict="ON CONFLICT (code) DO NOTHING",
        )

    def lock_levels(self, wanted: set[tuple[int, int]], products: set[int]) -> dict[tuple[int, int], int]:
        """Lock levels by (place id, product id), creating missing ones at zero in sorted order.

        Of `products`, those that do not exist become `strangers`; one that has a level does exist.
        """
        levels = self.read_levels(sorted(wanted)) if wanted else {}
        self.strangers = self._strangers(products - {product for _, product in levels})
        missing = sorted(spot for spot in wanted - levels.keys() if spot[1] not in self.strangers)
        if missing:
            db.insert_rows(
                "books_level",
                {"location_id": "bigint", "product_id": "bigint", "quantity": "bigint"},
                [(place, product, 0) for place, product in missing],
                on_conflict="ON CONFLICT (location_id, product_id) DO NOTHING",
            )
            levels |= self.read_levels(missing)
        self.levels_before = dict(levels)
        return levels

    def _strangers(self, products: set[int]) -> set[int]:
        if not products:
            return set()
        return products.difference(Product.objects.filter(db.Among("id", products)).values_list("id", flat=True))

    def stored_after(self, posting_ids: Sequence[int]) -> dict[int, tuple[list[After], list[After]]]:
        """The values after each transfer and movement of postings that stand, by posting id."""
        stored: dict[int, tuple[list[After], list[After]]] = {posting_id: ([], []) for posting_id in posting_ids}
        if posting_ids:
            transfers = Transfer.objects.filter(db.Among("posting_id", posting_ids)).order_by("id")
            for posting_id, left, got in transfers.values_list(
                "posting_id", "source_after_minor", "destination_after_minor"
            ):
                stored[posting_id][0].append(After(left, got))
            movements = Movement.objects.filter(db.Among("posting_id", posting_ids)).order_by("id")
            for posting_id, left, got in movements.values_list("posting_id", "source_after", "destination_after"):
                stored[posting_id][1].append(After(left, got))
        return stored

    def changed_levels(self, levels: dict[tuple[int, int], int]) -> list[tuple[int, int, int]]:
        """(place, product, quantity) of the levels that are not what they were."""
        return [(*spot, quantity) for spot, quantity in levels.items() if self.levels_before[spot] != quantity]

    @abstractmethod
    def find(self, accounts: Sequence[str], places: Sequence[str]) -> Sequence[Sequence[Any]]:
        """(is a place, id, code) of what exists, without a lock; keeps the closer of runs away until the commit."""

    @abstractmethod
    def lock_accounts(self, codes: Sequence[str]) -> Sequence[Sequence[Any]]:
        """(id, code, floor, balance) of bounded accounts, locked in the order of their ids."""

    @abstractmethod
    def read_levels(self, spots: Sequence[tuple[int, int]]) -> dict[tuple[int, int], int]:
        """The quantities of existing levels, locked in the order given."""

    @abstractmethod
    def known(self, keys: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        """(posting id, digest) of the keys that stand already."""

    @abstractmethod
    def write(
        self,
        postings: Sequence[Sequence[Any]],
        transfers: Sequence[Sequence[Any]],
        movements: Sequence[Sequence[Any]],
        levels: dict[tuple[int, int], int],
    ) -> list[int]:
        """Write everything; the posting ids in the order of the postings. Rows name their posting by its position."""
