"""Webhooks: whose programs are told of what, and what came of it. Administrators keep them, auditors read.

A secret is shown by the page that answers, once, and kept nowhere.
"""

from typing import Any, cast

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from tradepost.lib.errors import Denied, Invalid, TradepostError
from tradepost.notify import queries, services
from tradepost.notify.events import EVENTS
from tradepost.places import queries as places
from tradepost.web import params, refusals
from tradepost.web.forms import PageForm, attempt, choices, chosen, go, run_once, submit
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import numbered, portion

STATES = {"pending": "To be sent", "failed": "Failed, tried again", "delivered": "Delivered", "given_up": "Given up"}
ACTIONS = ("test", "on", "off")


class WebhookForm(PageForm):
    """Where to, of which store, and a box for each event there is."""

    url = forms.CharField(
        label="Address",
        max_length=500,
        widget=forms.URLInput(attrs={"dir": "ltr", "placeholder": "https://example.com/hooks"}),
        help_text="Where a program of yours listens.",
    )
    store = forms.ChoiceField(label="Store", required=False)

    def __init__(self, *args: Any, request: PageRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = places.stores_for(request.actor, archived=None)
        cast(forms.ChoiceField, self.fields["store"]).choices = choices(stores, "All stores")
        for name, text in EVENTS.items():
            box = forms.CheckboxInput(attrs={"class": "form-check-input"})
            self.fields[name] = forms.BooleanField(label=text, required=False, help_text=name, widget=box)

    def told(self) -> dict[str, Any]:
        """What was filled in, by the names services use."""
        wanted = [name for name in EVENTS if self.cleaned_data[name]]
        return {
            "url": self.cleaned_data["url"],
            "store_id": chosen(self.cleaned_data["store"]),
            "events": wanted,
        }


@page
def listed(request: PageRequest) -> HttpResponse:
    """Webhooks in the order they came."""
    return show(request, "webhooks/list.html", {"page": numbered(queries.webhooks(request.actor), request.GET)})


@never_cache
@page
def new(request: PageRequest) -> HttpResponse:
    """Add a webhook, and show its secret this once."""
    request.actor.require_admin()
    form = WebhookForm(request.POST or None, request=request, initial=dict.fromkeys(EVENTS, True))
    told: list[str] = []

    def add() -> dict[str, Any]:
        webhook, secret = services.add_webhook(**form.told(), actor=request.actor, at=request.at)
        told.append(secret)  # the answer that is kept has no secret in it
        return {"webhook": webhook.pk}

    def call() -> HttpResponse:
        webhook_id = run_once(request, form.cleaned_data["key"], add)["webhook"]
        if not told:
            return HttpResponseRedirect(reverse("web:webhook", args=[webhook_id]))
        return _secret(request, webhook_id, told[-1])

    context = {"title": "Add a webhook", "verb": "Add the webhook", "back": reverse("web:webhooks")}
    return attempt(request, form, call, "web/form.html", context)


@page
def one(request: PageRequest, webhook_id: int) -> HttpResponse:
    """One webhook, and what it was told, newest first."""
    return _shown(request, webhook_id)


@page
def edit(request: PageRequest, webhook_id: int) -> HttpResponse:
    """Lead a webhook elsewhere, or let it hear of something else."""
    request.actor.require_admin()
    found = queries.webhook(webhook_id, request.actor)
    initial = {"url": found.url, "store": found.store_id or "", **dict.fromkeys(found.events, True)}
    form = WebhookForm(request.POST or None, request=request, initial=initial)
    back = reverse("web:webhook", args=[webhook_id])

    def call() -> dict[str, Any]:
        services.change_webhook(webhook_id, actor=request.actor, at=request.at, **form.told())
        return {"to": back, "said": "Saved."}

    return submit(request, form, call, "web/form.html", {"title": "Change the webhook", "back": back})


@require_POST
@page
def act(request: PageRequest, webhook_id: int) -> HttpResponse:
    """Send a test, or switch it on or off."""
    action = params.choice(request.POST, "do", ACTIONS)
    if not action:
        raise Invalid("Say what is to be done")

    def call() -> dict[str, Any]:
        return {"to": reverse("web:webhook", args=[webhook_id]), "said": _do(request, webhook_id, action)}

    return _done(request, webhook_id, call)


def _do(request: PageRequest, webhook_id: int, action: str) -> str:
    who: dict[str, Any] = {"actor": request.actor, "at": request.at}
    if action == "test":
        services.send_ping(webhook_id, **who)
        return "A test is on its way."
    services.change_webhook(webhook_id, is_active=action == "on", **who)
    return "It hears what happens from now on." if action == "on" else "It hears nothing any more."


@require_POST
@page
def send_again(request: PageRequest, webhook_id: int, delivery_id: int) -> HttpResponse:
    """Send a delivery once more."""

    def call() -> dict[str, Any]:
        services.send_again(webhook_id, delivery_id, actor=request.actor, at=request.at)
        return {"to": reverse("web:webhook", args=[webhook_id]), "said": "It is on its way again."}

    return _done(request, webhook_id, call)


@never_cache
@page
def rotate(request: PageRequest, webhook_id: int) -> HttpResponse:
    """Draw another secret, and show it this once."""
    request.actor.require_admin()
    queries.webhook(webhook_id, request.actor)
    form = PageForm(request.POST or None)

    def call() -> HttpResponse:
        _, secret = services.rotate_secret(webhook_id, actor=request.actor, at=request.at)
        return _secret(request, webhook_id, secret)

    context = {
        "title": "Another secret",
        "intro": "From now on the new one signs everything. What the receiver refuses until it knows it is sent again.",
        "verb": "Draw another secret",
        "back": reverse("web:webhook", args=[webhook_id]),
    }
    return attempt(request, form, call, "web/form.html", context)


@page
def remove(request: PageRequest, webhook_id: int) -> HttpResponse:
    """Remove a webhook, after asking."""
    request.actor.require_admin()
    queries.webhook(webhook_id, request.actor)
    form = PageForm(request.POST or None)

    def call() -> dict[str, Any]:
        services.remove_webhook(webhook_id, actor=request.actor, at=request.at)
        return {"to": reverse("web:webhooks"), "said": "The webhook is removed."}

    context = {
        "title": "Remove this webhook?",
        "intro": "It cannot be taken back, and what waits to be sent is given up. To rest it, switch it off instead.",
        "verb": "Remove the webhook",
        "tone": "btn-danger",
        "back": reverse("web:webhook", args=[webhook_id]),
    }
    return submit(request, form, call, "web/form.html", context)


def _done(request: PageRequest, webhook_id: int, call: Any) -> HttpResponse:
    try:
        return go(request, run_once(request, request.POST.get("key", ""), call))
    except Denied:
        raise
    except TradepostError as error:
        status = refusals.status_of(error)
        if status != 409:
            raise
        return _shown(request, webhook_id, note=refusals.note_of(error), status=status)


def _secret(request: PageRequest, webhook_id: int, secret: str) -> HttpResponse:
    return show(request, "webhooks/secret.html", {"webhook_id": webhook_id, "secret": secret})


def _shown(request: PageRequest, webhook_id: int, *, note: Any = None, status: int = 200) -> HttpResponse:
    state = params.choice(request.GET, "state", STATES)
    found = queries.webhook(webhook_id, request.actor)
    part = portion(queries.deliveries(webhook_id, request.actor, state=state), request.GET)
    context = {
        "webhook": found,
        "deliveries": part.rows,
        "portion": part,
        "state": state,
        "states": STATES,
        "form": PageForm(),
        "note": note,
    }
    return show(request, "webhooks/detail.html", context, part="webhooks/_deliveries.html", status=status)
