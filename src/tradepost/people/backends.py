"""How a name and a password become a user: by username or e-mail address, taking equally long whoever is asked for.

Stands behind `axes.backends.AxesStandaloneBackend`, which counts failures under the name that `throttle_name` gives.
"""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.utils.crypto import salted_hmac

from tradepost.people import queries
from tradepost.people.models import User

MAX_PASSWORD = 1024


class NameOrEmailBackend(ModelBackend):
    """Django's own backend, with one name for what the form calls username or e-mail."""

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        """The active user whom name and password fit, or None. An unknown name costs a hash as well."""
        login = username or kwargs.get("email")
        if not login or password is None or len(password) > MAX_PASSWORD:
            return None
        user = queries.login_of(login)
        if user is None:
            User().set_password(password)
            return None
        fits = user.check_password(password)
        return user if fits and self.user_can_authenticate(user) else None


def throttle_name(request: Any, credentials: dict[str, Any] | None) -> str:
    """What axes counts failures by: one name for all spellings of a person, nothing readable for an unknown one."""
    given = credentials if credentials is not None else getattr(request, "POST", {})
    login = str(given.get("username") or given.get("email") or given.get("login") or "")
    user = queries.login_of(login)
    if user is not None:
        return f"user:{user.pk}"
    return "unknown:" + salted_hmac("tradepost.people.throttle", login.strip().lower()).hexdigest()
