"""What all operations share: who acts, strict filters, and the one way in for changes.

An operation parses, asks one service or query, and answers. Permission is asked there; here is only authentication.
"""

import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, tzinfo
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files import File
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import register_converter
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tradepost.api.errors import invalid
from tradepost.api.paging import Pages, Paging
from tradepost.api.parsers import check_storable
from tradepost.api.paths import IdConverter
from tradepost.api.renderers import Answered
from tradepost.intake import services as intake
from tradepost.intake.services import Answer
from tradepost.lib import clock
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Busy, Invalid
from tradepost.middleware import current_request_id
from tradepost.people import queries as people
from tradepost.places import queries as places

TRIES, TRY_AGAIN_WITHIN_S = 3, 2.0
register_converter(IdConverter, "id")


class Input(serializers.Serializer[Any]):
    """What an operation is given. What it does not know it ignores: nobody acts as another by saying so."""


class ExactInput(Input):
    """What an operation is given that takes what is left out for all there is: what it does not know it refuses.

    A slip in the name of a field would do more than was meant.
    """

    def to_internal_value(self, data: Any) -> Any:
        """The values of the fields. Raises ValidationError, also for a field there is none of."""
        known = super().to_internal_value(data)
        if wrong := {str(name): ["There is no such field."] for name in data if name not in self.fields}:
            raise serializers.ValidationError(wrong)
        return known


class Output(serializers.Serializer[Any]):
    """What an operation answers. `actor` says for whom, where that makes a difference."""

    @property
    def actor(self) -> Actor:
        """Who asks."""
        actor: Actor = self.context["actor"]
        return actor

    @cached_property
    def _zone(self) -> tzinfo:
        return timezone.get_current_timezone()

    def moment(self, at: datetime) -> str:
        """A moment as DateTimeField writes it, for who shows many rows by hand."""
        text = at.astimezone(self._zone).isoformat()
        return f"{text[:-6]}Z" if text.endswith("+00:00") else text


class Filters(serializers.Serializer[Any]):
    """What a list can be narrowed by. Anything else in the query is refused, and so is anything said twice."""

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        """The filters given and the defaults of the others. Raises FieldErrors."""
        query, view = request.query_params, request.parser_context["view"]
        filters = cls(data=query.dict(), context={"actor": view.actor})
        known = {*filters.fields, *view.controls}
        wrong = {name: ["There is no such filter."] for name in query if name not in known}
        wrong |= {name: ["Given more than once."] for name, values in query.lists() if len(values) > 1}
        if wrong or not filters.is_valid():
            raise invalid(wrong or filters.errors)
        return dict(filters.validated_data)


class NothingDone(Exception):
    """A list of which every row was refused: the answer stands, but nothing changed and so nothing is kept."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class View(APIView):
    """An operation, or a few on one address."""

    pagination_class: type[Paging] | None = None
    takes_key = True  # whether a change is kept under an idempotency key

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let in who may come in, and nothing that cannot be stored."""
        super().initial(request, *args, **kwargs)
        sent = [*map(str, kwargs.values()), *request.query_params, *request.query_params.dict().values()]
        if any("\0" in text for text in sent):
            raise Invalid("NUL is no character of an address")

    def perform_authentication(self, request: Request) -> None:
        """Find out who asks, and count the request whatever comes of it: guesses at tokens are visitors'."""
        try:
            super().perform_authentication(request)
        finally:
            super().check_throttles(request)

    def check_throttles(self, request: Request) -> None:
        """Nothing is left to be counted."""

    @cached_property
    def actor(self) -> Actor:
        """Who acts, by the login: of a token all was read with it, of a session by one query."""
        user, request_id = self.request.user, current_request_id()
        if not user.is_authenticated:
            return people.anonymous_actor(face="api", request_id=request_id)
        if isinstance(self.request.auth, people.Bearer):
            return people.actor_of(self.request.auth, face="api", request_id=request_id)
        return people.actor_for(user, face="api", request_id=request_id)

    @cached_property
    def body(self) -> Any:
        """What was sent, a form being an object too. Raises ParseError, TooLarge, UnsupportedMediaType."""
        data: Any = self.request.data
        return check_storable(data.dict()) if isinstance(data, QueryDict) else data

    def given(self, shape: type[Input], *, partial: bool = False) -> dict[str, Any]:
        """The body, by the names services use. Raises FieldErrors."""
        body = shape(data=self.body, partial=partial)
        if not body.is_valid():
            raise invalid(body.errors)
        return dict(body.validated_data)

    def shown(self, shape: type[Output], thing: Any, **context: Any) -> dict[str, Any]:
        """A thing as the API speaks of it."""
        return dict(shape(thing, context={"actor": self.actor, **context}).data)

    def listed(self, rows: QuerySet[Any] | Sequence[Any], shape: type[Output], **context: Any) -> Response:
        """One page of a list."""
        return self.paged(self.page(rows), shape, **context)

    @property
    def controls(self) -> set[str]:
        """What else may stand in the query: what chooses a page, where there are pages, and a renderer."""
        asked = self.pagination_class().get_schema_operation_parameters(self) if self.pagination_class else ()
        return {"format", *(parameter["name"] for parameter in asked)}

    @cached_property
    def paging(self) -> Paging:
        """What cuts the list into pages and links them."""
        return (self.pagination_class or Pages)()

    def page(self, rows: QuerySet[Any] | Sequence[Any]) -> list[Any]:
        """The rows of the page asked for. Raises NoSuchPage."""
        return list(self.paging.paginate_queryset(rows, self.request, self) or ())

    def paged(self, page: Sequence[Any], shape: type[Output], **context: Any) -> Response:
        """The answer with a page whose rows were read before, so that more could be read for them at once."""
        shown = shape(page, many=True, context={"actor": self.actor, **context}).data
        return self.paging.get_paginated_response(shown)

    def change(self, call: Callable[[datetime], Answer]) -> Response:
        """Do something once: in one durable transaction, under the caller's idempotency key.

        The body and the address make the digest. `Busy` is tried again for a moment before the caller hears of it.
        """
        at = clock.now()
        return self.answered(lambda: intake.once(self.key, self.digest, self.actor, lambda: call(at)))

    @cached_property
    def key(self) -> str:
        """The caller's idempotency key, or one made up. Raises KeyTooLong."""
        return intake.key_of(self.request.headers.get("Idempotency-Key"))

    @property
    def digest(self) -> str:
        """What makes two requests the same: method, address and body, files by their content."""
        body = self.body
        if self.request.FILES:
            body = {
                name: intake.content_of(value) if isinstance(value, File) else value for name, value in body.items()
            }
        return intake.digest_of(self.request.method, self.request.get_full_path(), body)

    def answered(self, call: Callable[[], Answer]) -> Response:
        """The response of a call that may find others at work."""
        answer = _patiently(call)
        headers = {"Idempotent-Replayed": "true"} if answer.replayed else {}
        return Answered(answer, headers=headers)


def _patiently(call: Callable[[], Answer]) -> Answer:
    """The answer of a call that may find others at work, tried again while that is soon enough. Raises Busy."""
    give_up = time.monotonic() + TRY_AGAIN_WITHIN_S
    try:
        for _ in range(TRIES - 1):
            try:
                return call()
            except Busy:
                if time.monotonic() > give_up:
                    raise
        return call()
    except NothingDone as nothing:
        return nothing.answer


def with_moments(filters: dict[str, Any], store_id: int | None = None) -> dict[str, Any]:
    """The filters with `start_date` and `end_date` (inside) as the moments `start` and `end` (outside).

    The days are the store's where one is given, else the house's.
    """
    start: date | None = filters.pop("start_date", None)
    end: date | None = filters.pop("end_date", None)
    zone = places.store(store_id).time_zone if store_id and (start or end) else str(ZoneInfo(settings.TIME_ZONE))
    return {
        **filters,
        "start": clock.day_bounds(start, zone)[0] if start else None,
        "end": clock.day_bounds(end, zone)[1] if end else None,
    }
