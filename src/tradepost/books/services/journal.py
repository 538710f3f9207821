"""The engine's hands: the few statements it needs, once for PostgreSQL and once for SQLite."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from tradepost.books import chart
from tradepost.books.models import Movement, Transfer
from tradepost.books.services.drafts import After
from tradepost.catalog.models import Product
from tradepost.lib import db

Spot = tuple[int, int]  # place id, product id


class Asked(NamedTuple):
    """What is still to be judged: the keys of the drafts, and how many transfers they have together."""

    keys: Sequence[str]
    transfers: int


NOTHING = Asked((), 0)


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
        self.levels_before: dict[Spot, int] = {}
        self.absent: set[Spot] = set()
        self.opened_at: set[int] = set()
        self.known_products: set[int] = set()
        self.strangers: set[int] = set()
        self.posting_ids: list[int] = []
        self.transfer_ids: list[int] = []
        self._recalled: list[tuple[Any, ...]] | None = None
        self._ahead: tuple[set[str], Callable[[], list[tuple[Any, ...]]]] | None = None

    def resolve(self, accounts: set[str], places: set[str], asked: Asked = NOTHING, *, is_held: bool = False) -> None:
        """Find the ids of what is not known yet, open what is new (in sorted order), lock the bounded accounts by id.

        Where no goods move, or their levels are held, these are all locks, so that the keys can be read and the ids
        drawn on the same trip.
        """
        self.bounded_places |= {code for code in places if chart.is_bounded_location(code)}
        early = is_held or not places
        unbounded = [code for code in accounts if chart.is_unbounded_account(code)]
        bounded = sorted(accounts.difference(unbounded))
        find = None if is_held and not unbounded and not places else self.find(unbounded, sorted(places))
        lock = self.lock_accounts(bounded) if bounded else None
        found, locked, *recalled = db.fetch_each([find, lock, *(self._recalling(asked) if early else ())])
        self._know(found)
        self._hold(locked)
        if early:
            self._take_in(*recalled)
        new_accounts = sorted(accounts - self.account_ids.keys())
        new_places = sorted(places - self.place_ids.keys())
        if new_accounts or new_places:
            self.open(new_accounts, new_places)
            opened = [code for code in new_accounts if chart.is_unbounded_account(code)]
            bounded = sorted(set(new_accounts).difference(opened))
            find, lock = self.find(opened, new_places), self.lock_accounts(bounded) if bounded else None
            found, locked = db.fetch_each([find, lock])
            self._know(found)
            self._hold(locked)
            if lock:
                self._recalled = None  # read and drawn before these locks

    def _know(self, found: Iterable[Sequence[Any]]) -> None:
        for is_place, row_id, code in found:
            if code is None:
                continue  # the row of PostgreSQL's advisory lock
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
            {"code": "text", "kind": "text", "bounded": "boolean", "store_id": "bigint"},
            [
                (code, chart.location_kind(code), chart.is_bounded_location(code), chart.store_of(code))
                for code in places
            ],
            on_conflict="ON CONFLICT (code) DO NOTHING",
        )

    def lock_levels(self, wanted: set[Spot], arriving: set[Spot], products: set[int]) -> None:
        """Lock levels by (place id, product id); where goods are `arriving`, open the missing ones in sorted order.

        What is locked already is left out. `levels_before` tells them; one that is not there is zero. Of `products`,
        those that are no goods become `strangers`; one that has a level is.
        """
        wanted = (wanted - self.levels_before.keys()) | (arriving & self.absent)
        levels = self.read_levels(sorted(wanted)) if wanted else {}
        products = products - self.known_products - {product for _, product in levels}
        self.strangers |= self._strangers(products)
        missing = sorted(spot for spot in (arriving & wanted) - levels.keys() if spot[1] not in self.strangers)
        if missing:
            db.fetch(*self.open_levels(missing))
            levels |= self.read_levels(missing)
            self.opened_at |= {place for place, _ in missing}
        self.levels_before |= dict.fromkeys(wanted, 0) | levels
        self.absent = (self.absent | wanted) - levels.keys()
        self.known_products |= products | {product for _, product in levels}
        if wanted:
            self._recalled = self._ahead = None  # read before these locks

    def _strangers(self, products: set[int]) -> set[int]:
        if not products:
            return set()
        goods = Product.objects.filter(db.Among("id", products), stocked=True)
        return products.difference(goods.values_list("id", flat=True))

    def stored_after(self, posting_ids: Sequence[int]) -> dict[int, tuple[int, list[After], list[After]]]:
        """Of postings that stand: the first transfer's id or 0, and the values after each transfer and movement."""
        if not posting_ids:
            return {}
        money: dict[int, list[tuple[int, After]]] = {posting_id: [] for posting_id in posting_ids}
        transfers = Transfer.objects.filter(db.Among("posting_id", posting_ids)).order_by("id")
        for transfer_id, posting_id, left, got in transfers.values_list(
            "id", "posting_id", "source_after_minor", "destination_after_minor"
        ):
            money[posting_id].append((transfer_id, After(left, got)))
        goods: dict[int, list[After]] = {posting_id: [] for posting_id in posting_ids}
        movements = Movement.objects.filter(db.Among("posting_id", posting_ids)).order_by("id")
        for posting_id, left, got in movements.values_list("posting_id", "source_after", "destination_after"):
            goods[posting_id].append(After(left, got))
        return {
            posting_id: (rows[0][0] if rows else 0, [after for _, after in rows], goods[posting_id])
            for posting_id, rows in money.items()
        }

    def changed_levels(self, levels: dict[Spot, int]) -> list[tuple[int, int, int]]:
        """(place, product, quantity) of the levels that are not what they were."""
        return [(*spot, quantity) for spot, quantity in levels.items() if self.levels_before[spot] != quantity]

    def changed_places(self, levels: dict[Spot, int]) -> list[int]:
        """The places of levels that are not what they were or were opened, sorted: everybody counts in this order."""
        return sorted({place for place, _, _ in self.changed_levels(levels)} | self.opened_at)

    @abstractmethod
    def find(self, accounts: Sequence[str], places: Sequence[str]) -> db.Statement:
        """For (is a place, id, code) of what exists, unlocked; keeps the closer of runs away until the commit."""

    @abstractmethod
    def lock_accounts(self, codes: Sequence[str]) -> db.Statement:
        """For (id, code, floor, balance) of bounded accounts, locked in the order of their ids."""

    @abstractmethod
    def open_levels(self, spots: Sequence[Spot]) -> db.Statement:
        """For levels at zero with the marks of their products; somebody else opening them at the same time is fine.

        Where a mark is being changed at this moment, one of the two waits for the other.
        """

    @abstractmethod
    def count_change(self, places: Collection[int]) -> None:
        """Let the versions of places grow. Ask once, for all of them, after every level is locked."""

    @abstractmethod
    def read_levels(self, spots: Sequence[Spot]) -> dict[Spot, int]:
        """The quantities of existing levels, locked in the order given."""

    def look_ahead(self, keys: set[str]) -> None:
        """Ask which of the keys stand already, for the `known` of these or fewer. On a trip, while others reckon."""
        self._ahead = (keys, db.ask(*self.recall(list(keys)))) if keys else None

    def known(self, asked: Asked) -> dict[str, tuple[int, bytes]]:
        """(posting id, digest) of the keys that stand already. Ask after the levels are locked.

        From here on `posting_ids` and `transfer_ids` are those that the drafts may have: drawn under the locks, so that
        what follows on a shelf or an account has the higher one.
        """
        if self._recalled is None:
            self._take_in(*db.fetch_each(self._recalling(asked)))
        return {key: (posting_id, bytes(digest)) for key, posting_id, digest in self._recalled or ()}

    def _recalling(self, asked: Asked) -> list[db.Statement | None]:
        if not asked.keys:
            return [None, None]
        if self._ahead and not self._ahead[0] >= set(asked.keys):
            self._ahead = None
        return [None if self._ahead else self.recall(asked.keys), self.draw(len(asked.keys), asked.transfers)]

    def _take_in(self, known: list[tuple[Any, ...]], drawn: list[tuple[Any, ...]]) -> None:
        self._recalled = self._ahead[1]() if self._ahead else known
        self._ahead = None
        self.posting_ids = sorted(number for of_transfer, number in drawn if not of_transfer)
        self.transfer_ids = sorted(number for of_transfer, number in drawn if of_transfer)

    @abstractmethod
    def recall(self, keys: Sequence[str]) -> db.Statement:
        """For (key, posting id, digest) of the keys that stand already."""

    @abstractmethod
    def draw(self, postings: int, transfers: int) -> db.Statement:
        """For (is a transfer's, id): so many fresh ids of each."""

    @abstractmethod
    def update(self, levels: dict[Spot, int], *, ahead: bool) -> None:
        """Write the balances and the levels that changed; the versions of their places grow. `enter` comes after it.

        Either at once, `ahead` of the journals, or with them.
        """

    @abstractmethod
    def enter(
        self,
        postings: Sequence[Sequence[Any]],
        transfers: Sequence[Sequence[Any]],
        movements: Sequence[Sequence[Any]],
    ) -> None:
        """Write the journals. Postings and transfers begin with their ids; transfers and movements name the posting."""
