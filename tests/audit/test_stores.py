"""The log of a store: what happened there, as part of a call that touched others too; its manager reads that part."""

import json
from typing import Any

import pytest
from django.db import connection, transaction

from tests import make, picture
from tests.api.caller import Caller
from tests.books.story import execute
from tests.inventory import moves
from tests.inventory.alerts import alert
from tradepost.audit import queries, services
from tradepost.audit.models import AuditEvent, EventStore
from tradepost.audit.queries import FEW_STORES
from tradepost.books.services import Refusal
from tradepost.inventory import services as inventory
from tradepost.inventory.services import MovementReversal
from tradepost.lib.actor import MANAGER, Actor
from tradepost.people import services as people
from tradepost.places.models import Store
from tradepost.till import services as till

pytestmark = pytest.mark.django_db


def who() -> dict[str, Any]:
    """The console, at its usual moment."""
    return {"actor": make.console(), "at": make.AT}


def boss(*stores: Store, user_id: int = 99_999) -> Actor:
    """Whoever manages these stores."""
    return Actor(user_id, "boss", "test", grants=frozenset((MANAGER, store.pk) for store in stores))


def newest(actor: Actor, **filters: Any) -> AuditEvent:
    """The newest event they read."""
    return queries.events(actor, **filters)[0]


def told(event: AuditEvent) -> str:
    """All that is said of the event."""
    return json.dumps([event.subject_id, event.store_id, event.before, event.after])


def test_movements_in_several_stores_are_found_by_each_and_each_manager_reads_their_own() -> None:
    here, there, elsewhere = make.store(), make.store(), make.store()
    mug, cup = make.product(), make.product()
    drafts = [
        moves.draft(here, mug, steps=7771),
        moves.draft(there, cup, steps=8882),
        moves.draft(there, mug, steps=8883),
    ]
    before = AuditEvent.objects.count()
    made = inventory.record_movements([*drafts, moves.draft(here, cup, "OUT")], **who())
    numbers = [one.number for one in made if not isinstance(one, Refusal)]
    assert AuditEvent.objects.count() == before + 1
    for store in (here, there):
        whole = newest(make.console(), store=store.pk)
        assert whole.after is not None
        assert (whole.subject_id, whole.store_id, len(whole.after["movements"])) == ("3 movements", None, 3)
        assert newest(boss(store)).pk == newest(boss(store), store=store.pk).pk == whole.pk
        assert newest(boss(store), product=mug.pk).pk == whole.pk
    assert newest(make.console(), store=elsewhere.pk).action == "places.store_opened"
    assert newest(boss(elsewhere)).action == "places.store_opened"
    mine, theirs = newest(boss(here)), newest(boss(there))
    assert (mine.subject_id, mine.store_id) == (numbers[0], here.pk)
    assert mine.after == {
        "fields": ["number", "product", "store", "type", "quantity", "before", "after"],
        "movements": [[numbers[0], mug.pk, here.pk, "IN", 7771, 0, 7771]],
    }
    assert (theirs.subject_id, theirs.store_id) == ("2 movements", there.pk)
    assert [row[0] for row in (theirs.after or {})["movements"]] == numbers[1:3]
    for foreign in (numbers[0], "7771", "refused"):
        assert foreign not in told(theirs)
    both = newest(boss(here, there, elsewhere))
    assert (both.store_id, [row[0] for row in (both.after or {})["movements"]]) == (None, numbers[:3])


def test_who_did_it_reads_all_of_it_whichever_store_is_theirs() -> None:
    here, there = make.store(), make.store()
    clerk, mug = make.manager(here), make.product()
    people.grant_role(clerk.pk, "staff", there.pk, **who())
    both = [moves.draft(here, mug), moves.draft(there, mug)]
    inventory.record_movements(both, actor=make.actor(clerk), at=make.AT)
    for found in (newest(make.actor(clerk)), newest(make.actor(clerk), store=there.pk)):
        assert len((found.after or {})["movements"]) == 2
    assert len((newest(boss(there)).after or {})["movements"]) == 1
    inventory.record_movements(both[1:], **who())
    assert newest(make.actor(clerk), store=there.pk).actor_id == clerk.pk


def test_what_was_queued_applied_and_taken_back_is_told_to_each_by_its_part() -> None:
    here, there, mug = make.store(), make.store(), make.product()
    drafts = [moves.draft(here, mug, steps=5), moves.draft(there, mug, steps=6), moves.draft(there, mug, "OUT", 7000)]
    moves.applied(moves.queued(drafts))
    made = [make.moved(store, mug, "IN", 1).number for store in (here, there)]
    inventory.reverse_movements([MovementReversal(here.pk, made[0]), MovementReversal(there.pk, made[1])], **who())
    taken_back, _, applied, queued = [event for event in queries.events(boss(there)) if "inventory" in event.action][:4]
    assert [event.action.partition(".")[2] for event in (taken_back, applied, queued)] == [
        "reversed",
        "applied",
        "queued",
    ]
    assert list((taken_back.after or {})["reverses"].values()) == made[1:]
    assert list((applied.after or {})["refused"].values()) == ["insufficient_stock"]
    assert [row[4] for row in (queued.after or {})["movements"]] == [6, 7000]
    for event in (taken_back, applied, queued):
        assert all(row[2] == there.pk for row in (event.after or {})["movements"])
    assert "insufficient" not in told(newest(boss(here), action="inventory.applied"))


def test_a_transfer_is_found_by_both_its_stores_and_of_a_list_each_reads_what_comes_or_goes() -> None:
    source, one, other, stranger = make.store(), make.store(), make.store(), make.store()
    mug = make.stocked_product(source, 50)
    sent = make.transfer(source, one, (mug, 7))
    for store in (source, one):
        assert newest(boss(store)).after == newest(make.console()).after
        assert newest(make.console(), store=store.pk).subject_id == str(sent.pk)
    make.received(sent, (mug, 3))
    inventory.send_back(sent.pk, {mug.pk: 1}, **who())
    inventory.write_off_transit(sent.pk, None, "Fell off", **who())
    for store in (source, one):
        steps = [event.action.rpartition("_")[2] for event in queries.events(boss(store))[:4]]
        assert steps == ["lost", "returned", "received", "sent"]
    drafts = [make.transfer_draft(source, one, (mug, 4)), make.transfer_draft(source, other, (mug, 5))]
    numbers = [answer.number for answer in inventory.send(drafts, **who()) if not isinstance(answer, Refusal)]
    assert newest(boss(source)).after == newest(make.console()).after
    assert newest(boss(one)).after == {"numbers": numbers[:1], "goods": {numbers[0]: {str(mug.pk): 4}}}
    assert newest(boss(other)).after == {"numbers": numbers[1:], "goods": {numbers[1]: {str(mug.pk): 5}}}
    assert newest(boss(stranger)).action == "places.store_opened"


def test_sales_and_seen_alerts_of_several_stores_are_told_to_each_by_its_part() -> None:
    here, there = make.store(), make.store()
    mug, cup = make.stocked_product(here, 5), make.stocked_product(there, 5)
    sold = till.ring_up(
        [make.basket(here, (mug, 1)), make.basket(there, (cup, 1)), make.basket(here, (mug, 1))], **who()
    )
    numbers = [sale.number for sale in sold if not isinstance(sale, Refusal)]
    assert newest(boss(here)).after == {"numbers": [numbers[0], numbers[2]]}
    assert (newest(boss(there)).subject_id, newest(boss(there)).after) == (numbers[1], {"numbers": [numbers[1]]})
    pressing = [alert(store=here).pk, alert(store=there).pk]
    inventory.mark_seen(pressing, **who())
    assert [newest(boss(store)).after for store in (here, there)] == [{"alerts": [one]} for one in pressing]


def test_a_manager_reads_each_event_once_newest_first_and_page_by_page() -> None:
    stores = [make.store() for _ in range(FEW_STORES + 2)]
    doers = [make.console(), boss(user_id=7)]
    for turn in range(60):
        touched = [store for place, store in enumerate(stores) if turn % (place + 2) == 0]
        share = services.by_store((store.pk, place) for place, store in enumerate(touched))
        thing = ("test.thing", f"{turn} things")
        services.record("test.done", subject=thing, actor=doers[turn % 2], at=make.AT, stores=share)
    for mine in (stores[:0], stores[:1], stores[1:4], stores):
        reader = boss(*mine, user_id=7)
        there = EventStore.objects.filter(store_id__in=[store.pk for store in mine]).values_list("event_id", flat=True)
        done = AuditEvent.objects.filter(actor_id=7) | AuditEvent.objects.filter(pk__in=list(there))
        wanted = sorted(done.values_list("pk", flat=True), reverse=True)
        found = queries.events(reader)
        assert [event.pk for event in found] == wanted
        assert (found.count(), found.exists(), found[5:8][0].pk) == (len(wanted), True, wanted[5])
        assert [event.pk for event in found.iterator()] == wanted
        middle = wanted[len(wanted) // 2]
        assert [event.pk for event in found.filter(pk__lt=middle)[:9]] == [pk for pk in wanted if pk < middle][:9]
        newer = found.filter(pk__gt=middle).order_by("pk")[:9]
        assert [event.pk for event in newer] == [pk for pk in wanted[::-1] if pk > middle][:9]
    assert not queries.events(boss(user_id=8)).exists()


def test_events_and_their_stores_stand_together_or_not_at_all() -> None:
    before = picture.of_everything()
    with transaction.atomic():
        stores = services.by_store([(3, "a"), (2, "b")])
        services.record("test.done", subject=("test.thing", 1), **who(), products=[3], stores=stores)
        event = AuditEvent.objects.latest("id")
        rows = EventStore.objects.filter(event=event).order_by("store_id").values_list("store_id", "parts")
        assert list(rows) == [(2, ["b"]), (3, ["a"])]
        transaction.set_rollback(True)
    assert picture.of_everything() == before


def test_the_log_of_a_store_is_read_along_one_index_from_where_the_page_begins() -> None:
    for turn in range(200):
        services.record("test.done", subject=("test.thing", turn), **who(), store_id=[5, 6][turn % 2])
    last = AuditEvent.objects.latest("id").pk
    found = queries.events(make.console(), store=5).filter(id__lt=last - 50).order_by("-id")
    if connection.vendor == "postgresql":
        execute("ANALYZE audit_auditevent")
        execute("ANALYZE audit_eventstore")
        plan = found[:20].explain()
        assert "Index Only Scan Backward using audit_eventstore_pkey" in plan, plan
        assert f"(event_id < {last - 50})" in plan, plan
        assert "Sort" not in plan, plan
    else:
        plan = found[:20].explain()
        assert "SEARCH audit_eventstore USING COVERING INDEX" in plan, plan
        assert "event_id<?" in plan, plan
        assert "TEMP B-TREE" not in plan, plan
    assert [event.subject_id for event in found[:2]] == ["148", "146"]


def test_the_api_and_the_page_find_a_list_by_each_of_its_stores() -> None:
    here, there, mug = make.store(), make.store(), make.product()
    rows = [
        {"store_id": store.pk, "product_id": mug.pk, "movement_type": "IN", "quantity": quantity}
        for store, quantity in ((here, 7771), (there, 8882))
    ]
    admin, manager = Caller(make.admin()), Caller(make.manager(there))
    assert admin.post("stock-movements/", rows).status_code == 200
    (event,) = admin.get(f"logs/?store={there.pk}&action=inventory.moved").json()["results"]
    assert len(event["after"]["movements"]) == 2
    for query in ("", f"?store={there.pk}", f"?product={mug.pk}", f"?store={there.pk}&product={mug.pk}"):
        answer = manager.get(f"logs/{query}")
        (moved,) = [row for row in answer.json()["results"] if row["action"] == "inventory.moved"]
        assert (moved["store"], [row[4] for row in moved["after"]["movements"]]) == (there.pk, [8882])
        assert b"7771" not in answer.content
