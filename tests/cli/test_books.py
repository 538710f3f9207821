"""`tradepost verify` and `reconcile` find what was changed behind the program's back."""

import pytest
from django.db import connection

from tests import make
from tests.cli.conftest import Tradepost


@pytest.fixture
def trade(tradepost: Tradepost) -> None:
    make.store("Corner")
    make.product("MUG")
    tradepost("stock", "receive", "MUG=10", "--store", "Corner")
    tradepost("till", "sell", "MUG=3", "--store", "Corner")
    tradepost("worker", "--once")


def tamper(sql: str) -> None:
    """Change a row as somebody with the keys to the database could."""
    table = sql.split()[1]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_refuses_update")
        else:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql)


@pytest.mark.usefixtures("trade")
def test_untouched_books_hold(tradepost: Tradepost) -> None:
    for command in ("verify", "reconcile"):
        run = tradepost(command, "--json")
        assert (run.code, run.data["ok"], run.data["differences"]) == (0, True, [])
    assert "Every row is as it was written." in tradepost("verify").out


@pytest.mark.usefixtures("trade")
def test_changed_amount_is_named(tradepost: Tradepost) -> None:
    tamper("UPDATE books_transfer SET amount_minor = amount_minor + 1")
    run = tradepost("verify", "--json")
    assert run.code == 1
    assert [(found["table"], found["id"]) for found in run.data["differences"]] == [("books_transfer", 1)]
    text = tradepost("verify")
    assert text.code == 1
    assert "books_transfer" in text.out


@pytest.mark.usefixtures("trade")
def test_changed_level_is_a_difference(tradepost: Tradepost) -> None:
    tamper("UPDATE books_level SET quantity = quantity + 5")
    run = tradepost("reconcile", "--json")
    assert run.code == 1
    assert [found["difference"] for found in run.data["differences"]] == [5]
    assert tradepost("verify").code == 0


@pytest.mark.usefixtures("trade")
def test_balance_of_another_is_nobodys_business(tradepost: Tradepost) -> None:
    make.customer("goldman")
    assert tradepost("balance", "~revenue:1", "--as", "goldman").code == 3
    assert tradepost("balance", "~revenue:1").out.strip() == "~revenue:1  £7.50"


def test_a_seller_reads_what_was_booked_on_its_own_credit(tradepost: Tradepost) -> None:
    mine, other = make.seller(credit_minor=1000), make.seller(credit_minor=1000)
    name, sold = make.login_of(mine).username, make.charge(mine)
    foreign = make.charge(other)
    assert tradepost("balance", f"credit:{mine.pk}", "--as", name).out.strip() == f"credit:{mine.pk}  £9.00"
    assert tradepost("balance", f"credit:{other.pk}", "--as", name).code == 3
    assert tradepost("postings", "show", str(sold.posting_id), "--as", name).code == 0
    assert tradepost("postings", "show", str(foreign.posting_id), "--as", name).code == 3
