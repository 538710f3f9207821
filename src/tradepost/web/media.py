"""Serving the pictures that people sent. Whoever has the address may look: nobody guesses one."""

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import register_converter
from django.views.decorators.http import require_safe

from tradepost.lib import pictures


class PictureConverter:
    """The name of a file that `pictures.keep` could have made, and no other path."""

    regex = pictures.NAME

    def to_python(self, value: str) -> str:
        """The name."""
        return value

    def to_url(self, value: str) -> str:
        """The same."""
        return value


register_converter(PictureConverter, "picture")


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A picture, to be kept for ever: what is at this address never changes."""
    try:
        with default_storage.open(name) as file:
            content = file.read()
    except FileNotFoundError:
        raise Http404 from None
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type="image/webp", headers=headers)
