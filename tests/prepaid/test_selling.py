"""Selling charges: exact to the last penny, each or not at all; what is refused leaves nothing, its number included."""

import pytest

from tests import make, picture
from tests.prepaid.charges import NUMBER, assert_proved, balance_of, item, outcomes, sell
from tests.statements import counted
from tradepost.audit.models import AuditEvent
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books.models import Account, Transfer
from tradepost.books.services import Refusal
from tradepost.funding.models import FundsRequest
from tradepost.lib.actor import ADMIN, Actor
from tradepost.lib.money import MAX_MINOR
from tradepost.people import services as people
from tradepost.people.models import User
from tradepost.prepaid import services as prepaid
from tradepost.prepaid.models import ChargeSale, PhoneNumber, Seller
from tradepost.prepaid.services import Call, ChargeItem, Sold

pytestmark = pytest.mark.django_db


def refused(*items: ChargeItem, by: Actor | None = None) -> list[str]:
    """The names of the refusals, which left nothing at all."""
    before = picture.of_everything()
    answers = sell(*items, by=by)
    assert picture.of_everything() == before
    return outcomes(answers)


def login(seller: Seller) -> Actor:
    return make.actor(make.login_of(seller))


def totals() -> dict[str, int]:
    """What each number was charged, by its unbounded account."""
    return {one.number: books.balance_of(chart.phone(one.pk)) for one in PhoneNumber.objects.all()}


def test_a_charge_moves_credit_to_a_number_and_leaves_its_document() -> None:
    seller = make.seller(credit_minor=1000)
    (sold,) = sell(item(seller, 300, "0912 123 4567"), by=login(seller))
    assert isinstance(sold, Sold)
    transfer = Transfer.objects.select_related("posting", "source", "destination").get(pk=sold.id)
    number = PhoneNumber.objects.get(number=NUMBER)
    expected = (transfer.pk, transfer.posting_id, seller.pk, number.pk, NUMBER, 300, 700, make.AT)
    assert sold == expected
    assert (transfer.source.code, transfer.destination.code) == (chart.credit(seller.pk), chart.phone(number.pk))
    assert (transfer.amount_minor, transfer.source_after_minor) == (300, 700)
    assert (transfer.posting.kind, transfer.posting.actor_id) == ("prepaid.charge_sale", seller.user_id)
    assert NUMBER not in transfer.posting.key + transfer.posting.memo, "the books hold no personal data"
    document = ChargeSale.objects.get()
    kept = (document.pk, document.posting_id, document.seller_id, document.phone_number_id, document.amount_minor)
    assert kept == (sold.id, sold.posting_id, seller.pk, number.pk, 300)
    assert (document.balance_after_minor, document.operator_id, document.at) == (700, seller.user_id, make.AT)
    assert (balance_of(seller), totals()) == (700, {NUMBER: 300})
    assert_proved()


def test_one_line_in_the_log_says_what_a_call_sold_and_names_no_number() -> None:
    seller, other = make.seller(credit_minor=1000), make.seller(credit_minor=1000)
    answers = sell(item(seller, 100), item(other, 200), item(seller, 5000), item(seller, 300))
    event = AuditEvent.objects.get(action="prepaid.charged")
    assert (event.actor_name, event.subject_id) == ("console", "3 sales")
    assert event.after == {
        "transactions": [answer.id for answer in answers if isinstance(answer, Sold)],
        "amount_minor_by_seller": {str(seller.pk): 400, str(other.pk): 200},
        "refused": 1,
    }


@pytest.mark.parametrize(
    "typed", ["09121234567", "0912-123-4567", "+98 912 123 4567", "0098 912 1234567", "۰۹۱۲۱۲۳۴۵۶۷", "٠٩١٢١٢٣٤٥٦٧"]
)
def test_a_number_is_one_however_it_is_typed_and_keeps_its_total(typed: str) -> None:
    seller, other = make.seller(credit_minor=1000), make.seller(credit_minor=1000)
    answers = sell(item(seller, 100, NUMBER), item(other, 200, typed), item(seller, 300, typed))
    assert {answer.number for answer in answers if isinstance(answer, Sold)} == {NUMBER}
    assert totals() == {NUMBER: 600}


def test_a_number_from_abroad_keeps_its_country() -> None:
    (sold,) = sell(item(make.seller(credit_minor=1000), 100, "+44 7400 123456"))
    assert isinstance(sold, Sold)
    assert sold.number == "+447400123456"


@pytest.mark.parametrize(
    "typed", ["", "12", "0912", "call me", "0912123456789012", "+", "9" * 41, "09121234567 ext. 5"]
)
def test_junk_is_no_number(typed: str) -> None:
    assert refused(item(make.seller(credit_minor=1000), 100, typed)) == ["NotAPhoneNumber"]


@pytest.mark.parametrize("amount", [0, -1, -(2**63), MAX_MINOR + 1, 2**63, 2**200])
def test_a_charge_is_above_zero_and_within_what_the_books_hold(amount: int) -> None:
    seller = make.seller(credit_minor=1000)
    assert refused(item(seller, amount)) == ["ChargeNotAboveZero"]


@pytest.mark.parametrize("number", [NUMBER, "+989127654321"], ids=["a number that is known", "a new number"])
def test_too_little_credit_says_how_much_is_missing_and_leaves_nothing(number: str) -> None:
    seller = make.seller(credit_minor=1000)
    make.charge(seller, 100, NUMBER)
    accounts = Account.objects.count()
    assert refused(item(seller, 901, number)) == ["InsufficientCredit"]
    (answer,) = sell(item(seller, 901, number))
    assert isinstance(answer, Refusal)
    figures = {"available_balance_minor": 900, "required_amount_minor": 901, "shortage_minor": 1}
    assert answer.error.details == {"error": "Insufficient balance", **figures}
    assert (PhoneNumber.objects.count(), Account.objects.count()) == (1, accounts)


def test_the_greatest_amount_of_all_is_refused_for_want_of_credit() -> None:
    assert refused(item(make.seller(credit_minor=1000), MAX_MINOR)) == ["InsufficientCredit"]


def test_a_seller_with_a_limit_sells_down_to_exactly_that() -> None:
    seller = make.seller(credit_minor=100, limit_minor=500)
    answers = sell(item(seller, 350), item(seller, 251), item(seller, 249), item(seller, 1), item(seller, 1))
    assert outcomes(answers) == ["sold", "InsufficientCredit", "sold", "sold", "InsufficientCredit"]
    assert [answer.balance_after_minor for answer in answers if isinstance(answer, Sold)] == [-250, -499, -500]
    assert balance_of(seller) == -500
    assert refused(item(seller, 1, "+989127654321")) == ["InsufficientCredit"]
    assert_proved()


def test_without_a_limit_the_last_penny_is_sold_and_no_other() -> None:
    seller = make.seller(credit_minor=100)
    assert outcomes(sell(item(seller, 99), item(seller, 2), item(seller, 1), item(seller, 1))) == [
        "sold", "InsufficientCredit", "sold", "InsufficientCredit",
    ]  # fmt: skip
    assert balance_of(seller) == 0


def test_nobody_sells_for_another() -> None:
    seller, other, store = make.seller(credit_minor=1000), make.seller(credit_minor=1000), make.store()
    asked = [item(seller), ChargeItem(999, NUMBER, 100), ChargeItem(2**70, NUMBER, 100), ChargeItem(-1, NUMBER, 1)]
    for user in (make.login_of(other), make.customer(), make.manager(store), make.staff(store)):
        assert refused(*asked, by=make.actor(user)) == ["NoSuchSeller"] * 4
    assert refused(item(seller), by=make.visitor()) == ["NoSuchSeller"]
    assert refused(item(seller), by=make.actor(make.auditor())) == ["Denied"]
    assert refused(*asked[1:], by=make.actor(make.auditor())) == ["NoSuchSeller"] * 3


def test_a_seller_without_a_login_is_sold_for_by_administrators_alone() -> None:
    seller = make.seller(user_id=None)
    make.decided(_asked_for(seller))
    assert refused(item(seller), by=make.visitor()) == [
        "NoSuchSeller"
    ]  # whose id is nobody's, as the seller's login is
    assert outcomes(sell(item(seller), by=make.actor(make.admin()))) == ["sold"]


def _asked_for(seller: Seller) -> FundsRequest:
    draft = prepaid.CreditDraft(seller.pk, 1000)
    return make.accepted(prepaid.request_credit([draft], actor=make.actor(make.admin()), at=make.AT))


def test_who_acted_for_a_seller_no_longer_sells() -> None:
    seller, new = make.seller(credit_minor=1000), make.customer()
    old = login(seller)
    prepaid.change_seller(seller.pk, {"user_id": new.pk}, actor=make.console(), at=make.AT)
    assert refused(item(seller), by=old) == ["NoSuchSeller"]
    assert outcomes(sell(item(seller), by=make.actor(new))) == ["sold"]


def test_an_inactive_seller_sells_nothing_whoever_asks() -> None:
    seller = make.seller(credit_minor=1000)
    prepaid.change_seller(seller.pk, {"active": False}, actor=make.console(), at=make.AT)
    for actor in (login(seller), make.console(), make.actor(make.admin())):
        assert refused(item(seller), by=actor) == ["SellerInactive"]
    assert refused(item(seller, 10**9, "12"), by=login(seller)) == ["SellerInactive"]


def test_bad_rows_do_not_spoil_the_others_and_leave_no_number() -> None:
    seller, idle = make.seller(credit_minor=1000), make.seller(credit_minor=1000)
    prepaid.change_seller(idle.pk, {"active": False}, actor=make.console(), at=make.AT)
    numbers = [make.phone_number() for _ in range(8)]
    items = [
        item(seller, 100, numbers[0]), item(seller, 0, numbers[1]), item(idle, 100, numbers[2]),
        ChargeItem(999, numbers[3], 100), item(seller, 901, numbers[4]), item(seller, 100, "junk"),
        item(seller, 900, numbers[5]), item(seller, 1, numbers[6]), item(seller, 1, numbers[0]),
    ]  # fmt: skip
    answers = sell(*items)
    assert outcomes(answers) == [
        "sold", "ChargeNotAboveZero", "SellerInactive", "NoSuchSeller", "InsufficientCredit", "NotAPhoneNumber",
        "sold", "InsufficientCredit", "InsufficientCredit",
    ]  # fmt: skip
    assert [answer.key for answer in answers if isinstance(answer, Refusal)][:2] == [str(seller.pk), str(idle.pk)]
    assert totals() == {numbers[0]: 100, numbers[5]: 900}
    assert (ChargeSale.objects.count(), balance_of(seller), balance_of(idle)) == (2, 0, 1000)
    assert_proved()


def test_a_list_of_refusals_leaves_nothing() -> None:
    seller = make.seller(credit_minor=10)
    assert refused(item(seller, 11), item(seller, 0), item(seller, 5, "x"), ChargeItem(999, NUMBER, 5)) == [
        "InsufficientCredit", "ChargeNotAboveZero", "NotAPhoneNumber", "NoSuchSeller",
    ]  # fmt: skip
    assert refused() == []


def test_callers_that_meet_are_each_judged_by_their_own_right_and_moment() -> None:
    seller, other = make.seller(credit_minor=1000), make.seller(credit_minor=1000)
    late = make.AT.replace(hour=17)
    calls = [
        Call([item(seller, 600), item(other, 1)], login(seller), make.AT),
        Call([item(other, 700), item(seller, 1)], login(other), late),
        Call([item(seller, 500), item(other, 5)], login(seller), late),
        Call([], login(other), late),
        Call([item(seller, 400)], login(seller), late),
    ]
    answers = prepaid.sell_together(calls)
    assert [outcomes(answer) for answer in answers] == [
        ["sold", "NoSuchSeller"], ["sold", "NoSuchSeller"], ["InsufficientCredit", "NoSuchSeller"], [], ["sold"],
    ]  # fmt: skip
    rows = ChargeSale.objects.order_by("id").values_list("operator_id", "at", "amount_minor")
    assert list(rows) == [
        (seller.user_id, make.AT, 600), (other.user_id, late, 700), (seller.user_id, late, 400),
    ]  # fmt: skip
    events = AuditEvent.objects.filter(action="prepaid.charged").order_by("id").values_list("actor_id", "at")
    assert list(events) == [(seller.user_id, make.AT), (other.user_id, late), (seller.user_id, late)]
    assert (balance_of(seller), balance_of(other)) == (0, 300)


def test_the_balances_after_are_a_chain_without_a_gap() -> None:
    seller = make.seller(credit_minor=5000)
    for amount in (1, 20, 300):
        sell(*[item(seller, amount, make.phone_number()) for _ in range(10)])
    left = 5000
    for sale in ChargeSale.objects.order_by("id"):
        left -= sale.amount_minor
        assert sale.balance_after_minor == left
    assert left == balance_of(seller) == 1790


def test_a_thousand_charges_take_the_statements_of_ten() -> None:
    """To new numbers as to known ones, of one seller as of many, sold as refused."""
    sellers = [make.seller(credit_minor=10**6) for _ in range(20)]

    def statements(how_many: int, *, amount: int = 1, known: bool = False) -> int:
        numbers = [NUMBER if known else make.phone_number() for _ in range(how_many)]
        items = [item(sellers[i % 20], amount, number) for i, number in enumerate(numbers)]
        with counted() as seen:
            sell(*items)
        return len(seen)

    sell(item(sellers[0]))
    for amount in (1, 10**9):
        for known in (True, False):
            few = statements(10, amount=amount, known=known)
            assert statements(1000, amount=amount, known=known) == few < 25


def test_an_administrator_sells_for_a_seller_and_is_named() -> None:
    seller, boss, _ = make.seller(credit_minor=1000), make.admin(), make.admin()
    (sold,) = sell(item(seller), by=make.actor(boss))
    assert isinstance(sold, Sold)
    assert ChargeSale.objects.get().operator == boss
    people.revoke_role(boss.pk, ADMIN, actor=make.console(), at=make.AT)
    assert refused(item(seller), by=make.actor(User.objects.get(pk=boss.pk))) == ["NoSuchSeller"]
