"""An import: its file, how far it is, and which rows were refused. The file goes when every row was worked off."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from tradepost.intake.models import Job
from tradepost.places.models import Store

PRODUCTS, STOCK = "products", "stock"
KINDS = {PRODUCTS: "products", STOCK: "opening stock"}
PREVIEWED, RUNNING, PAUSED, DONE, FAILED = "previewed", "running", "paused", "done", "failed"
STATES = {state: state for state in (PREVIEWED, RUNNING, PAUSED, DONE, FAILED)}
MAX_FILE_NAME, MAX_DETAIL = 200, 300
MAX_SKU, MAX_NAME, MAX_FIELD, MAX_VALUE = 40, 100, 20, 100


class Import(models.Model):
    """A file of products, or of the opening stock of a store.

    `position` is the number of the last row worked off; it moves in the transaction of the rows before it, so a run
    that was interrupted goes on behind it. `added`, `changed`, `same` and `refused` count the rows up to there.
    """

    kind = models.CharField(max_length=10, choices=KINDS)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    file_name = models.CharField(max_length=MAX_FILE_NAME)
    size = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    layout = models.JSONField[dict[str, Any]]()
    columns = models.JSONField[list[str]]()
    preview = models.JSONField[dict[str, Any]]()
    state = models.CharField(max_length=10, choices=STATES, default=PREVIEWED)
    total = models.PositiveIntegerField()
    position = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["created_by", "-id"], name="imports_by_user"),
            models.Index(fields=["store", "-id"], name="imports_by_store", condition=Q(store__isnull=False)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=list(KINDS)), name="import_kind_known"),
            models.CheckConstraint(condition=Q(state__in=list(STATES)), name="import_state_known"),
            models.CheckConstraint(
                condition=Q(kind=STOCK, store__isnull=False) | Q(kind=PRODUCTS, store__isnull=True),
                name="import_of_stock_has_a_store",
            ),
            models.CheckConstraint(
                condition=Q(position__gte=F("added") + F("changed") + F("same") + F("refused")),
                name="import_counts_no_row_twice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.kind})"

    @property
    def done(self) -> int:
        """How many rows were taken."""
        return self.added + self.changed + self.same

    @property
    def named_columns(self) -> list[dict[str, str]]:
        """The columns of the file: what each is called, and the field it is read as, none for one that is not."""
        pairs = zip(self.layout["header"], self.columns, strict=True)
        return [{"name": name, "field": field} for name, field in pairs]

    @property
    def standing(self) -> str:
        """Its state; one whose job was given up has failed, also where nobody could write that down."""
        job = self.job
        given_up = self.state == RUNNING and job is not None and job.done_at is not None
        return FAILED if given_up else self.state

    @property
    def why(self) -> str:
        """Why it failed, if it did."""
        return self.error or (self.job.error if self.job and self.standing == FAILED else "")

    @property
    def progress(self) -> int:
        """How far it is, 0 to 100."""
        if self.state == DONE:
            return 100
        return min(99, self.position * 100 // (self.total + int(self.layout["header_row"])))


class FilePiece(models.Model):
    """A piece of an import's file, kept in the database so that every worker on every machine has it."""

    import_doc = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="pieces", db_index=False)
    position = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["import_doc", "position"], name="one_piece_a_place_in_a_file"),
        ]

    def __str__(self) -> str:
        return f"{self.import_doc_id}: {self.position}"


class RefusedRow(models.Model):
    """Why a row was refused: which field, what it held, and the sentence for whoever wrote the file."""

    import_doc = models.ForeignKey(
        Import, on_delete=models.PROTECT, related_name="refused_rows", db_index=False, db_constraint=False
    )
    row = models.PositiveIntegerField()
    field = models.CharField(max_length=MAX_FIELD, blank=True)
    sku = models.CharField(max_length=MAX_SKU, blank=True)
    name = models.CharField(max_length=MAX_NAME, blank=True)
    value = models.CharField(max_length=MAX_VALUE, blank=True)
    detail = models.CharField(max_length=MAX_DETAIL)

    class Meta:
        ordering: ClassVar = ["row", "field"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["import_doc", "row", "field"], name="one_reason_a_row_and_field"),
        ]

    def __str__(self) -> str:
        return f"{self.import_doc_id}: {self.row}"
