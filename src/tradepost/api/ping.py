"""Whether a program's token works, and for whom: the cheapest thing one can ask with it."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api.base import Output, View
from tradepost.lib import clock


class PingOutput(Output):
    """Whoever is logged in, and the server's clock."""

    user = serializers.IntegerField()
    name = serializers.CharField()
    at = serializers.DateTimeField()


class Ping(View):
    """A sign of life."""

    @extend_schema(responses=PingOutput)
    def get(self, request: Request) -> Response:
        """Say who is logged in. It reads nothing but the token."""
        who = {"user": request.user.pk, "name": request.user.get_username(), "at": clock.now()}
        return Response(PingOutput(who).data)


urlpatterns = [path("ping/", Ping.as_view(), name="ping")]
