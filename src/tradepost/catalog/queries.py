"""Reading the catalogue."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from tradepost.catalog.errors import NoSuchCategory, NoSuchProduct, NoSuchSupplier
from tradepost.catalog.models import Category, Product, Supplier
from tradepost.lib import db
from tradepost.lib.actor import Actor
from tradepost.lib.numbers import id_written


def products(
    *,
    search: str = "",
    category: int | None = None,
    supplier: int | None = None,
    stocked: bool | None = None,
    unit: str | None = None,
    archived: bool | None = False,
) -> QuerySet[Product]:
    """Products with category and supplier, by name.

    `search` looks into sku, name and barcode, whatever the case. `archived` True lists the archived ones, None both. A
    filter left None is no filter.
    """
    found = Product.objects.select_related("category", "supplier")
    if text := search.replace("\0", "").strip():
        found = found.filter(Q(sku__icontains=text) | Q(name__icontains=text) | Q(barcode__icontains=text))
    if archived is not None:
        found = found.filter(archived_at__isnull=not archived)
    wanted = {"category_id": category, "supplier_id": supplier, "stocked": stocked, "unit": unit}
    return found.filter(**{name: value for name, value in wanted.items() if value is not None})


def product(product_id: int) -> Product:
    """The product of this number, archived or not. Raises NoSuchProduct."""
    found = Product.objects.select_related("category", "supplier").filter(pk=product_id).first()
    if found is None:
        raise NoSuchProduct(f"There is no product {product_id}", product_id=product_id)
    return found


def product_of(sku: str) -> Product:
    """The product of this SKU, exactly, archived or not. Raises NoSuchProduct."""
    found = by_sku([sku])
    if not found:
        raise NoSuchProduct(f"There is no product {sku[:40]!r}", sku=sku[:40])
    return found[sku]


def product_scanned(text: str) -> Product:
    """The product a scanner means: exact barcode, else exact SKU, among those sold. Raises NoSuchProduct."""
    wanted = text.replace("\0", "").strip()
    sold = Product.objects.select_related("category", "supplier").filter(archived_at=None)
    found = sold.filter(barcode=wanted).first() if wanted else None
    found = found or sold.filter(sku=wanted).first()
    if found is None:
        raise NoSuchProduct(f"Nothing is sold under {wanted[:40]!r}", text=wanted[:40])
    return found


def by_sku(skus: Sequence[str]) -> dict[str, Product]:
    """Products by the SKU asked for (stripped when looking), archived or not; those that do not exist are left out."""
    wanted = {sku: sku.replace("\0", "").strip() for sku in skus}
    found = Product.objects.filter(sku__in=set(wanted.values())).order_by()
    by_clean = {one.sku: one for one in found}
    return {sku: by_clean[clean] for sku, clean in wanted.items() if clean in by_clean}


def by_barcode(barcodes: Sequence[str]) -> dict[str, Product]:
    """Products by the barcode asked for (stripped when looking), archived or not; unknown ones are left out."""
    wanted = {code: code.replace("\0", "").strip() for code in barcodes}
    found = Product.objects.filter(barcode__in={clean for clean in wanted.values() if clean}).order_by()
    by_clean = {one.barcode: one for one in found}
    return {code: by_clean[clean] for code, clean in wanted.items() if clean in by_clean}


def by_id(product_ids: Sequence[int], *, only: Sequence[str] = ()) -> dict[int, Product]:
    """Products by number, archived or not; those that do not exist are left out. `only` names the fields wanted."""
    found = Product.objects.filter(db.Among("id", set(product_ids))).order_by()
    return {product.pk: product for product in (found.only(*only) if only else found)}


def categories(*, search: str = "") -> QuerySet[Category]:
    """Categories by name."""
    text = search.replace("\0", "").strip()
    return Category.objects.filter(name__icontains=text) if text else Category.objects.all()


def category(category_id: int) -> Category:
    """The category of this number. Raises NoSuchCategory."""
    found = Category.objects.filter(pk=category_id).first()
    if found is None:
        raise NoSuchCategory(f"There is no category {category_id}", category_id=category_id)
    return found


def category_named(text: str) -> Category:
    """The category a person means by its name or its number; the name goes first. Raises NoSuchCategory."""
    wanted = text.replace("\0", "").strip()
    if found := Category.objects.filter(name__iexact=wanted).first():
        return found
    if number := id_written(wanted):
        return category(number)
    raise NoSuchCategory(f"There is no category {wanted[:100]!r}")


def suppliers_for(actor: Actor, *, search: str = "", archived: bool | None = False) -> QuerySet[Supplier]:
    """The suppliers, as `suppliers` lists them, for those who work somewhere. Raises Denied."""
    actor.require_work()
    return suppliers(search=search, archived=archived)


def supplier_for(supplier_id: int, actor: Actor) -> Supplier:
    """The supplier of this number, for those who work somewhere. Raises Denied, NoSuchSupplier."""
    actor.require_work()
    return supplier(supplier_id)


def suppliers(*, search: str = "", archived: bool | None = False) -> QuerySet[Supplier]:
    """Suppliers by name; `archived` True lists the archived ones, None both.

    `search` looks into names and addresses.
    """
    found = Supplier.objects.all()
    if text := search.replace("\0", "").strip():
        found = found.filter(Q(name__icontains=text) | Q(email__icontains=text))
    return found if archived is None else found.filter(archived_at__isnull=not archived)


def supplier(supplier_id: int) -> Supplier:
    """The supplier of this number, archived or not. Raises NoSuchSupplier."""
    found = Supplier.objects.filter(pk=supplier_id).first()
    if found is None:
        raise NoSuchSupplier(f"There is no supplier {supplier_id}", supplier_id=supplier_id)
    return found


def supplier_named(text: str) -> Supplier:
    """The supplier a person means by its name or its number; the name goes first. Raises NoSuchSupplier."""
    wanted = text.replace("\0", "").strip()
    if found := Supplier.objects.filter(name__iexact=wanted).first():
        return found
    if number := id_written(wanted):
        return supplier(number)
    raise NoSuchSupplier(f"There is no supplier {wanted[:100]!r}")
