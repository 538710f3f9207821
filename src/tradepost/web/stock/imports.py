"""Files of products and of opening stock: looked at, run by a worker, stopped and gone on with."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from tradepost.imports import exports, queries, services
from tradepost.imports.errors import FileTooLarge
from tradepost.lib import keyset
from tradepost.lib.actor import MANAGER
from tradepost.lib.errors import Busy, Denied, Invalid, TradepostError
from tradepost.web import params
from tradepost.web.forms import PageForm, explain, go, run_once
from tradepost.web.page import PageRequest, page, prepared, refused, show
from tradepost.web.paging import portion
from tradepost.web.stock import files

if TYPE_CHECKING:
    from tradepost.imports.models import Import
    from tradepost.lib.actor import Actor

PRODUCTS, STOCK = "products", "stock"
RUNNING, DONE = "running", "done"
ENVELOPE = 64 * 1024  # what a form takes beside its file
ROWS_A_PAGE = 50
SHORT_S = 120
STEPS = ("Upload", "Check", "Import", "Done")
STEP_OF = {"previewed": 1, RUNNING: 2, "paused": 2, "failed": 2, DONE: 4}


class UploadForm(PageForm):
    """A file, and what its rows are: products, or what stands in the store one manages and looks at."""

    what = forms.ChoiceField(label="What is in it")
    file = forms.FileField(
        label="File",
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        help_text="CSV or XLSX of at most 50 MB. The first row names the columns.",
        error_messages={"required": "Choose a file.", "empty": "This file is empty."},
    )

    def __init__(self, *args: Any, request: PageRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        actor, shop = request.actor, request.shop
        self.known = [(PRODUCTS, "Products")] if actor.is_admin else []
        if shop is not None and actor.is_manager(shop.pk):
            self.known.append((f"{STOCK}:{shop.pk}", f"Opening stock of {shop.name}"))
        cast(forms.ChoiceField, self.fields["what"]).choices = self.known

    @property
    def asked(self) -> tuple[str, int | None]:
        """The kind of the import, and its store."""
        kind, _, store_id = self.cleaned_data["what"].partition(":")
        return kind, int(store_id) if store_id else None


@csrf_exempt  # to look for the token is to read the file: `_listed` looks, once its size is known
def listed(request: HttpRequest) -> HttpResponse:
    """Send a file, and the files sent before. What is too large is turned away before anything reads it."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > services.MOST_BYTES + ENVELOPE:
        return refused(prepared(request), FileTooLarge())
    return _listed(request)


@csrf_protect
@page
def _listed(request: PageRequest) -> HttpResponse:
    _require_reader(request)
    sent = request.method == "POST"
    form = UploadForm(request.POST if sent else None, request.FILES if sent else None, request=request)
    if not sent:
        return _shown(request, form)
    if not form.known:
        raise Denied("An import takes an administrator, or a manager of the store")
    if not form.is_valid():
        return _shown(request, form, status=422)
    try:
        return go(request, _taken(request, form))
    except (Denied, Busy):
        raise
    except TradepostError as error:
        note, status = explain(form, error)
        return _shown(request, form, note=note, status=status)


@page
def one(request: PageRequest, import_id: int) -> HttpResponse:
    """An import: what would become of its rows, how far it is, and what was refused of it."""
    doc = queries.import_(import_id, request.actor)
    return show(request, "stock/import.html", _context(request, doc))


@page
def progress(request: PageRequest, import_id: int) -> HttpResponse:
    """How far it is; asks again while it runs. The page draws itself anew once it does not."""
    doc = queries.import_(import_id, request.actor)
    context = {"doc": doc, "left": _left(request, doc), **_since(request, doc), **_may(request, doc)}
    response = show(request, "stock/_import_job.html", context, part="stock/_import_job.html")
    if doc.standing != RUNNING:
        response["HX-Redirect"] = reverse("web:import", args=[doc.pk])
    return response


@require_POST
@page
def act(request: PageRequest, import_id: int) -> HttpResponse:
    """Start it, go on with it, or stop it after the rows in hand."""
    wanted = params.choice(request.POST, "do", ("run", "pause"))
    doc = queries.import_(import_id, request.actor)
    form = PageForm(request.POST)
    if not wanted or not form.is_valid():
        raise Invalid("Say whether to run or to stop")

    def call() -> dict[str, Any]:
        if wanted == "run":
            services.run_import(doc.pk, is_again="again" in request.POST, actor=request.actor, at=request.at)
        else:
            services.pause_import(doc.pk, actor=request.actor, at=request.at)
        return {"to": reverse("web:import", args=[doc.pk])}

    try:
        return go(request, run_once(request, form.cleaned_data["key"], call))
    except (Denied, Busy):
        raise
    except TradepostError as error:
        note, status = explain(form, error)
        doc = queries.import_(import_id, request.actor)
        return show(request, "stock/import.html", {**_context(request, doc), "note": note}, status=status)


@page
def refused_rows(request: PageRequest, import_id: int) -> HttpResponse:
    """The rows that were refused, with the reason, as CSV."""
    return files.sent(exports.refused_rows(import_id, actor=request.actor), "csv")


def _require_reader(request: PageRequest) -> None:
    actor = request.actor
    if not actor.reads_all and not any(role == MANAGER for role, _ in actor.grants):
        raise Denied("Imports are for managers, administrators and auditors")


def _shown(request: PageRequest, form: UploadForm, **more: Any) -> HttpResponse:
    status = more.pop("status", 200)
    part = portion(queries.imports(request.actor), request.GET)
    context = {"form": form, "docs": part.rows, "portion": part, "may_send": bool(form.known), **more}
    return show(request, "stock/imports.html", context, part="stock/_imports.html", status=status)


def _taken(request: PageRequest, form: UploadForm) -> dict[str, Any]:
    """Keep the file that was sent; one that was begun before and is not done is gone on with instead."""
    sent, actor = form.cleaned_data["file"], request.actor
    kind, store_id = form.asked
    asked: dict[str, Any] = {"kind": kind, "store_id": store_id}
    checked = services.check_file(sent.name, sent.file, **asked, actor=actor, at=request.at)
    begun = queries.unfinished(actor, kind=kind, store=store_id, digest=checked.digest)
    if begun is not None:
        return {"to": reverse("web:import", args=[begun.pk]), "said": "This file was begun before. Go on with it here."}

    def call() -> dict[str, Any]:
        doc = services.add_import(checked, sent.file, actor=actor, at=request.at)
        return {"to": reverse("web:import", args=[doc.pk])}

    return run_once(request, form.cleaned_data["key"], call, content=checked.digest)


def _context(request: PageRequest, doc: "Import") -> dict[str, Any]:
    at = STEP_OF[doc.standing]
    found = queries.refused_rows(doc.pk, request.actor)
    refusals = keyset.portion(found, params.text(request.GET, "cursor"), ROWS_A_PAGE) if doc.refused else None
    fields = [field for field in doc.columns if field]
    rows = [{**row, "cells": [row["values"].get(field, "") for field in fields]} for row in doc.preview["rows"]]
    return {
        "doc": doc,
        "steps": [{"name": name, "is_done": n < at, "is_here": n == at, "n": n + 1} for n, name in enumerate(STEPS)],
        "fields": fields,
        "rows": rows,
        "window": refusals,
        "form": PageForm(),
        "before": _before(doc),
        **_since(request, doc),
        **_may(request, doc),
    }


def _before(doc: "Import") -> "Import | None":
    """The import that brought the goods of this very file, if they came before and this one was not begun."""
    return None if doc.started_at else queries.received_before(doc.store_id, doc.digest, but=doc.pk)


def _may(request: PageRequest, doc: "Import") -> dict[str, bool]:
    return {"may_run": _runs(request.actor, doc) and doc.standing != DONE}


def _runs(actor: "Actor", doc: "Import") -> bool:
    return actor.is_admin if doc.store_id is None else actor.is_manager(doc.store_id)


def _since(request: PageRequest, doc: "Import") -> dict[str, int]:
    """Where it was, and when, as this page saw it first: what is asked again with it tells how fast it goes."""
    since, row = params.number(request.GET, "since"), params.number(request.GET, "row")
    if since is None or row is None:
        return {"since": _seconds(request.at), "row": doc.position + 1}
    return {"since": since, "row": row}


def _left(request: PageRequest, doc: "Import") -> str:
    """How long it takes by the speed since then: `40 s`, `3 min`; empty while nothing is known."""
    then = _since(request, doc)
    took, done = _seconds(request.at) - then["since"], doc.position + 1 - then["row"]
    if took <= 0 or done <= 0:
        return ""
    left_s = max(1, took * (doc.total - doc.done - doc.refused) // done)
    return f"{left_s} s" if left_s < SHORT_S else f"{left_s // 60} min"


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
