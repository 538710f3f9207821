"""The addresses of the house; each face lists its own."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from tradepost import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("api/", include("tradepost.api.urls")),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
]
handler400 = "tradepost.api.errors.nonsense"
handler404 = "tradepost.api.errors.missing"
handler500 = "tradepost.api.errors.broken"
if settings.TRADEPOST_METRICS:
    urlpatterns.append(path("", include("django_prometheus.urls")))
urlpatterns.append(path("", include("tradepost.web.urls")))
