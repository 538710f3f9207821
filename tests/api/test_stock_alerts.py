"""Alerts and the overview over the API: listed and filtered strictly, marked once, told as they are."""

from datetime import timedelta
from typing import Any

import pytest

from tests import make, picture
from tests.api.caller import Caller, problem_of
from tests.inventory.alerts import alert, look, shelf
from tradepost.catalog import services as catalog
from tradepost.inventory.models import StockAlert
from tradepost.lib import clock

pytestmark = pytest.mark.django_db

DAY = make.AT.date().isoformat()


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_an_alert_tells_what_was_left_and_what_stands_there_by_now() -> None:
    store = make.store("Harbour")
    flour = make.stocked_product(store, 9500, sku="FLOUR", name="Flour", unit="kg", decimals=3, reorder_level=5000)
    look()
    make.sale(store, (flour, 5000))
    look()
    make.delivery(store, (flour, 2000, None))
    (one,) = Caller(make.staff(store)).get("stock-alerts/").json()["results"]
    assert {name: one[name] for name in one if name not in {"id", "at"}} == {
        "kind": "low",
        "store": store.pk,
        "store_name": "Harbour",
        "product": flour.pk,
        "product_name": "Flour",
        "sku": "FLOUR",
        "unit": "kg",
        "quantity": "4.500",
        "reorder_level": "5.000",
        "on_hand": "6.500",
        "still_low": False,
        "over_at": None,
        "seen_by": None,
        "seen_at": None,
    }


def test_filters_narrow_the_list_and_unknown_ones_are_refused() -> None:
    low = alert()
    store, goods = shelf(3)
    make.sale(store, (goods, 3))
    look()
    out = StockAlert.objects.latest("id")
    caller = Caller(make.admin())
    assert caller.post(f"stock-alerts/{low.pk}/seen/").status_code == 200
    narrowed = {
        "": [out.pk, low.pk],
        "page_size=1": [out.pk],
        f"cursor=older-{out.pk}": [low.pk],
        f"store={store.pk}": [out.pk],
        f"product={low.product_id}": [low.pk],
        "kind=low": [low.pk],
        "kind=out": [out.pk],
        "seen=true": [low.pk],
        "seen=false": [out.pk],
        f"start_date={DAY}&end_date={DAY}": [out.pk, low.pk],
        f"start_date={(make.AT + timedelta(days=1)).date()}": [],
        f"end_date={(make.AT - timedelta(days=1)).date()}": [],
    }
    for query, expected in narrowed.items():
        assert ids(caller.get(f"stock-alerts/?{query}")) == expected, query
    for query in ("kind=high", "seen=maybe", "seen=", "seen=null", "store=999999", "product=x", "unseen=true", "q=a"):
        problem_of(caller.get(f"stock-alerts/?{query}"), 400, "invalid_fields")
    problem_of(caller.get("stock-alerts/?kind=low&kind=out"), 400, "invalid_fields")


def test_marking_is_done_once_and_told_again_under_the_same_key() -> None:
    one = alert()
    ann, ben = Caller(make.staff(one.store, "ann")), Caller(make.staff(one.store, "ben"))
    first = ann.post(f"stock-alerts/{one.pk}/seen/", key="once")
    assert (first.status_code, first.json()["seen_by"]) == (200, "ann")
    again = ann.post(f"stock-alerts/{one.pk}/seen/", key="once")
    assert (again.headers["Idempotent-Replayed"], again.json()) == ("true", first.json())
    late = ben.post(f"stock-alerts/{one.pk}/seen/")
    assert (late.status_code, late.json()["seen_by"]) == (200, "ann")
    assert ben.post("stock-alerts/seen/", {"ids": [one.pk]}).json() == {"seen": 0}


def test_many_are_marked_by_their_ids_or_by_their_store_all_or_none() -> None:
    store = make.store()
    own, foreign = [alert(store=store) for _ in range(3)], alert()
    caller = Caller(make.staff(store))
    before = picture.of_everything()
    wrong = [{}, {"ids": []}, {"ids": ["x"]}, {"ids": [1] * 1001}, {"ids": [own[0].pk], "store": store.pk}, []]
    for body in wrong:
        problem_of(caller.post("stock-alerts/seen/", body), 400, "invalid_fields")
    problem_of(caller.post("stock-alerts/seen/", {"ids": [own[0].pk, foreign.pk]}), 404, "no_such_alert")
    problem_of(caller.post("stock-alerts/seen/", {"store": foreign.store_id}), 404, "no_such_store")
    problem_of(Caller(make.auditor()).post("stock-alerts/seen/", {"store": store.pk}), 403, "denied")
    assert picture.of_everything()["inventory_stockalert"] == before["inventory_stockalert"]
    assert caller.post("stock-alerts/seen/", {"ids": [own[0].pk] * 2}).json() == {"seen": 1}
    assert caller.post("stock-alerts/seen/", {"store": store.pk}).json() == {"seen": 2}
    assert ids(caller.get("stock-alerts/?seen=false")) == []


def test_the_overview_counts_what_is_kept_low_and_out_right_after_each_change() -> None:
    store, other = make.store(), make.store()
    goods = [make.stocked_product(store, 10, reorder_level=5) for _ in range(3)]
    make.stocked_product(other, 10, reorder_level=5)
    staff, admin = Caller(make.staff(store)), Caller(make.admin())
    assert staff.get("stock-overview/").json() == {"items": 3, "low_stock": 0, "out_of_stock": 0, "days": []}
    make.sale(store, (goods[0], 10), (goods[1], 6))
    counted = {"items": 3, "low_stock": 1, "out_of_stock": 1, "days": []}
    assert staff.get("stock-overview/").json() == counted
    assert admin.get("stock-overview/").json() == {**counted, "items": 4}
    assert admin.get(f"stock-overview/?store={store.pk}").json() == counted
    catalog.archive_product(goods[0].pk, actor=make.console(), at=make.AT)
    assert staff.get("stock-overview/").json() == {"items": 2, "low_stock": 1, "out_of_stock": 0, "days": []}


def test_the_overview_has_as_many_days_as_are_asked_for() -> None:
    store = make.store()
    goods = make.stocked_product(store, 10)
    today = clock.now()
    make.sale(store, (goods, 1), at=today)
    make.loss(store, (goods, 1), at=today)
    caller = Caller(make.staff(store))
    for days in (1, 2, 31):
        found = caller.get(f"stock-overview/?store={store.pk}&days={days}").json()["days"]
        assert len(found) == days
        assert found[-1] == {"day": today.date().isoformat(), "received": 0, "sold": 1, "removed": 1}
    assert len(caller.get("stock-overview/?days=1").json()["days"]) == 1
    for query in ("days=32", "days=-1", "days=x", "store=999999", "day=1"):
        problem_of(caller.get(f"stock-overview/?{query}"), 400, "invalid_fields")
    problem_of(caller.get(f"stock-overview/?store={make.store().pk}"), 404, "no_such_store")
