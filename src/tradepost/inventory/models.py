"""Stock documents. What was asked for stands from the first moment, what became of it from the second, both for ever.

A document points down at its posting; what a posting moved stands in the journal alone.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from tradepost.catalog.models import Product, Supplier
from tradepost.intake.models import Job
from tradepost.places.models import Store

NUMBER, NOTE, CODE, DETAIL = 60, 200, 40, 300


class StockMovement(models.Model):
    """Goods of one product that come in, go out or are removed; and the queue of those still to be applied.

    Applied, it is the till's document of the same `number` that booked it: a delivery (IN), a sale of one line (OUT), a
    loss (REM), or what takes one of these back (`reverses`). Refused, `refusal` is the code and `detail` the sentence.
    """

    IN, OUT, REM = "IN", "OUT", "REM"
    QUEUED, APPLIED, REFUSED = "queued", "applied", "refused"

    number = models.CharField(max_length=NUMBER)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    supplier = models.ForeignKey(
        Supplier, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    movement_type = models.CharField(max_length=3)
    quantity = models.BigIntegerField()
    note = models.CharField(max_length=NOTE, blank=True)
    reverses = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    at = models.DateTimeField()
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.CharField(max_length=8, default=QUEUED)
    settled_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=CODE, blank=True)
    detail = models.CharField(max_length=DETAIL, blank=True)
    posting = models.OneToOneField(
        "books.Posting", on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False
    )

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["at", "id"], name="stock_moves_by_moment"),
            # The product stands last for whoever asks for one in a store: that saves each movement an index.
            models.Index(fields=["store", "at", "id", "product"], name="stock_moves_by_store"),
            models.Index(fields=["product", "at", "id"], name="stock_moves_by_product"),
            models.Index(fields=["supplier", "at", "id"], name="stock_moves_by_supplier", condition=Q(supplier__gt=0)),
            # What is rare is not looked for among all the others.
            models.Index(fields=["store", "at", "id"], name="stock_removals", condition=Q(movement_type="REM")),
            models.Index(fields=["job", "id"], name="stock_moves_queued", condition=Q(state="queued")),
            models.Index(fields=["at", "id"], name="stock_moves_refused", condition=Q(state="refused")),
        ]
        constraints: ClassVar = [
            # Not by `unique=True`, which would index each number twice on PostgreSQL, for a search that nobody makes.
            models.UniqueConstraint(fields=["number"], name="one_stock_move_a_number"),
            # Most take nothing back, and need not stand in an index for it.
            models.UniqueConstraint(
                fields=["reverses"], condition=Q(reverses__isnull=False), name="one_reversal_a_stock_move"
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="stock_move_above_zero"),
            models.CheckConstraint(condition=Q(movement_type__in=["IN", "OUT", "REM"]), name="stock_move_type_known"),
            models.CheckConstraint(
                condition=~Q(movement_type="REM") | ~Q(note="") | Q(reverses__isnull=False),
                name="stock_removal_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(
                    state="queued", posting__isnull=True, settled_at__isnull=True, job__isnull=False, refusal=""
                )
                | Q(state="applied", posting__isnull=False, settled_at__isnull=False, refusal="")
                | (Q(state="refused", posting__isnull=True, settled_at__isnull=False) & ~Q(refusal="")),
                name="stock_move_applied_once_or_refused",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class StockTransfer(models.Model):
    """Goods on their way from one store to another. What left stands in transit until it is received, back or lost.

    Open while something is in transit. Each thing done to it is a step with a posting of its own.
    """

    OPEN, CLOSED = "open", "closed"

    number = models.CharField(max_length=NUMBER, unique=True)
    source = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    destination = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    note = models.CharField(max_length=NOTE, blank=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    sent_at = models.DateTimeField()
    state = models.CharField(max_length=6, default=OPEN)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["source", "-id"], name="transfers_by_source_store"),
            models.Index(fields=["destination", "-id"], name="transfers_by_goal_store"),
            models.Index(fields=["destination", "-id"], name="transfers_on_their_way", condition=Q(state="open")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(source=F("destination")), name="transfer_between_two_stores"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | Q(state="closed", closed_at__isnull=False),
                name="transfer_open_until_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class StockTransferLine(models.Model):
    """One product of a transfer: what was sent, at which cost, and what became of it so far."""

    transfer = models.ForeignKey(StockTransfer, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    sent = models.BigIntegerField()
    cost_minor = models.BigIntegerField()
    received = models.BigIntegerField(default=0, db_default=0)
    returned = models.BigIntegerField(default=0, db_default=0)
    lost = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["transfer", "position"], name="one_line_a_place_on_a_transfer"),
            models.UniqueConstraint(fields=["transfer", "product"], name="one_line_a_product_on_a_transfer"),
            models.CheckConstraint(condition=Q(sent__gt=0, cost_minor__gte=0), name="transfer_line_above_zero"),
            models.CheckConstraint(
                condition=Q(received__gte=0, returned__gte=0, lost__gte=0)
                & Q(sent__gte=F("received") + F("returned") + F("lost")),
                name="transfer_line_not_above_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.sent}"

    @property
    def on_its_way(self) -> int:
        """What is still in transit, in steps."""
        return self.sent - self.received - self.returned - self.lost


class StockTransferStep(models.Model):
    """Something done to a transfer, by whom and when; which goods it moved stands in its posting."""

    SENT, RECEIVED, RETURNED, LOST = "sent", "received", "returned", "lost"

    transfer = models.ForeignKey(StockTransfer, on_delete=models.PROTECT, related_name="steps", db_index=False)
    kind = models.CharField(max_length=8)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    reason = models.CharField(max_length=NOTE, blank=True)
    posting = models.OneToOneField("books.Posting", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["transfer", "id"], name="steps_by_transfer")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=["sent", "received", "returned", "lost"]), name="transfer_step_known"
            ),
            models.CheckConstraint(condition=~Q(kind="lost") | ~Q(reason=""), name="lost_in_transit_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.transfer_id}"


class Stocktake(models.Model):
    """A count of what stands in a store. One is open at a time; closed, its differences are booked by `posting`.

    `posting` is null where nothing differed, or the count was called off.
    """

    OPEN, APPLIED, CANCELLED = "open", "applied", "cancelled"

    number = models.CharField(max_length=NUMBER, unique=True)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    note = models.CharField(max_length=NOTE, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    opened_at = models.DateTimeField()
    state = models.CharField(max_length=9, default=OPEN)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    settled_at = models.DateTimeField(null=True)
    posting = models.OneToOneField("books.Posting", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["store", "-id"], name="stocktakes_by_store")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store"], condition=Q(state="open"), name="one_open_stocktake_a_store"),
            models.CheckConstraint(
                condition=Q(state="open", settled_by__isnull=True, settled_at__isnull=True, posting__isnull=True)
                | Q(state="applied", settled_by__isnull=False, settled_at__isnull=False)
                | Q(state="cancelled", settled_by__isnull=False, settled_at__isnull=False, posting__isnull=True),
                name="stocktake_open_until_settled",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class StocktakeLine(models.Model):
    """One product of a count: what was counted, and what the books said in the moment it was last counted.

    The difference of the two is what is booked, so goods that move between counting and closing are no difference.
    """

    stocktake = models.ForeignKey(Stocktake, on_delete=models.PROTECT, related_name="lines", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    counted = models.BigIntegerField()
    expected = models.BigIntegerField()
    counted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    counted_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-counted_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["stocktake", "-counted_at", "-id"], name="count_lines_last_first")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stocktake", "product"], name="one_line_a_product_on_a_stocktake"),
            models.CheckConstraint(condition=Q(counted__gte=0, expected__gte=0), name="counted_not_below_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.counted}"

    @property
    def difference(self) -> int:
        """What is more than the books said, in steps; less is below zero."""
        return self.counted - self.expected


class StockAlert(models.Model):
    """A level that crossed its mark downwards or ran out, made once for the movement that did it.

    `quantity` is what stood there, in steps, and `low_at` the mark. It presses until somebody has seen it or it is over
    (`over_at`): the shelf is filled again, or a newer alert of it stands. Ids become visible in their order.
    """

    LOW, OUT = "low", "out"

    movement_id = models.BigIntegerField(unique=True)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, related_name="+", db_index=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=3)
    quantity = models.BigIntegerField()
    low_at = models.BigIntegerField()
    at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    seen_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["store", "-id"], name="alerts_by_store"),
            models.Index(fields=["product", "-id"], name="alerts_by_product"),
            models.Index(fields=["at", "id"], name="alerts_by_moment"),
            models.Index(fields=["store", "-id"], name="alerts_unseen", condition=Q(seen_at__isnull=True)),
            models.Index(
                fields=["-id"], name="alerts_pressing", condition=Q(seen_at__isnull=True, over_at__isnull=True)
            ),
            models.Index(
                fields=["store", "product"],
                name="alerts_pressing_by_shelf",
                condition=Q(seen_at__isnull=True, over_at__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=["low", "out"]), name="alert_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="out", quantity=0) | Q(kind="low", quantity__gt=0, quantity__lt=F("low_at")),
                name="alert_of_what_is_short",
            ),
            models.CheckConstraint(
                condition=Q(seen_by__isnull=True, seen_at__isnull=True)
                | Q(seen_by__isnull=False, seen_at__isnull=False),
                name="alert_seen_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.product_id} in {self.store_id}"


class AlertCursor(models.Model):
    """Up to which run of the journal levels were looked at for alerts. One row, of id 1: who locks it may look."""

    run_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"up to run {self.run_id}"
