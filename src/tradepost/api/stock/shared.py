"""What transfers and stocktakes have in common: how items name products."""

from typing import Any

from rest_framework import serializers

from tradepost.api import base
from tradepost.api.fields import IdField, QuantityField
from tradepost.api.till.shared import named_once


class ItemInput(base.Input):
    """A quantity of a product, which is named in one way: by its number, its SKU or its barcode."""

    product_id = IdField(source="product", required=False)
    sku = serializers.CharField(required=False, max_length=40)
    barcode = serializers.CharField(required=False, max_length=40)
    quantity = QuantityField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one way to name the product."""
        return named_once(attrs, "product_id")


class ProductOutput(base.Output):
    """The product of an item."""

    product_id = serializers.IntegerField()
    sku = serializers.CharField(source="product.sku")
    name = serializers.CharField(source="product.name")
    unit = serializers.CharField(source="product.unit")
