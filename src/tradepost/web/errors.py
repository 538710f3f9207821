"""Pages for what goes wrong outside a view: unknown addresses, missing rights, stale forms, and what broke."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from tradepost.lib.errors import Denied, Missing
from tradepost.middleware import current_request_id
from tradepost.web.page import prepared, refused


class NoSuchPage(Missing):
    """An address nothing stands at."""

    code = "no_such_page"
    title = "There is no such page"


class FormExpired(Denied):
    """A form whose secret does not fit: the page was open too long, or the request came from elsewhere."""

    code = "form_expired"
    title = "This page was open for too long"


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 inside the shell; where no page belongs, a plain one."""
    if _is_page(request):
        return refused(prepared(request), NoSuchPage("Perhaps it was moved, or the address has a slip in it."))
    return _plain(404, "not_found", "Not found")


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 inside the shell."""
    if _is_page(request):
        return refused(prepared(request), Denied())
    return _plain(403, "permission_denied", "Permission denied")


def nonsense(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: what Django itself refuses, such as a strange host, without a look at the session."""
    said = {"title": "This cannot be read", "text": "The address or what was sent with it makes no sense here."}
    return _bare(400, **said)


def broken(request: HttpRequest) -> HttpResponse:
    """500, by a template that asks nobody for anything."""
    if not _is_page(request):
        return _plain(500, "server_error", "Server error")
    return _bare(500)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its secret."""
    if not _is_page(request):
        return _plain(403, "csrf_failed", "CSRF verification failed")
    return refused(prepared(request), FormExpired("Nothing was changed. Open the page again and send it once more."))


def locked_out(request: HttpRequest, response: HttpResponse, credentials: object) -> HttpResponse:
    """After too many failed logins each face has answered by itself; keep its answer, or say so where it has not."""
    if response.status_code == settings.AXES_HTTP_RESPONSE_CODE:
        return response
    return render(request, "entry/locked.html", {"note": None}, status=settings.AXES_HTTP_RESPONSE_CODE)


def _is_page(request: HttpRequest) -> bool:
    return not request.path.startswith(("/api/", "/static/")) and hasattr(request, "session")


def _bare(status: int, **said: str) -> HttpResponse:
    """A page that asks nobody for anything."""
    return HttpResponse(render_to_string("web/broke.html", {"request_id": current_request_id(), **said}), status=status)


def _plain(status: int, code: str, title: str) -> HttpResponse:
    body = {"type": "about:blank", "title": title, "status": status, "code": code}
    return JsonResponse(body, status=status, content_type="application/problem+json")
