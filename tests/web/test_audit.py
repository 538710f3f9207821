"""The audit log on pages: everything the house writes into it can be read there."""

from tests import make
from tests.web import day
from tests.web.shop import House
from tradepost.audit.models import AuditEvent


def test_the_log_shows_whatever_a_day_of_everything_wrote(shop: House) -> None:
    day.of_everything(shop)
    assert set(AuditEvent.objects.values_list("action", flat=True)) == day.written_actions()
    client = shop.client("auditor")
    newest = AuditEvent.objects.latest("id").pk
    for before in range(newest + 1, 0, -50):
        for path in ("/books/audit/", "/stock/overview/activity/"):
            assert client.get(path, {"before": before}).status_code == 200
    for action in day.written_actions():
        assert action in client.get("/books/audit/", {"action": action}).text


def test_a_step_of_a_transfer_names_its_goods(shop: House) -> None:
    make.received(make.transfer(shop.store, shop.other, (shop.mug, 3)))
    for path in ("/books/audit/", "/stock/overview/activity/", "/"):
        page = shop.client("auditor").get(path)
        assert page.status_code == 200
        assert "items" in page.text
