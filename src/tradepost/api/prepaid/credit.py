"""Requests for credit: a seller or an administrator asks, another administrator decides, once."""

from datetime import datetime
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import rows
from tradepost.api.base import View
from tradepost.api.fields import IdField
from tradepost.api.funding import FundsInput, FundsOutput, ReasonInput, StateFilters
from tradepost.api.paging import Cursors
from tradepost.api.transactions import check_seller
from tradepost.books.services import Refusal
from tradepost.funding import services as funding
from tradepost.funding.services import Decision
from tradepost.intake.services import Answer
from tradepost.prepaid import queries, services
from tradepost.prepaid.services import CreditDraft


class CreditOutput(FundsOutput):
    """A request for credit, for which seller, and what became of it."""

    seller = serializers.SerializerMethodField()

    def get_seller(self, request: Any) -> int | None:
        """The seller's number."""
        return queries.seller_id_of(request.account)


class CreditInput(FundsInput):
    """How much credit, and for whom."""

    seller = IdField(source="seller_id")


class CreditRequests(View):
    """Credit asked for."""

    pagination_class = Cursors

    class Filters(StateFilters):
        """By status and seller."""

        seller = IdField(required=False, source="seller_id")

    @extend_schema(parameters=[Filters], responses=CreditOutput(many=True))
    def get(self, request: Request) -> Response:
        """List requests for credit, newest first: one's own, all for administrators and auditors."""
        filters = self.Filters.of(request)
        check_seller("seller", filters.get("seller_id"), self.actor)
        return self.listed(queries.credit_requests(self.actor, **filters), CreditOutput)

    @extend_schema(request=rows.request_of(CreditInput), responses=rows.responses_of(CreditOutput))
    def post(self, request: Request) -> Response:
        """Ask for credit, once or up to 1000 times in a list answered row by row (the seller, or an administrator)."""
        return rows.make(self, CreditInput, self._ask, detail=CreditOutput)

    def _ask(self, asked: list[rows.Row], at: datetime) -> list[rows.Outcome]:
        return rows.carry_out(
            asked,
            lambda row: CreditDraft(row["seller_id"], row["amount_minor"], row.get("note", "")),
            lambda drafts: services.request_credit(drafts, actor=self.actor, at=at),
        )


class OneCreditRequest(View):
    """One request for credit."""

    @extend_schema(responses=CreditOutput)
    def get(self, request: Request, request_id: int) -> Response:
        """Read a request, and what became of it."""
        return Response(self.shown(CreditOutput, queries.credit_request(request_id, self.actor)))


class Process(View):
    """The decision about a request for credit."""

    class Input(ReasonInput):
        """What is to become of it. Who decides is taken from the login."""

        action = serializers.ChoiceField(["approve", "reject"])

    @extend_schema(request=Input, responses=CreditOutput)
    def post(self, request: Request, request_id: int) -> Response:
        """Approve or reject it, once and for ever (administrators, never about their own)."""
        given = self.given(self.Input)

        def decide(at: datetime) -> Answer:
            queries.credit_request(request_id, self.actor)
            decision = Decision(request_id, given["action"] == "approve", given.get("reason", ""))
            (answer,) = funding.decide([decision], actor=self.actor, at=at)
            if isinstance(answer, Refusal):
                raise answer.error
            return Answer(200, self.shown(CreditOutput, answer))

        return self.change(decide)


urlpatterns = [
    path("credit-requests/", CreditRequests.as_view(), name="credit-requests"),
    path("credit-requests/<id:request_id>/", OneCreditRequest.as_view(), name="credit-request"),
    path("credit-requests/<id:request_id>/process/", Process.as_view(), name="process-credit"),
]
