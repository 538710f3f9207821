"""Requests for money: what was asked stands from the first moment, what was decided from the second, both for ever."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

TEXT = 200


class FundsRequest(models.Model):
    """Money asked for: into a wallet, out of a wallet, or credit for a seller. Decided once, by another.

    `owner` is who gains: the wallet's person, or the login that acts for the seller (null where nobody does).
    `hold_posting` booked what a withdrawal holds from the moment it is asked for; `posting` booked the decision, null
    where nothing moved: a deposit or credit that was rejected.
    """

    DEPOSIT, WITHDRAWAL, CREDIT = "deposit", "withdrawal", "credit"
    PENDING, APPROVED, REJECTED = "pending", "approved", "rejected"

    kind = models.CharField(max_length=10)
    account = models.CharField(max_length=60)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    amount_minor = models.BigIntegerField()
    note = models.CharField(max_length=TEXT, blank=True)
    requested_at = models.DateTimeField()
    hold_posting = models.OneToOneField("books.Posting", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, default=PENDING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=TEXT, blank=True)
    posting = models.OneToOneField("books.Posting", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["owner", "-id"], name="funds_by_owner"),
            models.Index(fields=["requested_by", "-id"], name="funds_by_requester"),
            models.Index(fields=["account", "-id"], name="funds_by_account"),
            models.Index(fields=["-id"], name="funds_pending", condition=Q(state="pending")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="funds_above_zero"),
            models.CheckConstraint(
                condition=Q(kind__in=["deposit", "withdrawal"], account__startswith="wallet:", owner__isnull=False)
                | Q(kind="credit", account__startswith="credit:"),
                name="funds_account_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="withdrawal", hold_posting__isnull=False)
                | (~Q(kind="withdrawal") & Q(hold_posting__isnull=True)),
                name="funds_held_for_withdrawal",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_by__isnull=True, decided_at__isnull=True, reason="")
                | Q(state__in=["approved", "rejected"], decided_by__isnull=False, decided_at__isnull=False),
                name="funds_pending_until_decided",
            ),
            models.CheckConstraint(
                condition=Q(posting__isnull=False, state="approved")
                | Q(posting__isnull=False, state="rejected", kind="withdrawal")
                | Q(posting__isnull=True, state="pending")
                | (Q(posting__isnull=True, state="rejected") & ~Q(kind="withdrawal")),
                name="funds_decision_booked",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="funds_not_decided_by_requester",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(owner__isnull=True) | ~Q(decided_by=F("owner")),
                name="funds_not_decided_by_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
