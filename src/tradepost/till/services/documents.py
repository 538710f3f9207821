"""What the services of the counter share: numbers, the catalogue at hand, set-wise writing of documents and lines."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Model

from tradepost.audit import services as audit
from tradepost.books import services as books
from tradepost.books.services import Refusal
from tradepost.catalog.models import Product, Supplier
from tradepost.lib import db, fields
from tradepost.lib.actor import Actor
from tradepost.lib.errors import FieldErrors, Missing, TradepostError
from tradepost.lib.numbers import MAX_NUMBER, is_number
from tradepost.lib.rounding import divide_half_even
from tradepost.people.models import User
from tradepost.places import services as places
from tradepost.places.errors import StoreArchived
from tradepost.till.errors import (
    AmountOutOfRange,
    EmptyBasket,
    NotANumber,
    NotForSale,
    NumberTaken,
    QuantityNotAboveZero,
    ReasonNeeded,
)
from tradepost.till.models import REASON, Document

MOST_LINES = 5_000
MAX_MINOR = 10**15
MAX_STEPS = 10**15
MAX_UNIT_COST = 10**13  # its ten-thousandths are kept
COST_SCALE = 10_000
WRITTEN_NOW = "The same document is being written at this moment; try again"

Spot = tuple[int, int]  # a store and a product
D = TypeVar("D", bound=Document)
T = TypeVar("T", bound="Asked")

# Column types of the tables that documents and lines live in, in the order rows are built in.
DOCUMENT = {
    "id": "bigint", "number": "text", "store_id": "bigint", "operator_id": "bigint", "at": "timestamptz",
    "business_date": "date", "posting_id": "bigint",
}  # fmt: skip


class Asked(Protocol):
    """What all drafts have."""

    @property
    def store_id(self) -> int:
        """Where it happens."""

    @property
    def number(self) -> str:
        """What the document will go by; empty if one is to be made up."""


class Plan(NamedTuple):
    """A document ready to be booked: the values of its row and lines, and what to post, if anything moves.

    Where goods are frozen at cost, `at_cost` makes it whole: costs are known once the levels are locked. The second
    value of the head is the store, that of a line the product.
    """

    number: str
    head: tuple[Any, ...]
    values: tuple[Any, ...]
    lines: Sequence[tuple[Any, ...]]
    posting: books.Draft | None
    at_cost: "Callable[[Plan, Shelf], Plan] | None" = None


@dataclass(frozen=True, slots=True)
class Form(Generic[D]):
    """How a kind of document is stored: its own columns after the common ones, and those of its lines."""

    document: type[D]
    columns: dict[str, str]
    line_table: str = ""
    line_columns: dict[str, str] = field(default_factory=dict)


class Goods(NamedTuple):
    """What the counter needs to know of a product."""

    id: int
    sku: str
    decimals: int
    price_minor: int
    cost_minor: int
    stocked: bool
    archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a list of drafts names: stores, products, customers, suppliers; read by a constant number of queries.

    Costs are read later, see `read_costs`.
    """

    zones: dict[int, str]
    goods: dict[int, Goods]
    customers: set[int]
    suppliers: set[int]
    closed_stores: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)
    costs: dict[Spot, int | None] = field(default_factory=dict)

    def zone(self, store_id: int) -> str:
        """The time zone of a store. Raises Missing for one that is not there, StoreArchived."""
        if store_id in self.closed_stores:
            raise StoreArchived(f"Store {store_id} is archived: nothing is booked there", store_id=store_id)
        if store_id not in self.zones:
            raise Missing(f"There is no open store {store_id}")
        return self.zones[store_id]

    def product(self, product_id: int | None, *, also_archived: bool = False) -> Goods:
        """A product. Raises Missing, or NotForSale for an archived one."""
        found = self.goods.get(product_id or 0)
        if found is None:
            raise Missing(f"There is no product {product_id}")
        if (found.archived_at or found.id in self.gone) and not also_archived:
            raise NotForSale(f"{found.sku} is no longer sold")
        return found

    def customer(self, customer_id: int | None) -> int | None:
        """A customer's id. Raises Missing for one that is not there."""
        if customer_id is not None and customer_id not in self.customers:
            raise Missing(f"There is no customer {customer_id}")
        return customer_id

    def supplier(self, supplier_id: int | None) -> int | None:
        """A supplier's id. Raises Missing for one that is not there."""
        if supplier_id is not None and supplier_id not in self.suppliers:
            raise Missing(f"There is no supplier {supplier_id}")
        return supplier_id

    def read_costs(self, spots: Collection[Spot]) -> None:
        """Read the moving averages of now. Whoever books by them holds the levels: then nobody moves them meanwhile.

        A product may have been archived while its level was waited for: it is `gone` then.
        """
        products = {product_id for _, product_id in spots}
        archived = db.rows_by("catalog_product", ("id", "archived_at IS NOT NULL"), "id", products)
        found, states = db.fetch_each([_averages_at(spots), archived])
        self.costs.update(dict.fromkeys(spots))
        self.costs.update({(store_id, product_id): average for store_id, product_id, average in found})
        self.gone.update(product_id for product_id, is_archived in states if is_archived)

    def cost_of(self, store_id: int, goods: Goods, quantity: int) -> int:
        """Minor units that `quantity` steps of a product cost in a store: by the moving average, else by the list.

        Its cost must have been read.
        """
        known = self.costs[store_id, goods.id]
        average = goods.cost_minor * COST_SCALE if known is None else known
        return divide_half_even(average * quantity, COST_SCALE * 10**goods.decimals)


def look_up(
    store_ids: Collection[int],
    product_ids: Collection[int],
    *,
    customer_ids: Collection[int | None] = (),
    supplier_ids: Collection[int | None] = (),
) -> Shelf:
    """Read what the drafts name, but for costs. The stores stay open until the commit."""
    stores = places.keep_open(store_ids)
    columns = ("id", "sku", "decimals", "price_minor", "cost_minor", "stocked", "archived_at")
    rows = Product.objects.filter(db.Among("id", product_ids)).values_list(*columns)
    goods = {row[0]: Goods(*row) for row in rows}
    customers, suppliers = _known(User, customer_ids), _known(Supplier, supplier_ids)
    return Shelf(stores.zones, goods, customers, suppliers, stores.archived)


def _known(kind: type[Model], ids: Collection[int | None]) -> set[int]:
    wanted = [one for one in ids if one is not None]
    return set(kind._default_manager.filter(db.Among("id", wanted)).values_list("id", flat=True)) if wanted else set()


def averages(spots: Collection[Spot]) -> dict[Spot, int]:
    """The moving averages at these spots, in ten-thousandths of a minor unit for a whole unit."""
    return {(store_id, product_id): average for store_id, product_id, average in db.fetch(*_averages_at(spots))}


def _averages_at(spots: Collection[Spot]) -> db.Statement:
    return db.rows_by_pairs("till_averagecost", ("average_e4",), ("store_id", "product_id"), spots)


def moment(at: datetime, zone: str) -> tuple[datetime, date]:
    """A business moment in UTC and the store's day it belongs to."""
    return (in_utc := at.astimezone(UTC)), _day(in_utc, zone)


@lru_cache
def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def check_items(items: Sequence[Any]) -> None:
    """Raises EmptyBasket, QuantityNotAboveZero, AmountOutOfRange; a basket has at most 5000 lines."""
    if not items:
        raise EmptyBasket
    if len(items) > MOST_LINES:
        raise EmptyBasket(f"At most {MOST_LINES} lines on one document, not {len(items)}")
    for item in items:
        if item.quantity <= 0:
            raise QuantityNotAboveZero(f"A quantity is above zero, not {item.quantity}")
        if item.quantity > MAX_STEPS:
            raise AmountOutOfRange(f"{item.quantity} is more than the books can hold")


def line_of(text: str, field: str) -> str:
    """A note or a reason as people write it: one clean line. Raises FieldErrors."""
    if not text:
        return text
    wrong: fields.Wrong = {}
    clean = fields.line(field, text, REASON, wrong)
    if wrong:
        raise FieldErrors(wrong)
    return clean


def reason_of(text: str, needed: str = "") -> str:
    """Why something is done. Raises FieldErrors, and ReasonNeeded, with `needed`, where there is none but must be."""
    reason = line_of(text, "reason")
    if needed and not reason:
        raise ReasonNeeded(needed)
    return reason


def check_amount(amount_minor: int) -> int:
    """The amount, if it is one: zero or above and within what the books hold. Raises AmountOutOfRange."""
    if not 0 <= amount_minor <= MAX_MINOR:
        raise AmountOutOfRange(f"{amount_minor} is no amount of a line")
    return amount_minor


def check_cost(cost_minor: int, steps: int, decimals: int) -> int:
    """The cost of so many steps, if an average can be made of it. Raises AmountOutOfRange."""
    if cost_minor * 10**decimals > MAX_UNIT_COST * steps:
        raise AmountOutOfRange(f"{cost_minor} is no cost of so little")
    return check_amount(cost_minor)


def standing(model: type[D], numbers: Iterable[str]) -> dict[str, D]:
    """The documents that stand already under these numbers."""
    wanted = [number for number in numbers if number]
    return (
        {found.number: found for found in model._default_manager.filter(db.Among("number", wanted))} if wanted else {}
    )


def judge(drafts: Sequence[T], plan: Callable[[T], Plan]) -> list[Plan | Refusal]:
    """Plan each draft, turning its refusal into a row of the answer so that the others go on."""
    planned: list[Plan | Refusal] = []
    for draft in drafts:
        try:
            planned.append(plan(draft))
        except TradepostError as error:
            planned.append(Refusal(draft.number, error))
    return planned


def at_cost(plans: Sequence[Plan | Refusal], shelf: Shelf, held: books.Held | None = None) -> list[Plan | Refusal]:
    """The plans with what their goods cost by the averages of now; some may turn into refusals.

    What is `held` looks ahead meanwhile.
    """
    waiting = [plan for plan in plans if isinstance(plan, Plan) and plan.at_cost]
    shelf.read_costs({(plan.head[1], line[1]) for plan in waiting for line in plan.lines})
    if held:
        held.look_ahead()
    whole: list[Plan | Refusal] = []
    for plan in plans:
        if isinstance(plan, Refusal) or plan.at_cost is None:
            whole.append(plan)
            continue
        try:
            whole.append(plan.at_cost(plan, shelf))
        except TradepostError as error:
            whole.append(Refusal(plan.number, error))
    return whole


def book(plans: Sequence[Plan | Refusal], shelf: Shelf) -> list[tuple[Plan, books.Receipt | None] | Refusal]:
    """Post what the plans want posted, in one call. A plan that moves nothing has no receipt.

    Where costs are to be frozen, the levels are locked first: of two at one shelf the second one reads the average
    that the first one left.
    """
    held = None
    if any(isinstance(plan, Plan) and plan.at_cost for plan in plans):
        held = books.hold(_postings(plans))
        plans = at_cost(plans, shelf, held)
    receipts = iter(books.post(_postings(plans), held))
    booked: list[tuple[Plan, books.Receipt | None] | Refusal] = []
    for plan in plans:
        if isinstance(plan, Refusal):
            booked.append(plan)
            continue
        receipt = next(receipts) if plan.posting else None
        booked.append(Refusal(plan.number, receipt.error) if isinstance(receipt, Refusal) else (plan, receipt))
    return booked


def _postings(plans: Sequence[Plan | Refusal]) -> list[books.Draft]:
    return [plan.posting for plan in plans if isinstance(plan, Plan) and plan.posting]


Booked = Sequence[tuple[Plan, books.Receipt | None] | Refusal]


def enter(form: Form[D], booked: Booked) -> list[D | Refusal]:
    """Write the documents and lines of what was booked, set-wise; answer each in its place.

    A posting that stood before belongs to a twin's document, which is the answer then.
    """
    write([(form, booked, draw_ids(form, booked))])
    numbers = [entry[0].number for entry in booked if not isinstance(entry, Refusal)]
    written = standing(form.document, numbers)
    return [entry if isinstance(entry, Refusal) else written[entry[0].number] for entry in booked]


def draw_ids(form: Form[Any], of: Sequence[Any]) -> list[int]:
    """Ids for the documents of so many plans, or of what became of them; what is refused needs none."""
    count = sum(not isinstance(one, Refusal) for one in of)
    return db.draw_ids(form.document._meta.db_table, count) if count else []


def write(parts: Sequence[tuple[Form[Any], Booked, Sequence[int]]]) -> None:
    """Write the documents and lines of what was booked now under the first of these ids, by two statements a form.

    Raises Busy; on a trip, where that ends.
    """
    with db.in_one_trip(dict.fromkeys(("_a_number", ".number"), WRITTEN_NOW)):
        for form, booked, ids in parts:
            _write(form, booked, ids)


def _write(form: Form[Any], booked: Booked, ids: Sequence[int]) -> None:
    new = [entry for entry in booked if not isinstance(entry, Refusal) and not (entry[1] and entry[1].replayed)]
    numbered = list(zip(ids[: len(new)], new, strict=True))
    rows = [
        (number, *plan.head, receipt.posting_id if receipt else None, *plan.values)
        for number, (plan, receipt) in numbered
    ]
    lines = [(number, *values) for number, (plan, _) in numbered for values in plan.lines]
    db.insert_rows(form.document._meta.db_table, DOCUMENT | form.columns, rows)
    db.insert_rows(form.line_table, form.line_columns, lines)


def pick_up(model: type[D], drafts: Sequence[T], work: Callable[[list[T]], list[D | Refusal]]) -> list[D | Refusal]:
    """Answer drafts whose document stands already with it, refuse numbers that will not do, `work` on the others."""
    known = standing(model, [draft.number for draft in drafts if is_number(draft.number)])
    answers = [_at_hand(draft, known.get(draft.number)) for draft in drafts]
    todo = [draft for draft, answer in zip(drafts, answers, strict=True) if answer is None]
    fresh = iter(work(todo) if todo else [])
    return [next(fresh) if answer is None else answer for answer in answers]


def _at_hand(draft: Asked, found: D | None) -> D | Refusal | None:
    if not is_number(draft.number):
        return Refusal(draft.number[:MAX_NUMBER], NotANumber())
    if found is not None and found.store_id != draft.store_id:
        return Refusal(draft.number, NumberTaken())
    return found


def note(
    action: str, form: Form[D], booked: Booked, results: list[D | Refusal], *, actor: Actor, at: datetime
) -> list[D | Refusal]:
    """The results; and one audit row for them: numbers booked, and how many were refused; none if none was booked."""
    made = [result for result in results if not isinstance(result, Refusal)]
    numbers = [document.number for document in made]
    if not numbers:
        return results
    audit.record(
        action,
        subject=(form.document._meta.label_lower, numbers[0] if len(numbers) == 1 else f"{len(numbers)} documents"),
        actor=actor,
        at=at,
        after={"numbers": numbers, "refused": len(results) - len(numbers)},
        products=_products_of(form, booked),
        stores=audit.by_store((document.store_id, document.number) for document in made),
    )
    return results


def _products_of(form: Form[Any], booked: Booked) -> set[int]:
    """The products on the lines of what was booked; a document without lines has none."""
    if "product_id" not in form.line_columns:
        return set()
    place = list(form.line_columns).index("product_id") - 1  # a plan's lines begin after the id of their document
    return {line[place] for entry in booked if not isinstance(entry, Refusal) for line in entry[0].lines}
