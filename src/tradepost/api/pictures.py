"""What the addresses that take a picture have in common."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request

from tradepost.api.base import View
from tradepost.api.parsers import MOST_BYTES, TooLarge
from tradepost.lib.pictures import Picture


def picture_field() -> serializers.FileField:
    """The field of a picture that is sent."""
    return serializers.FileField(required=False, allow_null=True, help_text="In a form; null takes it away.")


def in_a_form(body: Any) -> dict[str, Any]:
    """The ways the body may be sent, as OpenAPI is told."""
    return {"application/json": body, "multipart/form-data": body}


class TakesPicture(View):
    """What may be sent as a form with a picture in it; `read_picture` and `set_picture` are the services for it."""

    read_picture: ClassVar[Callable[..., Picture]]
    set_picture: ClassVar[Callable[..., Any]]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Turn away what is too large before it is read."""
        super().initial(request, *args, **kwargs)
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            raise TooLarge

    def drawn(self, given: dict[str, Any]) -> dict[str, Any]:
        """The same with its file read as a picture, before any transaction begins."""
        file = given.get("picture")
        return {**given, "picture": self.read_picture(file, actor=self.actor)} if file else given

    def with_picture(self, row: Any, given: dict[str, Any], at: datetime) -> Any:
        """The row, with the picture that was given or without the one that was taken away."""
        if "picture" not in given:
            return row
        return self.set_picture(row.pk, given["picture"], actor=self.actor, at=at)
