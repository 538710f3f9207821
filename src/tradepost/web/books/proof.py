"""The proof: when the books were last summed anew and their seals checked, what came out, and a button to do it now."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from tradepost.books import queries as books
from tradepost.intake import queries as jobs
from tradepost.intake import services as intake
from tradepost.lib.actor import MANAGER
from tradepost.lib.errors import Denied
from tradepost.web import params
from tradepost.web.forms import PageForm, go, run_once
from tradepost.web.page import PageRequest, page, require_worker, show

TASK = "tradepost.worker.books.prove"
PROOFS_SHOWN, RUNS_SHOWN, DIFFERENCES_SHOWN = 20, 20, 100


@page
def shown(request: PageRequest) -> HttpResponse:
    """The latest proof, those before it, and the closed runs."""
    _require_reader(request)
    number = params.number(request.GET, "job")
    proof = books.latest_proof()
    context: dict[str, Any] = {
        "differences": _differences(proof),
        "proofs": list(books.proofs()[:PROOFS_SHOWN]),
        "runs": list(books.runs()[:RUNS_SHOWN]),
        "job": jobs.job(number, request.actor) if number else None,
        "form": PageForm(),
    }
    return show(request, "books/proof.html", context)


@require_POST
@page
def check(request: PageRequest) -> HttpResponse:
    """Ask for a new proof: a job for the worker, whose progress the page shows."""
    request.actor.require_auditor()

    def call() -> dict[str, Any]:
        job = intake.enqueue(TASK, actor=request.actor, at=request.at)
        return {"to": f"{reverse('web:proof')}?job={job.pk}"}

    return go(request, run_once(request, request.POST.get("key", ""), call))


@page
def progress(request: PageRequest, number: int) -> HttpResponse:
    """How far the job is; asks again until it is done."""
    _require_reader(request)
    job = jobs.job(number, request.actor)
    response = show(request, "books/_job.html", {"job": job}, part="books/_job.html")
    if job.done_at and not job.error:
        response["HX-Redirect"] = reverse("web:proof")
    return response


@page
def summary(request: PageRequest) -> HttpResponse:
    """The state of the books in a few lines, for the top bar."""
    require_worker(request)
    context = {"latest": books.latest_proof(), "run": books.sealed_up_to(), "may_open": _reads(request)}
    return show(request, "books/_summary.html", context, part="books/_summary.html")


def _reads(request: PageRequest) -> bool:
    return request.actor.reads_all or any(role == MANAGER for role, _ in request.actor.grants)


def _require_reader(request: PageRequest) -> None:
    if not _reads(request):
        raise Denied("The proof is for managers, administrators and auditors")


def _differences(proof: Any) -> list[dict[str, Any]]:
    """What differs, with the check that found it."""
    if proof is None:
        return []
    found = [{"check": name, **one} for name, part in proof.findings.items() for one in part["differences"]]
    return found[:DIFFERENCES_SHOWN]
