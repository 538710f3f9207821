"""Statements, numbers and the proof: a seller reads its own, auditors all, and reconcile sees one moment."""

from datetime import timedelta

import pytest

from tests import make
from tests.books.story import execute
from tests.prepaid.charges import NUMBER, item, sell
from tests.statements import counted
from tradepost.lib.errors import Denied, Missing
from tradepost.prepaid import queries
from tradepost.prepaid import services as prepaid
from tradepost.prepaid.errors import NoSuchSeller
from tradepost.prepaid.models import Seller
from tradepost.prepaid.queries import Reconciled

pytestmark = pytest.mark.django_db

OTHER_NUMBER = "+989127654321"


def two_sellers() -> tuple[Seller, Seller]:
    """One that sold 1.00 and 2.00 of 10.00 to two numbers, one that sold 4.00 of 5.00 to the first of them."""
    ann, bob = make.seller("Ann", credit_minor=1000), make.seller("Bob", credit_minor=500)
    sell(item(ann, 100, NUMBER), item(ann, 200, OTHER_NUMBER), item(bob, 400, NUMBER))
    return ann, bob


def test_a_seller_reads_itself_and_others_are_not_there() -> None:
    ann, bob = two_sellers()
    own, auditor = make.actor(make.login_of(ann)), make.actor(make.auditor())
    assert list(queries.sellers(own)) == [ann]
    assert list(queries.sellers(auditor)) == [ann, bob]
    assert queries.seller_of(own) == ann
    for stranger in (make.actor(make.customer()), make.visitor()):
        for rows in (queries.sellers(stranger), queries.sales(stranger), queries.phone_numbers(stranger)):
            assert not rows.exists()
        assert queries.seller_of(stranger) is None
    for number in (bob.pk, 999, 2**70, -1):
        for read in (queries.seller, queries.statement, queries.reconcile):
            with pytest.raises(NoSuchSeller):
                read(number, own)


def test_a_seller_without_a_login_is_no_visitors() -> None:
    make.seller(user_id=None)
    assert queries.seller_of(make.visitor()) is None
    assert list(queries.sellers(make.visitor())) == []


def test_sellers_are_found_by_what_is_known_of_them() -> None:
    make.seller("Ann", email="shop@ann.example", phone="09121112233")
    make.seller("Bob", active=False)
    auditor = make.actor(make.auditor())
    for search, active, names in (
        ("", None, ["Ann", "Bob"]), ("ANN", None, ["Ann"]), ("ann.ex", None, ["Ann"]), ("911", None, []),
        ("+98912111", None, ["Ann"]), ("", True, ["Ann"]), ("", False, ["Bob"]), ("\0", None, ["Ann", "Bob"]),
    ):  # fmt: skip
        assert [one.name for one in queries.sellers(auditor, search=search, active=active)] == names, search


def test_sales_and_numbers_of_a_seller_are_its_own() -> None:
    ann, bob = two_sellers()
    own, auditor = make.actor(make.login_of(ann)), make.actor(make.auditor())
    assert [sale.amount_minor for sale in queries.sales(own)] == [200, 100]
    assert [sale.amount_minor for sale in queries.sales(auditor)] == [400, 200, 100]
    assert [sale.amount_minor for sale in queries.sales(auditor, seller_id=bob.pk)] == [400]
    assert [sale.amount_minor for sale in queries.sales(auditor, number="0912123")] == [400, 100]
    assert not queries.sales(auditor, start=make.AT + timedelta(seconds=1)).exists()
    assert not queries.sales(auditor, end=make.AT).exists()
    assert queries.sales(auditor, start=make.AT).count() == 3
    charged = ("number", "charged_minor")
    assert dict(queries.phone_numbers(own).values_list(*charged)) == {NUMBER: 100, OTHER_NUMBER: 200}
    assert dict(queries.phone_numbers(auditor).values_list(*charged)) == {NUMBER: 500, OTHER_NUMBER: 200}
    bobs = queries.sales(auditor, seller_id=bob.pk).get()
    assert queries.sale(bobs.pk, auditor) == bobs
    with pytest.raises(Missing):
        queries.sale(bobs.pk, own)
    other_number = queries.sales(own, number=OTHER_NUMBER).get().phone_number
    assert queries.phone_number(other_number.pk, own) == other_number
    with pytest.raises(Missing):
        queries.phone_number(other_number.pk, make.actor(make.login_of(bob)))


def test_a_statement_shows_what_came_and_went_newest_first() -> None:
    ann, _ = two_sellers()
    own = make.actor(make.login_of(ann))
    amounts = [(row.posting.kind, row.amount_minor) for row in queries.statement(ann.pk, own)]
    assert amounts == [(queries.CHARGE, 200), (queries.CHARGE, 100), (queries.INCREASE, 1000)]
    assert [row.amount_minor for row in queries.statement(ann.pk, own, kind=queries.CHARGE)] == [200, 100]
    assert [row.amount_minor for row in queries.statement(ann.pk, own, kind=queries.INCREASE)] == [1000]
    ids = [row.pk for row in queries.statement(ann.pk, own)]
    assert queries.numbers_of(ids) == {ids[0]: OTHER_NUMBER, ids[1]: NUMBER}


def test_reconcile_counts_a_seller_again_from_its_transactions() -> None:
    ann, bob = two_sellers()
    found = queries.reconcile(ann.pk, make.actor(make.login_of(ann)))
    assert found == Reconciled(ann.pk, "Ann", 700, 700, 3)
    assert (found.is_reconciled, found.difference_minor) == (True, 0)
    empty = make.seller("Cid")
    assert queries.reconcile_all(make.actor(make.auditor())) == [
        found, Reconciled(bob.pk, "Bob", 100, 100, 2), Reconciled(empty.pk, "Cid", 0, 0, 0),
    ]  # fmt: skip


def test_reconcile_names_who_was_tampered_with_and_by_how_much() -> None:
    ann, bob = two_sellers()
    execute("UPDATE books_account SET balance_minor = balance_minor + 5 WHERE code = %s", f"credit:{bob.pk}")
    first, second = queries.reconcile_all(make.actor(make.auditor()))
    assert (first.seller_id, first.is_reconciled) == (ann.pk, True)
    assert (second.seller_id, second.is_reconciled, second.difference_minor) == (bob.pk, False, 5)
    assert (second.current_balance_minor, second.calculated_minor) == (105, 100)


def test_all_sellers_are_reconciled_for_who_may_read_all() -> None:
    seller = make.seller()
    for user in (make.login_of(seller), make.customer(), make.manager(make.store())):
        with pytest.raises(Denied):
            queries.reconcile_all(make.actor(user))
    assert len(queries.reconcile_all(make.actor(make.admin()))) == 1


def test_reading_many_takes_the_statements_of_a_few() -> None:
    auditor = make.actor(make.auditor())

    def statements() -> int:
        with counted() as seen:
            queries.reconcile_all(auditor)
            list(queries.sales(auditor))
            list(queries.phone_numbers(auditor))
            queries.credit_of([seller.pk for seller in queries.sellers(auditor)])
        return len(seen)

    two_sellers()
    statements()  # connects
    few = statements()
    for _ in range(10):
        seller = make.seller(credit_minor=1000)
        sell(*[item(seller, 10, make.phone_number()) for _ in range(5)])
    assert statements() == few


def test_credit_of_sellers_is_read_with_its_limit() -> None:
    ann, bob = two_sellers()
    prepaid.change_seller(bob.pk, {"limit_minor": 250}, actor=make.console(), at=make.AT)
    found = queries.credit_of([ann.pk, bob.pk, 999])
    assert found == {ann.pk: (700, 0), bob.pk: (100, 250)}
    assert found[bob.pk].available_minor == 350
