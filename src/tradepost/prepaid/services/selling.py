"""Selling charges: from a seller's credit to a phone number, any number of sales and of callers in one batch.

Order, the same for everybody: sellers by id (so that nobody is made inactive or loses the login meanwhile), numbers in
their order, then the engine. A number is written down with the first charge that goes through, never for a refused one.
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.books import chart
from tradepost.books import queries as books_queries
from tradepost.books import services as books
from tradepost.books.errors import InsufficientFunds
from tradepost.books.services import Refusal
from tradepost.lib import db, money, phone
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Invalid, TradepostError
from tradepost.prepaid.errors import ChargeNotAboveZero, InsufficientCredit
from tradepost.prepaid.services import sellers

SALE_COLUMNS = {
    "id": "bigint", "posting_id": "bigint", "seller_id": "bigint", "phone_number_id": "bigint",
    "amount_minor": "bigint", "balance_after_minor": "bigint", "operator_id": "bigint", "at": "timestamptz",
}  # fmt: skip


class ChargeItem(NamedTuple):
    """One charge asked for: the number as typed, the amount in minor units."""

    seller_id: int
    phone_number: str
    amount_minor: int


class Call(NamedTuple):
    """What one caller asks: charges, each sold or refused on its own."""

    items: Sequence[ChargeItem]
    actor: Actor
    at: datetime


class Sold(NamedTuple):
    """A charge that was sold. `id` is its transaction's; `number` is E.164; the balance is the seller's after it."""

    id: int
    posting_id: int
    seller_id: int
    phone_number_id: int
    number: str
    amount_minor: int
    balance_after_minor: int
    at: datetime


def sell_charges(items: Sequence[ChargeItem], *, actor: Actor, at: datetime) -> list[Sold | Refusal]:
    """Sell charges, each or not at all, answered in their places. Takes the seller's login or an administrator.

    Refusals: NotAPhoneNumber, ChargeNotAboveZero, NoSuchSeller (also somebody else's), SellerInactive,
    InsufficientCredit. A refused charge leaves nothing. Raises Busy.
    """
    return sell_together([Call(items, actor, at)])[0]


@transaction.atomic(savepoint=False)
def sell_together(calls: Sequence[Call]) -> list[list[Sold | Refusal]]:
    """`sell_charges` for callers that met: one batch, one audit row for each call that sold anything."""
    batch = _Batch([(item, call) for call in calls for item in call.items])
    batch.judge()
    batch.write_new_numbers()
    batch.book()
    answers = iter(batch.answers)
    results = [[next(answers) for _ in call.items] for call in calls]
    told = [event for call, answered in zip(calls, results, strict=True) for event in _told(call, answered)]
    with db.in_one_trip():
        db.insert_rows("prepaid_chargesale", SALE_COLUMNS, batch.entries)
        audit.record_all(told)
    return results


class _Batch:
    """Charges on their way: judged by themselves, numbers found or written down, booked, entered."""

    def __init__(self, asked: Sequence[tuple[ChargeItem, Call]]) -> None:
        self.asked = asked
        self.refusals: dict[int, TradepostError] = {}
        self.numbers: dict[int, str] = {}
        self.number_ids: dict[str, int] = {}
        self.answers: list[Sold | Refusal] = []
        self.entries: list[tuple[Any, ...]] = []

    def judge(self) -> None:
        """Refuse what needs no look at the credit, the sellers being locked from here on; find the numbers."""
        for i, (item, _) in enumerate(self.asked):
            try:
                self.numbers[i] = _number_of(item)
            except Invalid as error:
                self.refusals[i] = error
        asked = sellers.locking({item.seller_id for item, _ in self.asked})
        rows, numbers = db.fetch_each([asked, _finding(set(self.numbers.values()))])
        self.number_ids = dict(numbers)
        standing = sellers.standings(rows)
        for i, (item, call) in enumerate(self.asked):
            try:
                sellers.check_seller(item.seller_id, standing.get(item.seller_id), call.actor)
            except TradepostError as error:
                self.refusals[i] = error

    def write_new_numbers(self) -> None:
        """Write down the numbers that are new, where the credit reaches for a charge to them."""
        if all(self.numbers[i] in self.number_ids for i in self._open()):
            return
        self._refuse_beyond_credit()
        new = {self.numbers[i] for i in self._open()} - self.number_ids.keys()
        rows = [(number,) for number in sorted(new)]
        db.insert_rows("prepaid_phonenumber", {"number": "text"}, rows, on_conflict="ON CONFLICT (number) DO NOTHING")
        if new:
            self.number_ids |= dict(db.fetch(*_finding(new)))

    def _refuse_beyond_credit(self) -> None:
        """What the engine would refuse for want of credit. Only sales lower it, and they wait for our sellers."""
        standing = books_queries.standing_of({chart.credit(item.seller_id) for item, _ in self.asked})
        left = {code: balance - floor for code, (balance, floor) in standing.items()}
        for i in self._open():
            item = self.asked[i][0]
            code = chart.credit(item.seller_id)
            if left[code] < item.amount_minor:
                self.refusals[i] = _too_little(left[code], item.amount_minor)
            else:
                left[code] -= item.amount_minor

    def _open(self) -> list[int]:
        return [i for i in range(len(self.asked)) if i not in self.refusals]

    def book(self) -> None:
        """Post what is left in one call, note the sales to be entered, and answer everything in its place."""
        open_ = self._open()
        booked = dict(zip(open_, books.post([self._draft(i) for i in open_]), strict=True))
        for i, (item, call) in enumerate(self.asked):
            receipt = booked.get(i)
            if isinstance(receipt, books.Receipt):
                sold = self._sold(i, receipt)
                self.entries.append(
                    (*sold[:4], sold.amount_minor, sold.balance_after_minor, call.actor.user_id, call.at)
                )
                self.answers.append(sold)
            else:
                error = self.refusals[i] if receipt is None else _in_own_words(receipt.error)
                self.answers.append(Refusal(str(item.seller_id), error))

    def _draft(self, i: int) -> books.Draft:
        item, call = self.asked[i]
        pay = books.Pay(chart.credit(item.seller_id), chart.phone(self.number_ids[self.numbers[i]]), item.amount_minor)
        return books.Draft(f"prepaid:{uuid.uuid4().hex}:sold", "prepaid.charge_sale", call.actor, call.at, [pay])

    def _sold(self, i: int, receipt: books.Receipt) -> Sold:
        item, call = self.asked[i]
        number, after = self.numbers[i], receipt.transfers[0].source
        return Sold(
            receipt.transaction_id,
            receipt.posting_id,
            item.seller_id,
            self.number_ids[number],
            number,
            item.amount_minor,
            after or 0,
            call.at,
        )


def _number_of(item: ChargeItem) -> str:
    """The number in E.164. Raises what is wrong with a charge whoever sells it."""
    if not 0 < item.amount_minor <= money.MAX_MINOR:
        raise ChargeNotAboveZero
    return phone.normalise(item.phone_number)


def _finding(numbers: set[str]) -> db.Statement:
    return db.rows_by("prepaid_phonenumber", ("number", "id"), "number", numbers)


def _in_own_words(error: TradepostError) -> TradepostError:
    if not isinstance(error, InsufficientFunds):
        return error
    return _too_little(error.details["available_minor"], error.details["required_minor"])


def _too_little(available_minor: int, required_minor: int) -> InsufficientCredit:
    available, required = money.plain(available_minor), money.plain(required_minor)
    return InsufficientCredit(
        f"The credit that can be used is {available}, and {required} is needed",
        error=InsufficientCredit.title,
        available_balance_minor=available_minor,
        required_amount_minor=required_minor,
        shortage_minor=required_minor - available_minor,
    )


def _told(call: Call, answered: Sequence[Sold | Refusal]) -> list[audit.Event]:
    """One event for a call that sold something: which sales, for whom, how much altogether."""
    sold = [answer for answer in answered if isinstance(answer, Sold)]
    if not sold:
        return []
    totals: dict[int, int] = defaultdict(int)
    for sale in sold:
        totals[sale.seller_id] += sale.amount_minor
    name = sold[0].id if len(sold) == 1 else f"{len(sold)} sales"
    after = {
        "transactions": [sale.id for sale in sold],
        "amount_minor_by_seller": {str(seller_id): total for seller_id, total in totals.items()},
        "refused": len(answered) - len(sold),
    }
    return [audit.Event("prepaid.charged", ("prepaid.chargesale", name), call.actor, call.at, after=after)]
