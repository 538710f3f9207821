"""One's own profile, and what others see of a person."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django_countries import countries

from tradepost.people import queries as people
from tradepost.people import services
from tradepost.web.forms import DayField, submit
from tradepost.web.page import PageRequest, page, show
from tradepost.web.pictures import PictureForm

TEXTS = ("first_name", "last_name", "email", "phone", "bio", "country", "address")
SWITCHES = ("keys_on", "stock_mails")


class ProfileForm(PictureForm):
    """What a person tells of themselves. The username never changes, and VIP is not theirs to set."""

    first_name = forms.CharField(label="First name", required=False)
    last_name = forms.CharField(label="Last name", required=False)
    email = forms.CharField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    phone = forms.CharField(label="Phone", required=False, widget=forms.TextInput(attrs={"type": "tel", "dir": "ltr"}))
    bio = forms.CharField(
        label="About you", required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="Others can read this."
    )
    country = forms.ChoiceField(label="Country", required=False, choices=[("", "Not said"), *countries])
    address = forms.CharField(label="Address", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    birth_date = DayField(label="Date of birth", required=False)
    keys_on = forms.BooleanField(
        label="Single keys work as shortcuts", required=False, help_text="Switch off if they get in the way."
    )
    stock_mails = forms.BooleanField(
        label="Mails about stock that runs low or out", required=False, help_text="For managers, about their stores."
    )


@page
def profile(request: PageRequest) -> HttpResponse:
    """One's own profile."""
    person = people.me(request.actor)
    told = getattr(person, "profile", None)
    initial = {name: getattr(person, name, None) or getattr(told, name, "") or "" for name in TEXTS}
    if told:
        initial |= {"birth_date": told.birth_date, **{name: getattr(told, name) for name in SWITCHES}}
    initial = {**dict.fromkeys(SWITCHES, True), **initial}
    has_one = told is not None and told.picture != ""
    form = ProfileForm(request, has_one=has_one, read=services.read_picture, initial=initial)
    who: dict[str, Any] = {"actor": request.actor, "at": request.at}

    def call() -> dict[str, Any]:
        changes = {name: form.cleaned_data[name] for name in (*TEXTS, "birth_date", *SWITCHES)}
        services.change_profile(person.pk, **who, **changes)
        form.hand_picture(lambda picture: services.set_picture(person.pk, picture, **who))
        return {"to": reverse("web:profile"), "said": "Saved."}

    return submit(request, form, call, "people/profile.html", {"me": person, "told": told})


@page
def one(request: PageRequest, user_id: int) -> HttpResponse:
    """What others see of a person: name, picture and bio."""
    return show(request, "people/public.html", {"seen": people.public_profile(user_id)})
