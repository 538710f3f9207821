"""Changing and archiving products. A product's past sales keep the price and cost they were made at."""

from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db import IntegrityError, transaction

from tradepost.audit import services as audit
from tradepost.catalog import queries
from tradepost.catalog.errors import (
    BarcodeTaken,
    NoSuchProduct,
    ProductArchived,
    SkuTaken,
    StaysGoods,
    SupplierArchived,
    UnitFixed,
)
from tradepost.catalog.models import Product
from tradepost.catalog.services._product import cleaned_fields
from tradepost.catalog.services.categories import keep_category
from tradepost.lib import fields
from tradepost.lib.actor import Actor
from tradepost.lib.changes import require_known
from tradepost.lib.errors import FieldErrors


class ProductChanges(TypedDict, total=False):
    """What may be changed of a product; what is left out stays. `unit` and `decimals` may only repeat what they are."""

    sku: str
    name: str
    barcode: str
    description: str
    price_minor: int
    cost_minor: int
    category_id: int | None
    supplier_id: int | None
    stocked: bool
    reorder_level: int
    unit: str
    decimals: int


@transaction.atomic
def change_product(product_id: int, *, actor: Actor, at: datetime, **changes: Unpack[ProductChanges]) -> Product:
    """Change a product. A service may become goods; what was ever moved stays goods, whoever moves it at this moment.

    Raises Denied, NoSuchProduct, ProductArchived, UnitFixed, StaysGoods, FieldErrors, SkuTaken, BarcodeTaken,
    NoSuchCategory, NoSuchSupplier, SupplierArchived; Busy.
    """
    actor.require_admin()
    require_known(changes, ProductChanges)
    product = locked_product(product_id)
    if not product.is_sold:
        raise ProductArchived(product_id=product_id)
    wanted = _cleaned(product, dict(changes))
    before = {name: getattr(product, name) for name in wanted}
    changed = sorted(name for name, value in wanted.items() if before[name] != value)
    if not changed:
        return product
    for name in changed:
        setattr(product, name, wanted[name])
    product.updated_at = at
    _save(product, [*changed, "updated_at"])
    audit.record(
        "catalog.product_changed",
        subject=product,
        actor=actor,
        at=at,
        before={name: before[name] for name in changed},
        after={name: wanted[name] for name in changed},
        products=[product.pk],
    )
    return product


@transaction.atomic
def archive_product(product_id: int, *, actor: Actor, at: datetime) -> Product:
    """Take a product out of the catalogue; its history stays. Archiving twice changes nothing. Raises NoSuchProduct."""
    actor.require_admin()
    won = Product.objects.filter(pk=product_id, archived_at=None).update(archived_at=at, updated_at=at)
    product = locked_product(product_id)
    if won:
        audit.record("catalog.product_archived", subject=product, actor=actor, at=at, products=[product.pk])
    return product


@transaction.atomic
def restore_product(product_id: int, *, actor: Actor, at: datetime) -> Product:
    """Take a product back into the catalogue. Restoring one that is there changes nothing. Raises NoSuchProduct."""
    actor.require_admin()
    archived = Product.objects.filter(pk=product_id, archived_at__isnull=False)
    won = archived.update(archived_at=None, updated_at=at)
    product = locked_product(product_id)
    if won:
        audit.record("catalog.product_restored", subject=product, actor=actor, at=at, products=[product.pk])
    return product


def locked_product(product_id: int) -> Product:
    """The product, locked until the commit. Raises NoSuchProduct."""
    found = Product.objects.select_for_update(no_key=True).filter(pk=product_id).first()
    if found is None:
        raise NoSuchProduct(f"There is no product {product_id}", product_id=product_id)
    return found


def _cleaned(product: Product, changes: dict[str, Any]) -> dict[str, Any]:
    for name in ("unit", "decimals"):
        if changes.pop(name, getattr(product, name)) != getattr(product, name):
            raise UnitFixed(product_id=product.pk)
    wrong: fields.Wrong = {}
    clean = cleaned_fields(changes, wrong)
    if wrong:
        raise FieldErrors(wrong)
    if clean.get("category_id") is not None:
        keep_category(clean["category_id"])
    supplier_id = clean.get("supplier_id")
    if supplier_id is not None and queries.supplier(supplier_id).archived_at and supplier_id != product.supplier_id:
        raise SupplierArchived(supplier_id=supplier_id)
    return clean


def _save(product: Product, update_fields: list[str]) -> None:
    try:
        with transaction.atomic():
            product.save(update_fields=update_fields)
    except IntegrityError as error:
        # SQLite names the column, PostgreSQL the constraint.
        if "product_sku_unique" in str(error) or "product.sku" in str(error):
            raise SkuTaken(f"Another product has the SKU {product.sku!r}", sku=product.sku) from None
        if "product_barcode_unique" in str(error) or "product.barcode" in str(error):
            raise BarcodeTaken(
                f"Another product has the barcode {product.barcode!r}", barcode=product.barcode
            ) from None
        if "moved_goods_stay_goods" in str(error):  # the rule is the books', who know what was moved
            raise StaysGoods(f"{product.sku} was kept on shelves, so it stays goods", product_id=product.pk) from None
        raise
