"""Webhooks on pages: a secret shown once, a test, what was delivered and why the rest was not."""

import re
from typing import Any

import pytest
from django.test import Client

from tests import make, picture
from tests.notify.receiver import Receiver
from tests.notify.work import work
from tests.web.shop import House
from tradepost.lib import clock
from tradepost.notify.models import Delivery, Webhook
from tradepost.notify.signing import secret_of

pytestmark = pytest.mark.django_db
FORM = {"url": "https://example.com/hook", "stock.low": "on", "stock.out": "on", "store": "", "key": "k1"}


@pytest.fixture
def admin(shop: House) -> Client:
    return shop.client("admin")


def text_of(response: Any) -> str:
    return str(response.content.decode())


def pinged(admin: Client, hook: Webhook, key: str = "p") -> Delivery:
    assert admin.post(f"/webhooks/{hook.pk}/do/", {"do": "test", "key": key}).status_code == 302
    work(clock.now())
    return Delivery.objects.filter(webhook=hook).latest("id")


def test_the_secret_is_shown_once(admin: Client) -> None:
    shown = admin.post("/webhooks/new/", FORM)
    hook = Webhook.objects.get()
    secret = secret_of(hook)
    assert secret in text_of(shown)
    assert "no-store" in shown.headers["Cache-Control"]
    assert (hook.events, hook.store_id) == (["stock.low", "stock.out"], None)
    again = admin.post("/webhooks/new/", FORM)
    assert again.headers["Location"] == f"/webhooks/{hook.pk}/", "sent twice it is added once and not shown again"
    fresh = text_of(admin.post(f"/webhooks/{hook.pk}/secret/", {"key": "k2"}))
    hook.refresh_from_db()
    assert secret not in fresh
    assert secret_of(hook) in fresh
    for path in ("/webhooks/", f"/webhooks/{hook.pk}/", f"/webhooks/{hook.pk}/edit/", "/books/audit/"):
        page = text_of(admin.get(path))
        assert secret not in page
        assert secret_of(hook) not in page
    stands = str(picture.of_everything())
    assert secret not in stands
    assert secret_of(hook) not in stands


def test_what_makes_no_sense_is_shown_in_place(admin: Client) -> None:
    for wrong, said in (
        ({"url": "http://example.com/"}, "An address that starts with https."),
        ({"url": "https://10.0.0.1/"}, "An address outside this network."),
        ({"stock.low": "", "stock.out": ""}, "At least one."),
    ):
        given = {name: value for name, value in {**FORM, **wrong}.items() if value}
        answer = admin.post("/webhooks/new/", given)
        assert answer.status_code == 422
        assert said in text_of(answer)
        assert given["url"] in text_of(answer)
    assert not Webhook.objects.exists()


def test_a_webhook_is_led_elsewhere(admin: Client, shop: House) -> None:
    hook = make.webhook()
    assert "https://example.com/hook" in text_of(admin.get(f"/webhooks/{hook.pk}/edit/"))
    given = {"url": "https://example.org/", "stock.out": "on", "store": str(shop.store.pk)}
    assert admin.post(f"/webhooks/{hook.pk}/edit/", given).headers["Location"] == f"/webhooks/{hook.pk}/"
    hook.refresh_from_db()
    assert (hook.url, hook.events, hook.store_id) == ("https://example.org/", ["stock.out"], shop.store.pk)


def test_a_test_says_what_came_of_it_and_can_be_sent_again(admin: Client, receiver: Receiver) -> None:
    hook = make.webhook(receiver.url)
    receiver.says(500, b"<b>out of paper</b>")
    sent = pinged(admin, hook)
    page = text_of(admin.get(f"/webhooks/{hook.pk}/"))
    assert "The receiver refused it: 500 Internal Server Error, &lt;b&gt;out of paper&lt;/b&gt;" in page
    assert "Nothing gets through since" in page
    receiver.says(204)
    assert admin.post(f"/webhooks/{hook.pk}/deliveries/{sent.pk}/again/", {"key": "a"}).status_code == 302
    work(clock.now())
    part = text_of(admin.get(f"/webhooks/{hook.pk}/?state=delivered", headers={"HX-Request": "true"}))
    assert "<html" not in part
    assert re.search(r"204 after \d+ ms", part)
    assert text_of(admin.get(f"/webhooks/{hook.pk}/?state=failed")).count("No delivery is in this state") == 1


def test_switched_off_and_on_and_removed(admin: Client) -> None:
    hook = make.webhook()
    admin.post(f"/webhooks/{hook.pk}/do/", {"do": "off", "key": "1"})
    refused = admin.post(f"/webhooks/{hook.pk}/do/", {"do": "test", "key": "2"})
    assert refused.status_code == 409
    assert "This webhook is switched off" in text_of(refused)
    assert not Delivery.objects.exists()
    admin.post(f"/webhooks/{hook.pk}/do/", {"do": "on", "key": "3"})
    hook.refresh_from_db()
    assert hook.is_active
    assert "It cannot be taken back" in text_of(admin.get(f"/webhooks/{hook.pk}/remove/"))
    assert admin.post(f"/webhooks/{hook.pk}/remove/", {"key": "4"}).headers["Location"] == "/webhooks/"
    assert admin.get(f"/webhooks/{hook.pk}/").status_code == 404
    assert "No webhooks yet" in text_of(admin.get("/webhooks/"))


def test_a_receiver_that_is_gone_is_told_of(admin: Client, receiver: Receiver) -> None:
    hook = make.webhook(receiver.url)
    receiver.says(410)
    pinged(admin, hook)
    page = text_of(admin.get(f"/webhooks/{hook.pk}/"))
    assert "The receiver answered 410: it is gone for good" in page
    assert "Switch on" in page


def test_an_auditor_reads_without_a_button(shop: House) -> None:
    hook, auditor = make.webhook(), shop.client("auditor")
    for path in ("/webhooks/", f"/webhooks/{hook.pk}/"):
        main = text_of(auditor.get(path)).partition('id="main"')[2]
        assert "https://example.com/hook" in main
        assert "csrfmiddlewaretoken" not in main.partition("</main>")[0]
    assert 'href="/webhooks/"' in text_of(auditor.get("/stores/")), "it stands in the menu"


def test_mails_about_stock_are_switched_off_in_the_profile(shop: House) -> None:
    nadia, client = shop.people["manager"], shop.client("manager")
    assert re.search(r'name="stock_mails"[^>]* checked', text_of(client.get("/profile/")))
    client.post("/profile/", {"email": nadia.email, "keys_on": "on"})
    nadia.refresh_from_db()
    assert (nadia.profile.stock_mails, nadia.profile.keys_on) == (False, True)
    assert not re.search(r'name="stock_mails"[^>]* checked', text_of(client.get("/profile/")))


def test_the_admin_panel_shows_no_salt(admin: Client, shop: House) -> None:
    ada = shop.people["admin"]
    ada.is_staff = ada.is_superuser = True
    ada.save(update_fields=["is_staff", "is_superuser"])
    hook = make.webhook()
    page = text_of(admin.get(f"/admin/notify/webhook/{hook.pk}/change/"))
    assert hook.url in page
    assert hook.salt not in page
    assert "salt" not in page.lower()
    assert admin.get("/admin/notify/delivery/").status_code == 200
