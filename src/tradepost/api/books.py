"""Reading the books: postings, accounts, and the proof that nothing was lost."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base
from tradepost.api.base import Output, View, with_moments
from tradepost.api.catalog import ExistingField
from tradepost.api.fields import DayField, MoneyField, QuantityField, StoreField
from tradepost.api.intake import JobOutput
from tradepost.api.paging import Cursors, Pages
from tradepost.books import chart, queries, services
from tradepost.catalog import queries as catalog
from tradepost.intake.services import Answer
from tradepost.lib.errors import Missing
from tradepost.prepaid import queries as prepaid

KINDS = [
    "till.sale", "till.return", "till.received", "till.written_off", "till.adjustment",
    "funding.deposit", "funding.withdrawal_asked", "funding.withdrawal", "funding.withdrawal_rejected",
    "funding.credit_increase", "prepaid.charge_sale",
]  # fmt: skip
ACCOUNT_KINDS = sorted(chart.BOUNDED_ACCOUNTS | chart.UNBOUNDED_ACCOUNTS)


class AccountField(serializers.CharField):
    """The code of an account that could be: its kind stands in the chart."""

    def to_internal_value(self, data: Any) -> str:
        """The code."""
        code = super().to_internal_value(data)
        try:
            chart.account_kind(code)
        except chart.UnknownCode as error:
            raise serializers.ValidationError(error.message, error.code) from None
        return code


class TransferOutput(Output):
    """Money from one account to another, and what stood there afterwards."""

    id = serializers.IntegerField()
    source_account = serializers.CharField(source="source.code")
    destination_account = serializers.CharField(source="destination.code")
    amount = MoneyField(source="amount_minor")
    source_after = MoneyField(source="source_after_minor", allow_null=True)
    destination_after = MoneyField(source="destination_after_minor", allow_null=True)


class MovementOutput(Output):
    """Goods from one place to another."""

    id = serializers.IntegerField()
    product = serializers.IntegerField(source="product_id")
    sku = serializers.CharField(source="product.sku")
    source_place = serializers.CharField(source="source.code")
    destination_place = serializers.CharField(source="destination.code")
    quantity = QuantityField()


class PostingRow(Output):
    """What was booked together."""

    id = serializers.IntegerField()
    key = serializers.CharField()
    kind = serializers.CharField()
    document = serializers.SerializerMethodField()
    user = serializers.IntegerField(source="actor_id")
    user_name = serializers.CharField(source="actor.username")
    at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    memo = serializers.CharField()

    def get_document(self, posting: Any) -> str:
        """The number of the document that was booked."""
        return document_of(posting.key)


class PostingOutput(PostingRow):
    """What was booked together, with every transfer and movement."""

    transfers = TransferOutput(many=True)
    movements = MovementOutput(many=True)


class Postings(View):
    """The journal."""

    pagination_class = Cursors

    class Filters(base.Filters):
        """`key` is a part of the posting's key; `end_date` is inside the range."""

        key = serializers.CharField(required=False, max_length=100)
        kind = serializers.ChoiceField(KINDS, required=False)
        account = AccountField(required=False, source="account_code")
        product = ExistingField(catalog.product, required=False, source="product_id")
        store = StoreField(required=False, source="store_id")
        start_date = DayField(required=False)
        end_date = DayField(required=False)

    @extend_schema(parameters=[Filters], responses=PostingRow(many=True))
    def get(self, request: Request) -> Response:
        """List postings, newest first: those that touch one's own, all for administrators and auditors."""
        filters = self.Filters.of(request)
        narrowed = with_moments(filters, filters.get("store_id"))
        return self.listed(queries.postings(self.actor, also=prepaid.own_codes(self.actor), **narrowed), PostingRow)


class OnePosting(View):
    """One posting."""

    @extend_schema(responses=PostingOutput)
    def get(self, request: Request, posting_id: int) -> Response:
        """Read a posting with its transfers and movements."""
        found = queries.posting(posting_id, self.actor, also=prepaid.own_codes(self.actor))
        return Response(self.shown(PostingOutput, found))


class AccountOutput(Output):
    """An account; `floor` is null where it is unbounded."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    kind = serializers.CharField()
    balance = MoneyField()
    floor = MoneyField(source="floor_minor", allow_null=True)


class Accounts(View):
    """The accounts."""

    pagination_class = Pages

    class Filters(base.Filters):
        """`search` looks into codes."""

        search = serializers.CharField(default="", allow_blank=True)
        kind = serializers.ChoiceField(ACCOUNT_KINDS, required=False)
        ordering = serializers.ChoiceField(["code", "-code", "balance", "-balance"], default="code")

    @extend_schema(parameters=[Filters], responses=AccountOutput(many=True))
    def get(self, request: Request) -> Response:
        """List accounts with their balances: one's own, all for administrators and auditors."""
        filters = self.Filters.of(request)
        order = filters.pop("ordering")
        found = queries.with_balance(queries.accounts(self.actor, also=prepaid.own_codes(self.actor), **filters))
        return self.listed(found.order_by(order, "id"), AccountOutput)


class ProofOutput(Output):
    """One reconcile and verify: what was checked, and each difference found."""

    id = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField()
    ok = serializers.SerializerMethodField()
    differences = serializers.IntegerField()
    findings = serializers.JSONField()

    def get_ok(self, proof: Any) -> bool:
        """Whether nothing differs."""
        return not proof.differences


class Proofs(View):
    """The proofs of the books."""

    pagination_class = Cursors

    @extend_schema(responses=ProofOutput(many=True))
    def get(self, request: Request) -> Response:
        """List proofs, newest first (auditors and administrators)."""
        base.Filters.of(request)
        return self.listed(queries.proofs_for(self.actor), ProofOutput)

    @extend_schema(request=None, responses={202: JobOutput})
    def post(self, request: Request) -> Response:
        """Ask for a proof; a worker makes it and the job says when (auditors and administrators)."""
        return self.change(
            lambda at: Answer(202, self.shown(JobOutput, services.request_proof(actor=self.actor, at=at)))
        )


class LatestProof(View):
    """The newest proof."""

    @extend_schema(responses=ProofOutput)
    def get(self, request: Request) -> Response:
        """Read the newest proof (auditors and administrators)."""
        return Response(self.shown(ProofOutput, self.newest()))

    def newest(self) -> Any:
        """The newest proof. Raises Missing before the first."""
        proof = queries.proofs_for(self.actor).first()
        if proof is None:
            raise Missing("Nothing was proved yet; POST /api/proofs/ asks for it")
        return proof


class HalfOutput(Output):
    """One half of the newest proof."""

    proof = serializers.IntegerField()
    finished_at = serializers.DateTimeField()
    ok = serializers.BooleanField()
    checked = serializers.DictField(child=serializers.IntegerField())
    differences = serializers.ListField(child=serializers.DictField())
    seal = serializers.CharField(default="", help_text="The digest of the newest run, to be kept elsewhere.")


class Reconcile(LatestProof):
    """Whether every balance and level is what the journals make it."""

    half = "reconcile"

    @extend_schema(responses=HalfOutput)
    def get(self, request: Request) -> Response:
        """Read the outcome of the newest run (auditors and administrators)."""
        proof = self.newest()
        found = proof.findings[self.half]
        half = {**found, "proof": proof.pk, "finished_at": proof.finished_at, "ok": not found["differences"]}
        return Response(self.shown(HalfOutput, half))


class Verify(Reconcile):
    """Whether the chain of seals is whole."""

    half = "verify"


def document_of(key: str) -> str:
    """The number in a posting's key `app:number:verb`."""
    return key.partition(":")[2].rpartition(":")[0] or key


urlpatterns = [
    path("postings/", Postings.as_view(), name="postings"),
    path("postings/<id:posting_id>/", OnePosting.as_view(), name="posting"),
    path("accounts/", Accounts.as_view(), name="accounts"),
    path("proofs/", Proofs.as_view(), name="proofs"),
    path("proofs/latest/", LatestProof.as_view(), name="latest-proof"),
    path("reconcile/", Reconcile.as_view(), name="reconcile"),
    path("verify/", Verify.as_view(), name="verify"),
]
