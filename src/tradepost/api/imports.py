"""Imports: a file is sent and looked at, then run by a worker; its job and the import itself say how far it is.

Products take an administrator, stock a manager of the store. One sees one's own and those of the stores one manages.
"""

from datetime import datetime
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import path, reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base
from tradepost.api.base import Output, View
from tradepost.api.exports import FILES, FORMAT, Export
from tradepost.api.fields import IdField, OwnStoreField
from tradepost.api.intake import JobOutput
from tradepost.api.paging import Cursors, Keysets
from tradepost.imports import exports, queries, services
from tradepost.imports.errors import FileTooLarge
from tradepost.intake import services as intake
from tradepost.intake.services import Answer
from tradepost.lib import clock

KINDS = ["products", "stock"]
STATES = ["previewed", "running", "paused", "done", "failed"]
ENVELOPE = 64 * 1024  # what a form takes beside its file


class ColumnOutput(Output):
    """A column of the file and the field it holds; empty for one that is not read."""

    name = serializers.CharField()
    field = serializers.CharField()


class ImportOutput(Output):
    """An import: what was sent, how far it is, and how its rows went."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    kind = serializers.CharField()
    store = serializers.IntegerField(source="store_id", allow_null=True)
    file = serializers.CharField(source="file_name")
    size = serializers.IntegerField()
    state = serializers.CharField(source="standing")
    progress = serializers.IntegerField()
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    same = serializers.IntegerField()
    refused = serializers.IntegerField()
    error = serializers.CharField(source="why")
    job = serializers.SerializerMethodField()
    created_by = serializers.IntegerField(source="created_by_id")
    created_by_name = serializers.CharField(source="created_by.username")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_url(self, doc: Any) -> str:
        """Where to ask for it again."""
        return reverse("api:import", args=[doc.pk])

    def get_job(self, doc: Any) -> str | None:
        """The job that works at it, or did last."""
        return reverse("api:job", args=[doc.job_id]) if doc.job_id else None


class ShownRow(Output):
    """A row as it is read, and what would become of it: added, changed, same or refused."""

    row = serializers.IntegerField()
    outcome = serializers.CharField()
    values = serializers.DictField(child=serializers.CharField())


class RefusedRowOutput(Output):
    """Why a row was refused: which field, what it held, and the reason."""

    row = serializers.IntegerField()
    sku = serializers.CharField()
    name = serializers.CharField()
    field = serializers.CharField()
    value = serializers.CharField()
    detail = serializers.CharField()


class PreviewOutput(Output):
    """The first rows as they would be read, at the moment the file was sent, and the categories and suppliers added.

    `again` counts rows whose SKU stood in a row before: of products they are refused, of stock they are received too.
    """

    checked = serializers.IntegerField()
    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    same = serializers.IntegerField()
    refused = serializers.IntegerField()
    adds = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    again = serializers.IntegerField(default=0)
    again_rows = serializers.ListField(child=serializers.IntegerField(), default=list, help_text="The first of them.")
    rows = ShownRow(many=True)
    refused_rows = RefusedRowOutput(many=True)


class ImportDetail(ImportOutput):
    """An import with its columns and its preview."""

    format = serializers.CharField(source="layout.kind")
    encoding = serializers.CharField(source="layout.encoding")
    delimiter = serializers.CharField(source="layout.delimiter", trim_whitespace=False)
    columns = ColumnOutput(many=True, source="named_columns")
    preview = PreviewOutput()
    received_before = serializers.SerializerMethodField()

    def get_received_before(self, doc: Any) -> int | None:
        """The import that received the goods of this very file in this store before: run, this one takes `again`."""
        before = queries.received_before(doc.store_id, doc.digest, but=doc.pk)
        return before.pk if before else None


class ImportInput(base.Input):
    """A file of products, or of the opening stock of a store."""

    file = serializers.FileField()
    kind = serializers.ChoiceField(KINDS)
    store = IdField(required=False)


class RunInput(base.Input):
    """Whether goods that were received before from the same file are received once more."""

    again = serializers.BooleanField(default=False)


class Imports(View):
    """The imports."""

    pagination_class = Cursors
    parser_classes = [MultiPartParser]
    sent = ""

    class Filters(base.Filters):
        """By what it is of, how far it is and for which store."""

        kind = serializers.ChoiceField(KINDS, default="")
        state = serializers.ChoiceField(STATES, default="")
        store = OwnStoreField(required=False)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Turn away what is too large before it is read."""
        super().initial(request, *args, **kwargs)
        if int(request.META.get("CONTENT_LENGTH") or 0) > services.MOST_BYTES + ENVELOPE:
            raise FileTooLarge

    @extend_schema(parameters=[Filters], responses=ImportOutput(many=True))
    def get(self, request: Request) -> Response:
        """List imports, newest first."""
        return self.listed(queries.imports(self.actor, **self.Filters.of(request)), ImportOutput)

    @extend_schema(request={"multipart/form-data": ImportInput}, responses={201: ImportDetail})
    def post(self, request: Request) -> Response:
        """Send a file; the answer shows how its rows would be read, and nothing else happens until it is run."""
        given = self.given(ImportInput)
        file, actor = given["file"].file, self.actor
        asked = {"kind": given["kind"], "store_id": given.get("store")}
        checked = services.check_file(given["file"].name, file, **asked, actor=actor, at=clock.now())
        self.sent = checked.digest

        def add(at: datetime) -> Answer:
            doc = services.add_import(checked, file, actor=actor, at=at)
            return Answer(201, self.shown(ImportDetail, queries.import_(doc.pk, actor)))

        return self.change(add)

    @property
    def digest(self) -> str:
        """What makes two requests the same: the form, and of the file its content."""
        form = {name: value for name, value in self.body.items() if isinstance(value, str)}
        return intake.digest_of(self.request.method, self.request.get_full_path(), form, self.sent)


class OneImport(View):
    """One import."""

    @extend_schema(responses=ImportDetail)
    def get(self, request: Request, import_id: int) -> Response:
        """Read an import: its columns, its preview and how far it is."""
        return Response(self.shown(ImportDetail, queries.import_(import_id, self.actor)))


class RunImport(View):
    """Starting an import."""

    @extend_schema(request=RunInput, responses={202: JobOutput})
    def post(self, request: Request, import_id: int) -> Response:
        """Run an import, or go on with one that was stopped or failed; the answer is the job that does it."""
        again = self.given(RunInput)["again"]

        def run(at: datetime) -> Answer:
            doc = services.run_import(import_id, is_again=again, actor=self.actor, at=at)
            return Answer(202, self.shown(JobOutput, doc.job))

        return self.change(run)


class PauseImport(View):
    """Stopping an import."""

    @extend_schema(request=None, responses=ImportOutput)
    def post(self, request: Request, import_id: int) -> Response:
        """Stop an import after the rows in hand; running it again goes on from there."""

        def pause(at: datetime) -> Answer:
            return Answer(200, self.shown(ImportOutput, services.pause_import(import_id, actor=self.actor, at=at)))

        return self.change(pause)


class ImportErrors(View):
    """What was refused of an import."""

    pagination_class = Keysets

    @extend_schema(responses=RefusedRowOutput(many=True))
    def get(self, request: Request, import_id: int) -> Response:
        """List the rows that were refused, in the order of the file."""
        base.Filters.of(request)
        return self.listed(queries.refused_rows(import_id, self.actor), RefusedRowOutput)


class ImportErrorsExport(Export):
    """What was refused of an import, as a file."""

    @extend_schema(parameters=[FORMAT], responses=FILES)
    def get(self, request: Request, import_id: int) -> HttpResponseBase:
        """Read the rows that were refused as CSV or XLSX."""
        base.Filters.of(request)
        return self.sent(exports.refused_rows(import_id, actor=self.actor))


urlpatterns = [
    path("imports/", Imports.as_view(), name="imports"),
    path("imports/<id:import_id>/", OneImport.as_view(), name="import"),
    path("imports/<id:import_id>/run/", RunImport.as_view(), name="run-import"),
    path("imports/<id:import_id>/pause/", PauseImport.as_view(), name="pause-import"),
    path("imports/<id:import_id>/errors/", ImportErrors.as_view(), name="import-errors"),
    path("imports/<id:import_id>/errors/export/", ImportErrorsExport.as_view(), name="import-errors-export"),
]
