"""The audit log: one row a service call, with actor, face, before and after; read by those who may."""

import ast
from datetime import timedelta

import pytest
from django.db import transaction

from tests import make
from tests.architecture.sources import PACKAGE, python_sources
from tradepost.audit import acts, queries, services
from tradepost.audit.models import AuditEvent
from tradepost.lib.actor import Actor

pytestmark = pytest.mark.django_db


def record(actor: Actor, action: str = "test.done", number: int = 1, store_id: int | None = None) -> None:
    services.record(action, subject=("test.thing", number), actor=actor, at=make.AT, store_id=store_id)


def test_an_event_tells_who_did_what_through_which_face() -> None:
    store = make.store()
    actor = Actor(7, "somebody", "api", "request-1")
    services.record(
        "test.changed", subject=store, actor=actor, at=make.AT, before={"a": 1}, after={"a": 2}, store_id=store.pk
    )
    event = AuditEvent.objects.get(action="test.changed")
    assert (event.actor_id, event.actor_name, event.face, event.request_id) == (7, "somebody", "api", "request-1")
    assert (event.subject_type, event.subject_id, event.store_id) == ("places.store", str(store.pk), store.pk)
    assert (event.at, event.before, event.after) == (make.AT, {"a": 1}, {"a": 2})
    assert abs(event.recorded_at - make.AT) > timedelta(days=1)


def test_an_event_stands_with_its_change_or_not_at_all() -> None:
    with transaction.atomic():
        record(make.console())
        transaction.set_rollback(True)
    assert not AuditEvent.objects.filter(action="test.done").exists()


def test_people_read_what_they_did_and_managers_what_their_stores_saw() -> None:
    store, other = make.store(), make.store()
    people = {
        "customer": make.customer(),
        "staff": make.staff(store),
        "manager": make.manager(store),
        "auditor": make.auditor(),
        "admin": make.admin(),
    }
    actors = {name: make.actor(user) for name, user in people.items()}
    for number, actor in enumerate(actors.values()):
        record(actor, number=number)
    record(make.console(), number=10, store_id=store.pk)
    record(make.console(), number=11, store_id=other.pk)
    seen = {
        name: {int(event.subject_id) for event in queries.events(actor, action="test.done")}
        for name, actor in actors.items()
    }
    everything = {*range(5), 10, 11}
    assert seen == {
        "customer": {0}, "staff": {1}, "manager": {2, 10}, "auditor": everything, "admin": everything,
    }  # fmt: skip


def test_events_are_filtered_newest_first() -> None:
    store, console = make.store(), make.console()
    for number in range(3):
        record(console, number=number, store_id=store.pk)
    record(console, action="test.other", number=9)
    found = queries.events(console, store=store.pk, action="test.done")
    assert [event.subject_id for event in found] == ["2", "1", "0"]
    assert queries.events(console, subject_type="test.thing", subject_id="9").get().action == "test.other"
    assert queries.events(console, user=console.user_id, action="test.done").count() == 3
    assert not queries.events(console, user=999_999).exists()
    assert queries.events(console, start=make.AT, end=make.AT + timedelta(seconds=1), action="test.done").count() == 3
    assert not queries.events(console, start=make.AT - timedelta(days=1), end=make.AT, action="test.done").exists()


@pytest.mark.once
def test_every_act_that_is_written_down_has_a_name() -> None:
    """The log is narrowed by these alone."""
    written = {
        call.args[0].value
        for source in python_sources()
        if source.path.is_relative_to(PACKAGE)
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant)
        and getattr(call.func, "attr", getattr(call.func, "id", "")) in {"record", "Event", "note"}
    }  # fmt: skip
    assert len(written) > 70
    assert written - acts.ACTS.keys() == set()
