"""Tokens speak for a user without the password. Only their hash is stored, they expire, and they can be revoked."""

from datetime import datetime, timedelta

from django.db import transaction
from knox.models import get_digest_token
from knox.settings import CONSTANTS, knox_settings

from tradepost.audit import services as audit
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Invalid
from tradepost.people.errors import MachineUser, NoSuchToken, PersonLeft
from tradepost.people.models import Token, User

MAX_RATE = 1_000_000


@transaction.atomic
def issue_token(
    user: User,
    *,
    actor: Actor,
    at: datetime,
    rate: int | None = None,
    branch: int | None = None,
    expiry: timedelta | None = None,
) -> tuple[Token, str]:
    """Issue a token and return it with its text, which is nowhere stored. It lasts for `expiry`, else as settings say.

    One's own, or as an administrator another's; only an administrator sets `rate` (requests a minute) or `branch`.
    Raises Denied, MachineUser, PersonLeft, Invalid.
    """
    if actor.user_id != user.pk or rate is not None or branch is not None:
        actor.require_admin()
    if user.is_machine:
        raise MachineUser
    if not User.objects.select_for_update(no_key=True).filter(pk=user.pk, is_active=True).exists():
        raise PersonLeft("Nobody can act as this person any more")
    lasts = knox_settings.TOKEN_TTL if expiry is None else expiry
    if lasts <= timedelta(0) or (rate is not None and not 0 < rate <= MAX_RATE):
        raise Invalid("A token lasts longer than nothing and its rate is from 1 to a million a minute")
    digest, text = get_digest_token()
    token = Token(
        digest=digest,
        token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH],
        user=user,
        created=at,
        expiry=at + lasts,
        rate=rate,
        branch=branch,
    )
    token.save(force_insert=True)
    after = {"token": token.token_key[:4], "expiry": token.expiry.isoformat(), "rate": rate, "branch": branch}
    audit.record("people.token_issued", subject=user, actor=actor, at=at, after=after)
    return token, text


@transaction.atomic
def revoke_token(token: Token, *, actor: Actor, at: datetime) -> None:
    """End one token, one's own or as an administrator another's. Raises NoSuchToken."""
    if actor.user_id != token.user_id and not actor.is_admin:
        raise NoSuchToken
    gone, _ = Token.objects.filter(pk=token.pk).delete()
    if not gone:
        raise NoSuchToken
    subject = ("people.user", token.user_id)
    audit.record("people.token_revoked", subject=subject, actor=actor, at=at, before={"token": token.token_key[:4]})


@transaction.atomic
def revoke_all_tokens(user_id: int, *, actor: Actor, at: datetime) -> int:
    """End all tokens of oneself or, as an administrator, of another; returns how many. Raises Denied."""
    if actor.user_id != user_id:
        actor.require_admin()
    gone, _ = Token.objects.filter(user_id=user_id).delete()
    if gone:
        subject = ("people.user", user_id)
        audit.record("people.tokens_revoked", subject=subject, actor=actor, at=at, before={"count": gone})
    return gone


def forget_expired_tokens(*, at: datetime, limit: int = 5000) -> int:
    """Remove tokens that expired, at most `limit` of them; the worker calls it now and then."""
    expired = list(Token.objects.filter(expiry__lt=at).values_list("pk", flat=True)[:limit])
    return Token.objects.filter(pk__in=expired).delete()[0]
