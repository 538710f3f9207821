"""From a refusal to its answer: `application/problem+json` (RFC 9457) with a stable `code`, no database text.

One table from family to status. Figures travel as decimal strings: `short_minor` becomes `short: "2.50"`, steps of a
product become its quantity.
"""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from tradepost.catalog import queries as catalog
from tradepost.intake.errors import KeyMismatch
from tradepost.lib import money, quantity
from tradepost.lib.errors import Busy, Denied, FieldErrors, Invalid, Missing, Refused, TradepostError
from tradepost.middleware import current_request_id
from tradepost.people.errors import SecondFactorNeeded, TooManyAttempts
from tradepost.rates import TooManyRequests

PROBLEM = "application/problem+json"
CHALLENGE = "Token"  # what a 401 asks for
STATUSES: list[tuple[type[TradepostError], int]] = [
    (KeyMismatch, 422),
    (TooManyAttempts, 429),
    (TooManyRequests, 429),
    (SecondFactorNeeded, 401),
    (Invalid, 400),
    (Missing, 404),
    (Refused, 409),
    (Denied, 403),
    (Busy, 503),
]
STEPS = {"available", "required", "short", "sold", "returned", "on_its_way", "asked"}
MOST_TEXT = 1000
Problem = dict[str, Any]


class BodyErrors(Invalid):
    """What is wrong with the fields of a body or a query, however deep they lie."""

    code = FieldErrors.code
    title = FieldErrors.title


def status_of(error: TradepostError) -> int:
    """The HTTP status of a refusal."""
    return next((status for family, status in STATUSES if isinstance(error, family)), 500)


def problems(errors: Sequence[TradepostError]) -> list[Problem]:
    """The problem documents of refusals, in their order, by at most one query."""
    products = {error.details["product_id"] for error in errors if error.details.get("product_id")}
    decimals = {pk: product.decimals for pk, product in catalog.by_id(sorted(products)).items()} if products else {}
    return [
        _problem(error.code, error.title, status_of(error), error.message, **_figures(error.details, decimals))
        for error in errors
    ]


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an exception of a view, or None where there is no better one than 500."""
    if isinstance(error, TradepostError):
        wait = getattr(error, "retry_after_s", None)
        headers = {} if wait is None else {"Retry-After": str(wait)}
        headers |= {"WWW-Authenticate": CHALLENGE} if isinstance(error, SecondFactorNeeded) else {}
        return _response(problems([error])[0], context, headers)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    challenge = getattr(error, "auth_header", None)
    headers = {"WWW-Authenticate": str(challenge)} if challenge else {}
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return _response(_translated(error), context, headers)


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 404, for an address nothing stands at."""
    return _plain(_problem(Missing.code, Missing.title, 404, "There is nothing at this address."), request)


def broken(request: HttpRequest) -> HttpResponse:
    """Django's 500: what went wrong stands in the log under the request's id, and nowhere else."""
    detail = "Something went wrong on our side; nothing was changed. The log knows more under this request's id."
    return _plain(_problem("internal_error", "Internal error", 500, detail), request)


def nonsense(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 400: a host or a request that Django itself refuses."""
    return _plain(_problem(Invalid.code, Invalid.title, 400, "This request cannot be read."), request)


def fields_of(detail: Any) -> Any:
    """The sentences of a validation error as plain lists and dicts, the fields named as they are outside."""
    if isinstance(detail, dict):
        return {str(name).removesuffix("_minor"): fields_of(part) for name, part in detail.items()}
    if isinstance(detail, list | tuple):
        return [fields_of(part) for part in detail]
    return str(detail)


def invalid(detail: Any) -> Invalid:
    """The refusal of what a serializer found wrong: `fields` nests as the body does, the sentence names the places."""
    fields = fields_of(detail)
    fields = fields if isinstance(fields, dict) else {"non_field_errors": fields}
    return BodyErrors("; ".join(_places(fields))[:MOST_TEXT], fields=fields)


def _places(fields: Any, place: str = "") -> Iterator[str]:
    """`lines.0.quantity: A number.` for each sentence."""
    if isinstance(fields, str):
        yield f"{place}: {fields}"
        return
    parts = fields.items() if isinstance(fields, dict) else ((None, part) for part in fields)
    for name, part in parts:
        yield from _places(part, ".".join(filter(None, (place, name))))


def _translated(error: exceptions.APIException) -> Problem:
    if isinstance(error, exceptions.ValidationError):
        return problems([invalid(error.detail)])[0]
    code = getattr(error.detail, "code", None) or error.default_code
    code = {"not_found": Missing.code, "permission_denied": Denied.code}.get(code, code)
    return _problem(code, HTTPStatus(error.status_code).phrase, error.status_code, str(error.detail))


def _problem(code: str, title: str, status: int, detail: str, **more: Any) -> Problem:
    return {
        "type": f"urn:tradepost:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }


def _figures(details: dict[str, Any], decimals: dict[int, int]) -> Problem:
    """Details for a program: no database numbers of money and goods, but the amounts and quantities they mean."""
    steps = decimals.get(details.get("product_id", 0))
    figures: Problem = {}
    for name, value in details.items():
        if name == "fields":
            figures[name] = fields_of(value)
        elif name.endswith("_minor"):
            figures[name.removesuffix("_minor")] = money.plain(value)
        elif name in STEPS and steps is not None:
            figures[name] = quantity.plain(value, steps)
        else:
            figures[name] = value
    return figures


def _response(problem: Problem, context: dict[str, Any], headers: dict[str, str]) -> Response:
    request = context["request"]
    renderer = getattr(request, "accepted_renderer", None)
    in_browser = renderer is not None and renderer.format == "api"
    body = {**problem, "instance": request.path, "request_id": current_request_id()}
    return Response(body, problem["status"], headers=headers, content_type=None if in_browser else PROBLEM)


def _plain(problem: Problem, request: HttpRequest) -> HttpResponse:
    body = {**problem, "instance": request.path, "request_id": current_request_id()}
    return JsonResponse(body, status=problem["status"], content_type=PROBLEM)
