"""What the documents of the counter have in common: how lines name products, filters, and the columns of a document."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from tradepost.api import base
from tradepost.api.fields import DayField, IdField, MoneyField, QuantityField, StoreField
from tradepost.catalog import queries as catalog
from tradepost.catalog.errors import NoSuchProduct
from tradepost.lib import quantity

if TYPE_CHECKING:
    from tradepost.catalog.models import Product

MOST_LINES = 1000
WAYS = ("product", "sku", "barcode")
NEEDED = ("sku", "decimals")


def named_once(attrs: dict[str, Any], field: str = "product") -> dict[str, Any]:
    """The fields of a line, if they name its product in exactly one way. Raises ValidationError."""
    if sum(way in attrs for way in WAYS) != 1:
        raise serializers.ValidationError({field: [f"Name it by {field}, sku or barcode: one of them."]})
    return attrs


class LineInput(base.Input):
    """A quantity of a product, which is named in one way: by its number, its SKU or its barcode."""

    product = IdField(required=False)
    sku = serializers.CharField(required=False, max_length=40)
    barcode = serializers.CharField(required=False, max_length=40)
    quantity = QuantityField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one way to name the product."""
        return named_once(attrs)


class LinesField(serializers.ListField):
    """The lines of a document: 1 to 1000."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_empty=False, max_length=MOST_LINES, **options)


class Goods:
    """The products that lines name, found by at most three queries for all of them."""

    def __init__(self, lines: Iterable[dict[str, Any]]) -> None:
        named = list(lines)
        ids, skus, barcodes = ([line[way] for line in named if way in line] for way in WAYS)
        self._found: dict[str, dict[Any, Product]] = {
            "product": catalog.by_id(ids, only=NEEDED) if ids else {},
            "sku": catalog.by_sku(skus) if skus else {},
            "barcode": catalog.by_barcode(barcodes) if barcodes else {},
        }

    def of(self, line: dict[str, Any]) -> tuple[int, int]:
        """The product's number and the quantity in its steps. Raises NoSuchProduct, NotAQuantity."""
        way = next(way for way in WAYS if way in line)
        product = self._found[way].get(line[way])
        if product is None:
            raise NoSuchProduct(f"There is no product {line[way]!r}", **{way: line[way]})
        return product.pk, quantity.parse(line["quantity"], product.decimals)

    def by_id(self) -> "dict[int, Product]":
        """All of them, by number, with SKU and decimals at hand."""
        return {product.pk: product for found in self._found.values() for product in found.values()}


class DocumentFilters(base.Filters):
    """`number` is a part of the document's number; `end_date` is inside the range."""

    store = StoreField(required=False)
    number = serializers.CharField(required=False, max_length=60)
    start_date = DayField(required=False)
    end_date = DayField(required=False)


class TradeFilters(DocumentFilters):
    """With the people of a document."""

    customer = IdField(required=False)
    operator = IdField(required=False)


class DocumentOutput(base.Output):
    """What all documents have. It reads nothing but its own row."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    store = serializers.IntegerField(source="store_id")
    operator = serializers.IntegerField(source="operator_id")
    at = serializers.DateTimeField()
    business_date = serializers.DateField()
    posting = serializers.IntegerField(source="posting_id", allow_null=True)


class LineOutput(base.Output):
    """One product on a document."""

    id = serializers.IntegerField()
    position = serializers.IntegerField()
    product = serializers.IntegerField(source="product_id")
    sku = serializers.CharField(source="product.sku")
    name = serializers.CharField(source="product.name")
    quantity = QuantityField()


class StoreCostField(MoneyField):
    """What a line cost the store: null for its customer."""

    def to_representation(self, value: int) -> Any:
        """The decimal string, or null."""
        return super().to_representation(value) if self.context["actor"].works_somewhere else None
