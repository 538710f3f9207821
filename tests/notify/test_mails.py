"""Managers are mailed what ran low or out in their stores: one mail each, not too often, nothing twice."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import override_settings

from tests import make
from tests.notify.work import later
from tests.threads import together
from tradepost.intake.models import Job
from tradepost.inventory import services as inventory
from tradepost.people import services as people
from tradepost.people.models import User
from tradepost.places.models import Store
from tradepost.worker import jobs, notify

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(db: None) -> Store:
    return make.store("Camden Passage")


def post(at: datetime = make.AT) -> list[str]:
    """A worker's turn; to whom mails went."""
    mail.outbox.clear()
    notify.spread_mails(at)
    jobs.work_off(lambda: False, now=lambda: at)
    return sorted(one.to[0] for one in mail.outbox)


def body() -> str:
    [sent] = mail.outbox
    return str(sent.body)


@override_settings(TRADEPOST_URL="https://shop.example.com")
def test_a_manager_reads_what_is_left_and_where_to_look(store: Store) -> None:
    make.manager(store, "nadia")
    mug, tea = make.product("MUG", name="Robin mug"), make.product("TEA", name="Tea & <Earl> Grey", unit="kg")
    make.alert(store, tea, 0)
    make.alert(store, mug, 3)
    assert post() == ["nadia@example.com"]
    assert mail.outbox[0].subject == "2 products run low or have run out"
    text = body()
    assert "Camden Passage: Robin mug (MUG)\n3 left, reorder level 20\n" in text
    assert "Camden Passage: Tea & <Earl> Grey (TEA)\nnothing left, reorder level 20 kg\n" in text
    assert f"https://shop.example.com/products/{mug.pk}/" in text
    assert "https://shop.example.com/profile/" in text


def test_without_an_address_of_the_house_the_mail_has_no_links(store: Store) -> None:
    make.manager(store)
    make.alert(store, make.product(name="Robin mug"), 0)
    assert len(post()) == 1
    assert mail.outbox[0].subject == "Robin mug has run out in Camden Passage"
    assert "/products/" not in body()


def test_each_manager_is_told_of_their_own_stores_alone(store: Store) -> None:
    other = make.store("York Shambles")
    nadia, olive = make.manager(store, "nadia"), make.manager(other, "olive")
    people.grant_role(olive.pk, "manager", store.pk, actor=make.console(), at=make.AT)
    for nobody in (make.staff(store), make.admin(), make.auditor(), make.manager(make.store())):
        assert nobody.email
    make.alert(store, make.product(name="Mug"))
    make.alert(other, make.product(name="Tea"))
    assert post() == [nadia.email, olive.email]
    first, second = sorted(mail.outbox, key=lambda one: one.to)
    assert "York" not in str(first.body)
    assert "York Shambles: Tea" in str(second.body)
    assert "Camden Passage: Mug" in str(second.body)


def test_mails_keep_their_distance_and_lose_nothing(store: Store) -> None:
    make.manager(store, "nadia")
    mug, tea = make.product(name="Mug"), make.product(name="Tea")
    make.alert(store, mug)
    assert post() == ["nadia@example.com"], "the first one comes at once"
    make.alert(store, tea)
    assert post(later(minutes=14)) == []
    make.alert(store, make.product(name="Jug"))
    assert post(later(minutes=15)) == ["nadia@example.com"]
    assert ("Tea" in body(), "Jug" in body(), "Mug" in body()) == (True, True, False)
    assert post(later(days=1)) == []


@pytest.mark.parametrize(("minutes", "mails"), [(0, 1), (60, 0)])
def test_how_often_is_the_houses_choice(store: Store, settings: Any, minutes: int, mails: int) -> None:
    settings.TRADEPOST_ALERT_MAIL_MINUTES = minutes
    make.manager(store)
    make.alert(store, make.product())
    post()
    make.alert(store, make.product())
    assert len(post(later(minutes=30))) == mails


def test_a_product_that_ran_low_and_then_out_is_one_line(store: Store) -> None:
    make.manager(store)
    mug = make.product(name="Mug")
    make.alert(store, mug, 3)
    make.alert(store, mug, 0)
    post()
    assert body().count("Mug") == 1
    assert "nothing left" in body()


def test_a_shelf_that_was_filled_meanwhile_is_not_told_of(store: Store) -> None:
    make.manager(store)
    mug = make.product()
    make.alert(store, mug, 0)
    make.delivery(store, (mug, 500, None))
    inventory.end_alerts(at=make.AT)
    assert post() == []


def test_of_many_the_first_fifty_are_named(store: Store) -> None:
    make.manager(store)
    for _ in range(53):
        make.alert(store, make.product())
    post()
    assert body().count("reorder level") == 50
    assert "\nand 3 more\n" in body()


def nobody(user: User, store: Store) -> None:
    people.change_profile(user.pk, stock_mails=False, actor=make.actor(user), at=make.AT)


def shut_out(user: User, store: Store) -> None:
    people.deactivate_user(user.pk, actor=make.console(), at=make.AT)


def gone(user: User, store: Store) -> None:
    people.anonymise_user(user.pk, actor=make.console(), at=make.AT)


def not_a_manager(user: User, store: Store) -> None:
    people.revoke_role(user.pk, "manager", store.pk, actor=make.console(), at=make.AT)


@pytest.mark.parametrize("why", [nobody, shut_out, gone, not_a_manager])
def test_who_does_not_want_it_or_is_not_there_gets_none(store: Store, why: Any) -> None:
    user = make.manager(store)
    make.alert(store, make.product())
    notify.spread_mails(make.AT)
    assert Job.objects.count() == 1
    why(user, store)
    jobs.work_off(lambda: False)
    assert not mail.outbox, "not even a mail that was queued before"
    make.alert(store, make.product())
    assert post(later(days=1)) == []
    assert Job.objects.count() == 1


def test_a_manager_without_an_address_gets_none(store: Store) -> None:
    make.manager(store, email=None)
    make.alert(store, make.product())
    assert post() == []


def test_four_workers_at_once_queue_one_mail_a_person(store: Store) -> None:
    for _ in range(3):
        make.manager(store)
    make.alert(store, make.product())
    asked = together([lambda: notify.spread_mails(make.AT)] * 4)
    assert sum(one for one in asked if isinstance(one, int)) == 3, asked
    assert Job.objects.count() == 3


def test_a_mail_that_does_not_leave_is_tried_again(store: Store, settings: Any) -> None:
    make.manager(store)
    make.alert(store, make.product())
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert post() == []
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert len(post(make.AT + timedelta(minutes=1))) == 1
