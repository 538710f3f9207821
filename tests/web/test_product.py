"""One product's page: its levels with marks, and its journal across the stores one reads."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.web import day
from tests.web.shop import House
from tests.web.walk import once_and_back
from tradepost.books import services as books
from tradepost.books.models import Posting
from tradepost.catalog import services as catalog
from tradepost.catalog.models import Product
from tradepost.inventory import services as inventory
from tradepost.inventory.models import StockMovement
from tradepost.inventory.services import MovementDraft
from tradepost.web.books.names import title_of


def page_of(shop: House, who: str, query: str = "") -> str:
    """The page of the mug as somebody sees it, in one line of text without tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", html_of(shop, who, query)).split())


def html_of(shop: House, who: str, query: str = "") -> str:
    response = shop.client(who).get(f"/products/{shop.mug.pk}/{query}", headers={"hx-request": "true"})
    assert response.status_code == 200
    return response.content.decode()


def test_the_journal_says_what_came_and_went_with_the_level_after(shop: House) -> None:
    transfer = make.transfer(shop.store, shop.other, (shop.mug, 4))
    make.received(transfer, (shop.mug, 3))
    journal = page_of(shop, "admin")
    assert re.search(rf"Transfer {transfer.number}, received York Shambles.* \+3 3 .*{transfer.number}, sent", journal)
    assert re.search(rf"Transfer {transfer.number}, sent Camden Passage.* −4 20 ", journal)
    assert f"Sale {shop.sale.number}" in journal
    assert f'href="/sales/{shop.sale.number}/"' in html_of(shop, "admin")
    assert f'href="/goods/{shop.entry.number}/"' in html_of(shop, "admin")


def test_each_reads_the_journal_of_the_own_stores(shop: House) -> None:
    make.received(make.transfer(shop.store, shop.other, (shop.mug, 4)))
    theirs = page_of(shop, "foreign")
    assert "York Shambles" in theirs
    assert "Camden Passage" not in theirs
    assert "Sale" not in theirs
    assert shop.client("foreign").get(f"/products/{shop.mug.pk}/?store={shop.store.pk}").status_code == 404
    assert "Nothing moved here" in page_of(shop, "admin", f"?store={make.store().pk}")
    assert "York Shambles" not in page_of(shop, "admin", f"?store={shop.store.pk}")


def test_the_journal_is_paged_by_a_cursor_that_keeps_the_store(shop: House) -> None:
    for _ in range(30):
        make.moved(shop.store, shop.mug, StockMovement.IN, 1)
    query = f"?store={shop.store.pk}"
    first = html_of(shop, "admin", query)
    older = re.search(r'href="(\?[^"]*before=\d+[^"]*)"', first)
    assert older
    assert f"store={shop.store.pk}" in older[1]
    rows = [html.count("data-tp-row href") for html in (first, html_of(shop, "admin", older[1].replace("&amp;", "&")))]
    assert rows == [25, 9]


def test_each_store_has_its_level_and_its_mark(shop: House) -> None:
    books.set_mark(shop.mug.pk, f"store:{shop.store.pk}", 50, actor=make.console(), at=make.AT)
    page = shop.client("admin").get(f"/products/{shop.mug.pk}/").content.decode()
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert re.search(r"Camden Passage low below 50 24 50 its own Low", text)
    assert re.search(r"York Shambles low below 20 0 20 Out", text)


def test_what_is_archived_is_called_so_whether_it_ever_was_on_the_shelf(shop: House) -> None:
    never, sold = make.product("NEVER"), make.stocked_product(shop.store, 1, sku="SOLD")
    make.sale(shop.store, (sold, 1))
    for one in (never, sold):
        inventory.retire_product(one.pk, actor=make.console(), at=make.AT)
    rows = shop.client("admin").get("/products/?archived=yes").content.decode()
    assert all(one.sku in rows for one in (never, sold))
    assert ">Archived</span>" in rows
    assert ">Out</span>" not in rows


def test_whatever_moved_goods_is_called_by_a_name_and_opens(shop: House) -> None:
    make.reversed_entry(make.loss(shop.store, (shop.mug, 1)))
    day.goods(shop)
    day.counts(shop)
    keys = Posting.objects.values_list("key", flat=True)
    assert not [key for key in keys if title_of(key) == key]
    client = shop.client("admin")
    rows = re.findall(r'data-tp-row href="([^"]+)">([^<]+)<', client.get(f"/products/{shop.mug.pk}/").text)
    assert {"Delivery sent back", "Loss found again"} <= {title.rpartition(" ")[0] for _, title in rows}
    assert {client.get(url).status_code for url, _ in rows} == {200}


def test_what_takes_an_entry_back_is_called_so(shop: House) -> None:
    client = shop.client("admin")
    back, found = make.reversed_entry(shop.entry), make.reversed_entry(make.loss(shop.store, (shop.mug, 1)))
    for entry, title, kind in ((back, "Delivery sent back", "sent_back"), (found, "Loss found again", "found_again")):
        page = client.get(f"/goods/{entry.number}/").text
        assert f"{title} {entry.number}" in page
        assert "Takes back" in page
        listed = client.get(f"/goods/?kind={kind}").text
        assert re.findall(r"data-tp-row href=[^>]+>([^<]+)<", listed) == [entry.number]


def test_however_many_stores_there_are_each_is_shown_once_and_they_are_counted(shop: House) -> None:
    for number in range(60):
        store = make.store(f"Branch {number:03}")
        if number < 3:
            make.delivery(store, (shop.mug, 1, None))
    client, address, seen = shop.client("admin"), f"/products/{shop.mug.pk}/", []
    first = client.get(address).text
    assert "27 in 4 of 62 stores" in first
    while address:
        page = client.get(address).text
        seen += re.findall(r'<tr><th scope="row">([^<]+)<div class="d-sm-none[^>]+>low below', page)
        following = re.search(r'href="(\?stores=[^"#]+)#levels" rel="next"', page)
        address = f"/products/{shop.mug.pk}/{following[1]}" if following else ""
    assert len(seen) == 62
    assert seen == sorted(seen)
    assert "24 in 1 of 1 store<" in shop.client("manager").get(f"/products/{shop.mug.pk}/").text


def test_the_journal_of_one_store_is_chosen_by_name_among_many(shop: House) -> None:
    for number in range(60):
        make.store(f"Branch {number:03}")
    make.moved(shop.other, shop.mug, StockMovement.IN, 77)
    page = page_of(shop, "admin", "?store=york")
    assert "+77" in page
    assert "Sale" not in page
    for store, status in (("99999", 404), ("Atlantis", 404)):
        assert shop.client("admin").get(f"/products/{shop.mug.pk}/?store={store}").status_code == status


@pytest.mark.parametrize("query", ["", "?status=low", "?q=tile"])
def test_products_are_listed_each_once_and_never_counted(shop: House, query: str) -> None:
    drafts = [make.draft(name=f"Tile {number // 2:03}") for number in range(120)]
    added = catalog.add_products(drafts, actor=make.console(), at=make.AT)
    numbers = [one.pk for one in added if isinstance(one, Product)]
    lines = [MovementDraft(shop.store.pk, number, "IN", 1) for number in numbers]
    inventory.record_movements(lines, actor=make.console(), at=make.AT)
    client = shop.client("staff")
    seen = once_and_back(client, f"/products/{query}", r'data-tp-row href="/products/(\d+)/"')
    others = {shop.mug.pk, shop.tea.pk} if not query else {shop.tea.pk} if "low" in query else set()
    assert sorted(map(int, seen)) == sorted({*numbers, *others} - ({shop.mug.pk} if "low" in query else set()))
    assert client.get("/products/?cursor=made-up").status_code == 400
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/products/{query}")
    assert not [one["sql"] for one in asked if re.match(r'SELECT COUNT.* FROM "catalog_product"', one["sql"])]


def test_the_form_offers_to_make_a_service_only_of_what_never_moved(shop: House) -> None:
    admin, spare = shop.client("admin"), make.product("SPARE")
    moved, unmoved = (admin.get(f"/products/{product.pk}/edit/").content.decode() for product in (shop.mug, spare))
    tick = re.compile(r'<input[^>]*name="stocked"[^>]*>')
    assert [" disabled" in tick.findall(page)[0] for page in (moved, unmoved)] == [True, False]
    assert "It was kept on shelves before, so it stays goods." in moved
    for product in (shop.mug, spare):  # what is switched off is not sent
        sent = {"sku": product.sku, "name": product.name, "price": "2.50"}
        assert admin.post(f"/products/{product.pk}/edit/", sent).status_code == 302
    assert dict(Product.objects.filter(pk__in=[shop.mug.pk, spare.pk]).values_list("sku", "stocked")) == {
        "MUG": True, "SPARE": False,
    }  # fmt: skip
