"""The OpenAPI document: what every operation has in common is told once, here."""

from typing import Any

from drf_spectacular.openapi import AutoSchema as SpectacularSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from tradepost.api.errors import PROBLEM

PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; further members depend on it: figures as decimal strings, `fields`.",
    "required": ["type", "title", "status", "detail", "code", "instance"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {}},
    },
    "additionalProperties": {},
}
KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="Made up by the caller. The same key with the same request gives the first answer again "
    "(`Idempotent-Replayed: true`), with another request 422. Kept for 30 days; only successes are.",
)


class AutoSchema(SpectacularSchema):
    """Names nested serializers by the view they stand in, and tells of the idempotency key."""

    def get_serializer_name(self, serializer: serializers.Serializer[Any], direction: Any) -> str:
        """`Products.Input` becomes `ProductsInput`."""
        return serializer.__class__.__qualname__.replace(".", "")

    def get_override_parameters(self) -> list[Any]:
        """Every change takes a key, but for those whose answer is told once and kept nowhere."""
        return [KEY] if self.method != "GET" and getattr(self.view, "takes_key", True) else []

    def get_auth(self) -> list[Any]:
        """A token, or the session of a browser; nothing where one comes to get a token."""
        return [{"token": []}, {"session": []}] if self.view.get_authenticators() else []


def add_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Give each operation the answer it gives to whatever it refuses."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {"description": "Refused; nothing was changed.", "content": content}
    return result
