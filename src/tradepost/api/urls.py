"""Every address under /api/."""

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from tradepost.api import (
    audit,
    books,
    catalog,
    docs,
    exports,
    funding,
    imports,
    intake,
    people,
    ping,
    places,
    prepaid,
    security,
    stock,
    till,
    transactions,
    webhooks,
)
from tradepost.api.base import View

LISTS = [
    "stores", "products", "suppliers", "categories", "sales", "returns", "deliveries", "write-offs", "adjustments",
    "stock-movements", "stock-transfers", "stocktakes",
    "deposits", "withdrawals", "funding-requests", "wallet", "sellers", "credit-requests", "charge-sales",
    "phone-numbers", "imports", "stock", "stock-overview", "stock-alerts",
    "transactions", "accounts", "postings", "proofs", "jobs", "logs", "webhooks", "users", "me", "ping", "schema",
    "docs",
]  # fmt: skip


class Root(View):
    """Where everything is."""

    permission_classes = [AllowAny]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """The addresses of the lists."""
        return Response({name: reverse(f"api:{name}", request=request) for name in LISTS})


app_name = "api"
urlpatterns: list[URLPattern] = [
    path("", Root.as_view(), name="root"),
    *people.urlpatterns,
    *security.urlpatterns,
    *ping.urlpatterns,
    *places.urlpatterns,
    *catalog.urlpatterns,
    *imports.urlpatterns,
    *exports.urlpatterns,
    *till.urlpatterns,
    *stock.urlpatterns,
    *prepaid.urlpatterns,
    *funding.urlpatterns,
    *transactions.urlpatterns,
    *books.urlpatterns,
    *intake.urlpatterns,
    *audit.urlpatterns,
    *webhooks.urlpatterns,
    *docs.urlpatterns,
]
