"""Two journals of one shape. Written by this app's engine alone; every invariant is a named constraint or trigger.

Keys of the journals' rows are `db_constraint=False`: triggers check them a statement at a time (`apps.WALLS`).
"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Now

from tradepost.catalog.models import Product
from tradepost.places.models import Store


class Account(models.Model):
    """Where money is. Bounded: a floor and a kept balance. Unbounded (`~`): neither, so never locked and never hot."""

    code = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=20)
    floor_minor = models.BigIntegerField(null=True)
    balance_minor = models.BigIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["code"]
        indexes: ClassVar = [models.Index(fields=["kind", "id"], name="accounts_by_kind")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(floor_minor__isnull=True, balance_minor__isnull=True, code__startswith="~")
                | (Q(floor_minor__lte=0, balance_minor__isnull=False) & ~Q(code__startswith="~")),
                name="bounded_has_balance_and_floor",
            ),
            models.CheckConstraint(
                condition=Q(balance_minor__isnull=True) | Q(balance_minor__gte=F("floor_minor")),
                name="balance_not_below_floor",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Location(models.Model):
    """Where goods are. Bounded: shelves with levels. Unbounded: the world outside, without level rows.

    `store` is the store whose shelves these are, said once more than in the code, so that lists can be joined.
    """

    code = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=20)
    bounded = models.BooleanField()
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False)

    class Meta:
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.code


class Level(models.Model):
    """How much of a product stands at a bounded place, in the product's smallest step.

    Below `low_at` it runs low: the mark is the product's reorder level and follows it, unless the place has one of its
    own (`own_mark`). `state` is made of both by the database.
    """

    IN, LOW, OUT = 0, 1, 2

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="levels")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="levels", db_index=False)
    quantity = models.BigIntegerField(default=0)
    low_at = models.BigIntegerField(default=0)
    own_mark = models.BooleanField(default=False, db_default=False)
    state = models.GeneratedField(
        expression=Case(When(quantity=0, then=OUT), When(quantity__lt=F("low_at"), then=LOW), default=IN),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["location", "state", "product"], name="short_levels_by_place", condition=Q(state__gt=0)
            ),
            models.Index(
                fields=["product", "state", "location"], name="short_levels_by_product", condition=Q(state__gt=0)
            ),
            models.Index(fields=["quantity", "id"], name="levels_by_quantity"),
            models.Index(fields=["quantity", "id"], name="low_levels_by_quantity", condition=Q(state=1)),
            models.Index(fields=["changed_at", "id"], name="levels_by_change"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["location", "product"], name="one_level_a_product_and_place"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="level_not_below_zero"),
            models.CheckConstraint(condition=Q(low_at__gte=0), name="mark_not_below_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} at {self.location_id}: {self.quantity}"

    @property
    def is_archived(self) -> bool:
        """Whether its product or its store is archived: then it is neither low nor out. See `queries.still_ordered`."""
        store = self.location.store
        return self.product.archived_at is not None or (store is not None and not store.is_open)


class PlaceVersion(models.Model):
    """How often the levels of a bounded place were changed: the sum over its shards, which grows with every change.

    What is counted of a place may be kept as long as its version stays. Each connection to PostgreSQL has a shard, so
    that tills of one store rarely wait for each other here; on SQLite there is one.
    """

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="versions", db_index=False)
    shard = models.SmallIntegerField()
    number = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["location", "shard"], name="one_version_a_place_and_shard"),
        ]

    def __str__(self) -> str:
        return f"{self.location_id}.{self.shard}: {self.number}"


class Posting(models.Model):
    """Transfers and movements that stand or fall together.

    `digest`: 32 bytes over the whole content, then 4 bytes for each transfer and each movement in their order, so that
    a changed row can be named. `at` is the business moment, `recorded_at` the database's clock. `memo` holds no
    personal data.
    """

    key = models.CharField(max_length=100)
    digest = models.BinaryField()
    kind = models.CharField(max_length=40)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    memo = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["at", "id"], name="postings_by_moment")]
        constraints: ClassVar = [
            # Not by `unique=True`, which would index each key twice on PostgreSQL, for a search that nobody makes.
            models.UniqueConstraint(fields=["key"], name="one_posting_a_key"),
            models.CheckConstraint(condition=~Q(key=""), name="posting_has_key"),
        ]

    def __str__(self) -> str:
        return self.key


class Transfer(models.Model):
    """Money from one account to another. The balances after it stand on bounded sides, null on unbounded ones."""

    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="transfers", db_constraint=False)
    source = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="sent", db_index=False, db_constraint=False
    )
    destination = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="received", db_index=False, db_constraint=False
    )
    amount_minor = models.BigIntegerField()
    source_after_minor = models.BigIntegerField(null=True)
    destination_after_minor = models.BigIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["source", "posting"], name="transfers_by_source"),
            models.Index(fields=["destination", "posting"], name="transfers_by_destination"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="transfer_above_zero"),
            models.CheckConstraint(condition=~Q(source=F("destination")), name="transfer_between_two_accounts"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} -> {self.destination_id}: {self.amount_minor}"


class Movement(models.Model):
    """Goods from one place to another. The levels after it stand on bounded sides, null on the world's."""

    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="movements", db_constraint=False)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, related_name="movements", db_index=False, db_constraint=False
    )
    source = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    destination = models.ForeignKey(
        Location, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    quantity = models.BigIntegerField()
    source_after = models.BigIntegerField(null=True)
    destination_after = models.BigIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["product", "posting"], name="movements_by_product"),
            # The journal of a product on a shelf. A side of the world has no level, and so no entry here.
            models.Index(
                fields=["source", "product", "posting"],
                name="movements_from_shelves",
                condition=Q(source_after__isnull=False),
            ),
            models.Index(
                fields=["destination", "product", "posting"],
                name="movements_to_shelves",
                condition=Q(destination_after__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="movement_above_zero"),
            models.CheckConstraint(condition=~Q(source=F("destination")), name="movement_between_two_places"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.source_id} -> {self.destination_id}: {self.quantity}"


class Run(models.Model):
    """A closed stretch of the journal, chained by digest to the run before.

    `seals` holds, table by table in the order of ids, 8 bytes of id and 8 bytes of hash for every row of the stretch,
    so that `verify` can name a row that was changed, added or removed. `first_at` and `last_at` are the earliest and
    the latest business moment in it (`books.spans`).
    """

    first_posting_id = models.BigIntegerField()
    last_posting_id = models.BigIntegerField(unique=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    postings = models.PositiveIntegerField()
    transfers = models.PositiveIntegerField()
    movements = models.PositiveIntegerField()
    amount_minor = models.BigIntegerField()
    quantity = models.BigIntegerField()
    seals = models.BinaryField()
    digest = models.BinaryField()
    closed_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(first_posting_id__lte=F("last_posting_id"), first_at__lte=F("last_at")),
                name="run_ends_where_it_began_or_later",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_posting_id} to {self.last_posting_id}"


class PlaceDay(models.Model):
    """How many movements of closed runs a store had on one of its business days (`books.activity`)."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="days", db_index=False)
    day = models.DateField()
    received = models.BigIntegerField()
    sold = models.BigIntegerField()
    removed = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["location", "day"], name="days_by_place")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "location"], name="one_day_a_place")]

    def __str__(self) -> str:
        return f"{self.location_id} on {self.day}"


class Checkpoint(models.Model):
    """The balance of an unbounded account up to and with a closed posting; what came later is the tail."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="checkpoint")
    last_posting_id = models.BigIntegerField()
    balance_minor = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.account_id} up to {self.last_posting_id}: {self.balance_minor}"


class Proof(models.Model):
    """The outcome of one reconcile and verify: what was checked, when, and which differences were found."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    differences = models.PositiveIntegerField()
    findings = models.JSONField[dict[str, Any]]()

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.finished_at:%Y-%m-%d %H:%M}: {self.differences} differences"
