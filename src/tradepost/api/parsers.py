"""Reading JSON strictly: numbers stay decimal, and what no database can store is refused at the door."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from itertools import chain
from typing import IO, Any

from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

MOST_BYTES = 8 * 1024 * 1024
MOST_DEPTH = 12
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class TooLarge(APIException):
    """A body of more than 8 MiB."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "A request has at most 8 MiB; send a longer list in parts."
    default_code = "too_large"


class JsonParser(BaseParser):
    """JSON whose numbers with a point become decimals, so that no amount ever passes through a float."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The data. Raises ParseError, TooLarge."""
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise TooLarge
        try:
            data = json.loads(body, parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"This is not JSON: {str(error)[:100]}") from None
        return check_storable(data)


def check_storable(data: Any) -> Any:
    """The data, if a database can hold all of it. Raises ParseError."""
    try:
        _check(data, MOST_DEPTH)
    except ValueError as error:
        raise ParseError(str(error)) from None
    return data


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _check(value: Any, depth: int) -> None:
    """Every text of it. A list of a thousand rows has texts by the thousand: none of them is a call of its own."""
    if isinstance(value, str):
        _check([value], 1)
    elif isinstance(value, dict | list):
        if not depth:
            raise ValueError(f"More than {MOST_DEPTH} levels of lists and objects.")
        for part in chain(value, value.values()) if isinstance(value, dict) else value:
            if isinstance(part, str):
                if UNSTORABLE.search(part):
                    raise ValueError("NUL and halves of characters cannot be stored.")
            elif isinstance(part, dict | list):
                _check(part, depth - 1)
