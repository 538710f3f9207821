"""`once` opens the one durable transaction a face starts; `once_each` does it for requests that met."""

import hashlib
import json
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.core.files import File
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.utils.crypto import salted_hmac

from tradepost.intake.errors import KeyMismatch, KeyTooLong
from tradepost.intake.models import IdempotencyKey
from tradepost.lib import clock, db
from tradepost.lib.actor import Actor
from tradepost.lib.errors import TradepostError

KEEP = timedelta(days=30)
JSON = DjangoJSONEncoder(ensure_ascii=False, separators=(",", ":"))
KEY_COLUMNS = {"user_id": "bigint", "key": "text", "digest": "text", "status": "smallint", "created_at": "timestamptz"}


@dataclass(frozen=True)
class Answer:
    """What a face answers: an HTTP-like status and plain JSON. `replayed` marks a first answer given again."""

    status: int
    body: Any
    replayed: bool = False

    @cached_property
    def text(self) -> str:
        """The body as it is kept and sent."""
        return JSON.encode(self.body)


def digest_of(*parts: Any) -> str:
    """A digest of what was asked for; equal for equal requests, however their keys were ordered.

    Keyed with the installation's secret: a request may hold a password, which nobody who reads the table may guess at.
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), cls=DjangoJSONEncoder)
    return salted_hmac("tradepost.intake.digest", text, algorithm="sha256").hexdigest()


def content_of(file: File[bytes]) -> str:
    """What a file adds to the digest of its request: its content, not its name."""
    file.seek(0)
    content = hashlib.sha256()
    for part in file.chunks():
        content.update(part)
    file.seek(0)
    return content.hexdigest()


def once(key: str | None, digest: str, actor: Actor, call: Callable[[], Answer]) -> Answer:
    """Do `call` in one durable transaction, at most once for this actor and key, and give every twin the same answer.

    A twin in flight waits for the first and gets its answer, or Busy after the lock timeout. Only successes are kept: a
    refusal rolls everything back, the key with it, so the request is judged anew. Raises KeyMismatch when the key came
    with another digest before. Without a key one is made up: the call runs once, and nobody can ask for its answer.
    """
    asked = Asked(key_of(key), digest, actor.user_id)
    with db.politely(), transaction.atomic(durable=True):
        if not _claim_all([asked]):
            first = _first_answer(IdempotencyKey.objects.get(user_id=asked.user_id, key=asked.key), digest)
            if isinstance(first, TradepostError):
                raise first
            return first
        with db.ending_the_last_trip():
            answer = call()
            _keep([(asked, answer)])
        return answer


class Asked(NamedTuple):
    """One of several requests that met: its key (`key_of`), the digest of what it asks, and who asks."""

    key: str
    digest: str
    user_id: int


Outcome = Answer | TradepostError
Pair = tuple[int, str]  # whose key, and which


def once_each(asked: Sequence[Asked], call: Callable[[list[int]], Sequence[Outcome]]) -> list[Outcome]:
    """`once` for requests that met: one durable transaction, and for each what it would have got alone.

    `call` is given the positions of those to be done now and answers each in its place; a refusal of its must have
    left nothing behind. Twins among them are done once. Where everything was refused, all of it rolls back. Raises
    Busy for all.
    """
    first: dict[Pair, int] = {}
    for i, one in enumerate(asked):
        first.setdefault((one.user_id, one.key), i)
    with db.politely(), transaction.atomic(durable=True):
        mine = _claim_all([asked[i] for _, i in sorted(first.items())])
        stored = _stored(first.keys() - mine)
        todo = sorted(first[pair] for pair in mine)
        done = dict(zip(todo, call(todo) if todo else (), strict=True))
        if any(isinstance(outcome, Answer) for outcome in done.values()):
            _keep([(asked[i], outcome) for i, outcome in done.items()])
        else:
            transaction.set_rollback(True)

    def outcome_of(i: int, one: Asked) -> Outcome:
        pair = (one.user_id, one.key)
        if i in done:
            return done[i]
        if pair in stored:
            return _first_answer(stored[pair], one.digest)
        return _twins_answer(asked[first[pair]], done[first[pair]], one.digest)

    return [outcome_of(i, one) for i, one in enumerate(asked)]


def _claim_all(asked: Sequence[Asked]) -> set[Pair]:
    """The keys that are now ours. Everybody names them in one order, so that two rounds cannot wait for each other."""
    now = clock.now()
    rows = [(one.user_id, one.key, one.digest, 0, now) for one in asked]
    won = db.insert_unless_there("intake_idempotencykey", KEY_COLUMNS, rows, conflict=("user_id", "key"))
    return {(user_id, key) for user_id, key in won}


def _keep(done: Sequence[tuple[Asked, Outcome]]) -> None:
    """Store the answers under their keys; give up the keys of what was refused."""
    answered = [
        (one.user_id, one.key, outcome.status, outcome.text) for one, outcome in done if isinstance(outcome, Answer)
    ]
    columns = {"user_id": "bigint", "key": "text"}, {"status": "smallint", "body": "jsonb"}
    db.update_rows("intake_idempotencykey", *columns, answered)
    for one, outcome in done:
        if not isinstance(outcome, Answer):
            IdempotencyKey.objects.filter(user_id=one.user_id, key=one.key).delete()


def _stored(pairs: Collection[Pair]) -> dict[Pair, IdempotencyKey]:
    """What stands under keys that earlier requests had claimed."""
    if not pairs:
        return {}
    rows = IdempotencyKey.objects.filter(db.Among("key", {key for _, key in pairs}))
    return {(row.user_id, row.key): row for row in rows}


def _twins_answer(twin: Asked, outcome: Outcome, digest: str) -> Outcome:
    """What the later of two twins in one round gets."""
    if twin.digest != digest:
        return KeyMismatch()
    return replace(outcome, replayed=True) if isinstance(outcome, Answer) else outcome


def key_of(key: str | None) -> str:
    """The key a request came with, or one made up for it. Raises KeyTooLong."""
    if not key:
        return f"made-up:{uuid.uuid4()}"
    if len(key) > 200 or not key.isprintable():
        raise KeyTooLong
    return key


def _first_answer(kept: IdempotencyKey, digest: str) -> Outcome:
    return Answer(kept.status, kept.body, replayed=True) if kept.digest == digest else KeyMismatch()


def forget_old_keys(*, at: datetime, limit: int = 5000) -> int:
    """Remove keys older than 30 days, at most `limit` of them; the worker calls it now and then."""
    old = list(IdempotencyKey.objects.filter(created_at__lt=at - KEEP).values_list("id", flat=True)[:limit])
    return IdempotencyKey.objects.filter(id__in=old).delete()[0]
