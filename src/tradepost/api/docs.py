"""The OpenAPI document, and the page to read and try it by. No script stands in the page itself."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI from the sidecar package: scripts, styles and fonts are our own files."""

    url_name = "api:schema"
    template_name = "api/docs.html"


urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
]
