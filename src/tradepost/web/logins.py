"""One's own logins: the password, a second factor and the tokens of programs.

What is told once, a secret or recovery codes, is shown by the page that answers and kept nowhere.
"""

from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from tradepost.people import queries, services
from tradepost.web.forms import PageForm, attempt, go, run_once
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import numbered

CODE = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "dir": "ltr"}


def _password(label: str, autocomplete: str = "current-password") -> forms.CharField:
    return forms.CharField(label=label, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}))


class PasswordForm(PageForm):
    """The password of now, and the new one twice."""

    current = _password("Password of now")
    password = _password("New password", "new-password")
    password_confirm = _password("New password again", "new-password")


class AgainForm(PageForm):
    """The password again."""

    password = _password("Your password")


class CodeForm(PageForm):
    """What the app shows."""

    otp = forms.CharField(label="Code", max_length=100, widget=forms.TextInput(attrs=CODE))


class BothForm(AgainForm, CodeForm):
    """The password again, and a code."""

    field_order = ("password", "otp")


@page
def logins(request: PageRequest) -> HttpResponse:
    """What lets one in: the password, a second factor, and programs with a token."""
    context = {
        "factor": queries.second_factor(request.actor.user_id, request.actor),
        "page": numbered(queries.own_tokens(request.actor, at=request.at), request.GET),
        "form": PageForm(),
    }
    return show(request, "people/logins.html", context)


@require_POST
@page
def end_token(request: PageRequest, short: str) -> HttpResponse:
    """End a token of one's own."""

    def call() -> dict[str, Any]:
        services.revoke_token(queries.own_token(short, request.actor), actor=request.actor, at=request.at)
        return {"to": reverse("web:logins"), "said": "That token has ended."}

    return go(request, run_once(request, request.POST.get("key", ""), call))


@sensitive_post_parameters("current", "password", "password_confirm")
@page
def password(request: PageRequest) -> HttpResponse:
    """Set another password; all other logins end."""
    form = PasswordForm(request.POST or None)

    def call() -> HttpResponse:
        given = {name: form.cleaned_data[name] for name in ("current", "password", "password_confirm")}
        user = services.change_password(**given, request=request, actor=request.actor, at=request.at)
        update_session_auth_hash(request, user)
        return _back(request, "The password is set. Other logins have ended.")

    context = {"title": "New password", "verb": "Set the password", "back": reverse("web:logins")}
    return attempt(request, form, call, "web/form.html", context)


@never_cache
@sensitive_post_parameters("password")
@page
def begin(request: PageRequest) -> HttpResponse:
    """Begin a second factor: by the password again, a picture for the app."""
    if queries.second_factor(request.actor.user_id, request.actor).is_on:
        return redirect("web:logins")
    form = AgainForm(request.POST or None)

    def call() -> HttpResponse:
        begun = services.enrol_second_factor(
            form.cleaned_data["password"], request=request, actor=request.actor, at=request.at
        )
        picture = segno.make(begun.uri, micro=False).svg_data_uri(border=3, light="white")
        fours = [begun.secret[start : start + 4] for start in range(0, len(begun.secret), 4)]
        return show(request, "people/second_factor.html", {"form": CodeForm(), "picture": picture, "fours": fours})

    context = {
        "title": "Second factor",
        "intro": "Besides the password, a code from an app on your phone will be asked for each time you log in.",
        "verb": "Begin",
        "back": reverse("web:logins"),
    }
    return attempt(request, form, call, "web/form.html", context)


@never_cache
@sensitive_post_parameters("otp")
@page
def confirm(request: PageRequest) -> HttpResponse:
    """Switch it on by a code of the app, and show the recovery codes."""
    form = CodeForm(request.POST or None)

    def call() -> HttpResponse:
        codes = services.confirm_second_factor(
            form.cleaned_data["otp"], request=request, actor=request.actor, at=request.at
        )
        return show(request, "people/recovery_codes.html", {"codes": codes, "fresh": True})

    return attempt(request, form, call, "people/second_factor.html")


@never_cache
@sensitive_post_parameters("password", "otp")
@page
def recovery_codes(request: PageRequest) -> HttpResponse:
    """Ten new recovery codes in place of the old."""
    form = BothForm(request.POST or None)

    def call() -> HttpResponse:
        codes = services.draw_recovery_codes(
            form.cleaned_data["password"],
            form.cleaned_data["otp"],
            request=request,
            actor=request.actor,
            at=request.at,
        )
        return show(request, "people/recovery_codes.html", {"codes": codes})

    context = {
        "title": "New recovery codes",
        "intro": "You get ten new ones; those of before work no longer.",
        "verb": "Draw new codes",
        "back": reverse("web:logins"),
    }
    return attempt(request, form, call, "web/form.html", context)


@sensitive_post_parameters("password", "otp")
@page
def switch_off(request: PageRequest) -> HttpResponse:
    """Do without a second factor again, by the password and a code."""
    form = BothForm(request.POST or None)

    def call() -> HttpResponse:
        services.remove_second_factor(
            form.cleaned_data["password"],
            form.cleaned_data["otp"],
            request=request,
            actor=request.actor,
            at=request.at,
        )
        return _back(request, "The second factor is off. The password alone lets you in.")

    context = {
        "title": "Switch the second factor off",
        "intro": "After this the password alone lets you in. A recovery code does where the phone is lost.",
        "verb": "Switch it off",
        "back": reverse("web:logins"),
    }
    return attempt(request, form, call, "web/form.html", context)


def _back(request: PageRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("web:logins"))
