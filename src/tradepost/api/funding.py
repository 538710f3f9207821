"""Money in and out: one's own wallet, requests about it, and the decisions, which are others' to make."""

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
from tradepost.api.errors import invalid
from tradepost.api.fields import IdField, MoneyField
from tradepost.api.paging import Cursors
from tradepost.books.services import Refusal
from tradepost.funding import queries, services
from tradepost.funding.services import Decision
from tradepost.intake.services import Answer

KINDS = ["deposit", "withdrawal", "credit"]
STATES = ["pending", "approved", "rejected"]
TEXT = 200


class FundsOutput(Output):
    """A request for money, who asked for it, and what became of it."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(KINDS)
    account = serializers.CharField()
    amount = MoneyField(source="amount_minor")
    note = serializers.CharField()
    status = serializers.ChoiceField(STATES, source="state")
    requested_by = serializers.IntegerField(source="requested_by_id")
    requested_by_name = serializers.CharField(source="requested_by.username")
    requested_at = serializers.DateTimeField()
    processed_by = serializers.IntegerField(source="decided_by_id", allow_null=True)
    processed_by_name = serializers.CharField(source="decided_by.username", allow_null=True, default=None)
    processed_at = serializers.DateTimeField(source="decided_at", allow_null=True)
    reason = serializers.CharField()


class FundsInput(base.Input):
    """How much, and a word about it."""

    amount = MoneyField(source="amount_minor")
    note = serializers.CharField(required=False, allow_blank=True, max_length=TEXT)


class ReasonInput(base.Input):
    """Why, if there is something to say."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=TEXT)


class DecisionInput(ReasonInput):
    """Which request, and what is to become of it."""

    id = IdField()
    action = serializers.ChoiceField(["approve", "reject"])


class StateFilters(base.Filters):
    """`status` is how far they are."""

    status = serializers.ChoiceField(STATES, required=False)


class Requests(View):
    """What deposits and withdrawals have in common."""

    pagination_class = Cursors
    kind = ""
    service: Callable[..., Any]

    @extend_schema(parameters=[StateFilters], responses=FundsOutput(many=True))
    def get(self, request: Request) -> Response:
        """List them, newest first: one's own, all for administrators and auditors."""
        return self.listed(queries.requests(self.actor, kind=self.kind, **StateFilters.of(request)), FundsOutput)

    def ask(self) -> Response:
        """Ask for one."""
        given = self.given(FundsInput)
        return self.change(
            lambda at: Answer(201, self.shown(FundsOutput, self.service(**given, actor=self.actor, at=at)))
        )


class Deposits(Requests):
    """Money on its way into wallets."""

    kind = "deposit"
    service = staticmethod(services.request_deposit)

    @extend_schema(request=FundsInput, responses={201: FundsOutput})
    def post(self, request: Request) -> Response:
        """Ask that money paid in be put into one's own wallet."""
        return self.ask()


class Withdrawals(Requests):
    """Money on its way out of wallets."""

    kind = "withdrawal"
    service = staticmethod(services.request_withdrawal)

    @extend_schema(request=FundsInput, responses={201: FundsOutput})
    def post(self, request: Request) -> Response:
        """Ask that money of one's own wallet be paid out; it is held from now on."""
        return self.ask()


class OneRequest(View):
    """One deposit or one withdrawal."""

    kind = ""

    @extend_schema(responses=FundsOutput)
    def get(self, request: Request, request_id: int) -> Response:
        """Read it, and what became of it."""
        return Response(self.shown(FundsOutput, queries.request(request_id, self.actor, kind=self.kind)))


class OneDecision(View):
    """The decision about one deposit or one withdrawal."""

    kind = ""
    approve = False

    @extend_schema(request=ReasonInput, responses=FundsOutput)
    def post(self, request: Request, request_id: int) -> Response:
        """Decide it, once and for ever (administrators, never about their own)."""
        given = self.given(ReasonInput)

        def decide(at: datetime) -> Answer:
            queries.request(request_id, self.actor, kind=self.kind)
            decision = Decision(request_id, self.approve, given.get("reason", ""))
            (answer,) = services.decide([decision], actor=self.actor, at=at)
            if isinstance(answer, Refusal):
                raise answer.error
            return Answer(200, self.shown(FundsOutput, answer))

        return self.change(decide)


class AllRequests(View):
    """Requests of every kind."""

    pagination_class = Cursors

    class Filters(StateFilters):
        """By kind and status."""

        kind = serializers.ChoiceField(KINDS, required=False)

    @extend_schema(parameters=[Filters], responses=FundsOutput(many=True))
    def get(self, request: Request) -> Response:
        """List requests of every kind, newest first: one's own, all for administrators and auditors."""
        return self.listed(queries.requests(self.actor, **self.Filters.of(request)), FundsOutput)


class Decisions(View):
    """Decisions about many requests."""

    @extend_schema(request=DecisionInput(many=True), responses=rows.responses_of(FundsOutput)[200])
    def post(self, request: Request) -> Response:
        """Approve or reject up to 1000 requests, answered row by row (administrators, never about their own)."""
        if not isinstance(self.body, list):
            raise invalid(["A list of decisions."])
        return rows.make(self, DecisionInput, self._decide, detail=FundsOutput, status=200)

    def _decide(self, asked: list[rows.Row], at: datetime) -> list[rows.Outcome]:
        def decision(row: rows.Row) -> Decision:
            return Decision(row["id"], row["action"] == "approve", row.get("reason", ""))

        return rows.carry_out(asked, decision, lambda listed: services.decide(listed, actor=self.actor, at=at))


class WalletOutput(Output):
    """What is in a wallet, and what is held for withdrawals that wait."""

    balance = MoneyField(source="balance_minor")
    held = MoneyField(source="held_minor")


class Wallet(View):
    """One's own wallet."""

    @extend_schema(responses=WalletOutput)
    def get(self, request: Request) -> Response:
        """Read one's own balance, and what is held."""
        return Response(self.shown(WalletOutput, queries.wallet_of(self.actor)))


def _addresses(name: str, all_of_them: type[Requests]) -> list[Any]:
    kind = all_of_them.kind
    decide = OneDecision.as_view
    return [
        path(f"{name}/", all_of_them.as_view(), name=name),
        path(f"{name}/<id:request_id>/", OneRequest.as_view(kind=kind), name=kind),
        path(f"{name}/<id:request_id>/approve/", decide(kind=kind, approve=True), name=f"{kind}-approve"),
        path(f"{name}/<id:request_id>/reject/", decide(kind=kind, approve=False), name=f"{kind}-reject"),
    ]


urlpatterns = [
    *_addresses("deposits", Deposits),
    *_addresses("withdrawals", Withdrawals),
    path("funding-requests/", AllRequests.as_view(), name="funding-requests"),
    path("funding-requests/decide/", Decisions.as_view(), name="funding-decide"),
    path("wallet/", Wallet.as_view(), name="wallet"),
]
