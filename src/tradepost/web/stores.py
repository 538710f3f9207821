"""Stores: an administrator opens, changes and archives them; auditors read."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from tradepost.inventory import services as inventory
from tradepost.lib.errors import Invalid
from tradepost.places import queries as places
from tradepost.places import services
from tradepost.web import params
from tradepost.web.forms import PageForm, go, run_once, submit
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import numbered


class StoreForm(PageForm):
    """A store: its name, where it is, and whose midnight ends its day."""

    name = forms.CharField(label="Name", max_length=100)
    location = forms.CharField(label="Where", max_length=200, required=False)
    time_zone = forms.ChoiceField(label="Time zone", help_text="Decides which day a sale belongs to.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["time_zone"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(zone, zone) for zone in sorted(available_timezones())]


@page
def listed(request: PageRequest) -> HttpResponse:
    """Stores by name."""
    request.actor.require_auditor()
    search = params.text(request.GET, "q")
    archived = params.choice(request.GET, "archived", ("yes",)) == "yes"
    found = places.stores_for(request.actor, search=search, archived=archived)
    context = {"page": numbered(found, request.GET), "search": search, "archived": archived}
    return show(request, "stores/list.html", context, part="stores/_rows.html")


@page
def new(request: PageRequest) -> HttpResponse:
    """Open a store."""
    request.actor.require_admin()
    form = StoreForm(request.POST or None, initial={"time_zone": settings.TIME_ZONE})

    def call() -> dict[str, Any]:
        store = services.open_store(**_told(form), actor=request.actor, at=request.at)
        return {"to": reverse("web:stores"), "said": f"{store.name} is open."}

    context = {"title": "Open a store", "verb": "Open the store", "back": reverse("web:stores")}
    return submit(request, form, call, "web/form.html", context)


@page
def edit(request: PageRequest, store_id: int) -> HttpResponse:
    """Change a store."""
    request.actor.require_admin()
    store = places.store(store_id)
    initial = {"name": store.name, "location": store.location, "time_zone": store.time_zone}
    form = StoreForm(request.POST or None, initial=initial)

    def call() -> dict[str, Any]:
        services.change_store(store_id, actor=request.actor, at=request.at, **_told(form))
        return {"to": reverse("web:stores"), "said": "Saved."}

    context = {
        "title": store.name,
        "back": reverse("web:stores"),
        "archiving": reverse("web:archive_store", args=[store_id]),
        "is_archived": not store.is_open,
    }
    return submit(request, form, call, "web/form.html", context)


@require_POST
@page
def archive(request: PageRequest, store_id: int) -> HttpResponse:
    """Close a store for good trade, or reopen it."""
    wanted = params.choice(request.POST, "do", ("archive", "restore"))
    if not wanted:
        raise Invalid("Say whether to archive or to restore")

    def call() -> dict[str, Any]:
        act = services.reopen_store if wanted == "restore" else inventory.close_store
        store = act(store_id, actor=request.actor, at=request.at)
        said = f"{store.name} is {'open again' if wanted == 'restore' else 'closed'}."
        return {"to": reverse("web:stores"), "said": said}

    return go(request, run_once(request, request.POST.get("key", ""), call))


def _told(form: StoreForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("name", "location", "time_zone")}
