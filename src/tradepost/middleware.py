"""Who asked, and a request id for every request, in its answer and in every line it logs."""

import ipaddress
import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")
QUIET = ("/healthz", "/readyz", "/metrics", "/static/")

log = structlog.get_logger("tradepost.request")


def current_request_id() -> str:
    """The id of the request this thread works on, or nothing outside one."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def neighbourhood_of(request: HttpRequest) -> str | None:
    """The address one is counted by: of IPv6 the first of the network, since all of them are one person's.

    None where the server knows none, as behind a socket file.
    """
    address = _address(request.META.get("REMOTE_ADDR", ""))
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False).network_address
    return str(address) if address else None


class ClientAddress:
    """Put the caller's own address where Django keeps it, behind `TRADEPOST_PROXIES` proxies.

    Each proxy adds to `X-Forwarded-For` whom it heard, so as many entries from the end are true as there are proxies.
    What stands before them anybody may have written.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer whoever it was."""
        proxies = settings.TRADEPOST_PROXIES
        heard = request.headers.get("X-Forwarded-For", "").split(",")
        if proxies and (address := _address(heard[-min(proxies, len(heard))])):
            request.META["REMOTE_ADDR"] = str(address)
        return self.get_response(request)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address in `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::7` or `[2001:db8::7]:4711`."""
    found = re.fullmatch(r"\[([^\]]+)\](?::\d+)?|([\d.]+):\d+|(\S+)", text.strip())
    try:
        return ipaddress.ip_address(next(filter(None, found.groups()))) if found else None
    except ValueError:
        return None


class RequestLog:
    """Take the caller's request id if it is a sane one, else make one; log each answered request once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer under an id, which the answer names."""
        given = request.headers.get(HEADER, "")
        request_id = given if SANE.fullmatch(given) else uuid.uuid4().hex
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            if not request.path.startswith(QUIET):
                milliseconds = round((time.perf_counter() - started) * 1000, 1)
                log.info(
                    "request",
                    method=request.method,
                    path=request.path,
                    status=response.status_code,
                    milliseconds=milliseconds,
                )
        response[HEADER] = request_id
        return response
