"""Requests for money in Django's admin: to look at, and to decide by the service every face asks."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet

from tradepost.funding import services as funding
from tradepost.funding.models import FundsRequest
from tradepost.lib import clock, db
from tradepost.lib.admin import ReadOnly
from tradepost.lib.errors import TradepostError
from tradepost.people import queries as people


@admin.register(FundsRequest)
class FundsRequestAdmin(ReadOnly[FundsRequest]):
    """Deposits, withdrawals and credit that were asked for. Approving and rejecting keep every rule of the house."""

    actions: Sequence[str] = ["approve", "reject"]  # type: ignore[assignment]  # the rows stay read-only
    list_display = ["id", "kind", "account", "amount_minor", "state", "requested_by", "requested_at", "decided_by"]
    list_select_related = ["requested_by", "decided_by"]
    list_filter = ["state", "kind"]
    search_fields = ["account", "requested_by__username"]

    @admin.action(description="Approve")
    def approve(self, request: Any, queryset: QuerySet[FundsRequest]) -> None:
        """Approve the chosen requests; each that could not be is told."""
        self._decide(request, queryset, approve=True)

    @admin.action(description="Reject")
    def reject(self, request: Any, queryset: QuerySet[FundsRequest]) -> None:
        """Reject the chosen requests; each that could not be is told."""
        self._decide(request, queryset, approve=False)

    def _decide(self, request: Any, queryset: QuerySet[FundsRequest], *, approve: bool) -> None:
        actor = people.actor_for(request.user, face="admin")
        decisions = [funding.Decision(number, approve) for number in queryset.values_list("pk", flat=True)]
        try:
            with db.politely():
                answers = funding.decide(decisions, actor=actor, at=clock.now())
        except TradepostError as error:
            self.message_user(request, error.message, messages.ERROR)
            return
        refused = [answer for answer in answers if isinstance(answer, funding.Refusal)]
        if done := len(answers) - len(refused):
            self.message_user(request, f"{'Approved' if approve else 'Rejected'}: {done}", messages.SUCCESS)
        for refusal in refused:
            self.message_user(request, f"Request {refusal.key}: {refusal.error.message}", messages.WARNING)
