"""From a refusal to its answer."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an exception of a view, or None where there is no better one than 500."""
    return exception_handler(error, context)
