"""Signing up, logging in and out, and a forgotten password. Who acts is decided here and nowhere else in the face."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView, redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from tradepost.lib import clock
from tradepost.lib.errors import FieldErrors, TradepostError
from tradepost.middleware import current_request_id
from tradepost.people import queries as people_queries
from tradepost.people import services as people
from tradepost.people.errors import (
    LoginExpired,
    ResetLinkUsedUp,
    SecondFactorNeeded,
    TooManyAttempts,
    WrongCode,
    WrongCredentials,
)
from tradepost.web.actor import FACE
from tradepost.web.forms import PageForm, explain, run_once, submit
from tradepost.web.logins import CodeForm
from tradepost.web.page import PageRequest, page, public, show

BACKEND = "tradepost.people.backends.NameOrEmailBackend"
LASTING_S = 30 * 24 * 3600
HALFWAY = "halfway in"  # in the session: the password was shown, the code was not yet


class LoginForm(PageForm):
    """Name or e-mail, and the password."""

    login = forms.CharField(
        label="Username or e-mail", max_length=254, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label="Password",
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    remember = forms.BooleanField(label="Stay logged in", required=False)


class SignupForm(PageForm):
    """What a newcomer tells. A role sent along is not a field, so it is not read."""

    first_name = forms.CharField(label="First name", widget=forms.TextInput(attrs={"autocomplete": "given-name"}))
    last_name = forms.CharField(label="Last name", widget=forms.TextInput(attrs={"autocomplete": "family-name"}))
    username = forms.CharField(label="Username", widget=forms.TextInput(attrs={"autocomplete": "username"}))
    email = forms.CharField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    phone = forms.CharField(
        label="Phone",
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "dir": "ltr", "autocomplete": "tel"}),
    )
    password = forms.CharField(
        label="Password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    password_confirm = forms.CharField(
        label="Password again", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )


@never_cache
@sensitive_post_parameters("password")
@public
def log_in(request: PageRequest) -> HttpResponse:
    """Log in and go where one was heading, by way of the code where there is a second factor.

    Too many failures answer 429 for a while.
    """
    target = _target(request)
    if request.actor.user_id:
        return HttpResponseRedirect(target)
    form = LoginForm(request.POST or None)
    context = {"form": form, "next": target if target != "/" else ""}
    if request.method != "POST":
        return show(request, "entry/login.html", context)
    if not form.is_valid():
        return show(request, "entry/login.html", context, status=422)
    given = form.cleaned_data
    try:
        user = people.log_in(
            given["login"],
            given["password"],
            request=request,
            at=request.at,
            face=FACE,
            request_id=current_request_id(),
        )
    except WrongCredentials:
        return show(request, "entry/login.html", {**context, "wrong": True}, status=422)
    except TooManyAttempts as error:
        return _locked(request, error)
    except SecondFactorNeeded as error:
        request.session[HALFWAY] = {"ticket": error.ticket, "next": target, "remember": given["remember"]}
        return redirect("web:login_code")
    _begin(request, user, lasting=given["remember"])
    return HttpResponseRedirect(target)


@never_cache
@sensitive_post_parameters("otp")
@public
def enter_code(request: PageRequest) -> HttpResponse:
    """The second step of logging in: a code of the app, or a recovery code."""
    halfway = request.session.get(HALFWAY)
    if request.actor.user_id or not halfway:
        return redirect_to_login(reverse("web:home"))
    form = CodeForm(request.POST or None)
    if request.method != "POST":
        return show(request, "entry/code.html", {"form": form})
    if not form.is_valid():
        return show(request, "entry/code.html", {"form": form}, status=422)
    knock: dict[str, Any] = {"request": request, "at": request.at, "face": FACE, "request_id": current_request_id()}
    try:
        user = people.pass_second_factor(halfway["ticket"], form.cleaned_data["otp"], **knock)
    except WrongCode as error:
        explain(form, error)
        return show(request, "entry/code.html", {"form": form}, status=422)
    except LoginExpired:
        del request.session[HALFWAY]
        messages.info(request, "That took more than five minutes. Type the password once more.")
        return redirect_to_login(halfway["next"])
    except TooManyAttempts as error:
        return _locked(request, error)
    _begin(request, user, lasting=halfway["remember"])
    return HttpResponseRedirect(halfway["next"])


@never_cache
@sensitive_post_parameters("password", "password_confirm")
@public
def sign_up(request: PageRequest) -> HttpResponse:
    """Sign up as a customer, which logs in and leads to the profile."""
    if request.actor.user_id:
        return redirect("web:profile")
    form = SignupForm(request.POST or None)
    if request.method != "POST":
        return show(request, "entry/signup.html", {"form": form})
    if not form.is_valid():
        return show(request, "entry/signup.html", {"form": form}, status=422)
    fields = {name: form.cleaned_data[name] for name in form.fields if name != "key"}

    def call() -> dict[str, Any]:
        return {"user": people.register(**fields, actor=request.actor, at=request.at).pk}

    try:
        answer = run_once(request, "", call)
    except TradepostError as error:
        note, status = explain(form, error)
        return show(request, "entry/signup.html", {"form": form, "note": note}, status=status)
    _begin(request, people_queries.user(answer["user"]), lasting=False)
    return redirect("web:profile")


@require_POST
@page
def log_out(request: PageRequest) -> HttpResponse:
    """End this login."""
    people.end_session(actor=request.actor, at=request.at)
    logout(request)
    return redirect("web:home")


class ResetForm(PageForm):
    """Asks for the e-mail; says the same whether it is known or not."""

    email = forms.CharField(label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))


@public
def forgotten(request: PageRequest) -> HttpResponse:
    """Ask for a link by e-mail, which a worker sends."""
    form = ResetForm(request.POST or None)
    origin = request.build_absolute_uri("/")

    def call() -> dict[str, Any]:
        people.ask_for_new_password(form.cleaned_data["email"], origin=origin, actor=request.actor, at=request.at)
        return {"to": reverse("web:forgotten_sent")}

    return submit(request, form, call, "entry/forgotten.html")


@public
def forgotten_sent(request: PageRequest) -> HttpResponse:
    """What happens next."""
    return show(request, "entry/sent.html")


class NewPasswordForm(PageForm):
    """Sets the password through the service, which judges it and ends all other logins."""

    password = forms.CharField(
        label="New password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )
    password_confirm = forms.CharField(
        label="New password again", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, user: Any, *args: Any, link: tuple[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.link = link

    def save(self) -> Any:
        """Set it as the person themselves. Raises FieldErrors, ResetLinkUsedUp."""
        actor = people_queries.anonymous_actor(face=FACE, request_id=current_request_id())
        first, second = self.cleaned_data["password"], self.cleaned_data["password_confirm"]
        return people.reset_password(*self.link, first, password_confirm=second, actor=actor, at=clock.now())


class NewPassword(PasswordResetConfirmView):
    """The page behind the link."""

    template_name = "entry/new_password.html"
    success_url = reverse_lazy("web:login")

    def get_form_class(self) -> Any:
        """Our own form, which calls the service."""
        return NewPasswordForm

    def get_form_kwargs(self) -> dict[str, Any]:
        """Both parts of the link; the second was put into the session when the link was opened."""
        link = (self.kwargs["uidb64"], self.request.session.get(INTERNAL_RESET_SESSION_TOKEN, ""))
        return {**super().get_form_kwargs(), "link": link}

    def form_valid(self, form: Any) -> HttpResponse:
        """Set the password, or show beside the field why not."""
        try:
            return super().form_valid(form)
        except FieldErrors as error:
            form.note_errors(error.details["fields"])
            return self.render_to_response(self.get_context_data(form=form), status=422)
        except ResetLinkUsedUp:
            self.validlink = False
            return self.render_to_response(self.get_context_data(), status=409)


new_password = public(cast(Callable[..., HttpResponse], NewPassword.as_view()))


def _locked(request: PageRequest, error: TooManyAttempts) -> HttpResponse:
    response = show(request, "entry/locked.html", {"minutes": -(-error.retry_after_s // 60)}, status=429)
    response["Retry-After"] = str(error.retry_after_s)
    return response


def _begin(request: HttpRequest, user: Any, *, lasting: bool) -> None:
    request.session.pop(HALFWAY, None)
    login(request, user, backend=BACKEND)
    request.session.set_expiry(LASTING_S if lasting else 0)


def _target(request: HttpRequest) -> str:
    """Where to go after logging in: an address of this house, or home."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    fits = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if fits else reverse("web:home")
