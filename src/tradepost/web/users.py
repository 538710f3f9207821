"""Users, for administrators: who there is, what each may do, and who may no longer come in. Auditors read."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from tradepost.lib.actor import ADMIN, AUDITOR, MANAGER, PER_STORE, STAFF
from tradepost.lib.errors import Denied, Invalid, TradepostError
from tradepost.people import queries as people
from tradepost.people import services
from tradepost.places import queries as places
from tradepost.web import params, refusals
from tradepost.web.forms import PageForm, choices, go, run_once, submit
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import numbered

ROLES = {STAFF: "Staff", MANAGER: "Manager", ADMIN: "Administrator", AUDITOR: "Auditor"}
ACTIONS = ("grant", "revoke", "deactivate", "reactivate", "vip", "no_vip", "no_factor")


class UserForm(PageForm):
    """Somebody who is to work here."""

    username = forms.CharField(label="Username", max_length=150, help_text="It never changes.")
    first_name = forms.CharField(label="First name", required=False)
    last_name = forms.CharField(label="Last name", required=False)
    email = forms.CharField(label="E-mail", required=False, widget=forms.EmailInput)
    phone = forms.CharField(label="Phone", required=False, widget=forms.TextInput(attrs={"type": "tel", "dir": "ltr"}))
    password = forms.CharField(
        label="Password",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Left empty, nobody can log in as them yet.",
    )


class RoleForm(PageForm):
    """A role, and the store it holds in."""

    role = forms.ChoiceField(label="Role", choices=list(ROLES.items()))
    store = forms.ChoiceField(label="Store", required=False)


@page
def listed(request: PageRequest) -> HttpResponse:
    """Users by name."""
    search, role = params.text(request.GET, "q"), params.choice(request.GET, "role", ROLES)
    found = people.users(request.actor, search=search, role=role or None)
    context = {"page": numbered(found, request.GET), "search": search, "role": role, "roles": ROLES}
    return show(request, "people/list.html", context, part="people/_rows.html")


@page
def new(request: PageRequest) -> HttpResponse:
    """Add a user."""
    request.actor.require_admin()
    form = UserForm(request.POST or None)

    def call() -> dict[str, Any]:
        told = {name: form.cleaned_data[name] for name in form.fields if name not in {"key", "password"}}
        password = form.cleaned_data["password"] or None
        user = services.add_user(**told, password=password, actor=request.actor, at=request.at)
        return {"to": reverse("web:user", args=[user.pk]), "said": f"{user.username} is added. Grant a role next."}

    context = {"title": "Add a user", "verb": "Add the user", "back": reverse("web:users")}
    return submit(request, form, call, "web/form.html", context)


@page
def one(request: PageRequest, user_id: int) -> HttpResponse:
    """One user: roles, and what an administrator may change."""
    request.actor.require_auditor()
    return _shown(request, user_id)


@require_POST
@page
def act(request: PageRequest, user_id: int) -> HttpResponse:
    """Grant or revoke a role, shut out or let in again, mark as VIP, take a lost second factor away."""
    action = params.choice(request.POST, "do", ACTIONS)

    def call() -> dict[str, Any]:
        said = _do(request, user_id, action)
        return {"to": reverse("web:user", args=[user_id]), "said": said}

    try:
        return go(request, run_once(request, request.POST.get("key", ""), call))
    except Denied:
        raise
    except TradepostError as error:
        status = 409 if refusals.status_of(error) == 409 else 422
        return _shown(request, user_id, note=refusals.note_of(error), status=status)


def _do(request: PageRequest, user_id: int, action: str) -> str:
    who: dict[str, Any] = {"actor": request.actor, "at": request.at}
    if action in {"grant", "revoke"}:
        role = params.choice(request.POST, "role", ROLES)
        store_id = params.number(request.POST, "store") if role in PER_STORE else None
        if action == "grant":
            services.grant_role(user_id, role, store_id, **who)
            return f"{ROLES.get(role, role)} granted."
        services.revoke_role(user_id, role, store_id, **who)
        return f"{ROLES.get(role, role)} taken away."
    if action == "deactivate":
        services.deactivate_user(user_id, **who)
        return "They can no longer log in."
    if action == "reactivate":
        services.reactivate_user(user_id, **who)
        return "They can log in again."
    if action in {"vip", "no_vip"}:
        services.set_vip(user_id, action == "vip", **who)
        return "Marked as VIP." if action == "vip" else "No longer marked as VIP."
    if action == "no_factor":
        services.take_second_factor_away(user_id, **who)
        return "Their second factor is off. The password alone lets them in."
    raise Invalid("Say what is to be done")


def _shown(request: PageRequest, user_id: int, *, note: Any = None, status: int = 200) -> HttpResponse:
    request.actor.require_auditor()
    form = RoleForm()
    field = form.fields["store"]
    if isinstance(field, forms.ChoiceField):
        field.choices = choices(places.stores_for(request.actor), "For staff and managers")
    context = {
        "one": people.user(user_id),
        "grants": list(people.grants_of(user_id)),
        "factor": people.second_factor(user_id, request.actor),
        "roles": ROLES,
        "form": form,
        "note": note,
    }
    return show(request, "people/detail.html", context, status=status)
