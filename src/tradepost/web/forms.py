"""Forms: fields that speak the shop's units, and `submit`, which runs one service once and shows a refusal in place.

The service decides; a form only reads text. The hidden `key`, drawn with the form, makes sending it twice harmless.
"""

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.crypto import salted_hmac

from tradepost.intake import services as intake
from tradepost.intake.errors import KeyMismatch
from tradepost.lib import money, quantity
from tradepost.lib.errors import Busy, Denied, Invalid, TradepostError
from tradepost.people.errors import TooManyAttempts, WrongCode, WrongPassword
from tradepost.till.errors import QuantityNotAboveZero, ReasonNeeded
from tradepost.web import refusals
from tradepost.web.page import PageRequest, show

HIDDEN = {"csrfmiddlewaretoken", "key"}
SECRET = {"password", "password_confirm", "current", "otp"}
BESIDE: dict[type[TradepostError], tuple[str, ...]] = {
    WrongPassword: ("current", "password"),
    WrongCode: ("otp",),
    QuantityNotAboveZero: ("quantity",),
    ReasonNeeded: ("note",),
}
LOOKS: dict[type, str] = {forms.CheckboxInput: "form-check-input", forms.Select: "form-select"}


class MoneyField(forms.CharField):
    """An amount typed as `2.50`, read as minor units; empty is None."""

    is_money = True

    def __init__(self, *, above_zero: bool = False, **kwargs: Any) -> None:
        self.above_zero = above_zero
        super().__init__(**{"widget": forms.TextInput(attrs={"inputmode": "decimal", "class": "tp-num"}), **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """Minor units as text."""
        return money.plain(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        """Text as minor units."""
        return _read(str(value or "").strip(), lambda text: money.parse(text.lstrip("£$€").replace(",", "")))

    def validate(self, value: Any) -> None:
        """Needed where it is required; above zero where it has to be."""
        super().validate(value)
        if self.above_zero and value is not None and value <= 0:
            raise forms.ValidationError("An amount is above zero.")


class StepsField(forms.CharField):
    """A quantity typed in whole units with `decimals`, read as steps; empty is None."""

    def __init__(self, *, decimals: int = 0, **kwargs: Any) -> None:
        self.decimals = decimals
        super().__init__(**{"widget": forms.TextInput(attrs={"inputmode": "decimal", "class": "tp-num"}), **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """Steps as text."""
        return quantity.plain(value, self.decimals) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        """Text as steps."""
        return _read(str(value or "").strip(), lambda text: quantity.parse(text, self.decimals))


class DayField(forms.DateField):
    """A day, with the browser's own calendar."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(**{"widget": widget, "input_formats": ["%Y-%m-%d"], **kwargs})


class PageForm(forms.Form):
    """A form with the look of the house and a key of its own."""

    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4().hex
        for field in self.fields.values():
            look = LOOKS.get(type(field.widget), "form-control")
            field.widget.attrs["class"] = f"{look} {field.widget.attrs.get('class', '')}".strip()

    def full_clean(self) -> None:
        """Read what was sent, once the form is whole, and mark the fields that are wrong."""
        super().full_clean()
        for name in self.errors.keys() & self.fields.keys():
            self.fields[name].widget.attrs["class"] += " is-invalid"

    def retype(self, **values: Any) -> None:
        """Show other values than those that were sent."""
        sent = {name: self.data[name] for name in self.data}  # the last of each: a QueryDict unpacks into lists
        self.data = {**sent, **values}

    def fresh_key(self) -> None:
        """Draw another key: the one that was sent is used up by another request."""
        self.retype(key=uuid.uuid4().hex)

    def note_errors(self, fields: dict[str, list[str]]) -> list[str]:
        """Put sentences beside their fields; those of fields the form does not have are given back."""
        left = []
        for name, texts in fields.items():
            if name in self.fields:
                self.add_error(name, texts)
                widget = self.fields[name].widget
                widget.attrs["class"] = widget.attrs.get("class", "") + " is-invalid"
            else:
                left += texts
        return left


def run_once(
    request: PageRequest, key: str, call: Callable[[], dict[str, Any]], *, content: str = ""
) -> dict[str, Any]:
    """Do `call` in one transaction, at most once for this key and this content, and give its answer.

    `content` is the digest of a file that was sent beside the fields, where it is known already.
    """
    sent = sorted((name, _veiled(name, values)) for name, values in request.POST.lists() if name not in HIDDEN)
    files = request.FILES.lists() if not content else []
    contents = content or [(name, [intake.content_of(file) for file in each]) for name, each in sorted(files)]
    digest = intake.digest_of(request.method, request.path, sent, contents)
    answer = intake.once(key, digest, request.actor, lambda: intake.Answer(200, call()))
    return dict(answer.body)


def _veiled(name: str, values: list[str]) -> list[str]:
    """Values as they go into the digest that is kept: of passwords only what the secret key makes of them."""
    return [salted_hmac("tradepost.web.forms", one).hexdigest() for one in values] if name in SECRET else values


def submit(
    request: PageRequest,
    form: PageForm,
    call: Callable[[], dict[str, Any]],
    template: str,
    context: dict[str, Any] | None = None,
) -> HttpResponse:
    """Show the form; on POST do `call` once, which answers `{"to": address, "said": sentence}`, and go there.

    A refusal is shown in place, with what was typed, as 409 or 422. Denied and Busy are pages of their own.
    """
    return attempt(
        request, form, lambda: go(request, run_once(request, form.cleaned_data["key"], call)), template, context
    )


def attempt(
    request: PageRequest,
    form: PageForm,
    call: Callable[[], HttpResponse],
    template: str,
    context: dict[str, Any] | None = None,
    *,
    part: str = "",
) -> HttpResponse:
    """Show the form; on POST answer with `call`, which sees to its transactions itself: no key is kept.

    For what is told once, or counted where it fails. Refusals are shown as by `submit`.
    """
    given = {**(context or {}), "form": form}
    if request.method != "POST":
        return show(request, template, given, part=part)
    if not form.is_valid():
        return show(request, template, given, part=part, status=422)
    try:
        return call()
    except TradepostError as error:
        if isinstance(error, Denied | Busy | TooManyAttempts) and type(error) not in BESIDE:
            raise
        note, status = explain(form, error)
        return show(request, template, {**given, "note": note}, part=part, status=status)


def go(request: PageRequest, answer: dict[str, Any]) -> HttpResponse:
    """Go where the answer says, with its sentence as a toast."""
    if answer.get("said"):
        messages.success(request, answer["said"])
    return HttpResponseRedirect(answer["to"])


def explain(form: PageForm, error: TradepostError) -> tuple[refusals.Note | None, int]:
    """A refusal beside the fields it is about, or as a note, with the status of the answer."""
    status = 409 if refusals.status_of(error) == 409 else 422
    if isinstance(error, KeyMismatch):
        form.fresh_key()
    fields = error.details.get("fields") or _beside(form, error)
    if isinstance(fields, dict):
        left = form.note_errors(fields)
        return (refusals.note_of(Invalid(" ".join(left))) if left else None), status
    return refusals.note_of(error), status


def _beside(form: PageForm, error: TradepostError) -> dict[str, list[str]] | None:
    """The field that a refusal without figures is about, if the form has it."""
    return next(({name: [f"{error.title}."]} for name in BESIDE.get(type(error), ()) if name in form.fields), None)


def choices(rows: Any, empty: str) -> list[tuple[str, str]]:
    """Rows with a name as the choices of a select, the empty one first."""
    return [("", empty), *((str(row.pk), row.name) for row in rows)]


def chosen(value: str) -> int | None:
    """The id behind a select."""
    return int(value) if value else None


def day_of(value: date | None) -> str:
    """A day for a date input."""
    return value.isoformat() if value else ""


def _read(value: str, parse: Callable[[str], int]) -> int | None:
    if not value:
        return None
    try:
        return parse(value)
    except Invalid as error:
        raise forms.ValidationError(error.message) from None
