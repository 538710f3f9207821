"""Saving products by SKU, as a file names them: new ones are added, standing ones changed, each row for itself.

A row is judged after all rows before it, so what they added, named or gave up counts. Then everything is written
set-wise: what gives a barcode up before what takes it.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from django.db import IntegrityError, connection, transaction
from django.db.models import DateTimeField

from tradepost.audit import services as audit
from tradepost.catalog.errors import BarcodeTaken, ProductArchived, StaysGoods, UnitFixed
from tradepost.catalog.models import MAX_DECIMALS, PIECE, Product
from tradepost.catalog.services._groups import Categories, Suppliers
from tradepost.catalog.services._product import ProductDraft, cleaned, cleaned_fields, usual_decimals
from tradepost.lib import db, fields, quantity
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Busy, FieldErrors, TradepostError

CREATED, CHANGED, SAME = "created", "changed", "same"
OWN = ("name", "barcode", "description", "price_minor", "cost_minor")
CHANGEABLE = {
    "name": "text", "barcode": "text", "description": "text", "price_minor": "bigint", "cost_minor": "bigint",
    "category_id": "bigint", "supplier_id": "bigint", "stocked": "boolean", "reorder_level": "bigint",
}  # fmt: skip
GIVEN = {*CHANGEABLE, "id", "sku", "unit", "decimals", "created_at", "updated_at"}


EverMoved = Callable[[Collection[int]], Collection[int]]  # those of these products of which goods were ever moved


class RowFields(TypedDict, total=False):
    """What a row may say of a product. Amounts in minor units, `reorder_level` in whole units as text.

    A category or supplier that nobody knows by this name is added.
    """

    name: str
    barcode: str
    description: str
    unit: str
    decimals: int
    price_minor: int
    cost_minor: int
    category: str
    supplier: str
    stocked: bool
    reorder_level: str


class ProductRow(NamedTuple):
    """A product by its SKU. What is left out stays as it is; a new one needs a name and a price."""

    sku: str
    fields: RowFields


class Saved(NamedTuple):
    """What became of a row: `created`, `changed` or `same`. Where nothing was written, a new product has no number."""

    product_id: int
    outcome: str


@transaction.atomic
def save_products(
    rows: Sequence[ProductRow], *, ever_moved: EverMoved, actor: Actor, at: datetime
) -> list[Saved | TradepostError]:
    """Add or change the products of these rows, a few thousand at a time; answer each in its place.

    `ever_moved` is what the books say: the catalogue knows of no shelves. A constant number of statements, besides
    those for each new category or supplier, and one audit row. Refusals: FieldErrors, BarcodeTaken, ProductArchived,
    UnitFixed, StaysGoods, SupplierArchived. Raises Denied; Busy when somebody changes or moves the same products at
    this moment, and then nothing is saved.
    """
    actor.require_admin()
    desk = _Desk(rows, ever_moved, lock=True)
    answers = [desk.judge(row, at) for row in rows]
    desk.write(actor, at)
    return [
        answer if isinstance(answer, TradepostError) else Saved(desk.products[row.sku.strip()].pk, answer)
        for row, answer in zip(rows, answers, strict=True)
    ]


def try_products(
    rows: Sequence[ProductRow], *, ever_moved: EverMoved, actor: Actor, at: datetime
) -> list[Saved | TradepostError]:
    """What `save_products` would answer now; nothing is written or locked. Raises Denied."""
    actor.require_admin()
    desk = _Desk(rows, ever_moved, lock=False)
    answers = [desk.judge(row, at) for row in rows]
    return [
        answer if isinstance(answer, TradepostError) else Saved(desk.products[row.sku.strip()].pk or 0, answer)
        for row, answer in zip(rows, answers, strict=True)
    ]


class _Desk:
    """The products, barcodes, categories and suppliers that rows name, as the rows judged so far leave them."""

    def __init__(self, rows: Sequence[ProductRow], ever_moved: EverMoved, *, lock: bool) -> None:
        found = Product.objects.filter(db.Among("sku", {row.sku.strip() for row in rows})).order_by("id")
        standing = list(found.select_for_update(no_key=True) if lock else found)
        self.products = {product.sku: product for product in standing}
        self.before = {product.sku: _columns(product) for product in standing}
        services = {row.sku.strip() for row in rows if row.fields.get("stocked") is False}
        doubtful = {product.pk for product in standing if product.stocked and product.sku in services}
        self.moved = set(ever_moved(doubtful)) if doubtful else set()
        wanted = {row.fields.get("barcode", "").strip() for row in rows} - {""}
        owners = Product.objects.filter(db.Among("barcode", wanted)).order_by().values_list("barcode", "sku")
        self.owners: dict[str, str] = dict(owners) if wanted else {}
        self.new: list[Product] = []
        self.changed: dict[str, Product] = {}
        self.categories = Categories({row.fields.get("category", "") for row in rows}, keep=lock)
        self.suppliers = Suppliers({row.fields.get("supplier", "") for row in rows}, keep=lock)

    def judge(self, row: ProductRow, at: datetime) -> str | TradepostError:
        """Whether the row adds, changes or repeats its product; or why it is refused, and then it counts for nothing.

        Its groups come last, so that a refused row adds none.
        """
        sku = row.sku.strip()
        product = self.products.get(sku)
        supplier, category = row.fields.get("supplier", "").strip(), row.fields.get("category", "").strip()
        try:
            clean = _changes(product, row) if product else _new(row)
            if product and product.pk in self.moved and not clean.get("stocked", True):
                raise StaysGoods(f"{sku} was kept on shelves, so it stays goods", product_id=product.pk)
            barcode = clean.get("barcode", "")
            if barcode and self.owners.get(barcode, sku) != sku:
                raise BarcodeTaken(f"Another product has the barcode {barcode!r}", barcode=barcode)
            self.categories.check(category)
            if product and self.suppliers.is_same(supplier, product.supplier_id):
                supplier = ""  # it stays, even an archived one
            self.suppliers.check(supplier)
        except TradepostError as refusal:
            return refusal
        if supplier:
            clean["supplier_id"] = self.suppliers.number(supplier)
        if category:
            clean["category_id"] = self.categories.number(category)
        return self._change(product, clean, at) if product else self._add(clean, at)

    def _add(self, clean: dict[str, Any], at: datetime) -> str:
        product = Product(**clean, created_at=at, updated_at=at)
        self.products[product.sku] = product
        if product.barcode:
            self.owners[product.barcode] = product.sku
        self.new.append(product)
        return CREATED

    def _change(self, product: Product, clean: dict[str, Any], at: datetime) -> str:
        changed = [name for name, value in clean.items() if getattr(product, name) != value]
        if not changed:
            return SAME
        if "barcode" in changed:
            self.owners.pop(product.barcode, None)
            if clean["barcode"]:
                self.owners[clean["barcode"]] = product.sku
        for name in changed:
            setattr(product, name, clean[name])
        product.updated_at = at
        if product.sku in self.before:
            self.changed[product.sku] = product
        return CHANGED

    def write(self, actor: Actor, at: datetime) -> None:
        """Write down what the rows came to. Raises Busy."""
        categories, suppliers = self.categories.add_new(actor, at), self.suppliers.add_new(actor, at)
        for product in [*self.new, *self.changed.values()]:
            product.category_id = categories.get(product.category_id or 0, product.category_id)
            product.supplier_id = suppliers.get(product.supplier_id or 0, product.supplier_id)
        try:
            with transaction.atomic():
                self._update()
                _insert(sorted(self.new, key=lambda product: product.sku))
        except IntegrityError as error:
            if not any(rule in str(error) for rule in ("barcode", "sku", "moved_goods_stay_goods")):
                raise
            raise Busy("Somebody else saves the same products at this moment; try again") from error
        self._record(actor, at)

    def _update(self) -> None:
        taken = {product.barcode for product in [*self.new, *self.changed.values()]} - {""}
        given_up = [product.pk for sku, product in self.changed.items() if self.before[sku]["barcode"] in taken]
        blank = [(number, "") for number in given_up]
        db.update_rows("catalog_product", {"id": "bigint"}, {"barcode": "text"}, blank)
        rows = [(product.pk, *_columns(product).values(), product.updated_at) for product in self.changed.values()]
        db.update_rows("catalog_product", {"id": "bigint"}, {**CHANGEABLE, "updated_at": "timestamptz"}, rows)

    def _record(self, actor: Actor, at: datetime) -> None:
        before: dict[str, dict[str, Any]] = {}
        after: dict[str, dict[str, Any]] = {}
        for sku, product in self.changed.items():
            was, now = self.before[sku], _columns(product)
            names = [name for name in now if was[name] != now[name]]
            before[str(product.pk)] = {name: was[name] for name in names}
            after[str(product.pk)] = {name: now[name] for name in names}
        created = [product.pk for product in self.new]
        if created or after:
            audit.record(
                "catalog.products_saved",
                subject=("catalog.product", "many"),
                actor=actor,
                at=at,
                before={"changed": before} if before else None,
                after={"created": created, "changed": after},
                products=[*created, *(product.pk for product in self.changed.values())],
            )


def _columns(product: Product) -> dict[str, Any]:
    return {name: getattr(product, name) for name in CHANGEABLE}


def _new(row: ProductRow) -> dict[str, Any]:
    """The fields of a product nobody had before. Raises FieldErrors."""
    given = dict(row.fields)
    absent = {name: ["A new product needs this."] for name in ("name", "price_minor") if name not in given}
    if absent:
        raise FieldErrors(absent)
    unit = str(given.get("unit", PIECE))
    decimals = row.fields.get("decimals", usual_decimals(unit))
    own = {name: given[name] for name in (*OWN, "stocked", "unit") if name in given}
    level = _steps(row, decimals) if "reorder_level" in given and 0 <= decimals <= MAX_DECIMALS else None
    return cleaned(ProductDraft(sku=row.sku, decimals=decimals, reorder_level=level, **own))  # type: ignore[arg-type]


def _changes(product: Product, row: ProductRow) -> dict[str, Any]:
    """What the row changes of a product. Raises ProductArchived, UnitFixed, FieldErrors."""
    if not product.is_sold:
        raise ProductArchived(f"{product.sku} is archived", product_id=product.pk)
    given = dict(row.fields)
    for name in ("unit", "decimals"):
        if given.get(name, getattr(product, name)) != getattr(product, name):
            raise UnitFixed(f"{product.sku} is counted in {product.unit} with {product.decimals} decimals")
    wrong: fields.Wrong = {}
    own = {name: given[name] for name in OWN if name in given}
    if "reorder_level" in given:
        own["reorder_level"] = _steps(row, product.decimals)
    clean = cleaned_fields(own, wrong)
    if wrong:
        raise FieldErrors(wrong)
    return {**clean, "stocked": given["stocked"]} if "stocked" in given else clean


def _steps(row: ProductRow, decimals: int) -> int:
    try:
        return quantity.parse(row.fields["reorder_level"], decimals)
    except quantity.NotAQuantity as error:
        raise FieldErrors({"reorder_level": [error.message]}) from None


def _insert(products: Sequence[Product]) -> None:
    """Insert in the order of the SKUs, so that two lists cannot wait for each other.

    By a statement of our own: the framework's prepares every value of every row, which takes longer than the database.
    """
    if not products:
        return
    numbers = db.draw_ids("catalog_product", len(products))
    columns, usual = _columns_of_a_row()
    rows = []
    for product, number in zip(products, numbers, strict=True):
        product.pk = number
        rows.append([getattr(product, name) if name in GIVEN else value for name, value in usual.items()])
    db.insert_rows("catalog_product", columns, rows)


def _columns_of_a_row() -> tuple[dict[str, str], dict[str, Any]]:
    """The columns of a product with their types, and what stands there unless a row says otherwise."""
    columns: dict[str, str] = {}
    usual: dict[str, Any] = {}
    for field in Product._meta.concrete_fields:
        kind = "timestamptz" if isinstance(field, DateTimeField) else field.db_type(connection)
        columns[str(field.column)] = str(kind)
        usual[field.attname] = field.get_prep_value(field.get_default())
    return columns, usual
