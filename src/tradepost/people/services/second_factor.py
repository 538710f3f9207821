"""A second factor of logging in: a code of an app that changes every 30 seconds, or a recovery code that works once.

The app's secret is stored nowhere: it is made of the installation's key and a random salt, so a copy of the database
gives nobody a code. What is wrong is counted with wrong passwords at that address, and by person wherever it comes
from; nothing that may fail so runs inside a transaction.
"""

import base64
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from pyotp import TOTP
from pyotp.exceptions import OTPVerificationError

from tradepost.audit import services as audit
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Denied
from tradepost.people.errors import NoSecondFactor, SecondFactorOn, TooManyAttempts, WrongCode
from tradepost.people.models import RecoveryCode, SecondFactor, User
from tradepost.people.services import _attempts
from tradepost.people.services._person import locked_person
from tradepost.people.services.passwords import prove_password

R = TypeVar("R")
CODES, CODE_LENGTH = 10, 12
MOST_TRIES, REST = 10, timedelta(minutes=15)
STEPS_ASIDE = 1  # a code is taken for 30 seconds more than it is shown, either way


class Enrolment(NamedTuple):
    """What the app is told: the secret in letters, and the same as an address to be shown as a picture."""

    secret: str
    uri: str


def enrol_second_factor(password: str, *, request: Any, actor: Actor, at: datetime) -> Enrolment:
    """Begin one's own second factor; it asks nobody for a code until it is confirmed. Beginning anew is a new secret.

    Raises WrongPassword, TooManyAttempts, SecondFactorOn, NoSuchUser, MachineUser.
    """
    prove_password(password, request=request, actor=actor, at=at)
    with transaction.atomic():
        user = locked_person(actor.user_id)
        if SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists():
            raise SecondFactorOn
        fresh = {"salt": secrets.token_urlsafe(32), "begun_at": at, "used_step": 0, "tries": 0, "tried_at": None}
        factor, _ = SecondFactor.objects.update_or_create(user=user, defaults=fresh)
    totp = _totp(factor)
    house = urlsplit(settings.TRADEPOST_URL).hostname
    issuer = f"Tradepost {house}" if house else "Tradepost"
    return Enrolment(totp.secret, totp.provisioning_uri(name=user.username, issuer_name=issuer))


def confirm_second_factor(otp: str, *, request: Any, actor: Actor, at: datetime) -> list[str]:
    """Switch one's second factor on by a code of the app; returns ten recovery codes, which are told this once.

    Raises WrongCode, TooManyAttempts, NoSecondFactor (none was begun), SecondFactorOn.
    """
    with transaction.atomic():
        user = locked_person(actor.user_id)

    def switch_on(factor: SecondFactor) -> list[str]:
        factor.confirmed_at = at
        factor.save(update_fields=["confirmed_at"])
        audit.record("people.second_factor_on", subject=user, actor=actor, at=at)
        return _draw_codes(user)

    return _prove(user, otp, switch_on, confirming=True, request=request, actor=actor, at=at)


def draw_recovery_codes(password: str, otp: str, *, request: Any, actor: Actor, at: datetime) -> list[str]:
    """Ten new recovery codes in place of those there are, by the password and a code.

    Raises WrongPassword, WrongCode, TooManyAttempts, NoSecondFactor.
    """
    user = prove_password(password, request=request, actor=actor, at=at)

    def draw(_: SecondFactor) -> list[str]:
        audit.record("people.recovery_codes_drawn", subject=user, actor=actor, at=at)
        return _draw_codes(user)

    return _prove(user, otp, draw, request=request, actor=actor, at=at)


def remove_second_factor(password: str, otp: str, *, request: Any, actor: Actor, at: datetime) -> None:
    """Switch one's own second factor off, by the password and a code.

    Raises WrongPassword, WrongCode, TooManyAttempts, NoSecondFactor.
    """
    user = prove_password(password, request=request, actor=actor, at=at)

    def switch_off(_: SecondFactor) -> None:
        _forget(user)
        audit.record("people.second_factor_off", subject=user, actor=actor, at=at)

    _prove(user, otp, switch_off, request=request, actor=actor, at=at)


@transaction.atomic
def take_second_factor_away(user_id: int, *, actor: Actor, at: datetime) -> User:
    """Switch off another's second factor that was lost, as an administrator; the person comes in by password again.

    Raises Denied (also for one's own: that takes password and code), NoSuchUser, MachineUser, PersonLeft,
    NoSecondFactor.
    """
    actor.require_admin()
    if actor.user_id == user_id:
        raise Denied("One's own second factor takes the password and a code; or ask another administrator")
    user = locked_person(user_id)
    _forget(user)
    audit.record("people.second_factor_taken_away", subject=user, actor=actor, at=at)
    return user


def needs_code(user: User) -> bool:
    """Whether this person comes in only with a code besides the password."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists()


def prove_code(user: User, otp: str, *, request: Any, actor: Actor, at: datetime) -> None:
    """A code of the person's app, or a recovery code, which is used up by it.

    Raises WrongCode, TooManyAttempts, NoSecondFactor.
    """
    _prove(user, otp, lambda _: None, request=request, actor=actor, at=at)


def _prove(
    user: User,
    otp: str,
    follow: Callable[[SecondFactor], R],
    *,
    confirming: bool = False,
    request: Any,
    actor: Actor,
    at: datetime,
) -> R:
    """Use the code up and do in the same transaction what follows from it; a wrong one is counted and refused."""
    _attempts.require_not_locked(user, request)
    with transaction.atomic(durable=True):
        factor = _locked_factor(user, confirming, at)
        step = _step_of(factor, otp, at)
        if step > factor.used_step:
            factor.used_step, fits = step, True
        else:
            fits = not confirming and _use_recovery_code(user, otp, actor=actor, at=at)
        factor.tries = 0 if fits else (factor.tries if _still_counts(factor, at) else 0) + 1
        factor.tried_at = None if fits else at
        factor.save(update_fields=["used_step", "tries", "tried_at"])
        if fits:
            return follow(factor)
    _attempts.count(user, request)
    _attempts.note("people.code_failed", user, request, actor=actor, at=at)
    raise _attempts.refusal(request, WrongCode())


def _locked_factor(user: User, confirming: bool, at: datetime) -> SecondFactor:
    """The row, held until the commit: of two that send one code at once, the second finds it used."""
    factor = SecondFactor.objects.select_for_update(no_key=True).filter(user=user).first()
    if factor is None or (factor.confirmed_at is None and not confirming):
        raise NoSecondFactor
    if confirming and factor.confirmed_at is not None:
        raise SecondFactorOn
    if _still_counts(factor, at) and factor.tries >= MOST_TRIES and factor.tried_at:
        raise TooManyAttempts(int((factor.tried_at + REST - at).total_seconds()) + 1)
    return factor


def _still_counts(factor: SecondFactor, at: datetime) -> bool:
    """Whether wrong codes of before still count."""
    return factor.tried_at is not None and at < factor.tried_at + REST


def _step_of(factor: SecondFactor, otp: str, at: datetime) -> int:
    """The time step of which this is the app's code, or 0."""
    digits = "".join(otp.split())
    if not (digits.isascii() and digits.isdecimal()):
        return 0
    try:
        return _totp(factor).verify_and_get_timecode(digits, for_time=at, valid_window=STEPS_ASIDE)
    except OTPVerificationError:
        return 0


def _totp(factor: SecondFactor) -> TOTP:
    made = salted_hmac("tradepost.people.second_factor", f"{factor.user_id}:{factor.salt}", algorithm="sha256")
    return TOTP(base64.b32encode(made.digest()[:20]).decode())


def _draw_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = [base64.b32encode(secrets.token_bytes(10)).decode().lower()[:CODE_LENGTH] for _ in range(CODES)]
    RecoveryCode.objects.bulk_create([RecoveryCode(user=user, digest=_digest(user, code)) for code in codes])
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def _use_recovery_code(user: User, otp: str, *, actor: Actor, at: datetime) -> bool:
    code = "".join(sign for sign in otp.lower() if sign.isalnum())
    unused = RecoveryCode.objects.filter(user=user, used_at=None)
    if not unused.filter(digest=_digest(user, code)).update(used_at=at):
        return False
    audit.record("people.recovery_code_used", subject=user, actor=actor, at=at, after={"left": unused.count()})
    return True


def _digest(user: User, code: str) -> str:
    return salted_hmac("tradepost.people.recovery_code", f"{user.pk}:{code}", algorithm="sha256").hexdigest()


def _forget(user: User) -> None:
    gone, _ = SecondFactor.objects.filter(user=user).delete()
    if not gone:
        raise NoSecondFactor
    RecoveryCode.objects.filter(user=user).delete()
