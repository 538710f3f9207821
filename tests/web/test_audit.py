"""The activity log on pages: everything the house writes into it can be read there, in the shop's words."""

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.inventory import moves
from tests.picture import of_everything
from tests.web import day
from tests.web.shop import House
from tradepost.audit.acts import ACTS
from tradepost.audit.models import AuditEvent
from tradepost.catalog import services as catalog
from tradepost.inventory import services as inventory
from tradepost.lib import clock

LOG = "/books/audit/"


def rows_of(client: Client, **query: str) -> list[str]:
    """The rows of the log as they read, without tags."""
    page = client.get(LOG, query, headers={"hx-request": "true"}).text
    rows = re.findall(r"<tr class.*?</tr>", page, re.DOTALL)
    return [html.unescape(" ".join(re.sub(r"<[^>]+>", " ", row).split())) for row in rows]


def test_the_log_shows_whatever_a_day_of_everything_wrote(shop: House) -> None:
    day.of_everything(shop)
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert actions == day.written_actions()
    assert actions <= ACTS.keys()
    client = shop.client("auditor")
    newest = AuditEvent.objects.latest("id").pk
    for before in range(newest + 1, 0, -50):
        for path in (LOG, "/stock/overview/activity/"):
            assert client.get(path, {"before": before}).status_code == 200
    for action in actions:
        rows = rows_of(client, action=action)
        assert rows
        assert all(row.startswith(ACTS[action]) for row in rows)
        assert not [row for row in rows if re.search(r"[a-z]+_(minor|id)\b|[a-z]+\.[a-z]+_[a-z]+|None|\{", row)], rows


def test_rows_name_products_stores_and_people(shop: House) -> None:
    client, who = shop.client("auditor"), make.actor(shop.people["admin"])
    transfer = make.transfer(shop.store, shop.other, (shop.mug, 3), (shop.tea, 250))
    make.received(transfer)
    (row,) = rows_of(client, action="inventory.transfer_received")
    assert "York Shambles" in row
    assert f"Transfer {transfer.number}" in row
    assert "3 Robin mug, 0.25 kg Earl Grey" in row
    (row,) = rows_of(client, action="inventory.transfer_sent")
    assert "Destinations York Shambles" in row
    assert f"{transfer.number}: 3 Robin mug, 0.25 kg Earl Grey" in row
    make.stocktake(shop.store, (shop.mug, 4))
    assert "Robin mug 4" in rows_of(client, action="inventory.stocktake_counted")[0]
    make.moved(shop.store, shop.tea, "OUT", 500)
    (row,) = rows_of(client, action="inventory.moved")
    assert "Sold 0.5 kg Earl Grey, Camden Passage before: 4.75 kg now: 4.25 kg" in row
    supplier = catalog.add_supplier(name="Roe Ltd", actor=who, at=clock.now())
    fields = {"price_minor": 990, "supplier_id": supplier.pk}
    catalog.change_product(shop.mug.pk, actor=who, at=clock.now(), **fields)  # type: ignore[arg-type]
    (row,) = rows_of(client, action="catalog.product_changed")
    assert "Robin mug" in row
    assert "Price before: £9.50 now: £9.90" in row
    assert "Supplier before: none now: Roe Ltd" in row
    assert "ada" in row
    inventory.set_reorder_level(shop.store.pk, shop.tea.pk, 7500, actor=who, at=clock.now())
    assert "Reorder at before: 20 kg now: 7.5 kg" in rows_of(client, action="books.mark_set")[0]
    assert any("staff at Camden Passage" in row for row in rows_of(client, action="people.role_granted"))


def test_each_filter_narrows_and_all_of_them_do(shop: House) -> None:
    client = shop.client("auditor")
    inventory.set_reorder_level(shop.store.pk, shop.mug.pk, 7, actor=make.actor(shop.people["manager"]), at=clock.now())
    for query in ({"sku": "MUG"}, {"sku": "Robin"}, {"sku": "5012345678900"}):
        assert any("Reorder" in row for row in rows_of(client, **query))
    today = str(clock.now().date())
    asked = {"sku": "MUG", "user": "nadia", "store": "Camden Passage", "action": "books.mark_set"}
    assert len(rows_of(client, **asked, start=today, end=today)) == 1
    assert rows_of(client, **asked, end="2001-01-01") == []
    assert all("nadia" in row for row in rows_of(client, user="nadia"))
    assert len(rows_of(client, user=str(shop.people["manager"].pk))) == len(rows_of(client, user="nadia"))
    page = client.get(LOG, asked).text
    for drawn in ('value="MUG"', 'value="nadia"', "Camden Passage</option>", 'value="books.mark_set" selected'):
        assert drawn in page


def test_a_list_that_moved_goods_in_two_stores_shows_each_manager_their_own(shop: House) -> None:
    drafts = [moves.draft(shop.store, shop.mug, steps=31), moves.draft(shop.other, shop.mug, steps=47)]
    inventory.record_movements(drafts, actor=make.console(), at=clock.now())
    for who, own, foreign in (("manager", "31", "47"), ("foreign", "47", "31")):
        for query in ({}, {"sku": "MUG"}):
            (row,) = rows_of(shop.client(who), action="inventory.moved", **query)
            assert f"Received {own} Robin mug" in row
            assert f"Received {foreign}" not in row
            assert "2 movements" not in row
    for store in (shop.store, shop.other):
        (row,) = rows_of(shop.client("auditor"), action="inventory.moved", store=store.name)
        assert "Received 31 Robin mug, Camden Passage" in row
        assert "Received 47 Robin mug, York Shambles" in row


def test_the_log_leads_to_the_page_of_an_event_which_shows_all_of_it(shop: House) -> None:
    drafts = [moves.draft(shop.store, shop.mug, steps=steps) for steps in range(1, 31)]
    inventory.record_movements(drafts, actor=make.console(), at=clock.now())
    some, auditor = AuditEvent.objects.latest("id"), shop.client("auditor")
    listed = auditor.get("/books/audit/?action=inventory.moved").text
    assert f'<a href="/books/audit/{some.pk}/">and 10 more</a>' in listed
    assert ("Received 20 Robin mug" in listed, "Received 21 Robin mug" in listed) == (True, False)
    many = [moves.draft(shop.store, shop.mug) for _ in range(400)]
    inventory.record_movements(many, actor=make.console(), at=clock.now())
    long = AuditEvent.objects.latest("id")
    assert f'<a href="/books/audit/{long.pk}/">All it changed</a>' in auditor.get("/").text
    page = auditor.get(f"/books/audit/{some.pk}/").text
    assert all(f"Received {steps} Robin mug, Camden Passage" in page for steps in range(1, 31))
    assert auditor.get(f"/books/audit/{long.pk}/").text.count(", Camden Passage</th>") == 400
    sold = auditor.get("/books/audit/?action=till.sold").text
    assert "All it changed" not in sold
    assert f'href="/books/audit/{AuditEvent.objects.filter(action="till.sold").latest("id").pk}/"' in sold
    assert shop.client("foreign").get(f"/books/audit/{long.pk}/").status_code == 404


@pytest.mark.parametrize("query", ["user=nobody", "user=99999", "sku=no+such", "store=Atlantis"])
def test_who_or_what_there_is_not_is_said(shop: House, query: str) -> None:
    before, answer = of_everything(), shop.client("auditor").get(f"{LOG}?{query}")
    assert (answer.status_code, of_everything()) == (404, before)
    assert "Clear the filters" in answer.text
    assert "Sold" not in answer.text


def test_a_row_tells_the_request_it_was_and_what_changed_on_any_screen(shop: House) -> None:
    admin = shop.client("admin")
    assert admin.post(f"/products/{shop.mug.pk}/archive/", {"do": "archive"}).status_code in {302, 409}
    admin.post("/stores/new/", {"name": "Quay", "location": "Pier 1", "time_zone": "UTC"})
    event = AuditEvent.objects.filter(action="places.store_opened").latest("id")
    page = admin.get(LOG, {"action": "places.store_opened"}).text
    assert event.request_id
    assert f'data-tp-copy="{event.request_id}"' in page
    assert page.count("Pier 1") == 2  # beside it on a desk, beneath it on a phone


def test_the_log_has_one_name(shop: House) -> None:
    for path in (LOG, "/stock/overview/activity/", "/"):
        page = shop.client("auditor").get(path).text
        assert "Activity log" in page
        assert "Audit log" not in page


def test_twice_as_many_rows_ask_no_more(shop: House) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            shop.client("auditor").get(LOG)
        return len(queries)

    def more() -> None:
        for _ in range(5):
            make.received(make.transfer(shop.store, shop.other, (make.stocked_product(shop.store, 3), 1)))
            make.stocktake(make.store(), (shop.mug, 4))
            make.staff(shop.store)

    more()
    before = asked()
    more()
    assert asked() == before
