"""Requests for money, for who decides: what waits first, many decided at a time, each answered in its row."""

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse

from tradepost.books.services import Refusal
from tradepost.funding import queries as funding
from tradepost.funding import services
from tradepost.funding.services import Decision
from tradepost.lib.errors import Denied, Invalid, TradepostError
from tradepost.prepaid import queries as prepaid
from tradepost.web import params, refusals
from tradepost.web.forms import PageForm, run_once
from tradepost.web.funding.words import KINDS, STATES
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import portion

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from tradepost.funding.models import FundsRequest

DECIDED_SHOWN, MOST_DIGITS = 20, 19
EVERY = "all"


class NothingChosen(Invalid):
    """A decision about no request at all."""

    code = "nothing_chosen"
    title = "No request is chosen"


class ReasonNeeded(Invalid):
    """Requests are to be rejected without a word why."""

    code = "reason_needed"
    title = "Rejecting takes a reason"


@page
def listed(request: PageRequest) -> HttpResponse:
    """What waits, then what was decided lately; on POST the decision about the chosen ones."""
    request.actor.require_auditor()
    if request.method != "POST":
        return _shown(request)
    try:
        chosen, approve = _chosen(request)
        answer = run_once(request, request.POST.get("key", ""), lambda: _decide(request, chosen, approve=approve))
    except Denied:
        raise
    except TradepostError as error:
        status = 409 if refusals.status_of(error) == 409 else 422
        return _shown(request, note=refusals.note_of(error), status=status)
    response = _shown(request, results={int(number): result for number, result in answer["results"].items()})
    response["HX-Trigger"] = "tp:posted"
    return response


def _chosen(request: PageRequest) -> tuple[list[int], bool]:
    request.actor.require_admin()
    sent = request.POST.getlist("request")
    numbers = [int(text) for text in sent if text.isascii() and text.isdecimal() and len(text) < MOST_DIGITS]
    if not numbers:
        raise NothingChosen("Tick what is to be decided.")
    action = params.choice(request.POST, "do", ("approve", "reject"))
    if not action:
        raise Invalid("Say whether to approve or to reject")
    if action == "reject" and not params.text(request.POST, "reason"):
        raise ReasonNeeded("Whoever asked reads why.")
    return numbers, action == "approve"


def _decide(request: PageRequest, numbers: list[int], *, approve: bool) -> dict[str, Any]:
    """Decide them; for each number an empty text, or why it was refused."""
    reason = params.text(request.POST, "reason")
    decisions = [Decision(number, approve, reason) for number in dict.fromkeys(numbers)]
    answers = services.decide(decisions, actor=request.actor, at=request.at)
    return {
        "results": {
            str(decision.request_id): _sentence(answer.error) if isinstance(answer, Refusal) else ""
            for decision, answer in zip(decisions, answers, strict=True)
        }
    }


def _sentence(error: TradepostError) -> str:
    fields = error.details.get("fields")
    if isinstance(fields, dict):
        return " ".join(text for texts in fields.values() for text in texts)
    facts = ", ".join(f"{label.lower()} {value}" for label, value in refusals.note_of(error).facts)
    return f"{error.title}: {facts}." if facts else f"{error.title}."


def _shown(
    request: PageRequest, *, results: dict[int, str] | None = None, note: Any = None, status: int = 200
) -> HttpResponse:
    """The list; `results` keeps what was just decided where it stood, each row with what became of it."""
    kind = params.choice(request.GET, "kind", KINDS)
    state = params.choice(request.GET, "status", (*STATES, EVERY))
    found = funding.requests(request.actor, kind=kind, status=state if state in STATES else "")
    first = found if state else found.filter(state="pending")
    if results:
        first = first | funding.requests(request.actor).filter(pk__in=results)
    part = portion(first, request.GET)
    decided = [] if state or request.GET.get("before") else _lately(found, results or {})
    names = _sellers([*part.rows, *decided], request)
    context = {
        "rows": [_row(one, request, names, results or {}) for one in part.rows],
        "decided": [_row(one, request, names, {}) for one in decided],
        "portion": part,
        "kind": kind,
        "kinds": KINDS,
        "status": state,
        "states": STATES,
        "form": PageForm(),
        "note": note,
        "reason": params.text(request.POST, "reason") if note else "",
        "chosen": set(request.POST.getlist("request")) if note else set(),
        "pending": funding.pending_count(request.actor),
        "results": results,
        "approved": sum(not text for text in (results or {}).values()),
        "refused": sum(bool(text) for text in (results or {}).values()),
    }
    return show(request, "funding/approving.html", context, part="funding/_approving.html", status=status)


def _lately(found: "QuerySet[FundsRequest]", results: dict[int, str]) -> "list[FundsRequest]":
    return list(found.exclude(state="pending").exclude(pk__in=results)[:DECIDED_SHOWN])


def _sellers(rows: "list[FundsRequest]", request: PageRequest) -> dict[int, str]:
    """The names of the sellers that credit is for, by one query."""
    ids = {number for row in rows if (number := prepaid.seller_id_of(row.account))}
    return dict(prepaid.sellers(request.actor).filter(pk__in=ids).values_list("pk", "name"))


def _row(one: "FundsRequest", request: PageRequest, names: dict[int, str], results: dict[int, str]) -> dict[str, Any]:
    seller_id = prepaid.seller_id_of(one.account)
    return {
        "one": one,
        "seller_id": seller_id,
        "seller": names.get(seller_id or 0, ""),
        "is_own": funding.is_own(one, request.actor),
        "may_decide": funding.may_decide(one, request.actor) and one.pk not in results,
        "is_result": one.pk in results,
        "refused": results.get(one.pk, ""),
    }
