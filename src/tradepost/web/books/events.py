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
PLAIN = {"created": "Added", "numbers": "Numbers", PER_SELLER: "Amount"}


class Extent(NamedTuple):
    """How much is told of an event: so many changes, of each so many entries of a list and letters; None for all."""

    changes: int | None = None
    entries: int | None = None
    letters: int | None = None


BRIEF, WHOLE = Extent(20, 3, 200), Extent()


class Change(NamedTuple):
    """A field, what it held and what it holds, in words; empty for nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Row:
    """An event as it is drawn: what happened in which store, if in one; `url` is the page of what it is `about`.

    Of its changes so many are `left_out`, None for nobody knows how many: they stand on the event's own page.
    """

    event: "AuditEvent"
    what: str
    store: str
    about: str
    url: str
    changes: list[Change]
    left_out: int | None


def rows(events: "Sequence[AuditEvent]", actor: Actor, extent: Extent = BRIEF) -> list[Row]:
    """Each event in words, by a constant number of queries however many there are."""
    names = Names([pair for event in events for pair in _named_by(event, extent)], actor)
    return [_Teller(event, names, extent).row() for event in events]


def _named_by(event: "AuditEvent", extent: Extent) -> Iterator[tuple[str, int]]:
    """The things an event holds ids of."""
    if id_written(event.subject_id):
        yield event.subject_type, int(event.subject_id)
    if event.store_id:
        yield STORE, event.store_id
    for values in (event.before or {}, event.after or {}):
        for name, value in islice(values.items(), extent.changes):
            yield from _ids_in(name, value, extent)


def _ids_in(name: str, value: Any, extent: Extent) -> Ids:
    if id_written(name):
        yield PRODUCT, int(name)
    elif name in ONE and isinstance(value, int):
        yield ONE[name], value
    elif name in MANY and isinstance(value, list):
        yield from ((MANY[name], one) for one in value[: extent.entries] if isinstance(one, int))
    elif name == "roles":
        yield from ((STORE, store_id) for _, store_id in value if store_id)
    elif name == MOVED:
        yield from ((PRODUCT, row[1]) for row in value[: extent.changes])
        yield from ((STORE, row[2]) for row in value[: extent.changes])
    elif isinstance(value, dict) and name != PER_SELLER:
        for key, one in islice(value.items(), extent.entries):
            yield from _ids_in(key, one, extent)


@dataclass(frozen=True, slots=True)
class _Teller:
    """One event, and what it takes to put it in words."""

    event: "AuditEvent"
    names: Names
    extent: Extent

    def row(self) -> Row:
        changes = self._changes()
        shown = changes[: self.extent.changes]
        left_out = len(changes) - len(shown) if self.event.is_whole else None
        return Row(self.event, acts.named(self.event.action), self._store(), *self._about(), shown, left_out)

    def _store(self) -> str:
        """Where it was, unless it is about the store itself."""
        if self.event.subject_type == STORE or not self.event.store_id:
            return ""
        return self.names.of(STORE, self.event.store_id)

    def _about(self) -> tuple[str, str]:
        """What an event is about, and the page of that."""
        kind, number = self.event.subject_type, self.event.subject_id
        word = SUBJECTS.get(kind, kind.rpartition(".")[2].capitalize())
        if not id_written(number):
            is_many = " " in number or number == "many"
            route = "" if is_many else BY_NUMBER.get(kind, "")
            return (number if is_many else f"{word} {number}".strip()), reverse(route, args=[number]) if route else ""
        if kind == "books.level":
            name = self.names.of(PRODUCT, (self.event.after or {}).get("product", 0))
            return name or f"{word} {number}", ""
        name = self.names.of(kind, int(number)) or (UNKNOWN if kind == PERSON else "")
        url = reverse(BY_ID[kind], args=[number]) if name not in {"", UNKNOWN} and kind in BY_ID else ""
        return name if name and kind not in {TRANSFER, COUNT} else f"{word} {name or number}".strip(), url

    def _changes(self) -> list[Change]:
        before, after = self.event.before or {}, self.event.after or {}
        number = after.get("product") or (self.event.subject_id if self.event.subject_type == PRODUCT else 0)
        product = self.names.products.get(int(number)) if id_written(str(number)) else None

        def said(name: str, values: dict[str, Any]) -> str:
            return self._said(name, values[name], product) if name in values else ""

        moved = [self._moved(row) for row in after.get(MOVED, [])]
        quiet = QUIET | (set() if after.get("refused") else {"refused"})
        quiet |= {*LABELS_OF_MOVES} if MOVED in after else {"numbers"} if "goods" in after else set()
        held = [name for name in {**before, **after} if name not in quiet]
        return moved + [Change(self._label(name), said(name, before), said(name, after)) for name in held]

    def _moved(self, row: list[Any]) -> Change:
        """A movement with what stood on the shelf before and after it, if that is known."""
        _, product_id, store_id, kind, steps, *levels = row
        product = self.names.products.get(product_id)
        if product is None:
            return Change(f"{LABELS[kind]} product {product_id}", "", "")
        where = self.names.of(STORE, store_id)
        said = f"{LABELS[kind]} {tp.steps(steps, product)} {product.name}{f', {where}' if where else ''}"
        left, stands = (tp.steps(level, product) for level in levels) if levels else ("", "")
        return Change(said, left, stands)

    def _label(self, name: str) -> str:
        if id_written(name):
            return self.names.of(PRODUCT, int(name)) or f"Product {name}"
        plain = name.removesuffix("_minor").removesuffix("_id").replace("_", " ")
        return LABELS.get(name) or PLAIN.get(name) or plain[:1].upper() + plain[1:]

    def _said(self, name: str, value: Any, product: Any = None) -> str:
        """A value in words; of a long list its beginning."""
        if value is None or value in ("", [], {}):
            return "none"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if name in ONE and isinstance(value, int):
            return self.names.of(ONE[name], value) or str(value)
        if isinstance(value, int):
            return self._number(name, value, self.names.products.get(int(name)) if id_written(name) else product)
        if isinstance(value, list):
            return self._several([self._listed(name, one) for one in value])
        if isinstance(value, dict):
            return self._several([self._pair(name, key, one) for key, one in value.items()])
        return str(value)[: self.extent.letters]

    def _several(self, entries: list[str]) -> str:
        shown = entries[: self.extent.entries]
        named = ", ".join(shown)
        return f"{named} and {len(entries) - len(shown)} more" if len(entries) > len(shown) else named

    def _number(self, name: str, value: int, product: Any) -> str:
        if name.endswith("_minor"):
            return money.show(value)
        return tp.steps(value, product) if product and (id_written(name) or name in STEPS) else str(value)

    def _listed(self, name: str, value: Any) -> str:
        if name == "roles":
            role, store_id = value
            return f"{role} at {self.names.of(STORE, store_id) or store_id}" if store_id else str(role)
        if name in MANY and isinstance(value, int):
            return self.names.of(MANY[name], value) or str(value)
        return str(value).replace("_", " ")

    def _pair(self, name: str, key: str, value: Any, product: Any = None) -> str:
        """An entry of a mapping: `3 Robin mug` of quantities by product, fields of a product by its name."""
        if name == PER_SELLER:
            return money.show(value)
        known = self.names.products.get(int(key)) if id_written(key) else None
        if known and isinstance(value, int):
            return f"{tp.steps(value, known)} {known.name}"
        if isinstance(value, dict):
            held = [self._pair("", one, steps, known) for one, steps in islice(value.items(), self.extent.entries)]
            return f"{known.name if known else key}: {', '.join(held)}"
        return f"{self._label(key).lower()} {self._said(key, value, product)}"
