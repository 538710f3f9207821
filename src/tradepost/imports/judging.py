"""What becomes of rows: read by field, then handed to the catalogue or the till, which answer each of them.

Both kinds have the same shape: `(rows, fields, store) -> Judged` for each row, and nothing is written where `dry`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from tradepost.books import queries as shelves
from tradepost.catalog import queries as catalog
from tradepost.catalog import services as catalog_services
from tradepost.catalog.models import Product
from tradepost.catalog.services import ProductRow, RowFields
from tradepost.imports import columns
from tradepost.imports.columns import Cells
from tradepost.imports.models import PRODUCTS, STOCK
from tradepost.imports.reading import Row
from tradepost.lib import quantity
from tradepost.lib.actor import Actor
from tradepost.lib.errors import FieldErrors, TradepostError
from tradepost.places.models import Store
from tradepost.till import services as till

ALL_OUTCOMES = ADDED, CHANGED, SAME, REFUSED = "added", "changed", "same", "refused"
OUTCOMES = {"created": ADDED, "changed": CHANGED, "same": SAME}
FIELD_OF = {
    "barcode_taken": "barcode", "product_archived": "sku", "unit_fixed": "unit", "stays_goods": "stocked",
    "supplier_archived": "supplier", "amount_out_of_range": "cost", "not_for_sale": "sku",
}  # fmt: skip
FIELD_NAMES = {"price_minor": "price", "cost_minor": "cost"}


class Fault(NamedTuple):
    """What is wrong with a row: in which field (none for the whole row), what it held, and why."""

    field: str
    value: str
    detail: str


class Judged(NamedTuple):
    """What became of a row, or would: `added`, `changed`, `same`, or `refused` with its faults."""

    row: int
    texts: dict[str, str]
    outcome: str
    faults: Sequence[Fault] = ()


class Plan(NamedTuple):
    """How the rows of an import are to be read, and for which store. `number` begins the numbers of its deliveries."""

    kind: str
    fields: Sequence[str]
    store: Store | None
    number: str = ""


def judge(plan: Plan, rows: Sequence[Row], *, dry: bool, actor: Actor, at: datetime) -> list[Judged]:
    """Carry rows out, or only say what would become of them. Raises Denied; Busy, and then nothing is carried out."""
    require(plan.kind, plan.store.pk if plan.store else None, actor=actor)
    read = [columns.read(plan.kind, plan.fields, row.cells) for row in rows]
    for row, found in zip(rows, read, strict=True):
        if row.twin and plan.kind == PRODUCTS:  # which of the two is meant nobody knows; stock may come in lots
            found.wrong["sku"] = f"Row {row.twin} has this SKU already."
    call = _products if plan.kind == PRODUCTS else _stock
    return call(plan, rows, read, dry, actor, at)


def require(kind: str, store_id: int | None, *, actor: Actor) -> None:
    """Raises Denied unless the actor may import this: products an administrator, stock a manager of the store."""
    if kind == STOCK and store_id is not None:
        actor.require_manager(store_id)
    else:
        actor.require_admin()


def _products(
    plan: Plan, rows: Sequence[Row], read: Sequence[Cells], dry: bool, actor: Actor, at: datetime
) -> list[Judged]:
    sound = [_product_row(found) for found in read if not found.wrong]
    save = catalog_services.try_products if dry else catalog_services.save_products
    answers = iter(save(sound, ever_moved=shelves.ever_moved, actor=actor, at=at) if sound else ())
    judged = []
    for row, found in zip(rows, read, strict=True):
        answer = _refused(found) if found.wrong else next(answers)
        if isinstance(answer, TradepostError):
            judged.append(Judged(row.number, found.texts, REFUSED, _faults(answer, found)))
        else:
            judged.append(Judged(row.number, found.texts, OUTCOMES[answer.outcome]))
    return judged


def _product_row(found: Cells) -> ProductRow:
    values = {"price_minor" if name == "price" else name: value for name, value in found.values.items()}
    if "cost" in values:
        values["cost_minor"] = values.pop("cost")
    sku = str(values.pop("sku", ""))
    fields: RowFields = values  # type: ignore[assignment]  # each field is read as what the row holds of it
    return ProductRow(sku, fields)


class _Entry(NamedTuple):
    """A row of opening stock that may be received."""

    row: int
    item: till.EntryItem


def _stock(
    plan: Plan, rows: Sequence[Row], read: Sequence[Cells], dry: bool, actor: Actor, at: datetime
) -> list[Judged]:
    known = catalog.by_sku([found.values["sku"] for found in read if "sku" in found.values])
    outcomes: dict[int, _Entry | TradepostError | str] = {}
    for row, found in zip(rows, read, strict=True):
        try:
            outcomes[row.number] = _entry(plan.store, row, found, known)
        except TradepostError as refusal:
            outcomes[row.number] = refusal
    entries = [outcome for outcome in outcomes.values() if isinstance(outcome, _Entry)]
    if entries and plan.store and not dry:
        outcomes.update(_receive(plan.store, plan.number, entries, actor, at))
    judged = []
    for row, found in zip(rows, read, strict=True):
        outcome = outcomes[row.number]
        if isinstance(outcome, TradepostError):
            judged.append(Judged(row.number, found.texts, REFUSED, _faults(outcome, found)))
        else:
            judged.append(Judged(row.number, found.texts, ADDED if isinstance(outcome, _Entry) else outcome))
    return judged


def _entry(store: Store | None, row: Row, found: Cells, known: dict[str, Product]) -> _Entry | str:
    """What is to be received; `same` for nothing at all. Raises FieldErrors."""
    if found.wrong:
        raise _refused(found)
    missing = {name: ["This is needed."] for name in ("sku", "quantity") if name not in found.values}
    if missing:
        raise FieldErrors(missing)
    product = known.get(found.values["sku"])
    if product is None:
        raise FieldErrors({"sku": ["There is no product of this SKU."]})
    wrong = {field: [sentence] for field, sentence in _objections(store, product, found) if sentence}
    if wrong:
        raise FieldErrors(wrong)
    steps = quantity.parse(found.values["quantity"], product.decimals)
    cost = found.values.get("cost")
    total = None if cost is None else quantity.price_of(steps, cost, product.decimals)
    return _Entry(row.number, till.EntryItem(product.pk, steps, total)) if steps else SAME


def _objections(store: Store | None, product: Product, found: Cells) -> Iterator[tuple[str, str]]:
    """What keeps a row of a known product from being received, by field."""
    if not product.is_sold:
        yield "sku", "This product is archived."
    elif not product.stocked:
        yield "sku", "This is a service: it has no stock."
    named = found.values.get("store", "").lower()
    if store and named and named not in {store.name.lower(), str(store.pk)}:
        yield "store", f"This import is for {store.name}."
    try:
        if quantity.parse(found.values["quantity"], product.decimals) < 0:
            yield "quantity", "This is below zero."
    except quantity.NotAQuantity as error:
        yield "quantity", f"{error.message}."
    if found.values.get("cost", 0) < 0:
        yield "cost", "This is below zero."


def _receive(
    store: Store, number: str, entries: Sequence[_Entry], actor: Actor, at: datetime
) -> dict[int, _Entry | TradepostError | str]:
    """Book the rows as one delivery; where the till will not have that, each for itself. The refusals by row."""

    def delivery(part: Sequence[_Entry], rows: str) -> till.EntryDraft:
        return till.EntryDraft(store.pk, [entry.item for entry in part], number=f"{number}:{rows}")

    (whole,) = till.receive([delivery(entries, f"{entries[0].row}-{entries[-1].row}")], actor=actor, at=at)
    if not isinstance(whole, till.Refusal):
        return {}
    answers = till.receive([delivery([entry], str(entry.row)) for entry in entries], actor=actor, at=at)
    pairs = zip(entries, answers, strict=True)
    return {entry.row: answer.error for entry, answer in pairs if isinstance(answer, till.Refusal)}


def _refused(found: Cells) -> FieldErrors:
    return FieldErrors({field: [detail] for field, detail in found.wrong.items()})


def _faults(error: TradepostError, found: Cells) -> list[Fault]:
    """A refusal as what is wrong in which field."""
    fields: dict[str, list[str]] = error.details.get("fields", {})
    if not fields:
        field = FIELD_OF.get(error.code, "")
        return [Fault(field, found.texts.get(field, ""), f"{error.message.rstrip('.')}.")]
    faults = []
    for name, sentences in fields.items():
        field = FIELD_NAMES.get(name, name)
        faults.append(Fault(field, found.texts.get(field, ""), " ".join(sentences)))
    return faults


def new_groups(judged: Sequence[Judged]) -> Iterator[tuple[str, list[str]]]:
    """The names of categories and suppliers that these rows would add."""
    rows = [row for row in judged if row.outcome in {ADDED, CHANGED}]
    named = {field: {name for row in rows if (name := row.texts.get(field))} for field in ("category", "supplier")}
    if named["category"]:
        known = {category.name.lower() for category in catalog.categories()}
        yield "categories", sorted(name for name in named["category"] if name.lower() not in known)
    if named["supplier"]:
        known = {supplier.name.lower() for supplier in catalog.suppliers(archived=None)}
        yield "suppliers", sorted(name for name in named["supplier"] if name.lower() not in known)
