"""Sellers, the numbers they charged, and the sales. A sale is never changed; a number is never forgotten."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class Seller(models.Model):
    """Somebody who sells phone charges on credit. `user` is the login that acts for them; several never share one.

    The credit lies in the books, on `credit:ID`; its floor is minus the seller's limit.
    """

    name = models.CharField(max_length=150)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    active = models.BooleanField(default=True)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [models.Index(fields=["name", "id"], name="sellers_by_name")]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(name=""), name="seller_has_name")]

    def __str__(self) -> str:
        return self.name


class PhoneNumber(models.Model):
    """A number that was charged, in E.164. What it was charged altogether is the balance of `~phone:ID`."""

    number = models.CharField(max_length=20, unique=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(number__startswith="+"), name="number_is_e164")]

    def __str__(self) -> str:
        return self.number


class ChargeSale(models.Model):
    """A phone charged from a seller's credit. Its id is that of its transfer, by which statements list it.

    Its keys are checked by a trigger, a statement at a time (`apps.WALLS`).
    """

    id = models.BigIntegerField(primary_key=True)
    posting = models.OneToOneField("books.Posting", on_delete=models.PROTECT, db_constraint=False, related_name="+")
    seller = models.ForeignKey(
        Seller, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="sales"
    )
    phone_number = models.ForeignKey(
        PhoneNumber, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="sales"
    )
    amount_minor = models.BigIntegerField()
    balance_after_minor = models.BigIntegerField()
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["seller", "-id"], name="charges_by_seller"),
            models.Index(fields=["phone_number", "seller", "-id"], name="charges_by_number_and_seller"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="charge_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.amount_minor}"
