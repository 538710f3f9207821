"""Adding products by the thousand: set-wise, each row accepted or refused on its own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.catalog.errors import BarcodeTaken, NoSuchCategory, NoSuchSupplier, SkuTaken
from tradepost.catalog.models import Product, Supplier
from tradepost.catalog.services._product import ProductDraft, cleaned
from tradepost.catalog.services.categories import keep_categories
from tradepost.lib.actor import Actor
from tradepost.lib.db import draw_ids
from tradepost.lib.errors import TradepostError

BATCH = 1000


def add_product(draft: ProductDraft, *, actor: Actor, at: datetime) -> Product:
    """Add one product. Raises Denied, FieldErrors, SkuTaken, BarcodeTaken, NoSuchCategory, NoSuchSupplier."""
    added = add_products([draft], actor=actor, at=at)[0]
    if isinstance(added, TradepostError):
        raise added
    return added


@transaction.atomic
def add_products(drafts: Sequence[ProductDraft], *, actor: Actor, at: datetime) -> list[Product | TradepostError]:
    """Add what can be added; the answer has, in order, each row's product or why it was refused.

    A constant number of statements for every 1000 rows, one audit row. Raises Denied.
    """
    actor.require_admin()
    answers: list[Product | TradepostError] = []
    for start in range(0, len(drafts), BATCH):
        answers += _add_batch(drafts[start : start + BATCH], at)
    added = [answer for answer in answers if isinstance(answer, Product)]
    if added:
        _record(added, actor, at)
    return answers


def _add_batch(drafts: Sequence[ProductDraft], at: datetime) -> list[Product | TradepostError]:
    answers = [_drafted(draft, at) for draft in drafts]
    drafted = [answer for answer in answers if isinstance(answer, Product)]
    taken = _Taken(drafted)
    for i, answer in enumerate(answers):
        if isinstance(answer, Product) and (refusal := taken.refusal_of(answer)):
            answers[i] = refusal
    _insert([answer for answer in answers if isinstance(answer, Product)])
    return _without_losers(answers)


def _drafted(draft: ProductDraft, at: datetime) -> Product | TradepostError:
    try:
        fields = cleaned(draft)
    except TradepostError as refusal:
        return refusal
    return Product(**fields, created_at=at, updated_at=at)


class _Taken:
    """SKUs, barcodes, categories and suppliers as they are, and as the rows before this one leave them."""

    def __init__(self, products: Sequence[Product]) -> None:
        # Barcodes first: of a product that somebody adds between the two reads the SKU is seen, which says it best.
        self.barcodes = _existing("barcode", {one.barcode for one in products if one.barcode})
        self.skus = _existing("sku", {one.sku for one in products})
        suppliers = {one.supplier_id for one in products if one.supplier_id is not None}
        self.categories = keep_categories(one.category_id for one in products if one.category_id is not None)
        sold = Supplier.objects.filter(pk__in=suppliers, archived_at=None) if suppliers else Supplier.objects.none()
        self.suppliers = set(sold.order_by().values_list("pk", flat=True))

    def refusal_of(self, product: Product) -> TradepostError | None:
        """Why this row cannot be added; if it can, its SKU and barcode are taken from now on."""
        if product.sku in self.skus:
            return SkuTaken(f"Another product has the SKU {product.sku!r}", sku=product.sku)
        if product.barcode in self.barcodes:
            return BarcodeTaken(f"Another product has the barcode {product.barcode!r}", barcode=product.barcode)
        if product.category_id is not None and product.category_id not in self.categories:
            return NoSuchCategory(category_id=product.category_id)
        if product.supplier_id is not None and product.supplier_id not in self.suppliers:
            return NoSuchSupplier(supplier_id=product.supplier_id)
        self.skus.add(product.sku)
        if product.barcode:
            self.barcodes.add(product.barcode)
        return None


def _existing(field: str, wanted: set[str]) -> set[str]:
    if not wanted:
        return set()
    found = Product.objects.filter(**{f"{field}__in": wanted}).order_by()
    return set(found.values_list(field, flat=True))


def _insert(products: Sequence[Product]) -> None:
    """Insert under ids drawn beforehand: so each row's fate is known even if another took its SKU meanwhile."""
    if not products:
        return
    for product, number in zip(products, draw_ids("catalog_product", len(products)), strict=True):
        product.pk = number
    Product.objects.bulk_create(products, ignore_conflicts=True)


def _without_losers(answers: list[Product | TradepostError]) -> list[Product | TradepostError]:
    mine = [answer.pk for answer in answers if isinstance(answer, Product)]
    stand = set(Product.objects.filter(pk__in=mine).order_by().values_list("pk", flat=True)) if mine else set()
    lost = {answer.sku for answer in answers if isinstance(answer, Product) and answer.pk not in stand}
    taken = _existing("sku", lost)
    return [_fate(answer, stand, taken) for answer in answers]


def _fate(answer: Product | TradepostError, stand: set[Any], taken: set[str]) -> Product | TradepostError:
    if not isinstance(answer, Product) or answer.pk in stand:
        return answer
    return SkuTaken(sku=answer.sku) if answer.sku in taken else BarcodeTaken(barcode=answer.barcode)


def _record(added: list[Product], actor: Actor, at: datetime) -> None:
    ids = [product.pk for product in added]
    if len(added) == 1:
        after: dict[str, Any] = {"sku": added[0].sku, "name": added[0].name, "price_minor": added[0].price_minor}
        audit.record("catalog.product_added", subject=added[0], actor=actor, at=at, after=after, products=ids)
        return
    after, subject = {"count": len(ids), "ids": ids}, ("catalog.product", "many")
    audit.record("catalog.products_added", subject=subject, actor=actor, at=at, after=after, products=ids)
