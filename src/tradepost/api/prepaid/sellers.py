"""Sellers: an administrator keeps them, auditors read them, a seller's login reads its own. Statement and proof."""

from datetime import datetime
from typing import Any

from django.urls import path, reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base
from tradepost.api.base import Output, View, with_moments
from tradepost.api.fields import DayField, IdField, MoneyField
from tradepost.api.paging import Cursors, Pages
from tradepost.api.transactions import TransactionOutput, TypeField, statement_of
from tradepost.books import chart
from tradepost.intake.services import Answer
from tradepost.prepaid import queries, services

TYPES = ["charge_sale", "credit_increase"]


class SellerOutput(Output):
    """A seller, with the credit there is and how far below zero it may go."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.CharField()
    phone = serializers.CharField()
    active = serializers.BooleanField()
    user = serializers.IntegerField(source="user_id", allow_null=True)
    limit = serializers.SerializerMethodField()
    credit_balance = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    def get_limit(self, seller: Any) -> str:
        """A decimal string."""
        return MoneyField().to_representation(self._credit(seller).limit_minor)

    def get_credit_balance(self, seller: Any) -> str:
        """A decimal string."""
        return MoneyField().to_representation(self._credit(seller).balance_minor)

    def get_url(self, seller: Any) -> str:
        """Where to read it again."""
        return reverse("api:seller", args=[seller.pk])

    def _credit(self, seller: Any) -> queries.Credit:
        found: queries.Credit = self.context["credit"].get(seller.pk, queries.Credit())
        return found


class SellerInput(base.Input):
    """Only a name is needed. `user` is the login that acts for the seller. What is left out of a change stays."""

    name = serializers.CharField()
    email = serializers.CharField(required=False, allow_blank=True)
    phone = serializers.CharField(required=False, allow_blank=True)
    user = IdField(source="user_id", required=False, allow_null=True)
    active = serializers.BooleanField(required=False)
    limit = MoneyField(source="limit_minor", required=False)


class SellerView(View):
    """What is shown with a seller."""

    def seen(self, seller: Any) -> dict[str, Any]:
        """A seller with its credit of this moment."""
        return self.shown(SellerOutput, seller, credit=queries.credit_of([seller.pk]))


class Sellers(SellerView):
    """The sellers."""

    pagination_class = Pages

    class Filters(base.Filters):
        """`search` looks into name, e-mail address and phone number."""

        search = serializers.CharField(default="", allow_blank=True)
        active = serializers.BooleanField(required=False)
        ordering = serializers.ChoiceField(["name", "-name", "created_at", "-created_at"], default="name")

    @extend_schema(parameters=[Filters], responses=SellerOutput(many=True))
    def get(self, request: Request) -> Response:
        """List sellers: one's own, all for administrators and auditors."""
        filters = self.Filters.of(request)
        order = filters.pop("ordering")
        page = self.page(queries.sellers(self.actor, **filters).order_by(order, "id"))
        return self.paged(page, SellerOutput, credit=queries.credit_of([seller.pk for seller in page]))

    @extend_schema(request=SellerInput, responses={201: SellerOutput})
    def post(self, request: Request) -> Response:
        """Add a seller without any credit (administrators)."""
        draft = services.SellerDraft(**self.given(SellerInput))
        return self.change(lambda at: Answer(201, self.seen(services.add_seller(draft, actor=self.actor, at=at))))


class OneSeller(SellerView):
    """One seller."""

    @extend_schema(responses=SellerOutput)
    def get(self, request: Request, seller_id: int) -> Response:
        """Read a seller (the seller, administrators and auditors)."""
        return Response(self.seen(queries.seller(seller_id, self.actor)))

    @extend_schema(request=SellerInput, responses=SellerOutput)
    def put(self, request: Request, seller_id: int) -> Response:
        """Change a seller (administrators). What is left out stays; to empty a field, send it empty."""
        return self._change(seller_id, partial=False)

    @extend_schema(request=SellerInput, responses=SellerOutput)
    def patch(self, request: Request, seller_id: int) -> Response:
        """Change some of a seller (administrators)."""
        return self._change(seller_id, partial=True)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, seller_id: int) -> Response:
        """Remove a seller that nothing was ever asked, credited or sold for (administrators)."""

        def remove(at: datetime) -> Answer:
            services.delete_seller(seller_id, actor=self.actor, at=at)
            return Answer(204, None)

        return self.change(remove)

    def _change(self, seller_id: int, *, partial: bool) -> Response:
        changes = services.SellerChanges(**self.given(SellerInput, partial=partial))  # type: ignore[typeddict-item]
        return self.change(
            lambda at: Answer(200, self.seen(services.change_seller(seller_id, changes, actor=self.actor, at=at)))
        )


class BalanceOutput(Output):
    """The credit of a seller."""

    seller_id = serializers.IntegerField()
    name = serializers.CharField()
    credit_balance = MoneyField()


class Balance(View):
    """A seller's credit."""

    @extend_schema(responses=BalanceOutput)
    def get(self, request: Request, seller_id: int) -> Response:
        """Read the balance of a seller's credit (the seller, administrators and auditors)."""
        seller = queries.seller(seller_id, self.actor)
        credit = queries.credit_of([seller.pk]).get(seller.pk, queries.Credit())
        balance = {"seller_id": seller.pk, "name": seller.name, "credit_balance": credit.balance_minor}
        return Response(self.shown(BalanceOutput, balance))


class Statement(View):
    """A seller's statement."""

    pagination_class = Cursors

    class Filters(base.Filters):
        """`end_date` is inside the range."""

        type = TypeField(TYPES, required=False, source="kind")
        start_date = DayField(required=False)
        end_date = DayField(required=False)

    @extend_schema(parameters=[Filters], responses=TransactionOutput(many=True))
    def get(self, request: Request, seller_id: int) -> Response:
        """List what came to a seller's credit and went from it, newest first."""
        found = queries.statement(seller_id, self.actor, **with_moments(self.Filters.of(request)))
        return statement_of(self, found, {chart.credit(seller_id)})


class ReconciledOutput(Output):
    """A seller's credit as it is kept and as the transactions make it, both of one moment."""

    seller_id = serializers.IntegerField()
    name = serializers.CharField()
    current_balance = MoneyField(source="current_balance_minor")
    calculated_from_transactions = MoneyField(source="calculated_minor")
    is_reconciled = serializers.BooleanField()
    difference = MoneyField(source="difference_minor")
    total_transactions = serializers.IntegerField()


class Reconcile(View):
    """The proof of one seller's credit."""

    @extend_schema(responses=ReconciledOutput)
    def get(self, request: Request, seller_id: int) -> Response:
        """Add up all transactions of a seller (the seller, administrators and auditors)."""
        return Response(self.shown(ReconciledOutput, queries.reconcile(seller_id, self.actor)))


class ReconcileAll(View):
    """The proof of every seller's credit."""

    pagination_class = Pages

    @extend_schema(responses=ReconciledOutput(many=True))
    def get(self, request: Request) -> Response:
        """Add up all transactions of each seller (administrators and auditors), a page in one snapshot."""
        base.Filters.of(request)
        page = self.page(queries.every_seller(self.actor))
        return self.paged(queries.reconcile_each(page), ReconciledOutput)


urlpatterns = [
    path("sellers/", Sellers.as_view(), name="sellers"),
    path("sellers/reconcile/", ReconcileAll.as_view(), name="sellers-reconcile"),
    path("sellers/<id:seller_id>/", OneSeller.as_view(), name="seller"),
    path("sellers/<id:seller_id>/balance/", Balance.as_view(), name="seller-balance"),
    path("sellers/<id:seller_id>/transactions/", Statement.as_view(), name="seller-transactions"),
    path("sellers/<id:seller_id>/reconcile/", Reconcile.as_view(), name="seller-reconcile"),
]
