"""Documents of the counter. A document points down at its posting; lines keep the price of the moment for ever.

Their keys are checked by triggers, a statement at a time (`apps.WALLS`).
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from tradepost.catalog.models import Product, Supplier
from tradepost.places.models import Store

REASON = 200


class Document(models.Model):
    """What all documents of the counter have: a number, a store, who, when, and the posting that booked it.

    `posting` is null only where neither money nor goods moved: a service given away.
    """

    number = models.CharField(max_length=60)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    at = models.DateTimeField()
    business_date = models.DateField()
    posting = models.OneToOneField(
        "books.Posting", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )

    class Meta:
        abstract = True
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.number


def _one_number(kind: str) -> models.UniqueConstraint:
    """By a constraint: `unique=True` would index each number twice on PostgreSQL, for a search that nobody makes."""
    return models.UniqueConstraint(fields=["number"], name=f"one_{kind}_a_number")


class Line(models.Model):
    """What all lines have: a place on the document, a product and a quantity in its smallest step."""

    position = models.PositiveIntegerField()
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    quantity = models.BigIntegerField()

    class Meta:
        abstract = True
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return f"{self.position}: {self.quantity}"


class Sale(Document):
    """Goods and services sold at the counter."""

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    total_minor = models.BigIntegerField()
    tender = models.CharField(max_length=10, default="cash")
    received_minor = models.BigIntegerField()

    class Meta(Document.Meta):
        indexes: ClassVar = [
            models.Index(fields=["store", "business_date", "id"], name="sales_by_store_and_day"),
            models.Index(fields=["store", "-id"], name="sales_by_store"),
            models.Index(fields=["customer", "id"], name="sales_by_customer", condition=Q(customer__isnull=False)),
            models.Index(
                fields=["store", "customer"], name="sales_by_store_and_customer", condition=Q(customer__isnull=False)
            ),
        ]
        constraints: ClassVar = [
            _one_number("sale"),
            models.CheckConstraint(condition=Q(total_minor__gte=0), name="sale_total_not_below_zero"),
            models.CheckConstraint(condition=Q(received_minor__gte=F("total_minor")), name="sale_paid_in_full"),
        ]

    @property
    def change_minor(self) -> int:
        """What the customer got back from the cash handed over."""
        return self.received_minor - self.total_minor


class SaleLine(Line):
    """One product on a sale at the price and cost of the moment, and how much of it came back."""

    sale = models.ForeignKey(Sale, on_delete=models.PROTECT, related_name="lines", db_index=False, db_constraint=False)
    unit_price_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    cost_minor = models.BigIntegerField()
    returned_quantity = models.BigIntegerField(default=0, db_default=0)

    class Meta(Line.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sale", "position"], name="one_line_a_place_on_a_sale"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="sale_line_above_zero"),
            models.CheckConstraint(
                condition=Q(unit_price_minor__gte=0, amount_minor__gte=0, cost_minor__gte=0),
                name="sale_line_amounts_not_below_zero",
            ),
            models.CheckConstraint(
                condition=Q(returned_quantity__gte=0, returned_quantity__lte=F("quantity")),
                name="returned_not_above_sold",
            ),
        ]


class Return(Document):
    """Goods given back for money. Without a sale behind a line, `supervisor` answered for it and `reason` says why."""

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    supervisor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    reason = models.CharField(max_length=REASON, blank=True)
    total_minor = models.BigIntegerField()

    class Meta(Document.Meta):
        indexes: ClassVar = [
            models.Index(fields=["store", "business_date", "id"], name="returns_by_store_and_day"),
            models.Index(fields=["store", "-id"], name="returns_by_store"),
        ]
        constraints: ClassVar = [
            _one_number("return"),
            models.CheckConstraint(condition=Q(total_minor__gte=0), name="return_total_not_below_zero"),
            models.CheckConstraint(
                condition=Q(supervisor__isnull=True) | ~Q(reason=""), name="supervised_return_has_reason"
            ),
        ]


class ReturnLine(Line):
    """One product that came back; `sale_line` is the line it was sold on, null on a supervised return without a sale.

    What came back on one line of the slip but was sold on several lines is several parts of one position.
    """

    part = models.PositiveIntegerField(default=0, db_default=0)
    return_doc = models.ForeignKey(
        Return, on_delete=models.PROTECT, related_name="lines", db_index=False, db_constraint=False
    )
    sale_line = models.ForeignKey(
        SaleLine, on_delete=models.PROTECT, null=True, related_name="returns", db_constraint=False
    )
    amount_minor = models.BigIntegerField()

    class Meta(Line.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["return_doc", "position", "part"], name="one_line_a_place_on_a_return"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="return_line_above_zero"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="return_line_amount_not_below_zero"),
        ]


class StockEntry(Document):
    """Goods received from a supplier, or written off as lost; or one of these reversed, once, line by line.

    A delivery is reversed by goods `sent_back`, a loss by goods `found_again`, both at the cost they came or went at.
    """

    RECEIVED, WRITTEN_OFF = "received", "written_off"
    SENT_BACK, FOUND_AGAIN = "sent_back", "found_again"
    REVERSED_BY: ClassVar = {RECEIVED: SENT_BACK, WRITTEN_OFF: FOUND_AGAIN}

    kind = models.CharField(max_length=12)
    supplier = models.ForeignKey(
        Supplier, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    reverses = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    reason = models.CharField(max_length=REASON, blank=True)
    total_cost_minor = models.BigIntegerField()

    class Meta(Document.Meta):
        indexes: ClassVar = [
            models.Index(fields=["store", "business_date", "kind"], name="entries_by_store_and_day"),
            models.Index(fields=["store", "-id"], name="entries_by_store"),
            # What is rare is not looked for among all the others.
            models.Index(fields=["kind", "-id"], name="entries_but_deliveries", condition=~Q(kind="received")),
            models.Index(fields=["store", "kind", "-id"], name="rare_entries_by_store", condition=~Q(kind="received")),
        ]
        constraints: ClassVar = [
            _one_number("entry"),
            # Most take nothing back, and need not stand in an index for it.
            models.UniqueConstraint(
                fields=["reverses"], condition=Q(reverses__isnull=False), name="one_reversal_an_entry"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["received", "written_off"], reverses__isnull=True)
                | Q(kind__in=["sent_back", "found_again"], reverses__isnull=False),
                name="entry_kind_known",
            ),
            models.CheckConstraint(condition=~Q(kind="written_off") | ~Q(reason=""), name="write_off_has_reason"),
            models.CheckConstraint(condition=Q(total_cost_minor__gte=0), name="entry_cost_not_below_zero"),
        ]


class StockEntryLine(Line):
    """One product of a stock entry, with the cost of that quantity."""

    entry = models.ForeignKey(
        StockEntry, on_delete=models.PROTECT, related_name="lines", db_index=False, db_constraint=False
    )
    cost_minor = models.BigIntegerField()

    class Meta(Line.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry", "position"], name="one_line_a_place_on_an_entry"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="entry_line_above_zero"),
            models.CheckConstraint(condition=Q(cost_minor__gte=0), name="entry_line_cost_not_below_zero"),
        ]


class Adjustment(Document):
    """Revenue put right without goods: a bad debt (below zero) or one that was paid after all (above zero)."""

    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=REASON)

    class Meta(Document.Meta):
        indexes: ClassVar = [
            models.Index(fields=["store", "business_date"], name="adjustments_by_store_and_day"),
        ]
        constraints: ClassVar = [
            _one_number("adjustment"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="adjustment_not_zero"),
            models.CheckConstraint(condition=~Q(reason=""), name="adjustment_has_reason"),
        ]


class AverageCost(models.Model):
    """The moving average cost of a product in a store: ten-thousandths of a minor unit for one whole unit of it."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    average_e4 = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "product"], name="one_average_a_store_and_product"),
            models.CheckConstraint(condition=Q(average_e4__gte=0), name="average_not_below_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} in {self.store_id}: {self.average_e4}"
