"""Alerts are read by those who read the store and marked by those who work there; what was raised never changes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests import make, picture
from tests.inventory.alerts import alert, look, shelf
from tests.inventory.test_document_walls import changeable, refused
from tests.statements import counted
from tradepost.audit.models import AuditEvent
from tradepost.books import services as engine
from tradepost.inventory import queries, services
from tradepost.inventory.apps import CROSSED
from tradepost.inventory.errors import NoSuchAlert
from tradepost.inventory.models import StockAlert
from tradepost.lib import clock
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Denied, Invalid, TradepostError
from tradepost.places.errors import NoSuchStore

pytestmark = pytest.mark.django_db

TABLE = "inventory_stockalert"


def test_who_marks_first_is_named_and_a_second_time_changes_nothing() -> None:
    one = alert()
    ann, ben = (make.actor(make.staff(one.store)) for _ in range(2))
    assert services.mark_seen([one.pk], actor=ann, at=make.AT) == 1
    after = picture.of_everything()
    assert services.mark_seen([one.pk], actor=ben, at=clock.now()) == 0
    assert services.mark_all_seen(one.store_id, actor=ben, at=clock.now()) == 0
    assert picture.of_everything() == after
    one.refresh_from_db()
    assert (one.seen_by_id, one.seen_at) == (ann.user_id, make.AT)
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.store_id, event.after) == ("inventory.alerts_seen", one.store_id, {"alerts": [one.pk]})


def test_all_of_a_store_are_marked_up_to_the_newest_that_was_shown() -> None:
    store, other = make.store(), make.store()
    shown, later = alert(store=store), alert(store=store)
    foreign = alert(store=other)
    staff = make.actor(make.staff(store))
    assert services.mark_all_seen(store.pk, up_to=shown.pk, actor=staff, at=make.AT) == 1
    assert queries.unseen_count(staff) == 1
    assert services.mark_all_seen(store.pk, actor=staff, at=make.AT) == 1
    seen = StockAlert.objects.filter(seen_at__isnull=False)
    assert set(seen.values_list("id", flat=True)) == {shown.pk, later.pk}
    assert queries.unseen_count(make.console()) == 1
    assert queries.alert(foreign.pk, make.console()).seen_at is None


def test_who_may_not_or_means_nothing_leaves_everything_as_it_was() -> None:
    own, foreign = alert(), alert()
    staff, auditor = make.actor(make.staff(own.store)), make.actor(make.auditor())
    customer = make.actor(make.customer())

    def seen(ids: list[int], actor: Actor) -> Callable[[], int]:
        return lambda: services.mark_seen(ids, actor=actor, at=make.AT)

    def all_seen(store_id: int, actor: Actor) -> Callable[[], int]:
        return lambda: services.mark_all_seen(store_id, actor=actor, at=make.AT)

    refusals: list[tuple[type[TradepostError], Callable[[], int]]] = [
        (NoSuchAlert, seen([foreign.pk], staff)),
        (NoSuchAlert, seen([own.pk, foreign.pk], staff)),
        (NoSuchAlert, seen([own.pk, 10**9], staff)),
        (NoSuchAlert, seen([own.pk, 10**30], staff)),
        (NoSuchAlert, seen([own.pk], customer)),
        (Denied, seen([own.pk], auditor)),
        (Invalid, seen([], staff)),
        (Invalid, seen([own.pk] * 1001, staff)),
        (NoSuchStore, all_seen(foreign.store_id, staff)),
        (NoSuchStore, all_seen(own.store_id, customer)),
        (NoSuchStore, all_seen(10**9, make.console())),
        (Denied, all_seen(own.store_id, auditor)),
    ]
    before = picture.of_everything()
    for error, change in refusals:
        with pytest.raises(error):
            change()
    assert picture.of_everything() == before


def test_one_reads_the_alerts_of_ones_stores() -> None:
    own, foreign = alert(), alert()
    staff, auditor, customer = (make.actor(user) for user in (make.staff(own.store), make.auditor(), make.customer()))
    assert list(queries.alerts(staff)) == [own]
    assert list(queries.alerts(auditor)) == [foreign, own]
    assert list(queries.alerts(customer)) == []
    assert [queries.unseen_count(actor) for actor in (staff, auditor, customer)] == [1, 2, 0]
    assert [queries.unseen_count(actor, store=foreign.store_id) for actor in (staff, auditor)] == [0, 1]
    for unreadable in (foreign.pk, 10**9, 10**30, -1):
        with pytest.raises(NoSuchAlert):
            queries.alert(unreadable, staff)


def test_filters_narrow_the_list_newest_first() -> None:
    console = make.console()
    low = alert()
    store, goods = shelf(3)
    make.sale(store, (goods, 3))
    look()
    out = StockAlert.objects.latest("id")
    services.mark_seen([low.pk], actor=console, at=make.AT)
    narrowed: list[tuple[dict[str, Any], list[StockAlert]]] = [
        ({}, [out, low]),
        ({"store": store.pk}, [out]),
        ({"product": low.product_id}, [low]),
        ({"kind": "low"}, [low]),
        ({"kind": "out"}, [out]),
        ({"unseen": True}, [out]),
        ({"unseen": False}, [low]),
        ({"pressing": True}, [out]),
        ({"start": make.AT}, [out, low]),
        ({"start": make.AT + timedelta(seconds=1)}, []),
        ({"end": make.AT}, []),
    ]
    for filters, expected in narrowed:
        assert list(queries.alerts(console, **filters)) == expected, filters


def test_an_alert_tells_what_stands_there_by_now_and_a_filled_shelf_presses_at_once_no_more() -> None:
    one = alert()
    assert queries.unseen_count(make.console()) == 1
    make.delivery(one.store, (one.product, 20, None))
    found: Any = queries.alert(one.pk, make.console())
    assert (found.quantity, found.stands, found.is_short, found.over_at) == (4, 24, False, None)
    assert queries.unseen_count(make.console()) == 0
    assert list(queries.alerts(make.console(), pressing=True)) == []
    assert list(queries.alerts(make.console(), unseen=True)) == [one]
    services.set_reorder_level(one.store_id, one.product_id, 30, actor=make.console(), at=make.AT)
    assert queries.unseen_count(make.console()) == 1, "until the next look it was not over"


def test_the_bell_counts_to_a_hundred_by_one_statement() -> None:
    store = make.store()
    goods = [make.stocked_product(store, 1, reorder_level=5) for _ in range(queries.MOST_COUNTED + 3)]
    make.sale(store, *((one, 1) for one in goods))
    assert look() == len(goods)
    with counted() as statements:
        assert queries.unseen_count(make.console()) == queries.MOST_COUNTED
        assert queries.unseen_count(make.actor(make.customer())) == 0
    assert sum("stockalert" in statement for statement in statements) == 1


def test_raised_alerts_are_never_edited_and_seen_ones_not_at_all_raw_sql_included() -> None:
    unseen, seen = alert(), alert()
    services.mark_seen([seen.pk], actor=make.console(), at=make.AT)
    before = picture.of_everything()
    columns = {str(field.column) for field in StockAlert._meta.concrete_fields}
    assert changeable(StockAlert, unseen.pk) == columns - set(CROSSED) == {"over_at", "seen_by_id", "seen_at"}
    assert changeable(StockAlert, seen.pk) == set()
    assert refused(f"UPDATE {TABLE} SET seen_at = NULL, seen_by_id = NULL WHERE id = {seen.pk}")
    assert refused(f"UPDATE {TABLE} SET seen_at = at WHERE id = {unseen.pk}"), "by nobody"
    assert refused(f"DELETE FROM {TABLE} WHERE id = {unseen.pk}")
    if connection.vendor == "postgresql":
        assert refused(f"TRUNCATE {TABLE}")
    assert picture.of_everything() == before


@pytest.mark.parametrize(
    ("kind", "quantity", "low_at"),
    [("out", 1, 5), ("low", 0, 5), ("low", 5, 5), ("low", 6, 5), ("high", 9, 5)],
)
def test_the_database_holds_no_alert_of_what_is_not_short(kind: str, quantity: int, low_at: int) -> None:
    one = alert()
    columns = "movement_id, store_id, product_id, kind, quantity, low_at, at"
    values = f"SELECT 10, store_id, product_id, '{kind}', {quantity}, {low_at}, at FROM {TABLE} WHERE id = {one.pk}"
    assert refused(f"INSERT INTO {TABLE} ({columns}) {values}")
    twin = f"SELECT {columns} FROM {TABLE} WHERE id = {one.pk}"
    assert refused(f"INSERT INTO {TABLE} ({columns}) {twin}")
    if connection.vendor == "sqlite":
        assert refused(f"INSERT OR REPLACE INTO {TABLE} ({columns}) {twin}")
    engine.close_runs()
    assert StockAlert.objects.count() == 1
