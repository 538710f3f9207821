"""Taking a movement back: a manager says why, and another movement undoes the first."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse as address_of

from tradepost.inventory import queries as inventory
from tradepost.inventory import services
from tradepost.inventory.services import MovementReversal
from tradepost.web.forms import PageForm, submit
from tradepost.web.page import PageRequest, page
from tradepost.web.stock.words import TYPES
from tradepost.web.templatetags import tp
from tradepost.web.till.answers import only


class ReverseForm(PageForm):
    """Why."""

    note = forms.CharField(label="Why", max_length=200, required=False)


@page
def reverse(request: PageRequest, number: str) -> HttpResponse:
    """Ask once more, then undo the movement: goods, cost and money go back."""
    movement = inventory.movement(number, request.actor)
    request.actor.require_manager(movement.store_id)
    form = ReverseForm(request.POST or None)

    def call() -> dict[str, Any]:
        draft = MovementReversal(movement.store_id, movement.number, form.cleaned_data["note"])
        done = only(services.reverse_movements([draft], actor=request.actor, at=request.at))
        return {"to": address_of("web:movement", args=[done.number]), "said": "Taken back."}

    what = f"{TYPES[movement.movement_type].done.lower()} {tp.steps(movement.quantity, movement.product)}"
    context = {
        "title": f"Take back: {what} of {movement.product.name}",
        "verb": "Take it back",
        "back": address_of("web:movement", args=[movement.number]),
        "tone": "btn-danger",
    }
    return submit(request, form, call, "web/form.html", context)
