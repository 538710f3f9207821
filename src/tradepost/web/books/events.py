"""What events of the audit log say on a page: what they are about, and what was there before and is there now.

Rows of the log hold ids, names of fields and steps; here they become names, amounts and quantities. What this module
does not know it shows as it stands.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from django.urls import reverse

from tradepost.audit import acts
from tradepost.lib import money
from tradepost.lib.actor import Actor
from tradepost.lib.numbers import id_written
from tradepost.web.books.ids import CATEGORY, COUNT, PERSON, PRODUCT, STORE, SUPPLIER, TRANSFER, Ids, Names
from tradepost.web.templatetags import tp

if TYPE_CHECKING:
    from tradepost.audit.models import AuditEvent

SUBJECTS = {PRODUCT: "Product", STORE: "Store", PERSON: "", SUPPLIER: "Supplier", CATEGORY: "Category"}
SUBJECTS |= {TRANSFER: "Transfer", COUNT: "Count", "inventory.stockmovement": "Movement", "imports.import": "Import"}
SUBJECTS |= {"till.sale": "Sale", "till.return": "Return", "till.stockentry": "Goods", "till.adjustment": "Adjustment"}
SUBJECTS |= {"books.level": "Shelf", "books.account": "Account", "books.proof": "Proof", "prepaid.seller": "Seller"}
SUBJECTS |= {"prepaid.chargesale": "Charge", "funding.fundsrequest": "Request", "notify.webhook": "Webhook"}
BY_ID = {PRODUCT: "web:product", PERSON: "web:person", TRANSFER: "web:transfer", COUNT: "web:count"}
BY_NUMBER = {"till.sale": "web:sale", "till.return": "web:return", "till.stockentry": "web:entry"}
BY_NUMBER |= {"inventory.stockmovement": "web:movement", "till.adjustment": "web:adjustment"}
ONE = {"store_id": STORE, "store": STORE, "supplier_id": SUPPLIER, "category_id": CATEGORY, "product": PRODUCT}
MANY = {"destinations": STORE, "created": PRODUCT}
LABELS_OF_MOVES = {"IN": "Received", "OUT": "Sold", "REM": "Removed"}
STEPS = {"low_at", "reorder_level"}
LABELS = {**LABELS_OF_MOVES, "low_at": "Reorder at", "own": "Mark of its own"}
LABELS |= {"reorder_level": "Reorder at", "sku": "SKU", "vip": "VIP", "differences": "Differs", "url": "Address"}
MOVED, PER_SELLER = "movements", "amount_minor_by_seller"
QUIET = {"product", "fields", MOVED}
UNKNOWN = "Somebody unknown"
MOST_CHANGES = 20
PLAIN = {"created": "Added", "numbers": "Numbers", PER_SELLER: "Amount"}


class Change(NamedTuple):
    """A field, what it held and what it holds, in words; empty for nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Row:
    """An event as it is drawn: what happened in which store, if in one; `url` is the page of what it is `about`."""

    event: "AuditEvent"
    what: str
    store: str
    about: str
    url: str
    changes: list[Change]


def rows(events: "Sequence[AuditEvent]", actor: Actor) -> list[Row]:
    """Each event in words, by a constant number of queries however many there are."""
    names = Names([pair for event in events for pair in _named_by(event)], actor)
    return [
        Row(event, acts.named(event.action), _store(event, names), *_about(event, names), _changes(event, names))
        for event in events
    ]


def _named_by(event: "AuditEvent") -> Iterator[tuple[str, int]]:
    """The things an event holds ids of."""
    if id_written(event.subject_id):
        yield event.subject_type, int(event.subject_id)
    if event.store_id:
        yield STORE, event.store_id
    for values in (event.before or {}, event.after or {}):
        for name, value in islice(values.items(), MOST_CHANGES):
            yield from _ids_in(name, value)


def _ids_in(name: str, value: Any) -> Ids:
    if id_written(name):
        yield PRODUCT, int(name)
    elif name in ONE and isinstance(value, int):
        yield ONE[name], value
    elif name in MANY and isinstance(value, list):
        yield from ((MANY[name], one) for one in value[: tp.LISTED] if isinstance(one, int))
    elif name == "roles":
        yield from ((STORE, store_id) for _, store_id in value if store_id)
    elif name == MOVED:
        yield from ((PRODUCT, row[1]) for row in value[:MOST_CHANGES])
        yield from ((STORE, row[2]) for row in value[:MOST_CHANGES])
    elif isinstance(value, dict) and name != PER_SELLER:
        for key, one in islice(value.items(), tp.LISTED):
            yield from _ids_in(key, one)


def _store(event: "AuditEvent", names: Names) -> str:
    """Where it was, unless it is about the store itself."""
    return "" if event.subject_type == STORE or not event.store_id else names.of(STORE, event.store_id)


def _about(event: "AuditEvent", names: Names) -> tuple[str, str]:
    """What an event is about, and the page of that."""
    kind, number = event.subject_type, event.subject_id
    word = SUBJECTS.get(kind, kind.rpartition(".")[2].capitalize())
    if not id_written(number):
        is_many = " " in number or number == "many"
        route = "" if is_many else BY_NUMBER.get(kind, "")
        return (number if is_many else f"{word} {number}".strip()), reverse(route, args=[number]) if route else ""
    if kind == "books.level":
        name = names.of(PRODUCT, (event.after or {}).get("product", 0))
        return name or f"{word} {number}", ""
    name = names.of(kind, int(number)) or (UNKNOWN if kind == PERSON else "")
    url = reverse(BY_ID[kind], args=[number]) if name not in {"", UNKNOWN} and kind in BY_ID else ""
    return name if name and kind not in {TRANSFER, COUNT} else f"{word} {name or number}".strip(), url


def _changes(event: "AuditEvent", names: Names) -> list[Change]:
    before, after = event.before or {}, event.after or {}
    number = after.get("product") or (event.subject_id if event.subject_type == PRODUCT else 0)
    product = names.products.get(int(number)) if id_written(str(number)) else None

    def said(name: str, values: dict[str, Any]) -> str:
        return _said(name, values[name], names, product) if name in values else ""

    moved = [_moved(row, names) for row in after.get(MOVED, [])]
    quiet = QUIET | (set() if after.get("refused") else {"refused"})
    quiet |= {*LABELS_OF_MOVES} if MOVED in after else {"numbers"} if "goods" in after else set()
    held = [name for name in {**before, **after} if name not in quiet]
    shown = moved + [Change(_label(name, names), said(name, before), said(name, after)) for name in held]
    more = [Change(f"and {len(shown) - MOST_CHANGES} more", "", "")] if len(shown) > MOST_CHANGES else []
    return shown[:MOST_CHANGES] + more


def _moved(row: list[Any], names: Names) -> Change:
    """A movement with what stood on the shelf before and after it, if that is known."""
    _, product_id, store_id, kind, steps, *levels = row
    product = names.products.get(product_id)
    if product is None:
        return Change(f"{LABELS[kind]} product {product_id}", "", "")
    where = names.of(STORE, store_id)
    said = f"{LABELS[kind]} {tp.steps(steps, product)} {product.name}{f', {where}' if where else ''}"
    left, stands = (tp.steps(level, product) for level in levels) if levels else ("", "")
    return Change(said, left, stands)


def _label(name: str, names: Names) -> str:
    if id_written(name):
        return names.of(PRODUCT, int(name)) or f"Product {name}"
    plain = name.removesuffix("_minor").removesuffix("_id").replace("_", " ")
    return LABELS.get(name) or PLAIN.get(name) or plain[:1].upper() + plain[1:]


def _said(name: str, value: Any, names: Names, product: Any = None) -> str:
    """A value in words; of a long list its beginning."""
    if value is None or value in ("", [], {}):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in ONE and isinstance(value, int):
        return names.of(ONE[name], value) or str(value)
    if isinstance(value, int):
        return _number(name, value, names.products.get(int(name)) if id_written(name) else product)
    if isinstance(value, list):
        return tp.shortly([_listed(name, one, names) for one in value])
    if isinstance(value, dict):
        return tp.shortly([_pair(name, key, one, names) for key, one in value.items()])
    return tp.shortly(value)


def _number(name: str, value: int, product: Any) -> str:
    if name.endswith("_minor"):
        return money.show(value)
    return tp.steps(value, product) if product and (id_written(name) or name in STEPS) else str(value)


def _listed(name: str, value: Any, names: Names) -> str:
    if name == "roles":
        role, store_id = value
        return f"{role} at {names.of(STORE, store_id) or store_id}" if store_id else str(role)
    if name in MANY and isinstance(value, int):
        return names.of(MANY[name], value) or str(value)
    return str(value).replace("_", " ")


def _pair(name: str, key: str, value: Any, names: Names, product: Any = None) -> str:
    """An entry of a mapping: `3 Robin mug` of quantities by product, fields of a product by its name."""
    if name == PER_SELLER:
        return money.show(value)
    known = names.products.get(int(key)) if id_written(key) else None
    if known and isinstance(value, int):
        return f"{tp.steps(value, known)} {known.name}"
    if isinstance(value, dict):
        held = [_pair("", one, steps, names, known) for one, steps in islice(value.items(), tp.LISTED)]
        return f"{known.name if known else key}: {', '.join(held)}"
    return f"{_label(key, names).lower()} {_said(key, value, names, product)}"
