"""How answers are written: JSON, and the pages of the browsable API."""

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.response import Response

from tradepost.intake.services import Answer


class Answered(Response):
    """The response with an answer that was written down: it is sent as it stands there, not written once more."""

    def __init__(self, answer: Answer, **options: Any) -> None:
        super().__init__(answer.body, answer.status, **options)
        self.answer = answer


class JsonRenderer(JSONRenderer):
    """JSON in one line, or with the indent that was asked for."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The bytes."""
        context = dict(renderer_context or {})
        response = context.get("response")
        if not isinstance(response, Answered) or data is None or self.get_indent(accepted_media_type or "", context):
            return super().render(data, accepted_media_type, renderer_context)
        return response.answer.text.encode()


class BrowsableRenderer(BrowsableAPIRenderer):
    """The framework's own pages without the style they write into themselves, which the house's policy blocks."""

    def get_context(
        self, data: Any, accepted_media_type: str | None, renderer_context: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What the template is given."""
        return {**super().get_context(data, accepted_media_type, renderer_context), "code_style": ""}
