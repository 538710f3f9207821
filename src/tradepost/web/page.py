"""What every page does: know who asks and when, turn refusals into pages, and answer whole or in part.

A view takes a `PageRequest` and does its own work only. The clock is read here, once a request.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from tradepost import rates
from tradepost.lib import clock
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Denied, TradepostError
from tradepost.web import refusals, shell, shops
from tradepost.web.actor import actor_of

if TYPE_CHECKING:
    from tradepost.places.models import Store
    from tradepost.prepaid.models import Seller

P = ParamSpec("P")


class PageRequest(HttpRequest):
    """A request to a page: with the actor, the moment and the store the person looks at.

    `seller` is whom the person acts for, once `own.seller_of` looked it up.
    """

    actor: Actor
    at: datetime
    htmx: HtmxDetails
    shop: "Store | None"
    seller: "Seller | None"


View = Callable[Concatenate[PageRequest, P], HttpResponse]
Answer = Callable[Concatenate[HttpRequest, P], HttpResponse]


def page(view: View[P]) -> Answer[P]:
    """A page for whoever is logged in; visitors are sent to log in and come back."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        asked = prepared(request)
        return _guarded(asked, lambda: view(asked, *args, **kwargs) if asked.actor.user_id else _to_login(asked))

    return answer


def public(view: View[P]) -> Answer[P]:
    """A page for everybody."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        asked = prepared(request)
        return _guarded(asked, lambda: view(asked, *args, **kwargs), is_door=request.method == "POST")

    return answer


def prepared(request: HttpRequest) -> PageRequest:
    """The request with actor, moment and store; times are shown in the store's zone."""
    asked = cast(PageRequest, request)
    if not hasattr(asked, "actor"):
        asked.actor = actor_of(request)
        asked.at = clock.now()
        asked.shop = shops.current(request, asked.actor)
    timezone.activate(asked.shop.time_zone if asked.shop else timezone.get_default_timezone())
    return asked


def show(
    request: PageRequest, template: str, context: dict[str, Any] | None = None, *, part: str = "", status: int = 200
) -> HttpResponse:
    """The whole page, or only its `part` when htmx asks for a fragment of it."""
    alone = bool(part) and bool(request.htmx) and not request.htmx.boosted and not request.htmx.history_restore_request
    around = {"asked": request, "shop": request.shop} if alone else shell.context(request)
    given = context or {}
    if twice := given.keys() & around.keys():  # either would silently be taken for the other
        raise ValueError(f"{template} and the shell around it both say {', '.join(sorted(twice))}")
    response = render(request, part if alone else template, {**around, **given}, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Boosted"])
    return response


def require_worker(request: PageRequest) -> None:
    """Raises Denied to customers: the page is for those who work in the house or audit it."""
    if not request.actor.works_somewhere:
        raise Denied("This is for those who work in a store")


def refused(request: PageRequest, error: TradepostError) -> HttpResponse:
    """The page for a refusal that no form shows in place: 400, 403, 404, 409, 429 or 503 inside the shell."""
    status = refusals.status_of(error)
    response = show(request, "web/refused.html", {"note": refusals.note_of(error), "status": status}, status=status)
    if request.htmx and not request.htmx.boosted:  # whichever part asked, the page around it is refused
        response["HX-Retarget"] = response["HX-Reselect"] = "#main"
        response["HX-Reswap"] = "outerHTML"
    if (wait := getattr(error, "retry_after_s", None)) is not None:
        response["Retry-After"] = str(wait)
    return response


def _guarded(request: PageRequest, work: Callable[[], HttpResponse], *, is_door: bool = False) -> HttpResponse:
    try:
        _count(request, is_door=is_door)
        return work()
    except TradepostError as error:
        return refused(request, error)


def _count(request: PageRequest, *, is_door: bool) -> None:
    """Raises TooManyRequests. A form that is open to everybody is a way in: to log in, to sign up."""
    if request.actor.user_id:
        rates.admit_user(request.actor.user_id)
    elif is_door:
        rates.admit_to_door(request)
    else:
        rates.admit_visitor(request)


def _to_login(request: PageRequest) -> HttpResponse:
    if request.htmx and not request.htmx.boosted:
        here = request.htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(redirect_to_login(here).url)
    return redirect_to_login(request.get_full_path())
