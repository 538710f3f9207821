"""What stands where: the levels of the stores one works in, and the marks below which they run low."""

from datetime import datetime
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base
from tradepost.api.base import Output, View, with_moments
from tradepost.api.catalog import ExistingField, ExistingSkuField
from tradepost.api.fields import DayField, MoneyField, OwnStoreField, QuantityField, SeenField
from tradepost.api.paging import Keysets
from tradepost.catalog import queries as catalog
from tradepost.intake.services import Answer
from tradepost.inventory import queries, services
from tradepost.inventory.queries import ORDERINGS, STATUSES, StockFilters
from tradepost.lib import money, quantity

NAMES = list(STATUSES)
NAME_OF = {state: name for name, state in STATUSES.items()}


class LevelOutput(Output):
    """How much of a product stands in a store. Below `reorder_level` it runs low; `own` says whose level that is."""

    id = serializers.IntegerField()
    store = serializers.IntegerField(source="location.store_id")
    store_name = serializers.CharField(source="location.store.name")
    location = serializers.CharField(source="location.store.location")
    product = serializers.IntegerField(source="product_id")
    product_name = serializers.CharField(source="product.name")
    sku = serializers.CharField(source="product.sku")
    barcode = serializers.CharField(source="product.barcode")
    unit = serializers.CharField(source="product.unit")
    price = MoneyField(source="product.price_minor")
    category = serializers.IntegerField(source="product.category_id", allow_null=True)
    category_name = serializers.CharField(source="product.category.name", default=None, allow_null=True)
    supplier = serializers.IntegerField(source="product.supplier_id", allow_null=True)
    supplier_name = serializers.CharField(source="product.supplier.name", default=None, allow_null=True)
    quantity = QuantityField()
    reorder_level = QuantityField(source="low_at")
    own_reorder_level = serializers.BooleanField(source="own_mark", help_text="The store's own, not the product's.")
    status = serializers.SerializerMethodField()
    updated_at = serializers.DateTimeField(source="changed_at")
    archived_at = serializers.DateTimeField(source="product.archived_at", allow_null=True)

    @extend_schema_field(serializers.ChoiceField(NAMES))
    def get_status(self, level: Any) -> str:
        """in_stock, low_stock or out_of_stock; what was archived, product or store, is in stock where some is there."""
        return NAMES[0] if level.is_archived else NAME_OF[level.state]

    def to_representation(self, level: Any) -> dict[str, Any]:
        """By hand: of a page of them the fields would take a fifth of the time."""
        goods, store = level.product, level.location.store
        return {
            "id": level.pk,
            "store": store.pk,
            "store_name": store.name,
            "location": store.location,
            "product": goods.pk,
            "product_name": goods.name,
            "sku": goods.sku,
            "barcode": goods.barcode,
            "unit": goods.unit,
            "price": money.plain(goods.price_minor),
            "category": goods.category_id,
            "category_name": goods.category and goods.category.name,
            "supplier": goods.supplier_id,
            "supplier_name": goods.supplier and goods.supplier.name,
            "quantity": quantity.plain(level.quantity, goods.decimals),
            "reorder_level": quantity.plain(level.low_at, goods.decimals),
            "own_reorder_level": level.own_mark,
            "status": self.get_status(level),
            "updated_at": self.moment(level.changed_at),
            "archived_at": goods.archived_at and self.moment(goods.archived_at),
        }


class MarkInput(base.Input):
    """The store's own reorder level; null to follow the product's again."""

    reorder_level = QuantityField(allow_null=True)


class Stock(View):
    """The levels of all stores."""

    pagination_class = Keysets

    class Filters(base.Filters):
        """`search` looks into name, SKU and barcode, `location` into where the store is. With days: what moved then."""

        store = OwnStoreField(required=False)
        product = ExistingField(catalog.product, required=False)
        sku = ExistingSkuField(required=False)
        search = serializers.CharField(required=False, allow_blank=True, max_length=200)
        status = serializers.ChoiceField(NAMES, required=False)
        supplier = SeenField(catalog.supplier_for, required=False)
        category = ExistingField(catalog.category, required=False)
        location = serializers.CharField(required=False, allow_blank=True, max_length=200)
        start_date = DayField(required=False)
        end_date = DayField(required=False)
        ordering = serializers.ChoiceField(ORDERINGS, default="product_name")

    @extend_schema(parameters=[Filters], responses=LevelOutput(many=True))
    def get(self, request: Request) -> Response:
        """List what stands where, in the stores one works in; all for administrators and auditors."""
        filters = self.Filters.of(request)
        wanted = StockFilters(**with_moments(filters, filters.get("store")))
        return self.listed(queries.stock(self.actor, wanted), LevelOutput)


class OneLevel(View):
    """One level."""

    @extend_schema(responses=LevelOutput)
    def get(self, request: Request, level_id: int) -> Response:
        """Read how much of a product stands in a store."""
        return Response(self.shown(LevelOutput, queries.level(level_id, self.actor)))

    @extend_schema(request=MarkInput, responses=LevelOutput)
    def patch(self, request: Request, level_id: int) -> Response:
        """Set the store's own reorder level, or with null follow the product's again (managers of the store)."""
        given = self.given(MarkInput)["reorder_level"]

        def change(at: datetime) -> Answer:
            level: Any = queries.level(level_id, self.actor)
            low_at = None if given is None else quantity.parse(given, level.product.decimals)
            services.set_reorder_level(level.location.store_id, level.product_id, low_at, actor=self.actor, at=at)
            return Answer(200, self.shown(LevelOutput, queries.level(level_id, self.actor)))

        return self.change(change)


urlpatterns = [
    path("stock/", Stock.as_view(), name="stock"),
    path("stocks/", Stock.as_view(), name="stocks"),
    path("stock/<id:level_id>/", OneLevel.as_view(), name="stock-level"),
    path("stocks/<id:level_id>/", OneLevel.as_view(), name="stocks-level"),
]
