"""The addresses of the house; each face lists its own."""

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from tradepost import health
from tradepost.api import errors as api
from tradepost.web import errors as web

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("api/", include("tradepost.api.urls")),
    path("admin/login/", RedirectView.as_view(pattern_name="web:login", query_string=True)),
    path("admin/password_change/", RedirectView.as_view(pattern_name="web:password")),
    path("admin/", admin.site.urls),
]
if settings.TRADEPOST_METRICS:
    urlpatterns.append(path("", include("django_prometheus.urls")))
urlpatterns.append(path("", include("tradepost.web.urls")))


def handler400(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """What cannot be read, answered by the face that was asked."""
    return api.nonsense(request, exception) if _is_api(request) else web.nonsense(request, exception)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """What Django itself denies; the API answers its own denials."""
    return web.denied(request, exception)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """An address nothing stands at, answered by the face that was asked."""
    return api.missing(request, exception) if _is_api(request) else web.missing(request, exception)


def handler500(request: HttpRequest) -> HttpResponseBase:
    """What broke, answered by the face that was asked."""
    return api.broken(request) if _is_api(request) else web.broken(request)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
