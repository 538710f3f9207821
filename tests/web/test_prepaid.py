"""The counter and the sellers on pages: charged once, refused in place with nothing changed, text that stays text."""

import csv
import io
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import make, picture
from tests.web.shop import BACKEND, House
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.funding.models import FundsRequest
from tradepost.lib import clock, tables
from tradepost.prepaid import services as prepaid
from tradepost.prepaid.models import ChargeSale, Seller

SCRIPT = "<script>alert(1)</script>"
HX = {"hx-request": "true"}
SALE = {"phone_number": "0912 345 6789", "amount": "5.00", "key": "one"}


@pytest.fixture
def counter(shop: House) -> Client:
    """The browser of a seller with 40.00 left."""
    return shop.client("seller")


def at_home(seller: Seller) -> Client:
    client = Client()
    client.force_login(make.login_of(seller), backend=BACKEND)
    return client


def charge(client: Client, **sent: str) -> Any:
    return client.post("/prepaid/", {**SALE, **sent}, headers=HX)


def credit_left(shop: House) -> int:
    return books.balance_of(chart.credit(shop.seller.pk))


def lines_of(response: Any) -> list[list[str]]:
    """The rows of a CSV answer, read as a program would."""
    return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"))))


def test_a_charge_is_sold_and_shown_with_what_is_left(shop: House, counter: Client) -> None:
    response = charge(counter)
    page = response.content.decode()
    assert response.status_code == 200
    assert response.headers["HX-Trigger"] == "tp:posted"
    assert "<html" not in page
    assert "0912 345 6789" in page
    assert "£35.00 credit after it" in page
    assert (credit_left(shop), ChargeSale.objects.latest("id").amount_minor) == (3500, 500)


@pytest.mark.parametrize("typed", ["09123456789", "+98 912 345 6789", "0098 912 3456789", "۰۹۱۲۳۴۵۶۷۸۹"])
def test_a_number_is_the_same_however_it_is_typed_and_is_shown_as_it_is_kept(counter: Client, typed: str) -> None:
    page = counter.post("/prepaid/check/", {"phone_number": typed, "amount": "7.5"}, headers=HX).content.decode()
    assert "+98 912 345 6789" in page
    assert "charged £10.00 so far" in page
    assert "Charge £7.50" in page
    assert charge(counter, phone_number=typed).status_code == 200
    assert ChargeSale.objects.latest("id").phone_number.number == "+989123456789"


def test_the_same_form_sent_twice_charges_once_and_answers_alike(shop: House, counter: Client) -> None:
    first, second = charge(counter), charge(counter)
    assert "£35.00 credit after it" in first.content.decode()
    assert "£35.00 credit after it" in second.content.decode()
    assert credit_left(shop) == 3500
    assert ChargeSale.objects.filter(seller=shop.seller).count() == 2


def test_a_new_form_is_drawn_with_a_key_of_its_own(counter: Client) -> None:
    keys = {re.findall(r'name="key" value="(\w+)"', counter.get("/prepaid/").content.decode())[0] for _ in range(2)}
    assert len(keys) == 2


def test_more_than_the_credit_is_refused_in_place_and_what_was_typed_stays(shop: House, counter: Client) -> None:
    before = picture.of_everything()
    response = charge(counter, amount="50.00")
    page = response.content.decode()
    assert response.status_code == 409
    for text in ("Not enough credit", "Nothing was charged", "£50.00", "£40.00", "Short by", "£10.00", "Ask for credit",
                 "Charge £40.00 instead", "?amount=10.00", 'value="0912 345 6789"', 'value="50.00"'):  # fmt: skip
        assert text in page, text
    assert picture.of_everything() == before


def test_after_a_refusal_the_same_form_charges_what_there_is(shop: House, counter: Client) -> None:
    assert charge(counter, amount="50.00").status_code == 409
    assert charge(counter, amount="40.00").status_code == 200
    assert credit_left(shop) == 0
    page = charge(counter, amount="1.00", key="two").content.decode()
    assert "instead" not in page


def test_a_limit_may_be_sold_on(shop: House, counter: Client) -> None:
    changes = prepaid.SellerChanges(limit_minor=2000)
    prepaid.change_seller(shop.seller.pk, changes, actor=make.console(), at=clock.now())
    assert "you can sell for £60.00" in counter.get("/prepaid/").content.decode()
    assert charge(counter, amount="60.00").status_code == 200
    assert "−£20.00" in counter.get("/prepaid/").content.decode()


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"phone_number": "12"}, "phone"),
        ({"phone_number": ""}, "phone"),
        ({"phone_number": "call mum"}, "phone"),
        ({"phone_number": "0" * 200}, "phone"),
        ({"phone_number": "09123456789\0"}, "phone"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": "9" * 400}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": ""}, "amount"),
    ],
)
def test_junk_is_said_beside_its_field_and_nothing_is_charged(
    shop: House, counter: Client, sent: dict[str, str], wrong: str
) -> None:
    before = picture.of_everything()
    response = charge(counter, **sent)
    assert response.status_code == 422
    assert re.search(rf'is-invalid" id="{wrong}"', response.content.decode())
    assert picture.of_everything() == before
    assert counter.post("/prepaid/check/", {**SALE, **sent}, headers=HX).status_code == 200


def test_a_seller_made_inactive_meanwhile_is_told_so_and_sells_nothing(shop: House, counter: Client) -> None:
    changes = prepaid.SellerChanges(active=False)
    prepaid.change_seller(shop.seller.pk, changes, actor=make.console(), at=clock.now())
    before = picture.of_everything()
    response = charge(counter)
    assert response.status_code == 409
    assert "This seller is not active" in response.content.decode()
    assert counter.post("/prepaid/credit/", {"amount": "5.00", "key": "c"}).status_code == 409
    assert picture.of_everything() == before
    page = counter.get("/prepaid/").content.decode()
    assert "Selling is switched off" in page
    assert 'name="phone_number"' not in page


def test_a_login_that_was_taken_away_finds_no_counter_whichever_part_asks(shop: House, counter: Client) -> None:
    changes = prepaid.SellerChanges(user_id=None)
    prepaid.change_seller(shop.seller.pk, changes, actor=make.console(), at=clock.now())
    before = picture.of_everything()
    for response in (charge(counter), counter.get("/prepaid/last/", headers=HX)):
        assert response.status_code == 404
        assert response.headers["HX-Retarget"] == "#main"
    assert picture.of_everything() == before


def test_a_charge_needs_no_script(shop: House, counter: Client) -> None:
    response = counter.post("/prepaid/", SALE)
    assert response.status_code == 302
    assert "£35.00 credit after it" in counter.get(response.headers["Location"]).content.decode()
    other = make.charge(make.seller(credit_minor=100))
    assert counter.get(f"/prepaid/?sold={other.id}").status_code == 404


def test_the_last_charges_follow_what_is_sold_elsewhere(shop: House, counter: Client) -> None:
    make.charge(shop.seller, 700, "+989120000007")
    page = counter.get("/prepaid/last/", headers=HX).content.decode()
    for text in ("0912 000 0007", "£7.00", 'id="credit" hx-swap-oob', 'id="purse"', "£33.00"):
        assert text in page, text


def test_today_counts_what_was_sold_today_and_opens_its_postings(shop: House, counter: Client) -> None:
    charge(counter)
    charge(counter, amount="2.50", key="two")
    page = counter.get("/prepaid/").content.decode()
    door = re.search(r'Today 2, <a class="tp-fig" href="([^"]+)">£7.50</a>', page)
    assert door is not None
    assert "2 postings add up to −£7.50" in counter.get(door[1].replace("&amp;", "&")).content.decode()


def test_the_usual_amounts_are_those_sold_most(shop: House, counter: Client) -> None:
    for number in range(3):
        charge(counter, amount="3.00", key=f"k{number}")
    page = counter.get("/prepaid/").content.decode()
    assert re.findall(r'data-tp-set="amount" data-value="([\d.]+)"', page) == [
        "3.00", "5.00", "10.00", "25.00", "50.00"
    ]  # fmt: skip


def test_credit_is_asked_for_once_and_listed_until_and_after_its_decision(shop: House, counter: Client) -> None:
    sent = {"amount": "15.00", "note": "Rent week", "key": "c"}
    first, second = counter.post("/prepaid/credit/", sent), counter.post("/prepaid/credit/", sent)
    assert (first.status_code, second.status_code) == (302, 302)
    asked = FundsRequest.objects.get(amount_minor=1500)
    assert (asked.kind, asked.owner, asked.note) == ("credit", shop.people["seller"], "Rent week")
    make.decided(asked, approve=False, reason="Too much", by=make.actor(shop.people["admin"]))
    page = counter.get("/prepaid/credit/").content.decode()
    for text in ("Rent week", "Rejected", "by ada", "Too much", "£25.00", "Waiting"):
        assert text in page, text
    wrong = counter.post("/prepaid/credit/", {"amount": "0", "key": "z"})
    assert wrong.status_code == 422
    assert counter.get("/prepaid/credit/?amount=10.00").content.decode().count('value="10.00"') == 1
    assert counter.get("/prepaid/credit/?amount=x").status_code == 400


def test_nobody_elses_seller_can_be_read(shop: House) -> None:
    other = at_home(make.seller())
    for path in ("statement/{}/", "statement/{}/statement.csv", "sellers/{}/", "sellers/{}/proof/"):
        assert other.get("/prepaid/" + path.format(shop.seller.pk)).status_code == 404


def test_a_statement_shows_amounts_with_the_credit_after_each(shop: House, counter: Client) -> None:
    charge(counter)
    page = counter.get(f"/prepaid/statement/{shop.seller.pk}/").content.decode()
    figures = re.findall(r">(−?£[\d.]+)</a><div class=\"d-sm-none[^>]*>(−?£[\d.]+) after", page)
    assert figures == [("−£5.00", "£35.00"), ("−£10.00", "£40.00"), ("£50.00", "£50.00")]


@pytest.mark.parametrize(
    ("query", "amounts"),
    [
        ("type=charge_sale", ["-3.00", "-10.00"]),
        ("type=credit_increase", ["50.00"]),
        ("number=0912 000 0007", ["-3.00"]),
        ("number=0935 000 0000", []),
        ("number=nobody", []),
        ("start=2026-03-02&end=2026-03-02", ["-3.00", "-10.00", "50.00"]),
        ("end=2026-03-01", []),
    ],
)
def test_what_is_filtered_is_what_is_exported(shop: House, counter: Client, query: str, amounts: list[str]) -> None:
    make.charge(shop.seller, 300, "+989120000007")
    page = counter.get(f"/prepaid/statement/{shop.seller.pk}/?{query}")
    assert page.status_code == 200
    assert page.content.decode().count("data-tp-row ") == len(amounts)
    rows = lines_of(counter.get(f"/prepaid/statement/{shop.seller.pk}/statement.csv?{query}"))[1:]
    assert [row[4] for row in rows] == amounts


def test_an_export_holds_moments_and_decimals_that_programs_read(shop: House, counter: Client) -> None:
    response = counter.get(f"/prepaid/statement/{shop.seller.pk}/statement.csv")
    sale, grant = ChargeSale.objects.get(seller=shop.seller), FundsRequest.objects.get(amount_minor=5000)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        rf'attachment; filename="statement-{shop.seller.pk}-[\d-]+\.csv"', response.headers["Content-Disposition"]
    )
    head, *rows = lines_of(response)
    assert head == ["transaction_id", "at", "type", "phone_number", "amount", "balance_after", "posting"]
    at = "2026-03-02T09:30:00+00:00"
    assert rows[0][:3] == [str(sale.pk), at, "charge_sale"]
    assert tables.unguarded(rows[0][3]) == "+989123456789"
    assert rows[0][4:] == ["-10.00", "40.00", str(sale.posting_id)]
    assert rows[1][1:] == [at, "credit_increase", "", "50.00", "50.00", str(grant.posting_id)]


def test_a_long_statement_is_exported_whole(shop: House, counter: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradepost.web.prepaid.statement.PIECE", 2)
    for _ in range(5):
        make.charge(shop.seller, 10)
    rows = lines_of(counter.get(f"/prepaid/statement/{shop.seller.pk}/statement.csv"))[1:]
    assert [row[5] for row in rows] == ["39.50", "39.60", "39.70", "39.80", "39.90", "40.00", "50.00"]


@pytest.mark.parametrize("path", ["?type=gift", "?start=soon", "?before=x", "statement.csv?type=gift"])
def test_an_unknown_filter_of_a_statement_is_refused(shop: House, counter: Client, path: str) -> None:
    assert counter.get(f"/prepaid/statement/{shop.seller.pk}/{path}").status_code == 400


def test_a_seller_is_added_changed_and_removed_again(shop: House) -> None:
    admin, buyer = shop.client("admin"), shop.people["buyer"]
    sent = {"name": "Corner Cards", "email": "Corner@Example.com", "phone": "0912 111 2233", "user": "basil",
            "limit": "200", "active": "on", "key": "n"}  # fmt: skip
    added = admin.post("/prepaid/sellers/new/", sent)
    again = admin.post("/prepaid/sellers/new/", sent)
    assert added.headers["Location"] == again.headers["Location"]
    seller = Seller.objects.get(name="Corner Cards")
    assert (seller.email, seller.phone, seller.user, seller.active) == (
        "corner@example.com", "+989121112233", buyer, True
    )  # fmt: skip
    page = admin.get(added.headers["Location"]).content.decode()
    assert "£200.00" in page
    changed = {**sent, "name": "Corner Cards 2", "user": "", "limit": "", "key": "c"}
    del changed["active"]
    assert admin.post(f"/prepaid/sellers/{seller.pk}/edit/", changed).status_code == 302
    seller.refresh_from_db()
    assert (seller.name, seller.user, seller.active) == ("Corner Cards 2", None, False)
    assert books.standing_of([chart.credit(seller.pk)])[chart.credit(seller.pk)] == (0, 0)
    assert admin.get(f"/prepaid/sellers/{seller.pk}/delete/").status_code == 200
    assert Seller.objects.filter(pk=seller.pk).exists()
    assert admin.post(f"/prepaid/sellers/{seller.pk}/delete/", {"key": "d"}).headers["Location"] == "/prepaid/sellers/"
    assert not Seller.objects.filter(pk=seller.pk).exists()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": ""}, "name"),
        ({"email": "nobody"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"user": "nobody-there"}, "user"),
        ({"user": "sara"}, "user"),
        ({"user": "console"}, "user"),
        ({"limit": "-5"}, "limit"),
        ({"limit": "x"}, "limit"),
    ],
)
def test_a_wrong_field_of_a_seller_is_said_beside_it(shop: House, sent: dict[str, str], field: str) -> None:
    before, sellers = picture.of_everything(), Seller.objects.count()
    response = shop.client("admin").post("/prepaid/sellers/new/", {"name": "Corner Cards", "active": "on", **sent})
    page = response.content.decode()
    assert response.status_code == 422
    assert re.search(rf'id="id_{field}"[^>]*aria-invalid|is-invalid"[^>]*id="id_{field}"', page)
    assert (picture.of_everything(), Seller.objects.count()) == (before, sellers)


def test_a_seller_with_history_is_not_removed(shop: House) -> None:
    before = picture.of_everything()
    response = shop.client("admin").post(f"/prepaid/sellers/{shop.seller.pk}/delete/", {"key": "d"})
    assert response.status_code == 409
    assert "A seller with history is not deleted" in response.content.decode()
    assert picture.of_everything() == before


def test_a_limit_below_the_debt_is_refused_with_the_debt(shop: House, counter: Client) -> None:
    changes = prepaid.SellerChanges(limit_minor=2000)
    prepaid.change_seller(shop.seller.pk, changes, actor=make.console(), at=clock.now())
    charge(counter, amount="55.00")
    before = picture.of_everything()
    sent = {"name": "Azadi Kiosk 14", "user": "sara", "limit": "10", "active": "on", "key": "e"}
    response = shop.client("admin").post(f"/prepaid/sellers/{shop.seller.pk}/edit/", sent)
    page = response.content.decode()
    assert response.status_code == 409
    assert "Debt now" in page
    assert "£15.00" in page
    assert 'value="10"' in page
    assert picture.of_everything() == before


def test_script_in_a_sellers_name_stays_text(shop: House) -> None:
    changes = prepaid.SellerChanges(name=SCRIPT)
    prepaid.change_seller(shop.seller.pk, changes, actor=make.console(), at=clock.now())
    make.credit_request(shop.seller, 700, SCRIPT)
    admin, seller = shop.client("admin"), shop.client("seller")
    number = shop.seller.pk
    seen = [
        admin.get(path)
        for path in ("/prepaid/sellers/", f"/prepaid/sellers/{number}/", f"/prepaid/sellers/{number}/edit/",
                     f"/prepaid/sellers/{number}/delete/", f"/prepaid/statement/{number}/", "/prepaid/reconcile/",
                     "/money-requests/", f"/books/accounts/credit:{number}/")
    ]  # fmt: skip
    seen += [seller.get(path) for path in ("/", "/prepaid/", "/prepaid/credit/", f"/prepaid/statement/{number}/")]
    for response in seen:
        page = response.content.decode()
        assert SCRIPT not in page
        assert "&lt;script&gt;" in page


def test_sellers_are_found_by_name_and_state(shop: House) -> None:
    admin = shop.client("admin")
    make.seller("Station Kiosk", active=False)
    assert "Station Kiosk" in admin.get("/prepaid/sellers/", {"q": "station"}).content.decode()
    assert "Azadi" not in admin.get("/prepaid/sellers/", {"state": "inactive"}).content.decode()
    assert "No seller fits" in admin.get("/prepaid/sellers/", {"q": "zzz"}).content.decode()
    assert admin.get("/prepaid/sellers/", {"state": "asleep"}).status_code == 400


def test_the_proof_of_all_sellers_says_when_and_that_all_agree(shop: House) -> None:
    page = shop.client("auditor").get("/prepaid/reconcile/").content.decode()
    for text in ("The one seller agrees", "As of", "Azadi Kiosk 14", "£40.00", "Agrees"):
        assert text in page, text
    part = shop.client("auditor").get(f"/prepaid/sellers/{shop.seller.pk}/proof/", headers=HX).content.decode()
    assert "<html" not in part
    assert "Reconciled" in part


def test_who_only_audits_is_shown_no_button_that_changes(shop: House) -> None:
    auditor = shop.client("auditor")
    seller = auditor.get(f"/prepaid/sellers/{shop.seller.pk}/").content.decode()
    assert "/edit/" not in seller
    assert "/delete/" not in seller
    assert "/new/" not in auditor.get("/prepaid/sellers/").content.decode()


@pytest.mark.parametrize(
    ("who", "links"),
    [
        ("seller", ["/prepaid/", "/prepaid/credit/", "/prepaid/statement/", "/wallet/"]),
        ("admin", ["/prepaid/sellers/", "/money-requests/", "/prepaid/reconcile/", "/wallet/"]),
        ("auditor", ["/prepaid/sellers/", "/money-requests/", "/prepaid/reconcile/", "/wallet/"]),
        ("customer", ["/wallet/"]),
        ("staff", ["/wallet/"]),
    ],
)
def test_the_menu_leads_everybody_to_their_work(shop: House, who: str, links: list[str]) -> None:
    page = shop.client(who).get(links[0]).content.decode()
    menu = page[page.index('class="tp-nav"') : page.index('class="tp-bar"')]
    for link in links:
        assert f'href="{link}' in menu
    assert ("/prepaid/" in menu) == (who in {"seller", "admin", "auditor"})
    assert ("waiting" in menu) == (who == "admin")


def test_the_sellers_phone_has_the_counter_credit_and_statement_at_the_bottom(shop: House, counter: Client) -> None:
    page = counter.get("/").content.decode()
    bar = page[page.index('class="tp-bar"') :]
    assert [found.strip() for found in re.findall(r"</i>([A-Z]\w+)</a>", bar)][:4] == [
        "Home", "Counter", "Credit", "Statement"
    ]  # fmt: skip


def test_a_sellers_pages_ask_as_much_of_twice_as_many_rows(shop: House, counter: Client) -> None:
    paths = (
        "/",
        "/prepaid/",
        "/prepaid/last/",
        "/prepaid/credit/",
        f"/prepaid/statement/{shop.seller.pk}/",
        "/wallet/",
    )

    def grow() -> None:
        for _ in range(3):
            make.charge(shop.seller, 10)
            make.credited(shop.seller, 500)
            make.credit_request(shop.seller, 500)
            make.approved_deposit(shop.people["seller"])

    def asked() -> dict[str, int]:
        found = {}
        for path in paths:
            with CaptureQueriesContext(connection) as queries:
                assert counter.get(path).status_code == 200
            found[path] = len(queries)
        return found

    grow()
    asked()
    before = asked()
    grow()
    assert asked() == before
