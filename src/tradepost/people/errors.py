"""What can be wrong with a change to a person, a role or a login."""

from typing import Any

from tradepost.lib.errors import Denied, Invalid, Missing, Refused, TradepostError


class NoSuchUser(Missing):
    """Nobody has this number or name."""

    code = "no_such_user"
    title = "There is nobody of this name"


class UsernameTaken(Refused):
    """Somebody has this username, upper and lower case being the same."""

    code = "username_taken"
    title = "Somebody else has this username"


class EmailTaken(Refused):
    """Somebody has this e-mail address, upper and lower case being the same."""

    code = "email_taken"
    title = "Somebody else has this e-mail address"


class PersonLeft(Refused):
    """The person has left and is anonymised: nothing of them changes any more."""

    code = "person_left"
    title = "This person has left"


class MachineUser(Refused):
    """`system` and `console` are no people: they have no password, no roles and no profile to change."""

    code = "machine_user"
    title = "This user belongs to the program itself"


class LastAdmin(Refused):
    """Without this one nobody could administer the house."""

    code = "last_admin"
    title = "This is the last administrator"


class NoSuchGrant(Missing):
    """The person does not hold this role."""

    code = "no_such_grant"
    title = "This person does not hold this role"


class NotARole(Invalid):
    """An unknown role, or one with a store where none belongs, or without one where it does."""

    code = "not_a_role"
    title = "This is not a role that can be granted"


class NoSuchToken(Missing):
    """There is no such token, or it is not the actor's."""

    code = "no_such_token"
    title = "There is no such token"


class WrongCredentials(Invalid):
    """Name and password do not fit; whether the name exists is not told."""

    code = "wrong_credentials"
    title = "Name and password do not fit"


class WrongPassword(Denied):
    """The password that was asked for again is not the person's."""

    code = "wrong_password"
    title = "This is not your password"


class SecondFactorNeeded(Denied):
    """Name and password fit, and this person needs a code too: HTTP 401. `ticket` says so to `pass_second_factor`."""

    code = "second_factor_needed"
    title = "This login needs a code of your second factor"

    def __init__(self, ticket: str = "") -> None:
        super().__init__()
        self.ticket = ticket


class WrongCode(Invalid):
    """The code is not the app's of this moment, was used before, or is no recovery code that is left."""

    code = "wrong_code"
    title = "This code does not fit, or was used before"


class LoginExpired(Invalid):
    """Between the password and the code more than five minutes went by, or the password was changed."""

    code = "login_expired"
    title = "The password was typed too long ago"


class SecondFactorOn(Refused):
    """The person has a second factor; it is taken off before another one is begun."""

    code = "second_factor_on"
    title = "The second factor is switched on"


class NoSecondFactor(Refused):
    """The person has no second factor, or none that was begun."""

    code = "no_second_factor"
    title = "There is no second factor"


class ResetLinkUsedUp(Refused):
    """The link to a new password was used, is too old, or never was one."""

    code = "reset_link_used_up"
    title = "This link is used up"


class TooManyAttempts(TradepostError):
    """Logging in failed too often: HTTP 429. `retry_after_s` seconds later it may be tried again; never by itself."""

    code = "too_many_attempts"
    title = "Too many failed attempts; try again later"

    def __init__(self, retry_after_s: int, **details: Any) -> None:
        super().__init__(retry_after_s=retry_after_s, **details)
        self.retry_after_s = retry_after_s
