"""Lists in one POST: up to 1000 things, each accepted or refused on its own and answered in its place.

A body that is an object makes one thing: 201 with it, or its refusal. A body that is a list answers 200 with
`{results: [{status, result, problem}]}` in the order of the list; a row has a result or a problem. If all rows were
refused nothing changed, so the answer is not kept under the idempotency key. Where things are changed rather than made,
200 stands for 201.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from tradepost.api.base import Input, NothingDone, Output, View
from tradepost.api.errors import invalid, problems, status_of
from tradepost.intake.services import Answer
from tradepost.lib.errors import Invalid, TradepostError

MOST_ROWS = 1000
Row = dict[str, Any]
Outcome = Any  # the thing that was made, or the TradepostError that says why it was not
Work = Callable[[list[Row], datetime], Sequence[Outcome]]


class TooManyRows(Invalid):
    """An empty list, or one of more than 1000 rows."""

    code = "too_many_rows"
    title = f"A list has 1 to {MOST_ROWS} rows"


def make(
    view: View,
    given: type[Input],
    work: Work,
    *,
    detail: type[Output],
    row: type[Output] | None = None,
    reread: Callable[[Any], Any] | None = None,
    status: int = 201,
) -> Response:
    """Make one thing or a list of them, whichever the body holds. `work` answers each row in its place.

    One thing is shown as `detail`, read again by `reread` where that needs more than its row; a list's as `row`.
    `status` is what is said of each that went well.
    """
    body = view.body
    if isinstance(body, list):
        _check_length(body)
        return view.change(lambda at: _answer(view, _each(given, body, work, at), row or detail, status))
    fields = view.given(given)

    def one(at: datetime) -> Answer:
        outcome = work([fields], at)[0]
        if isinstance(outcome, TradepostError):
            raise outcome
        return Answer(status, view.shown(detail, reread(outcome) if reread else outcome))

    return view.change(one)


def all_sound(view: View, given: type[Input]) -> list[Row]:
    """The rows of a body that holds one thing or a list of them. Raises TooManyRows, and what is wrong with any row."""
    body = view.body
    if not isinstance(body, list):
        return [view.given(given)]
    _check_length(body)
    shape, wrong, sound = given(), {}, []
    for place, row in enumerate(body):
        try:
            sound.append(dict(shape.run_validation(row)))
        except serializers.ValidationError as error:
            wrong[str(place)] = error.detail
    if wrong:
        raise invalid(wrong)
    return sound


def _check_length(body: list[Any]) -> None:
    if not 1 <= len(body) <= MOST_ROWS:
        raise TooManyRows(f"A list has 1 to {MOST_ROWS} rows, not {len(body)}")


def carry_out(
    rows: list[Row], draft: Callable[[Row], Any], book: Callable[[list[Any]], Sequence[Any]]
) -> list[Outcome]:
    """Turn each row into a draft, book those that could be in one call, and answer each in its place."""
    drafts = [_attempt(draft, row) for row in rows]
    booked = iter(book([one for one in drafts if not isinstance(one, TradepostError)]))
    return [one if isinstance(one, TradepostError) else _plain(next(booked)) for one in drafts]


def request_of(given: type[Input]) -> PolymorphicProxySerializer:
    """The schema of a body that holds one thing or a list of them."""
    name = given.__qualname__.replace(".", "")
    return PolymorphicProxySerializer(
        component_name=f"{name}OrList",
        serializers=[given(), given(many=True)],
        resource_type_field_name=None,
        many=False,
    )


def responses_of(detail: type[Output], row: type[Output] | None = None) -> dict[int, Any]:
    """The schemas of the two answers."""
    return {200: _answers(row or detail), 201: detail}


@cache
def _answers(shape: type[Output]) -> Any:
    name = shape.__qualname__.replace(".", "")
    fields: dict[str, serializers.Field[Any, Any, Any, Any]] = {
        "status": serializers.IntegerField(),
        "result": shape(allow_null=True),
        "problem": serializers.DictField(allow_null=True),
    }
    answered = inline_serializer(f"{name}Answer", fields, many=True)
    return inline_serializer(f"{name}Answers", {"results": answered})


def _attempt(draft: Callable[[Row], Any], row: Row) -> Any:
    try:
        return draft(row)
    except TradepostError as error:
        return error


def _plain(outcome: Any) -> Outcome:
    """A `Refusal` of a service is its error."""
    error = getattr(outcome, "error", None)
    return error if isinstance(error, TradepostError) else outcome


def _each(given: type[Input], body: list[Any], work: Work, at: datetime) -> list[Outcome]:
    shape = given()
    parsed = [_parsed(shape, row) for row in body]
    sound = [row for row in parsed if not isinstance(row, TradepostError)]
    outcomes: Iterator[Outcome] = iter(work(sound, at) if sound else ())
    return [row if isinstance(row, TradepostError) else next(outcomes) for row in parsed]


def _parsed(shape: Input, row: Any) -> Row | TradepostError:
    try:
        return dict(shape.run_validation(row))
    except serializers.ValidationError as error:
        return invalid(error.detail)


def _answer(view: View, outcomes: list[Outcome], shape: type[Output], status: int) -> Answer:
    refusals = [outcome for outcome in outcomes if isinstance(outcome, TradepostError)]
    refused = iter(zip(refusals, problems(refusals), strict=True))
    made = shape(context={"actor": view.actor})
    results = []
    for outcome in outcomes:
        if isinstance(outcome, TradepostError):
            error, problem = next(refused)
            results.append({"status": status_of(error), "result": None, "problem": problem})
        else:
            results.append({"status": status, "result": dict(made.to_representation(outcome)), "problem": None})
    answer = Answer(200, {"results": results})
    if len(refusals) == len(outcomes):
        raise NothingDone(answer)
    return answer
