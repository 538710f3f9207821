"""The pages of the browsable API."""

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BrowsableAPIRenderer


class BrowsableRenderer(BrowsableAPIRenderer):
    """The framework's own pages without the style they write into themselves, which the house's policy blocks."""

    def get_context(
        self, data: Any, accepted_media_type: str | None, renderer_context: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What the template is given."""
        return {**super().get_context(data, accepted_media_type, renderer_context), "code_style": ""}
