"""Lists answer `{results, next, previous}`, at most 100 rows a page, without counting what is not shown.

`Pages` go by number and suit lists in any order. `Cursors` go by the id of the last row seen and suit journals: the
millionth page costs what the first one does, and rows added meanwhile shift nothing. `Keysets` do the same for long
lists in any order.
"""

import re
from collections.abc import Sequence
from typing import Any

from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from tradepost.lib import keyset
from tradepost.lib.errors import Invalid

MOST_ROWS = 100
MOST_PAGES = 100_000
PLACE = re.compile(r"(older|newer)-([1-9][0-9]{0,17})")
LINK = {"type": "string", "format": "uri", "nullable": True}
SIZE = {
    "name": "page_size",
    "in": "query",
    "required": False,
    "description": f"Rows on a page; never more than {MOST_ROWS}.",
    "schema": {"type": "integer", "minimum": 1, "default": MOST_ROWS},
}


class NoSuchPage(Invalid):
    """A page, a cursor or a page size that is none."""

    code = "page_out_of_range"
    title = "There is no such page"


class Paging(BasePagination):
    """What both kinds have in common."""

    parameter: dict[str, Any] = {}
    next: str | None = None
    previous: str | None = None

    def get_paginated_response(self, data: Any) -> Response:
        """The page with the addresses of its neighbours."""
        return Response({"results": data, "next": self.next, "previous": self.previous})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The shape of a list."""
        properties = {"results": schema, "next": LINK, "previous": LINK}
        return {"type": "object", "required": ["results", "next", "previous"], "properties": properties}

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """The query parameters that choose a page."""
        return [self.parameter, SIZE]

    @staticmethod
    def size(request: Request) -> int:
        """How many rows the caller wants on a page."""
        return min(_whole(request.query_params.get("page_size", str(MOST_ROWS)), "page_size"), MOST_ROWS)


class Whole(Paging):
    """Everything at once, for lists that are short by their nature."""

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """None."""
        return []

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """All rows."""
        return list(queryset)


class Pages(Paging):
    """By number, from 1. One row too many is read to know whether there is a next page."""

    parameter = {"name": "page", "in": "query", "required": False, "schema": {"type": "integer", "minimum": 1}}

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """The rows of the page asked for."""
        page, size = _whole(request.query_params.get("page", "1"), "page"), self.size(request)
        rows: Sequence[Any] = queryset[(page - 1) * size : page * size + 1]
        rows = list(rows)
        here = request.build_absolute_uri()
        if len(rows) > size:
            self.next = replace_query_param(here, "page", page + 1)
        if page > 1:
            before = remove_query_param(here, "page")
            self.previous = before if page == 2 else replace_query_param(here, "page", page - 1)
        return rows[:size]


class Cursors(Paging):
    """Newest first, by id: `cursor=older-7` shows what came before row 7, `newer-7` what came after it."""

    parameter = {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string"}}

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """The rows of the page asked for."""
        size, cursor = self.size(request), request.query_params.get("cursor")
        place = PLACE.fullmatch(cursor) if cursor is not None else None
        if cursor is not None and place is None:
            raise NoSuchPage(f"{cursor[:40]!r} is not a cursor: take them from next and previous")
        way, number = (place[1], int(place[2])) if place else ("older", None)
        queryset = queryset.order_by("-id")
        if number is not None:
            queryset = queryset.filter(**{f"id__{'lt' if way == 'older' else 'gt'}": number})
        rows = list((queryset.reverse() if way == "newer" else queryset)[: size + 1])
        more, rows = len(rows) > size, rows[:size]
        if way == "newer":
            rows.reverse()
        self._link(request.build_absolute_uri(), rows, way, more, number)
        return rows

    def _link(self, here: str, rows: list[Any], way: str, more: bool, number: int | None) -> None:
        older = rows[-1].id if rows else None
        newer = rows[0].id if rows else None
        if older is not None and (more or way == "newer"):
            self.next = replace_query_param(here, "cursor", f"older-{older}")
        if newer is not None and (number is not None if way == "older" else more):
            self.previous = replace_query_param(here, "cursor", f"newer-{newer}")


class Keysets(Paging):
    """By the values of the last row seen, in the list's own order; `next` and `previous` lead on, whatever is added."""

    parameter = Cursors.parameter

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """The rows of the page asked for."""
        portion = keyset.portion(queryset, request.query_params.get("cursor", ""), self.size(request))
        here = request.build_absolute_uri()
        self.next = replace_query_param(here, "cursor", portion.next) if portion.next else None
        self.previous = replace_query_param(here, "cursor", portion.previous) if portion.previous else None
        return portion.rows


def _whole(text: str, name: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,17}", text) or (name == "page" and int(text) > MOST_PAGES):
        raise NoSuchPage(f"{name}={text[:40]} is not a whole number from 1")
    return int(text)
