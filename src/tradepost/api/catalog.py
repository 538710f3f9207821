"""The catalogue: everybody who is logged in reads it, an administrator keeps it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base, rows
from tradepost.api.base import Output, View
from tradepost.api.fields import ArchivedField, IdField, MoneyField, QuantityField, SeenField, WholeField
from tradepost.api.paging import Pages
from tradepost.api.pictures import TakesPicture, in_a_form, picture_field
from tradepost.catalog import queries, services
from tradepost.intake.services import Answer
from tradepost.inventory import services as inventory
from tradepost.lib import quantity
from tradepost.lib.errors import Missing

ORDERS = {
    "name": "name",
    "sku": "sku",
    "price": "price_minor",
    "created_at": "created_at",
    "updated_at": "updated_at",
}


class ExistingField(IdField):
    """A row to filter by, which there must be: an unknown one is no filter at all and therefore refused."""

    def __init__(self, find: Callable[[int], Any], **options: Any) -> None:
        self.find = find
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> int:
        """The row's number."""
        number = super().to_internal_value(data)
        self.run_validators(number)
        try:
            self.find(number)
        except Missing as error:
            raise serializers.ValidationError(error.message, error.code) from None
        return number


class ExistingSkuField(serializers.CharField):
    """A SKU to filter by, which a product must have, sold or not: an unknown one is no filter and therefore refused."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, **options)

    def to_internal_value(self, data: Any) -> str:
        """The SKU."""
        sku = super().to_internal_value(data)
        self.run_validators(sku)
        try:
            return queries.product_of(sku).sku
        except Missing as error:
            raise serializers.ValidationError(error.message, error.code) from None


class CostField(MoneyField):
    """What something cost: for those who work somewhere, null for customers."""

    def to_representation(self, value: int) -> Any:
        """The decimal string, or null."""
        return super().to_representation(value) if self.context["actor"].works_somewhere else None


class MarkField(QuantityField):
    """Below what goods run low: for those who work somewhere, null for customers."""

    def to_representation(self, value: tuple[int, int]) -> Any:
        """The decimal string, or null."""
        return super().to_representation(value) if self.context["actor"].works_somewhere else None


class FromField(serializers.IntegerField):
    """Who goods come from: for those who work somewhere, null for customers."""

    def to_representation(self, value: int) -> Any:
        """The supplier's number, or null."""
        return super().to_representation(value) if self.context["actor"].works_somewhere else None


class ProductOutput(Output):
    """A product. Its cost, its supplier and its reorder level are null for customers."""

    id = serializers.IntegerField()
    sku = serializers.CharField()
    barcode = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    unit = serializers.CharField()
    decimals = serializers.IntegerField()
    price = MoneyField(source="price_minor")
    cost = CostField(source="cost_minor", allow_null=True)
    category = serializers.IntegerField(source="category_id", allow_null=True)
    supplier = FromField(source="supplier_id", allow_null=True)
    stocked = serializers.BooleanField()
    reorder_level = MarkField(decimals_of="decimals", allow_null=True)
    picture = serializers.CharField(source="picture_url")
    thumbnail = serializers.CharField(source="thumbnail_url")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    archived_at = serializers.DateTimeField(allow_null=True)


class ProductInput(base.Input):
    """Only sku, name and price are needed. What is left out of a change stays; unit and decimals never change."""

    sku = serializers.CharField()
    name = serializers.CharField()
    price = MoneyField(source="price_minor")
    cost = MoneyField(source="cost_minor", required=False)
    unit = serializers.ChoiceField(["piece", "kg", "l", "m"], required=False)
    decimals = WholeField(required=False, min_value=0, max_value=3)
    barcode = serializers.CharField(required=False, allow_blank=True)
    description = serializers.CharField(required=False, allow_blank=True)
    category = IdField(source="category_id", required=False, allow_null=True)
    supplier = IdField(source="supplier_id", required=False, allow_null=True)
    stocked = serializers.BooleanField(required=False)
    reorder_level = QuantityField(required=False)
    picture = picture_field()


class KeepsProducts(TakesPicture):
    """What changes products, with their pictures."""

    read_picture = staticmethod(services.read_picture)
    set_picture = staticmethod(services.set_picture)


class Products(KeepsProducts):
    """The products of the catalogue."""

    pagination_class = Pages

    class Filters(base.Filters):
        """`search` looks into sku, name and barcode."""

        search = serializers.CharField(default="", allow_blank=True)
        category = ExistingField(queries.category, required=False)
        supplier = SeenField(queries.supplier_for, required=False)
        stocked = serializers.BooleanField(required=False)
        unit = serializers.ChoiceField(["piece", "kg", "l", "m"], required=False)
        archived = ArchivedField()
        ordering = serializers.ChoiceField([*ORDERS, *(f"-{name}" for name in ORDERS)], default="name")

    @extend_schema(parameters=[Filters], responses=ProductOutput(many=True))
    def get(self, request: Request) -> Response:
        """List products."""
        filters = self.Filters.of(request)
        order = filters.pop("ordering")
        column = ("-" if order.startswith("-") else "") + ORDERS[order.removeprefix("-")]
        return self.listed(queries.products(**filters).order_by(column, "id"), ProductOutput)

    @extend_schema(
        request={"application/json": rows.request_of(ProductInput), "multipart/form-data": ProductInput},
        responses=rows.responses_of(ProductOutput),
    )
    def post(self, request: Request) -> Response:
        """Add a product, or a list of up to 1000 that is answered row by row (administrators)."""
        if not request.FILES:
            return rows.make(self, ProductInput, self._add, detail=ProductOutput)
        given = self.drawn(self.given(ProductInput))

        def add(at: datetime) -> Answer:
            product = services.add_product(_draft(given), actor=self.actor, at=at)
            return Answer(201, self.shown(ProductOutput, self.with_picture(product, given, at)))

        return self.change(add)

    def _add(self, asked: list[rows.Row], at: datetime) -> list[rows.Outcome]:
        return rows.carry_out(asked, _draft, lambda drafts: services.add_products(drafts, actor=self.actor, at=at))


class OneProduct(KeepsProducts):
    """One product."""

    @extend_schema(responses=ProductOutput)
    def get(self, request: Request, product_id: int) -> Response:
        """Read a product, also an archived one."""
        return Response(self.shown(ProductOutput, queries.product(product_id)))

    @extend_schema(request=in_a_form(ProductInput), responses=ProductOutput)
    def put(self, request: Request, product_id: int) -> Response:
        """Change a product (administrators). What is left out stays; to empty a field, send it empty or null."""
        return self._change(product_id, partial=False)

    @extend_schema(request=in_a_form(ProductInput), responses=ProductOutput)
    def patch(self, request: Request, product_id: int) -> Response:
        """Change some of a product (administrators)."""
        return self._change(product_id, partial=True)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, product_id: int) -> Response:
        """Take a product of which nothing is left out of the catalogue (administrators); its history stays."""
        return self.change(lambda at: _gone(inventory.retire_product(product_id, actor=self.actor, at=at)))

    def _change(self, product_id: int, *, partial: bool) -> Response:
        given = self.drawn(self.given(ProductInput, partial=partial))
        changes = {name: value for name, value in given.items() if name != "picture"}

        def change(at: datetime) -> Answer:
            if "reorder_level" in given:
                decimals = queries.product(product_id).decimals
                changes["reorder_level"] = quantity.parse(given["reorder_level"], decimals)
            product = services.change_product(product_id, **changes, actor=self.actor, at=at)
            return Answer(200, self.shown(ProductOutput, self.with_picture(product, given, at)))

        return self.change(change)


class RestoredProduct(View):
    """A product out of the archive."""

    @extend_schema(request=None, responses=ProductOutput)
    def post(self, request: Request, product_id: int) -> Response:
        """Take an archived product back into the catalogue (administrators); one that is there stays as it is."""

        def restore(at: datetime) -> Answer:
            product = services.restore_product(product_id, actor=self.actor, at=at)
            return Answer(200, self.shown(ProductOutput, product))

        return self.change(restore)


class SupplierOutput(Output):
    """A supplier."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    created_at = serializers.DateTimeField()
    archived_at = serializers.DateTimeField(allow_null=True)


class SupplierInput(base.Input):
    """Only a name is needed."""

    name = serializers.CharField()
    email = serializers.CharField(required=False, allow_blank=True)
    phone = serializers.CharField(required=False, allow_blank=True)


class Suppliers(View):
    """Who goods come from."""

    pagination_class = Pages

    class Filters(base.Filters):
        """`search` looks into names and e-mail addresses."""

        search = serializers.CharField(default="", allow_blank=True)
        archived = ArchivedField()
        ordering = serializers.ChoiceField(["name", "-name", "created_at", "-created_at"], default="name")

    @extend_schema(parameters=[Filters], responses=SupplierOutput(many=True))
    def get(self, request: Request) -> Response:
        """List suppliers (those who work somewhere, auditors)."""
        filters = self.Filters.of(request)
        order = filters.pop("ordering")
        return self.listed(queries.suppliers_for(self.actor, **filters).order_by(order, "id"), SupplierOutput)

    @extend_schema(request=SupplierInput, responses={201: SupplierOutput})
    def post(self, request: Request) -> Response:
        """Add a supplier (administrators)."""
        given = self.given(SupplierInput)
        return self.change(
            lambda at: Answer(201, self.shown(SupplierOutput, services.add_supplier(**given, actor=self.actor, at=at)))
        )


class OneSupplier(View):
    """One supplier."""

    @extend_schema(responses=SupplierOutput)
    def get(self, request: Request, supplier_id: int) -> Response:
        """Read a supplier, also an archived one (those who work somewhere, auditors)."""
        return Response(self.shown(SupplierOutput, queries.supplier_for(supplier_id, self.actor)))

    @extend_schema(request=SupplierInput, responses=SupplierOutput)
    def put(self, request: Request, supplier_id: int) -> Response:
        """Change a supplier (administrators). What is left out stays; to empty a field, send it empty."""
        return self._change(supplier_id, partial=False)

    @extend_schema(request=SupplierInput, responses=SupplierOutput)
    def patch(self, request: Request, supplier_id: int) -> Response:
        """Change some of a supplier (administrators)."""
        return self._change(supplier_id, partial=True)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, supplier_id: int) -> Response:
        """Archive a supplier (administrators); products keep naming it."""
        return self.change(lambda at: _gone(services.archive_supplier(supplier_id, actor=self.actor, at=at)))

    def _change(self, supplier_id: int, *, partial: bool) -> Response:
        given = self.given(SupplierInput, partial=partial)

        def change(at: datetime) -> Answer:
            supplier = services.change_supplier(supplier_id, **given, actor=self.actor, at=at)
            return Answer(200, self.shown(SupplierOutput, supplier))

        return self.change(change)


class RestoredSupplier(View):
    """A supplier out of the archive."""

    @extend_schema(request=None, responses=SupplierOutput)
    def post(self, request: Request, supplier_id: int) -> Response:
        """Take a supplier out of the archive (administrators); one that is not there stays as it is."""

        def restore(at: datetime) -> Answer:
            supplier = services.restore_supplier(supplier_id, actor=self.actor, at=at)
            return Answer(200, self.shown(SupplierOutput, supplier))

        return self.change(restore)


class CategoryOutput(Output):
    """A group of products."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()


class CategoryInput(base.Input):
    """A name."""

    name = serializers.CharField()


class Categories(View):
    """The groups of products."""

    pagination_class = Pages

    class Filters(base.Filters):
        """`search` looks into names."""

        search = serializers.CharField(default="", allow_blank=True)
        ordering = serializers.ChoiceField(["name", "-name", "created_at", "-created_at"], default="name")

    @extend_schema(parameters=[Filters], responses=CategoryOutput(many=True))
    def get(self, request: Request) -> Response:
        """List categories."""
        filters = self.Filters.of(request)
        order = filters.pop("ordering")
        return self.listed(queries.categories(**filters).order_by(order, "id"), CategoryOutput)

    @extend_schema(request=CategoryInput, responses={201: CategoryOutput})
    def post(self, request: Request) -> Response:
        """Add a category (administrators)."""
        given = self.given(CategoryInput)
        return self.change(
            lambda at: Answer(201, self.shown(CategoryOutput, services.add_category(**given, actor=self.actor, at=at)))
        )


class OneCategory(View):
    """One category."""

    @extend_schema(responses=CategoryOutput)
    def get(self, request: Request, category_id: int) -> Response:
        """Read a category."""
        return Response(self.shown(CategoryOutput, queries.category(category_id)))

    @extend_schema(request=CategoryInput, responses=CategoryOutput)
    def put(self, request: Request, category_id: int) -> Response:
        """Rename a category (administrators)."""
        return self._change(category_id)

    @extend_schema(request=CategoryInput, responses=CategoryOutput)
    def patch(self, request: Request, category_id: int) -> Response:
        """Rename a category (administrators)."""
        return self._change(category_id)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, category_id: int) -> Response:
        """Remove a category that no product is in, archived ones included (administrators)."""
        return self.change(lambda at: _gone(services.remove_category(category_id, actor=self.actor, at=at)))

    def _change(self, category_id: int) -> Response:
        given = self.given(CategoryInput)

        def change(at: datetime) -> Answer:
            category = services.change_category(category_id, **given, actor=self.actor, at=at)
            return Answer(200, self.shown(CategoryOutput, category))

        return self.change(change)


def _draft(row: rows.Row) -> services.ProductDraft:
    level = row.get("reorder_level")
    decimals = row.get("decimals", services.usual_decimals(row.get("unit", "piece")))
    fields = {name: value for name, value in row.items() if name != "picture"}
    fields["reorder_level"] = None if level is None else quantity.parse(level, decimals)
    return services.ProductDraft(**fields)


def _gone(_: object) -> Answer:
    return Answer(204, None)


urlpatterns = [
    path("products/", Products.as_view(), name="products"),
    path("products/<id:product_id>/", OneProduct.as_view(), name="product"),
    path("products/<id:product_id>/restore/", RestoredProduct.as_view(), name="product-restored"),
    path("suppliers/", Suppliers.as_view(), name="suppliers"),
    path("suppliers/<id:supplier_id>/", OneSupplier.as_view(), name="supplier"),
    path("suppliers/<id:supplier_id>/restore/", RestoredSupplier.as_view(), name="supplier-restored"),
    path("categories/", Categories.as_view(), name="categories"),
    path("categories/<id:category_id>/", OneCategory.as_view(), name="category"),
]
