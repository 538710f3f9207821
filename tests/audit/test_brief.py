"""A call of a thousand rows says too much for a list: there it is brief, and whole where it is asked for alone."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make, picture
from tests.api.caller import Caller
from tests.inventory import moves
from tradepost.audit import queries, services
from tradepost.audit.models import AuditEvent
from tradepost.inventory import services as inventory
from tradepost.lib.actor import MANAGER, Actor
from tradepost.lib.errors import Missing
from tradepost.places.models import Store

pytestmark = pytest.mark.django_db

MANY = 400


def who() -> dict[str, Any]:
    """The console, at its usual moment."""
    return {"actor": make.console(), "at": make.AT}


def moved(*stores: Store) -> AuditEvent:
    """The event of a long list of movements in each of these stores, as it is stored."""
    mug = make.product()
    inventory.record_movements([moves.draft(store, mug, steps=3) for _ in range(MANY) for store in stores], **who())
    return AuditEvent.objects.latest("id")


def boss(store: Store) -> Actor:
    """Whoever manages the store."""
    return Actor(99_999, "boss", "test", grants=frozenset({(MANAGER, store.pk)}))


def test_a_list_says_nothing_of_what_a_long_call_changed_and_all_of_a_short_one() -> None:
    short = AuditEvent.objects.filter(store_id=make.store().pk).latest("id")
    long = moved(make.store())
    brief = {event.pk: event for event in queries.events(make.console()).brief()}
    assert (brief[long.pk].is_whole, brief[long.pk].before, brief[long.pk].after) == (False, None, None)
    assert (brief[long.pk].subject_id, brief[long.pk].action) == (f"{MANY} movements", "inventory.moved")
    assert (brief[short.pk].is_whole, brief[short.pk].after) == (True, short.after)
    assert short.after
    whole = queries.event(long.pk, make.console())
    assert whole.is_whole
    assert whole.after == long.after
    assert len((whole.after or {})["movements"]) == MANY


def test_what_was_there_before_counts_too() -> None:
    told = {"numbers": [f"S-{number:09}" for number in range(2000)]}
    services.record("test.done", subject=("test.thing", 1), **who(), before=told)
    (event,) = queries.events(make.console(), action="test.done").brief()
    assert (event.is_whole, event.before) == (False, None)
    assert queries.event(event.pk, make.console()).before == told


def test_events_in_brief_are_read_by_one_query_whoever_reads() -> None:
    here = make.store()
    moved(here)
    for reader in (make.console(), boss(here)):
        with CaptureQueriesContext(connection) as asked:
            page = queries.events(reader).brief().order_by("-id")[:20]
            assert {event.after is None for event in page if event.action == "inventory.moved"} == {True}
        assert len(asked) == (1 if reader.reads_all else 2)  # and a manager's shares


def test_a_manager_reads_of_a_long_call_their_own_part_where_it_is_asked_for_alone() -> None:
    here, there, stranger = make.store(), make.store(), make.store()
    long = moved(here, there)
    (event,) = queries.events(boss(here), action="inventory.moved").brief()
    assert (event.is_whole, event.after, event.store_id) == (False, None, here.pk)
    assert event.subject_id == f"{MANY} movements"
    whole = queries.event(long.pk, boss(here)).after or {}
    assert len(whole["movements"]) == MANY
    assert {row[2] for row in whole["movements"]} == {here.pk}
    for nobody in (boss(stranger), make.actor(make.staff(here))):
        with pytest.raises(Missing):
            queries.event(long.pk, nobody)
    with pytest.raises(Missing):
        queries.event(long.pk + 999, make.console())


def test_the_api_lists_it_in_brief_and_reads_it_whole() -> None:
    here = make.store()
    long = moved(here)
    admin, clerk = Caller(make.admin()), Caller(make.staff(here))
    (row,) = admin.get("logs/?action=inventory.moved").json()["results"]
    assert (row["id"], row["is_whole"], row["before"], row["after"]) == (long.pk, False, None, None)
    before = picture.of_everything()
    whole = admin.get(f"logs/{long.pk}/").json()
    assert (whole["is_whole"], whole["after"]) == (True, long.after)
    assert {**whole, "is_whole": False, "after": None} == row
    for caller, number in ((clerk, long.pk), (admin, long.pk + 999), (admin, 2**70)):
        assert caller.get(f"logs/{number}/").status_code == 404
    assert picture.of_everything() == before
