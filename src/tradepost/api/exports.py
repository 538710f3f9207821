"""Lists as files for spreadsheets, `?format=csv` (the default) or `xlsx`, sent while they are read."""

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from tradepost.api import base
from tradepost.api.base import View
from tradepost.api.catalog import ExistingField
from tradepost.api.fields import ArchivedField, OwnStoreField, SeenField
from tradepost.catalog import queries as catalog
from tradepost.imports import exports
from tradepost.imports.exports import Table
from tradepost.lib import tables

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMAT = OpenApiParameter("format", OpenApiTypes.STR, enum=["csv", "xlsx"], default="csv")
FILES = {(200, "text/csv"): OpenApiTypes.STR, (200, XLSX_TYPE): OpenApiTypes.BINARY}


class CsvRenderer(JSONRenderer):
    """Chosen by `format=csv`; what it renders itself are refusals, which stay problems in JSON."""

    media_type, format = "text/csv", "csv"


class XlsxRenderer(JSONRenderer):
    """Chosen by `format=xlsx`; what it renders itself are refusals, which stay problems in JSON."""

    media_type, format = XLSX_TYPE, "xlsx"


class Export(View):
    """A list as a file."""

    renderer_classes = [CsvRenderer, XlsxRenderer, JSONRenderer]

    def sent(self, table: Table) -> HttpResponseBase:
        """The file, under the name of its list."""
        name = table.title.lower().replace(" ", "-")
        if getattr(self.request, "accepted_renderer").format != "xlsx":  # noqa: B009  # set by the framework alone
            pieces = tables.csv_pieces(table.header, table.rows)
            headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
            return StreamingHttpResponse(pieces, content_type=CSV_TYPE, headers=headers)
        headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
        return StreamingHttpResponse(tables.xlsx_pieces(*table), content_type=XLSX_TYPE, headers=headers)


class ProductsExport(Export):
    """The catalogue as a file."""

    class Filters(base.Filters):
        """Those of the list of products."""

        search = serializers.CharField(default="", allow_blank=True)
        category = ExistingField(catalog.category, required=False)
        supplier = SeenField(catalog.supplier_for, required=False)
        stocked = serializers.BooleanField(required=False)
        unit = serializers.ChoiceField(["piece", "kg", "l", "m"], required=False)
        archived = ArchivedField()

    @extend_schema(parameters=[Filters, FORMAT], responses=FILES)
    def get(self, request: Request) -> HttpResponseBase:
        """Read the products by SKU as CSV or XLSX, in the columns an import reads."""
        return self.sent(exports.products(catalog.products(**self.Filters.of(request)), actor=self.actor))


class StockExport(Export):
    """The stock of stores as a file."""

    class Filters(base.Filters):
        """One store, or all whose stock one may read."""

        store = OwnStoreField(required=False)

    @extend_schema(parameters=[Filters, FORMAT], responses=FILES)
    def get(self, request: Request) -> HttpResponseBase:
        """Read what stands on the shelves as CSV or XLSX, with its average cost."""
        return self.sent(exports.stock(self.Filters.of(request).get("store"), actor=self.actor))


urlpatterns = [
    path("products/export/", ProductsExport.as_view(), name="products-export"),
    path("stock/export/", StockExport.as_view(), name="stock-export"),
]
