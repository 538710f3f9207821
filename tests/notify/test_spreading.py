"""What happened is passed on to every webhook that listens, once each, whoever passes it on and whoever is killed."""

import json

import pytest
from django.db import IntegrityError, transaction

from tests import make
from tests.notify.work import states
from tests.statements import PulledOut, pulled_after
from tests.threads import together
from tradepost.notify import services as notify
from tradepost.notify.models import Cursor, Delivery, Webhook
from tradepost.notify.services import spreading

pytestmark = pytest.mark.django_db


def spread() -> int:
    return notify.spread(at=make.AT)


def heard_by(webhook: Webhook) -> list[str]:
    return list(Delivery.objects.filter(webhook=webhook).order_by("id").values_list("event_id", flat=True))


def test_webhooks_hear_the_events_they_listen_to_in_their_store() -> None:
    here, there, mug = make.store(), make.store(), make.product()
    everything, only_out = make.webhook(), make.webhook("https://example.com/out", "stock.out")
    only_here = make.webhook(store=here)
    low, out, away = make.alert(here, mug), make.alert(here, mug, 0), make.alert(there, mug)
    assert spread() == 3
    assert heard_by(everything) == [f"alert:{one.pk}" for one in (low, out, away)]
    assert heard_by(only_out) == [f"alert:{out.pk}"]
    assert heard_by(only_here) == [f"alert:{one.pk}" for one in (low, out)]
    assert spread() == 0, "nothing is told twice"


def test_the_payload_says_what_ran_low_where() -> None:
    store = make.store("Camden Passage")
    tea = make.product("TEA", name="Earl Grey", unit="kg", reorder_level=2000)
    hook, alert = make.webhook(), make.alert(store, tea, 1500)
    spread()
    told = Delivery.objects.get(webhook=hook)
    assert json.loads(told.payload) == {
        "id": f"alert:{alert.pk}",
        "event": "stock.low",
        "at": "2026-03-02T09:30:00Z",
        "data": {
            "store": {"id": store.pk, "name": "Camden Passage"},
            "product": {"id": tea.pk, "sku": "TEA", "name": "Earl Grey", "unit": "kg"},
            "quantity": "1.500",
            "reorder_level": "2.000",
        },
    }


def test_a_webhook_hears_nothing_of_what_happened_before_it_and_nothing_while_it_is_off() -> None:
    store, mug = make.store(), make.product()
    make.alert(store, mug)
    spread()
    hook = make.webhook()
    notify.change_webhook(hook.pk, is_active=False, actor=make.console(), at=make.AT)
    make.alert(store, mug)
    spread()
    notify.change_webhook(hook.pk, is_active=True, actor=make.console(), at=make.AT)
    assert spread() == 0
    assert not heard_by(hook)


def test_many_events_are_read_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "PORTION", 2)
    store, mug, hook = make.store(), make.product(), make.webhook()
    made = [make.alert(store, mug).pk for _ in range(5)]
    assert [spread() for _ in range(4)] == [2, 2, 1, 0]
    assert heard_by(hook) == [f"alert:{one}" for one in made]


def test_four_workers_at_once_tell_each_event_once() -> None:
    store, mug, hook = make.store(), make.product(), make.webhook()
    made = [make.alert(store, mug).pk for _ in range(20)]
    told = together([spread] * 4)
    assert sum(one for one in told if isinstance(one, int)) == 20, told
    assert heard_by(hook) == [f"alert:{one}" for one in made]


def test_whoever_breaks_off_after_any_statement_has_told_nothing() -> None:
    store, mug, hook = make.store(), make.product(), make.webhook()
    make.alert(store, mug)
    Cursor.objects.create(name="alerts")
    for number in range(1, 30):
        try:
            with pulled_after(number):
                spread()
        except PulledOut:
            assert not heard_by(hook)
            assert Cursor.objects.get(name="alerts").position == 0
        else:
            break
    assert number > 4
    assert states(hook) == ["pending"]


def test_the_database_itself_takes_no_event_twice() -> None:
    hook = make.webhook()
    make.alert(make.store(), make.product())
    spread()
    told = Delivery.objects.get(webhook=hook)
    told.pk, told.number = None, "00000000-0000-4000-8000-000000000001"
    with pytest.raises(IntegrityError), transaction.atomic():
        told.save(force_insert=True)
    assert states(hook) == ["pending"]
