"""What happened lately: every way goods move is said in words, the same for one store and for all."""

import html
import re

import pytest
from django.db import connection

from tests import make
from tests.web.shop import House
from tradepost.inventory import queries
from tradepost.inventory import services as inventory
from tradepost.inventory.services import MovementReversal
from tradepost.lib import db

PATH = "/stock/overview/recent/"


def told(shop: House, store: str | int, who: str = "admin") -> list[str]:
    """The lines, newest first, without who and when."""
    page = shop.client(who).get(PATH, {"store": store}).text
    return [html.unescape(line) for line in re.findall(r'<a class="text-body" href="[^"]+">([^<]+)</a>', page)]


def doors(shop: House, store: str | int) -> list[str]:
    """Where the lines lead."""
    return re.findall(
        r'<li[^>]*><a class="text-body" href="([^"]+)">', shop.client("admin").get(PATH, {"store": store}).text
    )


def test_everything_that_moves_goods_is_said_with_product_and_quantity(shop: House) -> None:
    make.reversed_entry(shop.entry)
    make.reversed_entry(make.loss(shop.store, (shop.mug, 3)))
    make.received(make.transfer(shop.store, shop.other, (shop.tea, 250)))
    back = make.transfer(shop.store, shop.other, (shop.mug, 2))
    inventory.send_back(back.pk, None, actor=make.console(), at=make.AT)
    assert told(shop, shop.store.pk) == [
        "Came back from a transfer 2 Robin mug",
        "Sent to another store 2 Robin mug",
        "Sent to another store 0.25 kg Earl Grey",
        "Found again 3 Robin mug",
        "Written off 3 Robin mug",
        "Sent back to the supplier 5 Robin mug",
        "Received 5 Robin mug",
        "Given back 1 Robin mug",
    ]
    assert told(shop, shop.other.pk) == ["Received from another store 0.25 kg Earl Grey"]


def test_a_count_says_what_was_missing_and_what_was_found(shop: House) -> None:
    make.applied(make.stocktake(shop.store, (shop.mug, 20), (shop.tea, 5100)))
    assert set(told(shop, shop.store.pk)[:2]) == {"Missing in a count 4 Robin mug", "Found in a count 0.1 kg Earl Grey"}


def test_movements_by_hand_say_the_same_as_those_of_the_counter(shop: House) -> None:
    moved = make.moved(shop.store, shop.mug, "IN", 7)
    make.moved(shop.store, shop.mug, "OUT", 2)
    make.moved(shop.store, shop.mug, "REM", 1)
    draft = MovementReversal(shop.store.pk, moved.number, "Typed twice")
    inventory.reverse_movements([draft], actor=make.console(), at=make.AT)
    assert told(shop, shop.store.pk)[:4] == [
        "Sent back to the supplier 7 Robin mug",
        "Written off 1 Robin mug",
        "Sold 2 Robin mug",
        "Received 7 Robin mug",
    ]


def test_all_stores_mean_the_same_as_one_and_each_sees_the_own(shop: House) -> None:
    make.delivery(shop.other, (shop.mug, 6, None))
    make.sale(shop.store, (shop.mug, 1))
    lines = ["Sold 1 Robin mug", "Received 6 Robin mug"]
    assert told(shop, "all")[:2] == lines
    assert told(shop, shop.store.pk)[0] == lines[0]
    page = shop.client("admin").get(PATH, {"store": "all"}).text
    assert shop.other.name in page
    assert told(shop, "all", "foreign") == lines[1:]
    assert "Received 6 Robin mug" not in told(shop, "all", "manager")


def test_what_one_posting_moved_is_one_line_however_much_it_was(shop: House) -> None:
    goods = [make.product(name=f"Tile {number:02}") for number in range(70)]
    make.delivery(shop.store, *((one, 1, None) for one in goods[:5]))
    assert told(shop, shop.store.pk)[0].endswith(" and 3 more")
    make.delivery(shop.store, *((one, 1, None) for one in goods))
    assert told(shop, shop.store.pk)[0].endswith("Tile 68 and more")
    assert len(told(shop, shop.store.pk)) == 1


def test_a_line_opens_its_document(shop: House) -> None:
    transfer = make.transfer(shop.store, shop.other, (shop.mug, 2))
    count = make.applied(make.stocktake(shop.store, (shop.mug, 20)))
    wanted = [f"/stock/counts/{count.pk}/", f"/stock/transfers/{transfer.pk}/", f"/goods/{shop.entry.number}/"]
    assert doors(shop, shop.store.pk)[:3] == wanted
    assert {shop.client("staff").get(path).status_code for path in wanted} == {200}


def test_the_way_leads_to_all_that_was_booked(shop: House) -> None:
    page = shop.client("manager").get("/stock/overview/").text
    door = re.search(r'href="(/books/postings/[^"]+)">All postings', page)
    assert door
    listed = shop.client("manager").get(html.unescape(door[1])).text
    for number in (shop.sale.number, shop.entry.number, shop.given.number):
        assert number in listed


def test_a_delivery_sent_back_is_not_called_a_loss_at_home(shop: House) -> None:
    make.reversed_entry(shop.entry)
    page = shop.client("manager").get("/home/recent/").text
    assert "Sent back" in page
    assert "Written off" not in page


@pytest.mark.parametrize("store", [True, False])
def test_the_journal_is_read_back_by_id_and_never_sorted(shop: House, store: bool) -> None:
    found = queries.moved_lately(make.console(), store=shop.store.pk if store else None)[:60]
    if db.is_postgres():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
        assert "Index Scan Backward using books_movement_pkey" in found.explain()
    else:
        assert "INTEGER PRIMARY KEY" in found.explain()
        assert "TEMP B-TREE" not in found.explain()
