"""Products, categories and suppliers. A product is counted in the smallest step of its unit, and that never changes."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from tradepost.lib import pictures

PIECE, KG, L, M = "piece", "kg", "l", "m"
UNITS = {PIECE: "piece", KG: "kg", L: "l", M: "m"}
MAX_DECIMALS = 3


class Category(models.Model):
    """A group of products."""

    name = models.CharField(max_length=100)
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("name"), name="catalog_category_name_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="catalog_category_name_set"),
        ]

    def __str__(self) -> str:
        return self.name


class Supplier(models.Model):
    """Who goods come from. Archived, never deleted."""

    name = models.CharField(max_length=150)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("name"), name="catalog_supplier_name_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="catalog_supplier_name_set"),
        ]

    def __str__(self) -> str:
        return self.name


class Product(pictures.Pictured, models.Model):
    """Something that can be sold: goods (`stocked`), or money only, such as postage. Archived, never deleted.

    Prices are minor units for one whole unit; `reorder_level` counts steps, of which a unit has 10 to the `decimals`.
    `picture` is the name of one that `lib.pictures` keeps.
    """

    sku = models.CharField(max_length=40)
    barcode = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=200)
    description = models.TextField(max_length=5000, blank=True)
    unit = models.CharField(max_length=5, choices=UNITS, default=PIECE)
    decimals = models.PositiveSmallIntegerField(default=0)
    price_minor = models.BigIntegerField()
    cost_minor = models.BigIntegerField(default=0)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, blank=True, related_name="products")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, blank=True, related_name="products")
    stocked = models.BooleanField(default=True)
    reorder_level = models.BigIntegerField()
    picture = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [
            models.Index(fields=["name", "id"], name="catalog_product_by_name"),
            models.Index(fields=["updated_at", "id"], name="catalog_product_by_update"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sku"], name="catalog_product_sku_unique"),
            models.UniqueConstraint(
                fields=["barcode"], condition=~Q(barcode=""), name="catalog_product_barcode_unique"
            ),
            models.CheckConstraint(condition=~Q(sku=""), name="catalog_product_sku_set"),
            models.CheckConstraint(condition=~Q(name=""), name="catalog_product_name_set"),
            models.CheckConstraint(condition=Q(price_minor__gte=0), name="catalog_product_price_not_negative"),
            models.CheckConstraint(condition=Q(cost_minor__gte=0), name="catalog_product_cost_not_negative"),
            models.CheckConstraint(condition=Q(reorder_level__gte=0), name="catalog_product_reorder_not_negative"),
            models.CheckConstraint(condition=Q(unit__in=list(UNITS)), name="catalog_product_unit_known"),
            models.CheckConstraint(
                condition=Q(decimals__gte=0, decimals__lte=MAX_DECIMALS), name="catalog_product_decimals_0_to_3"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.name}"

    @property
    def is_sold(self) -> bool:
        """Whether the product is in the catalogue: not archived."""
        return self.archived_at is None
