"""Transfers on pages: sent by scanning, received in parts, sent back, lost, and refused in place."""

from typing import Any

import pytest
from django.test import Client

from tests import make, picture
from tests.web.shop import House
from tradepost.books import queries as books
from tradepost.inventory.models import StockTransfer

EAN = "5012345678900"


@pytest.fixture
def ben(shop: House) -> Client:
    return shop.client("staff")


@pytest.fixture
def sent(shop: House) -> StockTransfer:
    """Four mugs and half a kilogram of tea on their way to York."""
    return make.transfer(shop.store, shop.other, (shop.mug, 4), (shop.tea, 500))


def form(shop: House, *lines: tuple[str, str], **fields: Any) -> dict[str, Any]:
    """The form to send goods, with these lines."""
    names, amounts = [name for name, _ in lines], [amount for _, amount in lines]
    return {"destination": shop.other.pk, "note": "", "product": names, "quantity": amounts, **fields}


def do(client: Client, transfer: StockTransfer, what: str, **fields: Any) -> Any:
    return client.post(f"/stock/transfers/{transfer.pk}/", {"do": what, **fields})


def left(shop: House, store: str = "store") -> int:
    return books.level_of(shop.mug.pk, f"store:{getattr(shop, store).pk}")


def test_goods_are_scanned_line_by_line_and_nothing_moves_before_they_are_sent(shop: House, ben: Client) -> None:
    before = picture.of_everything()
    page = ben.post("/stock/transfers/new/", form(shop, ("TEA", "0.25"), ("MUG", "1"), do="scan", scan=EAN))
    assert page.status_code == 200
    shown = page.content.decode()
    assert shown.index('value="MUG"') < shown.index('value="TEA"')
    assert 'name="quantity" value="2"' in shown
    assert f'value="{shop.other.pk}" selected' in shown
    unknown = ben.post("/stock/transfers/new/", form(shop, ("MUG", "1"), do="scan", scan="<b>")).content.decode()
    assert "Nothing is sold under “&lt;b&gt;”" in unknown
    assert 'value="MUG"' in unknown
    assert picture.of_everything() == before


def test_sent_goods_are_on_their_way_and_seen_by_both_stores(shop: House, ben: Client) -> None:
    before = left(shop)
    response = ben.post("/stock/transfers/new/", form(shop, (EAN, "3"), do="send", key="one"))
    again = ben.post("/stock/transfers/new/", form(shop, (EAN, "3"), do="send", key="one"))
    transfer = StockTransfer.objects.get()
    assert response.headers["Location"] == again.headers["Location"] == f"/stock/transfers/{transfer.pk}/"
    assert left(shop) == before - 3
    assert transfer.number in ben.get("/stock/transfers/?show=going").content.decode()
    assert transfer.number not in ben.get("/stock/transfers/?show=coming").content.decode()
    assert transfer.number in shop.client("foreign").get("/stock/transfers/?show=coming").content.decode()
    assert transfer.number not in shop.client("foreign").get("/stock/transfers/?show=closed").content.decode()


def test_goods_are_sent_from_the_store_the_form_was_opened_for(shop: House) -> None:
    """An administrator looks at one store and sends from another."""
    make.delivery(shop.other, (shop.mug, 8, None))
    fields = {"destination": shop.store.pk, "store": shop.other.pk, "do": "send", "key": "one"}
    shop.client("admin").post("/stock/transfers/new/", {**form(shop, ("MUG", "3")), **fields})
    assert (StockTransfer.objects.get().source_id, left(shop, "other")) == (shop.other.pk, 5)


def test_nobody_sends_from_a_store_of_others(shop: House, ben: Client) -> None:
    make.delivery(shop.other, (shop.mug, 8, None))
    before = picture.of_everything()
    fields = {"destination": shop.store.pk, "store": shop.other.pk, "do": "send"}
    assert ben.post("/stock/transfers/new/", {**form(shop, ("MUG", "3")), **fields}).status_code == 404
    assert ben.get(f"/stock/transfers/new/?store={shop.other.pk}&product={shop.mug.pk}").status_code == 404
    assert picture.of_everything() == before


def test_more_than_is_there_is_refused_and_what_was_typed_stays(shop: House, ben: Client) -> None:
    before = picture.of_everything()
    response = ben.post("/stock/transfers/new/", form(shop, ("MUG", "99"), do="send", note="For the fair"))
    page = response.content.decode()
    assert response.status_code == 409
    assert "Nothing was sent." in page
    assert 'value="99"' in page
    assert "For the fair" in page
    assert picture.of_everything() == before


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"destination": ""}, "Choose the store they go to."),
        ({"product": "", "quantity": ""}, "Scan or type at least one line."),
        ({"product": "MUG", "quantity": "a few"}, "Some lines need another look."),
        ({"note": "x" * 201}, "at most 200"),
    ],
)
def test_an_incomplete_form_is_refused_in_place(shop: House, ben: Client, fields: dict[str, Any], said: str) -> None:
    before = picture.of_everything()
    response = ben.post("/stock/transfers/new/", form(shop, ("MUG", "1"), do="send") | fields)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert picture.of_everything() == before


def test_a_part_is_received_and_the_rest_stays_on_its_way(shop: House, sent: StockTransfer) -> None:
    olive = shop.client("foreign")
    page = olive.get(f"/stock/transfers/{sent.pk}/").content.decode()
    assert f'name="line-{shop.mug.pk}" value="4"' in page
    assert f'name="line-{shop.tea.pk}" value="0.500"' in page
    lines = {f"line-{shop.mug.pk}": "3", f"line-{shop.tea.pk}": "0.5"}
    assert do(olive, sent, "receive", **lines).status_code == 302
    assert left(shop, "other") == 3
    page = olive.get(f"/stock/transfers/{sent.pk}/").content.decode()
    assert "On its way</span>" in page
    assert "3 Robin mug, 0.5 kg Earl Grey" in page
    assert do(olive, sent, "write_off", reason="Broken", **{f"line-{shop.mug.pk}": "1"}).status_code == 302
    page = olive.get(f"/stock/transfers/{sent.pk}/").content.decode()
    assert "Closed</span>" in page
    assert "1 Robin mug: Broken" in page
    assert 'name="do"' not in page


def test_the_source_takes_goods_back_but_does_not_receive_them(shop: House, ben: Client, sent: StockTransfer) -> None:
    page = ben.get(f"/stock/transfers/{sent.pk}/").content.decode()
    assert 'value="receive"' not in page
    assert 'value="write_off"' not in page
    before, untouched = left(shop), picture.of_everything()
    assert do(ben, sent, "receive", **{f"line-{shop.mug.pk}": "4"}).status_code == 403
    assert do(ben, sent, "write_off", reason="Gone", **{f"line-{shop.mug.pk}": "4"}).status_code == 403
    assert picture.of_everything() == untouched
    assert do(ben, sent, "send_back", **{f"line-{shop.mug.pk}": "4"}).status_code == 302
    assert left(shop) == before + 4


@pytest.mark.parametrize(
    ("what", "amount", "reason", "status", "said"),
    [
        ("receive", "5", "", 409, "That many are not on their way"),
        ("receive", "", "", 422, "Say how much of which line."),
        ("receive", "0.5", "", 422, "Robin mug"),
        ("write_off", "1", "", 422, "reason"),
        ("eat", "1", "", 422, "On its way"),
    ],
)
def test_what_cannot_be_done_is_refused_in_place(
    shop: House, sent: StockTransfer, what: str, amount: str, reason: str, status: int, said: str
) -> None:
    before = picture.of_everything()
    response = do(shop.client("foreign"), sent, what, reason=reason, **{f"line-{shop.mug.pk}": amount})
    page = response.content.decode()
    assert response.status_code == status
    assert said in page
    assert f'name="line-{shop.mug.pk}" value="{amount}"' in page
    assert picture.of_everything() == before


def test_the_postings_of_a_transfer_have_names(shop: House, sent: StockTransfer) -> None:
    make.received(sent)
    page = shop.client("admin").get("/books/postings/").content.decode()
    assert f"Transfer {sent.number}, sent" in page
    assert f"Transfer {sent.number}, received" in page
