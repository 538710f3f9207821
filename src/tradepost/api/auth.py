"""How a program says who it is."""

from knox.auth import TokenAuthentication as KnoxAuthentication


class TokenAuthentication(KnoxAuthentication):
    """`Authorization: Token …`; it stands first, so that an anonymous request is answered with 401."""
