"""Stock on pages: what is shown of which store, moving goods from a row, and what is refused without a trace."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import Client
from openpyxl import load_workbook

from tests import make
from tests.picture import of_everything
from tests.web.shop import House
from tests.web.walk import once_and_back
from tradepost.books import queries as books
from tradepost.catalog import services as catalog
from tradepost.catalog.models import Product
from tradepost.inventory import queries
from tradepost.inventory import services as inventory
from tradepost.inventory.models import StockMovement
from tradepost.inventory.services import MovementDraft
from tradepost.lib import clock
from tradepost.web import paging

HTMX = {"HX-Request": "true"}


def key_of(client: Client, path: str) -> str:
    """The hidden key a form was drawn with."""
    found = re.search(r'name="key" value="([^"]+)"', client.get(path).text)
    assert found
    return found[1]


def left(shop: House) -> int:
    """How many mugs stand on the shelf."""
    return books.level_of(shop.mug.pk, f"store:{shop.store.pk}")


def moving(shop: House, movement_type: str, quantity: str, **fields: str) -> dict[str, str]:
    """The form of a movement of mugs, filled in."""
    spot = {"store": str(shop.store.pk), "product_id": str(shop.mug.pk)}
    return {**spot, "movement_type": movement_type, "quantity": quantity, **fields}


def test_levels_are_those_of_the_store_looked_at(shop: House) -> None:
    make.stocked_product(shop.other, 3, sku="YORK", name="York ham")
    page = shop.client("admin").get(f"/stock/?store={shop.store.pk}").text
    assert "Robin mug" in page
    assert "York ham" not in page
    assert "York ham" in shop.client("admin").get("/stock/?store=all").text
    assert "York ham" not in shop.client("staff").get("/stock/?store=all").text
    assert "York ham" not in shop.client("staff").get(f"/stock/?store={shop.other.pk}").text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("search=mug", {"Robin mug"}),
        ("status=in_stock", {"Robin mug"}),
        ("status=low_stock", {"Earl Grey", "Tin lantern"}),
        ("status=out_of_stock", {"Jute twine"}),
        ("start_date=2019-01-01&end_date=2019-12-31", set()),
        ("location=Nowhere", set()),
    ],
)
def test_the_filters_in_the_address_narrow_the_levels(shop: House, query: str, shown: set[str]) -> None:
    make.stocked_product(shop.store, 3, name="Tin lantern")
    twine = make.stocked_product(shop.store, 1, name="Jute twine")
    make.moved(shop.store, twine, "OUT", 1)
    page = shop.client("staff").get(f"/stock/?{query}").text
    assert {name for name in ("Robin mug", "Earl Grey", "Tin lantern", "Jute twine") if name in page} == shown


@pytest.mark.parametrize(
    "query", ["status=green", "ordering=price", "supplier=x", "start_date=today", "cursor=made-up"]
)
def test_an_address_of_nonsense_is_refused(shop: House, query: str) -> None:
    assert shop.client("admin").get(f"/stock/?{query}").status_code == 400


def test_a_number_of_thousands_of_digits_is_no_movement(shop: House) -> None:
    assert shop.client("staff").get(f"/stock/movements/{'9' * 5000}/").status_code == 404


def test_the_heads_sort_and_turn_round(shop: House) -> None:
    client = shop.client("staff")
    page = client.get("/stock/?ordering=quantity").text
    assert page.index("Robin mug") < page.index("Earl Grey")
    assert 'aria-sort="ascending"' in page
    assert "ordering=-quantity" in page
    page = client.get("/stock/?ordering=-quantity").text
    assert page.index("Robin mug") > page.index("Earl Grey")


def test_the_next_levels_follow_the_last_ones(shop: House) -> None:
    for number in range(60):
        make.stocked_product(shop.store, 1, name=f"Tile {number:02}")
    client = shop.client("staff")
    first = client.get("/stock/").text
    following = re.search(r'href="([^"]+)" rel="next"', first)
    assert following
    second = client.get("/stock/" + following[1].replace("&amp;", "&")).text
    seen = [set(re.findall(r">(Tile \d\d)<", page)) for page in (first, second)]
    assert len(seen[0] | seen[1]) == 60
    assert not seen[0] & seen[1]
    previous = re.search(r'href="([^"]+)" rel="prev"', second)
    assert previous
    assert set(re.findall(r">(Tile \d\d)<", client.get("/stock/" + previous[1]).text)) == seen[0]


def test_what_is_filtered_is_exported(shop: House) -> None:
    client = shop.client("staff")
    answer = client.get("/stock/export/?search=grey")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [(row["sku"], row["quantity"], row["status"]) for row in rows] == [("TEA", "5.000", "low_stock")]
    sheet = load_workbook(io.BytesIO(client.get("/stock/export/?format=xlsx").getvalue())).active
    assert sheet is not None
    assert sheet.max_row == 3


def test_goods_are_received_sold_and_removed_from_a_row(shop: House) -> None:
    client, before = shop.client("staff"), left(shop)
    path = f"/stock/move/?store={shop.store.pk}&product_id={shop.mug.pk}"
    assert "Robin mug" in client.get(path).text
    wanted = (("IN", "6", ""), ("OUT", "2", ""), ("REM", "1", "Chipped"))
    answers = [client.post("/stock/move/", moving(shop, kind, steps, note=note)) for kind, steps, note in wanted]
    assert [answer.status_code for answer in answers] == [302] * 3
    assert left(shop) == before + 6 - 2 - 1
    told = client.get(answers[-1]["Location"]).text
    assert "Removed: 1 piece of Robin mug" in told
    assert "Chipped" in told


def test_in_the_drawer_the_form_stays_and_the_page_hears_of_it(shop: House) -> None:
    client, before = shop.client("staff"), left(shop)
    answer = client.post("/stock/move/", moving(shop, "IN", "60"), headers=HTMX)
    assert answer["HX-Trigger"] == "tp:posted"
    assert "Received 60 of Robin mug." in answer.text
    assert str(before + 60) in answer.text
    assert "<html" not in answer.text


def test_a_movement_sent_twice_moves_once(shop: House) -> None:
    client, before = shop.client("staff"), left(shop)
    sent = moving(shop, "IN", "6", key=key_of(client, "/stock/move/"))
    first, second = client.post("/stock/move/", sent), client.post("/stock/move/", sent)
    assert first["Location"] == second["Location"]
    assert left(shop) == before + 6


@pytest.mark.parametrize(
    ("movement_type", "quantity", "status", "said"),
    [
        ("OUT", "999", 409, "Short by"),
        ("IN", "0", 422, "above zero"),
        ("IN", "-3", 422, "above zero"),
        ("IN", "1.5", 422, "decimals"),
        ("IN", "many", 422, "not a quantity"),
        ("REM", "1", 422, "takes a reason"),
        ("GIFT", "1", 422, ""),
    ],
)
def test_what_cannot_be_moved_is_said_in_place_and_leaves_no_trace(
    shop: House, movement_type: str, quantity: str, status: int, said: str
) -> None:
    client = shop.client("staff")
    before = of_everything()
    answer = client.post("/stock/move/", moving(shop, movement_type, quantity))
    assert (answer.status_code, of_everything()) == (status, before)
    assert said in answer.text
    assert f'value="{quantity}"' in answer.text


def test_a_product_may_be_named_by_hand_and_one_that_is_none_is_said_beside_it(shop: House) -> None:
    client, before = shop.client("staff"), left(shop)
    sent = {"movement_type": "IN", "quantity": "2", "product": "MUG"}
    assert client.post("/stock/move/", sent).status_code == 302
    assert left(shop) == before + 2
    answer = client.post("/stock/move/", {**sent, "product": "Unicorn"})
    assert answer.status_code == 422
    assert "Unicorn" in answer.text


def test_what_will_be_left_is_told_while_typing(shop: House) -> None:
    client, there = shop.client("staff"), left(shop)
    path = f"/stock/move/after/?store={shop.store.pk}&product_id={shop.mug.pk}"
    assert f">{there - 5}<" in client.get(f"{path}&movement_type=OUT&quantity=5", headers=HTMX).text
    assert "Not enough there" in client.get(f"{path}&movement_type=OUT&quantity=500", headers=HTMX).text
    assert f">{there}<" in client.get(f"{path}&movement_type=OUT&quantity=x", headers=HTMX).text


def test_the_drawer_tells_what_is_on_its_way_to_this_store_alone(shop: House) -> None:
    make.stocked_product(shop.other, 9)
    make.delivery(shop.other, (shop.mug, 30, None))
    elsewhere = make.store()
    first, second = (
        make.transfer(shop.other, shop.store, (shop.mug, 7)),
        make.transfer(shop.other, shop.store, (shop.mug, 5)),
    )
    make.transfer(shop.other, elsewhere, (shop.mug, 3))
    make.transfer(shop.store, shop.other, (shop.mug, 1))
    assert queries.on_its_way(shop.mug.pk, shop.store.pk) == 12
    make.received(first, (shop.mug, 4))
    make.received(second)
    assert [queries.on_its_way(shop.mug.pk, store.pk) for store in (shop.store, elsewhere, shop.other)] == [3, 3, 1]
    assert queries.on_its_way(shop.tea.pk, shop.store.pk) == 0
    drawer = shop.client("staff").get("/stock/move/", moving(shop, "IN", ""), headers=HTMX).text
    assert re.search(r'On the way</div><div class="[^"]+"><a class="tp-fig" href="[^"]+show=coming">3</a>', drawer)


def test_the_button_says_what_it_books_once_it_is_typed(shop: House) -> None:
    ben, typed = shop.client("staff"), moving(shop, "REM", "3")
    assert "Book the movement</span>" in ben.get("/stock/move/", typed).text
    after = ben.get("/stock/move/after/", typed, headers=HTMX).text
    assert '<span id="mv-verb" hx-swap-oob="true">Remove 3 pieces</span>' in after
    tea = {**typed, "product_id": str(shop.tea.pk), "movement_type": "IN", "quantity": "1.5"}
    assert ">Receive 1.5 kg</span>" in ben.get("/stock/move/after/", tea, headers=HTMX).text
    assert ">Book the movement</span>" in ben.get("/stock/move/after/", {**typed, "quantity": ""}, headers=HTMX).text


def test_the_drawer_tells_what_moved_last_here_and_nothing_of_elsewhere(shop: House) -> None:
    make.delivery(shop.other, (shop.mug, 30, None))
    moved = make.moved(shop.store, shop.mug, "REM", 2, at=clock.now())
    drawer = shop.client("staff").get("/stock/move/", moving(shop, "IN", ""), headers=HTMX).text
    last = drawer.partition("Last movements")[2]
    assert last.count("<li>") == 3
    assert f"<li>−2, {left(shop)} left" in last
    assert moved.number in last
    assert "+30" not in last


def test_every_tab_of_the_dashboard_is_one_click_from_the_levels(shop: House) -> None:
    tabs = ["/stock/overview/", "/stock/", "/products/", "/stock/move/", "/stock/overview/activity/"]
    nadia, ada, vera = (shop.client(who).get("/stock/").text for who in ("manager", "admin", "auditor"))
    for page in (nadia, ada):
        bar = page.partition('aria-label="Stock">')[2].partition("</nav>")[0]
        assert re.findall(r'href="([^"]+)"', bar)[:5] == tabs
        assert ("/stock/overview/settings/" in bar) is (page is ada)
    assert "Manage stock" not in vera


def test_a_row_leads_to_the_form_that_sends_its_product_to_another_store(shop: House) -> None:
    query = f"?store={shop.store.pk}&product={shop.mug.pk}"
    for who in ("staff", "admin"):
        page = shop.client(who).get(f"/stock/?store={shop.store.pk}").text
        assert f'href="/stock/transfers/new/{query.replace("&", "&amp;")}">Transfer to another store' in page
    assert "Transfer to another store" not in shop.client("auditor").get(f"/stock/?store={shop.store.pk}").text
    form = shop.client("admin").get(f"/stock/transfers/new/{query}").text
    assert f"From {shop.store.name}" in form
    assert 'name="product" value="MUG"' in form
    assert f'value="{shop.store.pk}"' not in form.partition('name="destination"')[2].partition("</select>")[0]


def test_staff_of_one_store_move_nothing_in_another(shop: House) -> None:
    client = shop.client("staff")
    before = of_everything()
    answer = client.post("/stock/move/", {**moving(shop, "IN", "1"), "store": str(shop.other.pk)})
    assert (answer.status_code, of_everything()) == (404, before)


def test_the_chosen_ones_of_what_runs_low_are_received_at_once(shop: House) -> None:
    lantern, twine = (make.stocked_product(shop.store, 3, name=name) for name in ("Tin lantern", "Jute twine"))
    client = shop.client("staff")
    path = f"/stock/low/?store={shop.store.pk}"
    page = client.get(path).text
    assert "0 out, 3 below their reorder level" in page
    assert 'value="57"' in page  # three times the reorder level of 20, less the 3 there
    sent = {"product": [str(lantern.pk)], f"quantity-{lantern.pk}": "40", f"quantity-{twine.pk}": "9"}
    assert client.post(path, {**sent, "key": key_of(client, path)}).status_code == 302
    place = f"store:{shop.store.pk}"
    assert (books.level_of(lantern.pk, place), books.level_of(twine.pk, place)) == (43, 3)


def test_a_quantity_that_is_none_receives_nothing_of_what_runs_low(shop: House) -> None:
    lantern, twine = (make.stocked_product(shop.store, 3, name=name) for name in ("Tin lantern", "Jute twine"))
    client = shop.client("staff")
    before = of_everything()
    sent = {"product": [lantern.pk, twine.pk], f"quantity-{lantern.pk}": "40", f"quantity-{twine.pk}": "lots"}
    answer = client.post(f"/stock/low/?store={shop.store.pk}", sent)
    assert (answer.status_code, of_everything()) == (422, before)
    assert "Jute twine" in answer.text
    assert client.post(f"/stock/low/?store={shop.store.pk}", {}).status_code == 422


def test_movements_are_listed_with_their_state_and_filtered(shop: House) -> None:
    make.moved(shop.store, shop.mug, "IN", 7)
    make.moved(shop.store, shop.tea, "REM", 250)
    client = shop.client("staff")
    page = client.get("/stock/movements/").text
    assert "Robin mug" in page
    assert "Earl Grey" in page
    page = client.get("/stock/movements/?movement_type=REM").text
    assert "Robin mug" not in page
    assert "Earl Grey" not in client.get(f"/stock/movements/?product={shop.mug.pk}").text
    assert "Robin mug" not in shop.client("foreign").get("/stock/movements/").text
    assert client.get("/stock/movements/?state=lost").status_code == 400


def test_a_manager_takes_a_movement_back_once(shop: House) -> None:
    before, client = left(shop), shop.client("manager")
    movement = make.moved(shop.store, shop.mug, "IN", 7)
    path = f"/stock/movements/{movement.number}/reverse/"
    assert "Take it back" in client.get(path).text
    answer = client.post(path, {"note": "Typed twice"})
    assert answer.status_code == 302
    assert left(shop) == before
    assert movement.number in client.get(answer["Location"]).text
    count = StockMovement.objects.count()
    assert client.post(path, {"note": "Again"}).status_code == 409
    assert StockMovement.objects.count() == count


def test_a_manager_gives_a_shelf_its_own_reorder_level(shop: House) -> None:
    client = shop.client("manager")
    path = f"/stock/{shop.store.pk}/{shop.mug.pk}/reorder/"
    assert client.post(path, {"reorder_level": "500"}).status_code == 302
    assert "Robin mug" in client.get("/stock/?status=low_stock").text
    assert 'value="500"' in client.get(path).text
    assert client.post(path, {"reorder_level": ""}).status_code == 302
    client.get("/")  # what was said is read
    assert "Robin mug" not in client.get("/stock/?status=low_stock").text


def test_the_overview_is_right_after_each_change(shop: House) -> None:
    client = shop.client("manager")
    path, mine = "/stock/overview/figures/", f"/stock/?store={shop.store.pk}&amp;status=out_of_stock"
    for gone in (0, 1, 0):
        assert f'href="{mine}">{gone}</a>' in client.get(path, headers=HTMX).text
        make.moved(shop.store, shop.mug, "IN" if gone else "OUT", 3 if gone else left(shop))


def test_the_overview_tells_what_moved_on_each_day_however_it_was_booked(shop: House) -> None:
    at = clock.now()
    spot = MovementDraft(shop.store.pk, shop.mug.pk, "REM", 1, note="Chipped")
    inventory.record_movements([spot], actor=make.console(), at=at)
    days = queries.activity_by_day(
        make.actor(shop.people["staff"]), store=shop.store.pk, days=14, time_zone=shop.store.time_zone, at=at
    )
    assert len(days) == 14
    assert days[-1][1:] == (1, 1, 1)  # the delivery and the sale of the house, and this
    assert {day[1:] for day in days[:-1]} == {(0, 0, 0)}
    foreign = make.actor(shop.people["foreign"])
    told = queries.activity_by_day(foreign, store=shop.store.pk, days=1, time_zone="UTC", at=at)
    assert told[0][1:] == (0, 0, 0)
    page = shop.client("auditor").get("/stock/overview/?store=all").text
    assert "Moved by day" in page


@pytest.mark.parametrize("query", ["", "start={day}&end={day}"])
def test_every_movement_is_listed_exactly_once_also_where_moments_cross(shop: House, query: str) -> None:
    noon = (clock.now() - timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
    drafts = [
        MovementDraft(shop.store.pk, shop.mug.pk, "IN", 1, number=f"M{number:03}", at=noon - timedelta(seconds=apart))
        for number, apart in enumerate((number * 7919) % 151 for number in range(300))
    ]
    inventory.record_movements(drafts, actor=make.console(), at=clock.now())
    first = f"/stock/movements/?{query.format(day=noon.date())}"
    seen = once_and_back(shop.client("admin"), first, r'href="/stock/movements/(M\d+)/"')
    assert sorted(seen) == sorted(draft.number for draft in drafts)


def test_a_list_in_another_order_is_not_read_by_ids(shop: House) -> None:
    found = queries.movements(make.console()).order_by("-at", "-id")
    with pytest.raises(ValueError, match=r"lib\.keyset"):
        paging.portion(found, QueryDict())


def test_the_drawer_keeps_the_supplier_of_the_movement_before(shop: House) -> None:
    client = shop.client("staff")
    usual, other = (catalog.add_supplier(name=name, actor=make.console(), at=make.AT) for name in ("Roe", "Moss"))
    catalog.change_product(shop.mug.pk, supplier_id=usual.pk, actor=make.console(), at=make.AT)
    opened = client.get("/stock/move/", {"store": shop.store.pk, "product_id": shop.mug.pk}, headers=HTMX).text
    assert f'<option value="{usual.pk}" selected>' in opened
    for supplier in (usual, other):
        sent = moving(shop, "IN", "6", supplier=str(supplier.pk))
        assert f'<option value="{supplier.pk}" selected>' in client.post("/stock/move/", sent, headers=HTMX).text


def test_a_shelf_is_low_by_its_own_mark_wherever_it_is_shown(shop: House) -> None:
    inventory.set_reorder_level(shop.store.pk, shop.mug.pk, 500, actor=make.console(), at=make.AT)
    client = shop.client("staff")
    paths = (
        f"/stock/move/?store={shop.store.pk}&product_id={shop.mug.pk}",
        f"/products/{shop.mug.pk}/",
        "/products/?q=mug",
        "/stock/?search=mug",
    )
    for path in paths:
        assert re.search(r'tp-warn">Low<', client.get(path).text), path


def test_all_that_runs_low_is_counted_and_led_to_a_portion_at_a_time(shop: House) -> None:
    goods = [make.draft(name=f"Tile {number:03}") for number in range(230)]
    catalog.add_products(goods, actor=make.console(), at=make.AT)
    tiles = [one.pk for one in Product.objects.filter(name__startswith="Tile").order_by("name")]
    lines = [MovementDraft(shop.store.pk, number, "IN", 1) for number in tiles]
    lines += [MovementDraft(shop.store.pk, number, "OUT", 1) for number in tiles[:40]]
    inventory.record_movements(lines, actor=make.console(), at=make.AT)
    client, address, seen = shop.client("staff"), f"/stock/low/?store={shop.store.pk}", []
    while address:
        page = client.get(address, headers=HTMX).text
        assert "40 out, 191 below their reorder level" in page
        seen += re.findall(r'class="ps-0">([^<]+)<', page)[1:]
        following = re.search(r'href="([^"]+)" rel="next"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 231
    assert seen[:40] == [f"Tile {number:03}" for number in range(40)]


def test_a_refusal_on_a_later_portion_shows_that_portion_again(shop: House) -> None:
    catalog.add_products([make.draft() for _ in range(120)], actor=make.console(), at=make.AT)
    more = Product.objects.exclude(pk__in=(shop.mug.pk, shop.tea.pk)).values_list("pk", flat=True)
    inventory.record_movements(
        [MovementDraft(shop.store.pk, number, "IN", 1) for number in more], actor=make.console(), at=make.AT
    )
    client = shop.client("staff")
    page = client.get(f"/stock/low/?store={shop.store.pk}").text
    following = re.search(r'href="([^"]+)" rel="next"', page)
    assert following
    address = following[1].replace("&amp;", "&")
    second = re.findall(r'name="product" value="(\d+)"', client.get(address).text)
    answer = client.post(address, {"product": second[0], f"quantity-{second[0]}": "lots"})
    assert answer.status_code == 422
    assert re.findall(r'name="product" value="(\d+)"', answer.text) == second


def test_the_menu_marks_the_dashboard_on_each_of_its_tabs_and_names_no_tab_twice(shop: House) -> None:
    client = shop.client("admin")
    tabs = re.findall(r'class="nav-link[^"]*" href="([^"]+)"', client.get("/stock/overview/").text)
    assert len(tabs) == 6
    for path in (*tabs, f"/products/{shop.mug.pk}/"):
        menu = client.get(path).text.partition('class="tp-nav"')[2].partition("</nav>")[0]
        assert re.findall(r'aria-current="page"[^>]*>([^<]+)<', menu) == ["Dashboard"], path
        assert [tab for tab in tabs[2:] if f'href="{tab}"' in menu] == [], path
    found = client.get("/command/?q=manage", headers=HTMX).text
    assert 'href="/stock/move/"' in found


def test_a_movement_tells_its_unit_and_what_stood_on_the_shelf_afterwards(shop: House) -> None:
    client, before = shop.client("staff"), left(shop)
    for kind, steps, stands in (("IN", 6, before + 6), ("OUT", 1, before + 5)):
        page = client.get(f"/stock/movements/{make.moved(shop.store, shop.mug, kind, steps).number}/").text
        assert f"{steps} piece{'' if steps == 1 else 's'} of Robin mug" in page
        assert re.search(rf"On the shelf afterwards</dt><dd><a[^>]+>{stands} pieces</a>", page)
    page = client.get(f"/stock/movements/{make.moved(shop.store, shop.tea, 'REM', 250).number}/").text
    assert re.search(r"On the shelf afterwards</dt><dd><a[^>]+>4.75 kg</a>", page)
    queued = inventory.queue_movements(
        [MovementDraft(shop.store.pk, shop.mug.pk, "IN", 1, number="M1")], actor=make.console(), at=make.AT
    )
    assert queued
    assert "On the shelf afterwards" not in client.get("/stock/movements/M1/").text


def test_settings_say_how_much_is_kept_and_lead_to_more_of_it(shop: House) -> None:
    page = shop.client("admin").get("/stock/overview/settings/").text
    kept = dict(re.findall(r'href="/(\w+)/">\w+</a> <span class="tp-count ms-1">(\d+)</span>', page))
    assert (kept["stores"], kept["products"]) == ("2", "2")
    assert 'href="/stores/new/"' in page
    assert "Currency" in page


@pytest.mark.parametrize("path", ["/stock/", "/stock/movements/", "/books/audit/", "/books/postings/", "/sales/"])
def test_every_filter_has_a_visible_name_and_small_screens_put_them_away(shop: House, path: str) -> None:
    form = shop.client("admin").get(path).text.partition('<form class="tp-filters')[2].partition("</form>")[0]
    fields = set(re.findall(r'<(?:select|input)[^>]* id="(f-\w+)"', form))
    assert fields >= {"f-store", "f-start", "f-end"}
    assert set(re.findall(r'<label class="form-label" for="(f-\w+)"', form)) == fields
    assert 'data-bs-target="#filters"' in form
