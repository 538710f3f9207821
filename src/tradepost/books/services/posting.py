"""`post`: any number of drafts, each booked or refused on its own, in a constant number of statements.

Order, the same for everybody, so that crossing transfers cannot deadlock: the shared lock that keeps the closer of runs
away, bounded accounts by id, levels by place and product, keys, then every write: balances, levels and the versions of
their places, and the rows of the journals, which for a caller on a trip are made while the database writes those. A
level that is opened counts as a change of its place, but not before that write: who counted it on at once would hold
one version while waiting for the next. Keys are read after the locks: twins touch the same accounts, so the second one
sees the first one's key.

Who has to read something under the levels' locks before a draft is complete, as a cost, asks in two parts: `hold` takes
the locks, `post` does the rest. Together they make the trips that `post` makes alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.db import transaction

from tradepost.books import chart
from tradepost.books.errors import InsufficientFunds, InsufficientStock, InvalidDraft, KeyReused
from tradepost.books.services import seals
from tradepost.books.services.drafts import MAX_AMOUNT, MAX_HELD, After, Draft, Receipt, Refusal
from tradepost.books.services.journal import Asked, Journal, Spot
from tradepost.books.services.journal_postgres import PostgresJournal
from tradepost.books.services.journal_sqlite import SqliteJournal
from tradepost.lib import db
from tradepost.lib.errors import Invalid, Missing, TradepostError

MOST_DRAFTS, MOST_ROWS = 5_000, 50_000
MAX_ID = 2**63 - 1
MAX_KEY, MAX_KIND, MAX_MEMO = 100, 40, 200
RACES = {
    # Since its level was locked: ask what it is now.
    "books_movement refers to nothing": "A product becomes a service at this moment; try again",
    "one_posting_a_key": "The same thing is being booked at this moment; try again",
}


class Held:
    """What `hold` locked, for the one `post` that follows it."""

    def __init__(self) -> None:
        self.journal: Journal = PostgresJournal() if db.is_postgres() else SqliteJournal()
        self.keys: set[str] = set()

    def look_ahead(self) -> None:
        """On a trip, ask for what `post` will have to know of the drafts: while the caller makes them complete."""
        if db.is_on_a_trip():  # or it would be one more
            self.journal.look_ahead(self.keys)


@transaction.atomic(savepoint=False)
def hold(drafts: Sequence[Draft]) -> Held:
    """Lock the bounded accounts and the levels that drafts name, until the commit; where goods come to, open them.

    The drafts need not be complete: amounts of money may change until they are posted, and transfers between unbounded
    accounts come or go. Nothing is refused yet: what is wrong with a draft `post` says, in the same transaction of the
    caller; ask it even where no draft is left, since it counts what was opened. Raises Busy, and InvalidDraft for too
    many.
    """
    held = Held()
    batch = _Batch(drafts, held.journal)
    with db.politely():
        batch.lock()
    held.keys = batch.keys()
    return held


@transaction.atomic(savepoint=False)
def post(drafts: Sequence[Draft], held: Held | None = None) -> list[Receipt | Refusal]:
    """Book drafts in the transaction of the caller; answer each in its place, with a receipt or a refusal.

    A key that stands already with the same content gives the first receipt again, with another content KeyReused.
    Refusals: InvalidDraft, UnknownCode, Missing (a product), InsufficientFunds, InsufficientStock, KeyReused. A refused
    draft leaves nothing.
    Raises Busy when a twin with the same key was written at this very moment, or a product of these made a service: the
    caller may try again. On a trip of the caller's it is raised where that ends.
    What is `held` is not locked anew. A bounded account is locked before any level, so InvalidDraft too is a draft that
    names one beside those held. Call it once in a transaction; two calls may take locks in crossing order.
    """
    batch = _Batch(drafts, (held or Held()).journal, is_held=held is not None)
    with db.politely():
        batch.lock()
        batch.recall()
        batch.weigh()
        ahead = db.is_on_a_trip()  # who is not would send a statement more for little
        with db.in_one_trip(RACES):
            batch.write(ahead=ahead)
    return batch.answers()


def post_one(draft: Draft, held: Held | None = None) -> Receipt:
    """Book one draft or raise the reason why not."""
    answer = post([draft], held)[0]
    if isinstance(answer, Refusal):
        raise answer.error
    return answer


def fault_of(draft: Draft) -> Invalid | None:
    """What is wrong with a draft whatever the balances, if anything is."""
    if not draft.key or len(draft.key) > MAX_KEY or len(draft.kind) > MAX_KIND or len(draft.memo) > MAX_MEMO:
        return InvalidDraft(f"A key has 1 to {MAX_KEY} characters, a kind {MAX_KIND} and a memo {MAX_MEMO} at most")
    if not draft.transfers and not draft.movements:
        return InvalidDraft("Neither money nor goods move")
    for source, destination, amount in draft.transfers:
        if type(amount) is not int or not 0 < amount <= MAX_AMOUNT:
            return InvalidDraft(f"An amount is above zero, not {amount}")
        if source == destination:
            return InvalidDraft(f"Money cannot go from {source} to itself")
    for product_id, from_place, to_place, quantity in draft.movements:
        if type(product_id) is not int or not 0 < product_id <= MAX_ID:
            return InvalidDraft(f"There is no product {product_id}")
        if type(quantity) is not int or not 0 < quantity <= MAX_AMOUNT:
            return InvalidDraft(f"A quantity is above zero, not {quantity}")
        if from_place == to_place:
            return InvalidDraft(f"Goods cannot go from {from_place} to themselves")
    return None


class Weighed(NamedTuple):
    """A draft that may be booked: its transfers and movements by ids, and the values after each."""

    pays: list[tuple[int, int, int]]
    moves: list[tuple[int, int, int, int]]
    money: list[After]
    goods: list[After]


class _Batch:
    """The drafts of one call on their way through lock, recall, weigh and write."""

    def __init__(self, drafts: Sequence[Draft], journal: Journal, *, is_held: bool = False) -> None:
        if len(drafts) > MOST_DRAFTS:
            raise InvalidDraft(f"At most {MOST_DRAFTS} postings at a time, not {len(drafts)}")
        if sum(len(draft.transfers) + len(draft.movements) for draft in drafts) > MOST_ROWS:
            raise InvalidDraft(f"At most {MOST_ROWS} transfers and movements at a time")
        self.drafts = drafts
        self.journal, self.is_held = journal, is_held
        self.results: list[Receipt | Refusal | None] = [None] * len(drafts)
        self.postings: list[tuple[int, str, bytes, str, int, datetime, str]] = []
        self.transfers: list[tuple[int, int, int, int, int, int | None, int | None]] = []
        self.movements: list[tuple[int, int, int, int, int, int | None, int | None]] = []
        self.sound: dict[int, Weighed] = {}  # by the place of the draft
        self.first: dict[str, int] = {}  # the place of the first sound draft of a key
        self.contents: dict[str, bytes] = {}  # what it was, for its twins
        for i, draft in enumerate(drafts):
            fault = fault_of(draft)
            if fault is not None:
                self.results[i] = Refusal(draft.key, fault)

    def lock(self) -> None:
        """Find every account and place, opening what is new; lock the bounded ones and the levels that are not held."""
        accounts, places = self._codes()
        if wrong := self._wrong(accounts, self._check_account) | self._wrong(places, chart.location_kind):
            self._refuse_who_names(wrong)
            accounts, places = self._codes()
        self.journal.resolve(accounts, places, self._asked(), is_held=self.is_held)
        leaving, arriving = self._spots()
        self.journal.lock_levels(leaving | arriving, arriving, self._named_products())
        self.levels = dict(self.journal.levels_before)

    def keys(self) -> set[str]:
        """The keys that `recall` will ask for."""
        return {draft.key for draft in self._open()}

    def _codes(self) -> tuple[set[str], set[str]]:
        """The accounts and the places that drafts name, but for those that were held."""
        drafts = self._open()
        accounts = {code for draft in drafts for pay in draft.transfers for code in pay[:2]}
        places = {code for draft in drafts for move in draft.movements for code in move[1:3]}
        return accounts - self.journal.account_ids.keys(), places - self.journal.place_ids.keys()

    def _wrong(self, codes: Iterable[str], check: Callable[[str], object]) -> dict[str, Invalid]:
        wrong: dict[str, Invalid] = {}
        for code in codes:
            try:
                check(code)
            except (chart.UnknownCode, InvalidDraft) as error:
                wrong[code] = error
        return wrong

    def _refuse_who_names(self, wrong: Mapping[str, Invalid]) -> None:
        for i, draft in enumerate(self.drafts):
            codes = [code for pay in draft.transfers for code in pay[:2]]
            codes += [code for move in draft.movements for code in move[1:3]]
            if self.results[i] is None and (named := next((code for code in codes if code in wrong), None)) is not None:
                self.results[i] = Refusal(draft.key, wrong[named])

    def _check_account(self, code: str) -> None:
        chart.account_kind(code)
        if self.is_held and not chart.is_unbounded_account(code):
            raise InvalidDraft(f"{code} is not held: it would be locked after the levels")

    def _open(self) -> list[Draft]:
        return [draft for draft, result in zip(self.drafts, self.results, strict=True) if result is None]

    def _asked(self) -> Asked:
        return Asked([draft.key for draft in self._open()], sum(len(draft.transfers) for draft in self._open()))

    def _spots(self) -> tuple[set[Spot], set[Spot]]:
        """The levels that goods leave, and those that they come to."""
        bounded, ids = self.journal.bounded_places, self.journal.place_ids
        moves = [move for draft in self._open() for move in draft.movements]
        leaving = {(ids[source], product_id) for product_id, source, _, _ in moves if source in bounded}
        return leaving, {(ids[goal], product_id) for product_id, _, goal, _ in moves if goal in bounded}

    def _named_products(self) -> set[int]:
        return {move[0] for draft in self._open() for move in draft.movements}

    def recall(self) -> None:
        """Give drafts whose key stands already their first receipt, or KeyReused."""
        self.known = self.journal.known(self._asked())
        self.known_after = self.journal.stored_after([posting_id for posting_id, _ in self.known.values()])
        self.posting_ids, self.transfer_ids = iter(self.journal.posting_ids), iter(self.journal.transfer_ids)

    def weigh(self) -> None:
        """Weigh the drafts one after the other against the locked balances and levels, but those whose key stands."""
        for i, draft in enumerate(self.drafts):
            if self.results[i] is not None or draft.key in self.known or draft.key in self.first:
                continue
            pays, moves = self._by_id(draft)
            outcome = self._weigh(pays, moves)
            if isinstance(outcome, TradepostError):
                self.results[i] = Refusal(draft.key, outcome)
            else:
                self.first[draft.key] = i
                self.sound[i] = Weighed(pays, moves, *outcome)

    def write(self, *, ahead: bool) -> None:
        """Write balances and levels, and postings with their rows, on a trip of the caller's made meanwhile."""
        changes = bool(self.sound or self.journal.opened_at)
        if changes:
            self.journal.update(self.levels, ahead=ahead)
        for i, draft in enumerate(self.drafts):
            if self.results[i] is None:
                self.results[i] = self._entered(i, draft)
        if changes:
            self.journal.enter(self.postings, self.transfers, self.movements)

    def _entered(self, i: int, draft: Draft) -> Receipt | Refusal:
        weighed = self.sound.get(i)
        pays, moves = weighed[:2] if weighed else self._by_id(draft)
        texts = [f"{s},{d},{a}" for s, d, a in pays] + [f"{p},{s},{d},{q}" for p, s, d, q in moves]
        content = seals.content_digest(draft.key, draft.kind, draft.actor.user_id, draft.at, draft.memo, texts)
        return self._accept(draft, content, weighed, texts) if weighed else self._again(draft.key, content)

    def _by_id(self, draft: Draft) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int, int]]]:
        account, place = self.journal.account_ids, self.journal.place_ids
        return (
            [(account[s], account[d], amount) for s, d, amount in draft.transfers],
            [(product, place[s], place[d], quantity) for product, s, d, quantity in draft.movements],
        )

    def _again(self, key: str, content: bytes) -> Receipt | Refusal:
        if key in self.first:
            first, first_content = self.results[self.first[key]], self.contents[key]
            if first_content == content and isinstance(first, Receipt):
                return first._replace(replayed=True)
            return Refusal(key, KeyReused(f"The key {key} stands twice in this list, with two contents"))
        posting_id, digest = self.known[key]
        if digest[: seals.CONTENT_BYTES] != content:
            return Refusal(key, KeyReused(key=key, posting_id=posting_id))
        return Receipt(key, posting_id, *self.known_after[posting_id], replayed=True)

    def _weigh(
        self, pays: list[tuple[int, int, int]], moves: list[tuple[int, int, int, int]]
    ) -> tuple[list[After], list[After]] | TradepostError:
        """The values after each row, kept; or the refusal, everything put back as it was."""
        money: list[After] = []
        goods: list[After] = []
        refusal = self._weigh_money(pays, money) or self._weigh_goods(moves, goods)
        if refusal is None:
            return money, goods
        self._put_back(pays[: len(money)], moves[: len(goods)])
        return refusal

    def _weigh_money(self, pays: list[tuple[int, int, int]], after: list[After]) -> TradepostError | None:
        """Pay as far as the money reaches, appending the balances after each transfer."""
        balances, floors = self.journal.balances, self.journal.floors
        for source, destination, amount in pays:
            left = balances.get(source)
            if left is not None:
                left -= amount
                if left < floors[source]:
                    return self._too_little_money(source, left + amount, amount)
            got = balances.get(destination)
            if got is not None:
                got += amount
                if got > MAX_HELD:
                    return InvalidDraft(f"No account holds more than {MAX_HELD}")
                balances[destination] = got
            if left is not None:
                balances[source] = left
            after.append(After(left, got))
        return None

    def _weigh_goods(self, moves: list[tuple[int, int, int, int]], after: list[After]) -> TradepostError | None:
        """Move as far as the goods reach, appending the levels after each movement."""
        levels = self.levels
        for product, from_place, to_place, quantity in moves:
            if product in self.journal.strangers:
                return Missing(f"There is no product {product} that is kept on shelves")
            left = levels.get((from_place, product))
            if left is not None:
                left -= quantity
                if left < 0:
                    return self._too_few_goods(product, from_place, left + quantity, quantity)
            got = levels.get((to_place, product))
            if got is not None:
                got += quantity
                if got > MAX_HELD:
                    return InvalidDraft(f"No shelf holds more than {MAX_HELD}")
                levels[to_place, product] = got
            if left is not None:
                levels[from_place, product] = left
            after.append(After(left, got))
        return None

    def _put_back(self, pays: list[tuple[int, int, int]], moves: list[tuple[int, int, int, int]]) -> None:
        balances, levels = self.journal.balances, self.levels
        for source, destination, amount in pays:
            if source in balances:
                balances[source] += amount
            if destination in balances:
                balances[destination] -= amount
        for product, from_place, to_place, quantity in moves:
            if (from_place, product) in levels:
                levels[from_place, product] += quantity
            if (to_place, product) in levels:
                levels[to_place, product] -= quantity

    def _too_little_money(self, account_id: int, balance: int, amount: int) -> InsufficientFunds:
        available = balance - self.journal.floors[account_id]
        return InsufficientFunds(
            account=self.journal.account_codes[account_id],
            available_minor=available,
            required_minor=amount,
            short_minor=amount - available,
        )

    def _too_few_goods(self, product_id: int, place_id: int, level: int, quantity: int) -> InsufficientStock:
        return InsufficientStock(
            product_id=product_id,
            place=self.journal.place_codes[place_id],
            available=level,
            required=quantity,
            short=quantity - level,
        )

    def _accept(self, draft: Draft, content: bytes, weighed: Weighed, texts: list[str]) -> Receipt:
        pays, moves, money, goods = weighed
        checks = seals.row_checks(
            [f"{text},{left},{got}" for text, (left, got) in zip(texts, money + goods, strict=True)]
        )
        posting_id = next(self.posting_ids)
        ids = list(islice(self.transfer_ids, len(pays)))
        self.contents[draft.key] = content
        self.postings.append(
            (posting_id, draft.key, content + checks, draft.kind, draft.actor.user_id, draft.at, draft.memo)
        )
        self.transfers += [
            (number, posting_id, *pay, *left) for number, pay, left in zip(ids, pays, money, strict=True)
        ]
        self.movements += [(posting_id, *move, *left) for move, left in zip(moves, goods, strict=True)]
        return Receipt(draft.key, posting_id, ids[0] if ids else 0, money, goods)

    def answers(self) -> list[Receipt | Refusal]:
        """The receipts and refusals in the order of the drafts."""
        return [result for result in self.results if result is not None]
