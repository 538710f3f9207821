"""Whose request it is that the rates count."""

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from tradepost import rates
from tradepost.people.queries import Bearer

if TYPE_CHECKING:
    from rest_framework.views import APIView


class CallerThrottle(BaseThrottle):
    """A token with a rate of its own counts for itself, else a user, else an address."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count the request. Raises TooManyRequests."""
        token = request.auth.token if isinstance(request.auth, Bearer) else None
        if token is not None and token.rate:
            rates.admit_token(str(token.pk), token.rate)
        elif request.user.is_authenticated:
            rates.admit_user(request.user.pk)
        elif getattr(view, "is_door", False):
            rates.admit_to_door(request)
        else:
            rates.admit_visitor(request)
        return True
