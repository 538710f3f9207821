"""How a program says who it is."""

from typing import Any

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tradepost.lib import clock
from tradepost.people import queries as people

PREFIX = "Token"


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token …`; it stands first, so that an anonymous request is answered with 401. One query."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The user a token speaks for, and its bearer; None where the header speaks of nothing like it."""
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != PREFIX.lower().encode():
            return None
        bearer = people.bearer_of(words[1].decode(errors="replace"), at=clock.now()) if len(words) == 2 else None
        if bearer is None:
            raise AuthenticationFailed("This token is not valid, or not any more.")
        return bearer.user, bearer

    def authenticate_header(self, request: Request) -> str:
        """What `WWW-Authenticate` says of a 401."""
        return PREFIX
