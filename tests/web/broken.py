"""The addresses of the house and one where something breaks."""

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.urls import path

from tradepost import urls
from tradepost.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def broken(request: HttpRequest) -> HttpResponse:
    """A view whose database is not what it seemed."""
    raise DatabaseError("no such column: secret_table.x")


urlpatterns = [*urls.urlpatterns, path("broken/", broken)]
