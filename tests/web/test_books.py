"""Every figure is a door: what stands on a page is what the postings behind it add up to."""

import re

import pytest
from django.test import Client

from tests import make
from tests.web.shop import BACKEND, House
from tradepost.books import chart, services
from tradepost.books import queries as books
from tradepost.intake.models import Job
from tradepost.lib import clock, money


def test_todays_takings_open_postings_that_add_up_to_them(shop: House) -> None:
    manager = shop.client("manager")
    home = manager.get("/").content.decode()
    door = re.search(r'<dd><a class="tp-fig" href="(/books/postings/[^"]+)">([^<]+)</a>', home)
    assert door is not None
    revenue = books.balance_of(chart.revenue(shop.store.pk))
    assert door[2] == money.show(revenue)
    page = manager.get(door[1].replace("&amp;", "&")).content.decode()
    assert f"3 postings add up to {money.show(revenue)}" in page


def test_the_column_adds_up_from_the_oldest_to_the_newest(shop: House) -> None:
    code = chart.revenue(shop.store.pk)
    page = shop.client("manager").get("/books/postings/", {"account": code}).content.decode()
    upto = re.findall(r'd-none d-sm-table-cell">(−?£[\d.,]+)</td>', page)
    assert upto == ["£8.30", "£9.50", "£19.00"]


def test_a_posting_shows_both_sides_and_the_values_after(shop: House) -> None:
    page = shop.client("manager").get(f"/books/postings/{shop.sale.posting_id}/").content.decode()
    for text in ("Camden Passage, cash", "Camden Passage, revenue", "Robin mug", "Customers", shop.sale.number):
        assert text in page
    assert "18 after" in page


def test_an_account_is_its_statement(shop: House) -> None:
    manager = shop.client("manager")
    assert (
        money.show(books.balance_of(chart.revenue(shop.store.pk))) in manager.get("/books/accounts/").content.decode()
    )
    statement = manager.get(f"/books/accounts/{chart.revenue(shop.store.pk)}/").content.decode()
    assert "−£1.20" in statement


def test_a_seller_opens_what_was_booked_on_its_own_credit_and_nothing_else(shop: House) -> None:
    mine, other = make.seller(credit_minor=1000), make.seller(credit_minor=1000)
    own, foreign = make.charge(mine), make.charge(other)
    seller = Client()
    seller.force_login(make.login_of(mine), backend=BACKEND)
    assert f"{mine.name}, credit" in seller.get(f"/books/postings/{own.posting_id}/").content.decode()
    for path in ("/books/postings/", f"/books/accounts/credit:{mine.pk}/"):
        assert f"/books/postings/{own.posting_id}/" in seller.get(path).content.decode(), path
    assert f"/books/postings/{foreign.posting_id}/" not in seller.get("/books/postings/").content.decode()
    assert seller.get(f"/books/postings/{foreign.posting_id}/").status_code == 404
    assert seller.get(f"/books/accounts/credit:{other.pk}/").status_code == 404


def test_the_day_report_agrees_with_the_books(shop: House) -> None:
    day = clock.business_date(clock.now(), shop.store.time_zone)
    page = shop.client("staff").get(f"/books/days/{shop.store.pk}/{day}/").content.decode()
    assert money.show(books.balance_of(chart.revenue(shop.store.pk))) in page
    assert shop.client("staff").get(f"/books/days/{shop.store.pk}/yesterday/").status_code == 404


def test_check_now_asks_the_worker_once_and_shows_how_far_it_is(shop: House) -> None:
    auditor = shop.client("auditor")
    sent = {"key": "check"}
    first, second = auditor.post("/books/proof/check/", sent), auditor.post("/books/proof/check/", sent)
    assert first.headers["Location"] == second.headers["Location"]
    job = Job.objects.get(task="tradepost.worker.books.prove")
    assert "Waiting for the worker" in auditor.get(first.headers["Location"]).content.decode()
    Job.objects.filter(pk=job.pk).update(done_at=clock.now(), progress=100)
    done = auditor.get(f"/books/proof/job/{job.pk}/", headers={"hx-request": "true"})
    assert done.headers["HX-Redirect"] == "/books/proof/"


def test_the_proof_names_what_differs(shop: House) -> None:
    services.prove(actor=make.console(), at=clock.now())
    assert "No difference" in shop.client("auditor").get("/books/proof/").content.decode()
    assert "Reconciled" in shop.client("staff").get("/").content.decode()


def events(client: Client, **query: str) -> str:
    """The rows of the audit log, without the filters around them."""
    return client.get("/books/audit/", query, headers={"hx-request": "true"}).content.decode()


def test_the_audit_log_is_narrowed_by_its_filters(shop: House) -> None:
    auditor = shop.client("auditor")
    sold = events(auditor, action="till.sold")
    assert ">Sold</a>" in sold
    assert "till.sold" in sold
    assert "places.store_opened" not in sold
    assert "Nothing fits" in events(auditor, end="2001-01-01")
    page = auditor.get("/books/audit/", {"action": "app.unknown"}).content.decode()
    assert '<option value="app.unknown" selected>app.unknown</option>' in page


def test_the_audit_log_of_a_product_tells_what_moved_it(shop: House) -> None:
    auditor = shop.client("auditor")
    make.moved(shop.store, shop.mug, "REM", 1, at=clock.now())
    assert f"What changed {shop.mug.name}" in auditor.get("/books/audit/", {"sku": shop.mug.sku}).content.decode()
    assert "inventory.moved" in events(auditor, sku=shop.mug.sku)
    assert "inventory.moved" not in events(auditor, sku=shop.tea.sku)
    assert "There is no such product" in events(auditor, sku="no such")
    page = auditor.get(f"/products/{shop.mug.pk}/").content.decode()
    assert f'href="/books/audit/?sku={shop.mug.sku}"' in page


def test_pages_of_the_journal_lead_to_older_and_back(shop: House) -> None:
    for _ in range(60):
        make.sale(shop.store, (shop.tea, 1), at=clock.now())
    manager = shop.client("manager")
    first = manager.get("/books/postings/", {"account": chart.revenue(shop.store.pk)}).content.decode()
    older = re.search(r'href="(\?[^"]*before=[^"]*)"', first)
    assert older is not None
    second = manager.get("/books/postings/" + older[1].replace("&amp;", "&")).content.decode()
    assert "£8.30" in second
    assert "Newer" in second


def test_more_postings_than_anybody_waits_for_are_listed_and_not_summed(
    shop: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tradepost.web.books.postings.MOST_SUMMED", 1)
    code = chart.revenue(shop.store.pk)
    page = shop.client("manager").get("/books/postings/", {"account": code}).content.decode()
    assert "More than 1 postings" in page
    assert "Summed from the journal" not in page
    assert str(shop.sale.number) in page
