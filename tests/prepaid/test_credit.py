"""Credit: asked for by the seller, decided once by somebody else, credited exactly once."""

import pytest

from tests import make, picture
from tests.prepaid.charges import assert_proved, balance_of
from tradepost.audit.models import AuditEvent
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books.models import Posting
from tradepost.books.services import Refusal
from tradepost.funding import services as funding
from tradepost.funding.errors import AlreadyDecided, OwnRequest
from tradepost.funding.models import FundsRequest
from tradepost.funding.services import Decision
from tradepost.lib.actor import ADMIN, Actor
from tradepost.lib.errors import TradepostError
from tradepost.people import services as people
from tradepost.people.models import User
from tradepost.prepaid import queries
from tradepost.prepaid import services as prepaid
from tradepost.prepaid.models import Seller
from tradepost.prepaid.services import CreditDraft

pytestmark = pytest.mark.django_db


def ask(*drafts: CreditDraft, by: Actor) -> list[FundsRequest | Refusal]:
    return prepaid.request_credit(drafts, actor=by, at=make.AT)


def names(answers: list[FundsRequest | Refusal]) -> list[str]:
    return [type(answer.error).__name__ if isinstance(answer, Refusal) else answer.state for answer in answers]


def refusals(*drafts: CreditDraft, by: Actor) -> list[str]:
    """The names of the refusals, which changed nothing."""
    before = picture.of_everything()
    answers = ask(*drafts, by=by)
    assert picture.of_everything() == before
    return names(answers)


def set_active(seller: Seller, *, active: bool) -> None:
    prepaid.change_seller(seller.pk, {"active": active}, actor=make.console(), at=make.AT)


def is_refused(error: type[TradepostError], request: FundsRequest, user: User, *, approve: bool) -> None:
    before = picture.of_everything()
    with pytest.raises(error):
        make.decided(request, approve=approve, by=make.actor(user))
    assert picture.of_everything() == before


def test_credit_that_is_asked_for_waits_and_credits_nothing() -> None:
    seller = make.seller()
    (asked,) = ask(CreditDraft(seller.pk, 700, " For Nowruz "), by=make.actor(make.login_of(seller)))
    assert isinstance(asked, FundsRequest)
    assert (asked.kind, asked.state, asked.account) == ("credit", "pending", chart.credit(seller.pk))
    assert (asked.amount_minor, asked.note) == (700, "For Nowruz")
    assert asked.owner == asked.requested_by == seller.user
    assert balance_of(seller) == 0
    assert not Posting.objects.exists()


def test_approved_credit_is_credited_once_and_comes_from_nowhere_else() -> None:
    seller, other = make.seller(), make.seller()
    decided = make.credited(seller, 700)
    assert (balance_of(seller), balance_of(other), books.balance_of(chart.ISSUED)) == (700, 0, -700)
    assert decided.posting is not None
    assert (decided.posting.kind, decided.posting.key) == (queries.INCREASE, f"funding:{decided.pk}:approved")
    for approve in (True, False):
        is_refused(AlreadyDecided, decided, make.admin(), approve=approve)
    assert_proved()


def test_rejected_credit_credits_nothing_and_stays_decided() -> None:
    seller = make.seller()
    rejected = make.decided(make.credit_request(seller), approve=False, reason="Too early")
    assert (balance_of(seller), rejected.posting, rejected.reason) == (0, None, "Too early")
    is_refused(AlreadyDecided, rejected, make.admin(), approve=True)


@pytest.mark.parametrize("approve", [True, False])
def test_a_seller_never_decides_the_own_credit_administrator_or_not(approve: bool) -> None:
    seller = make.seller()
    asked = make.credit_request(seller)
    people.grant_role(make.login_of(seller).pk, ADMIN, actor=make.console(), at=make.AT)
    is_refused(OwnRequest, asked, User.objects.get(username=make.login_of(seller).username), approve=approve)


@pytest.mark.parametrize("approve", [True, False])
def test_who_asks_for_a_seller_does_not_decide_nor_does_the_seller(approve: bool) -> None:
    seller, boss = make.seller(), make.admin()
    (asked,) = ask(CreditDraft(seller.pk, 500), by=make.actor(boss))
    assert isinstance(asked, FundsRequest)
    assert (asked.requested_by, asked.owner_id) == (boss, seller.user_id)
    is_refused(OwnRequest, asked, boss, approve=approve)
    people.grant_role(make.login_of(seller).pk, ADMIN, actor=make.console(), at=make.AT)
    is_refused(OwnRequest, asked, User.objects.get(username=make.login_of(seller).username), approve=approve)
    assert make.decided(asked, approve=approve, by=make.actor(make.admin())).state != FundsRequest.PENDING


def test_nobody_asks_for_somebody_elses_seller() -> None:
    seller, other = make.seller(), make.seller()
    store = make.store()
    for user in (make.login_of(other), make.customer(), make.manager(store), make.staff(store)):
        drafts = [CreditDraft(seller.pk, 5), CreditDraft(999, 5), CreditDraft(2**70, 5), CreditDraft(-1, 5)]
        assert refusals(*drafts, by=make.actor(user)) == ["NoSuchSeller"] * 4
    assert refusals(CreditDraft(seller.pk, 5), by=make.visitor()) == ["NoSuchSeller"]
    assert refusals(CreditDraft(seller.pk, 5), by=make.actor(make.auditor())) == ["Denied"]


def test_an_inactive_seller_asks_for_nothing_whoever_asks() -> None:
    seller = make.seller()
    set_active(seller, active=False)
    for actor in (make.actor(make.login_of(seller)), make.console()):
        assert refusals(CreditDraft(seller.pk, 5), by=actor) == ["SellerInactive"]
    set_active(seller, active=True)
    assert names(ask(CreditDraft(seller.pk, 5), by=make.console())) == ["pending"]


@pytest.mark.parametrize("amount", [0, -1, 10**15 + 1, 2**63, 2**200])
def test_an_amount_that_is_none_is_refused(amount: int) -> None:
    seller = make.seller()
    assert refusals(CreditDraft(seller.pk, amount), by=make.console()) == ["AmountNotAboveZero"]


def test_each_of_a_list_is_answered_in_its_place_with_one_line_in_the_log() -> None:
    seller, idle, nameless = make.seller(), make.seller(active=False), make.seller(user_id=None)
    drafts = [
        CreditDraft(seller.pk, 100), CreditDraft(idle.pk, 100), CreditDraft(999, 100), CreditDraft(seller.pk, 0),
        CreditDraft(nameless.pk, 300), CreditDraft(seller.pk, 200, "x" * 201), CreditDraft(seller.pk, 200),
    ]  # fmt: skip
    answers = ask(*drafts, by=make.console())
    expected = ["pending", "SellerInactive", "NoSuchSeller", "AmountNotAboveZero", "pending", "FieldErrors", "pending"]
    assert names(answers) == expected
    assert [answer.owner_id for answer in answers if isinstance(answer, FundsRequest)] == [
        seller.user_id, None, seller.user_id,
    ]  # fmt: skip
    assert AuditEvent.objects.filter(action="funding.requested").count() == 1
    decisions = [Decision(answer.pk, approve=True) for answer in answers if isinstance(answer, FundsRequest)]
    funding.decide(decisions, actor=make.actor(make.admin()), at=make.AT)
    assert (balance_of(seller), balance_of(nameless), balance_of(idle)) == (300, 300, 0)
    assert_proved()


def test_requests_are_read_by_who_acts_for_the_seller_now_and_by_who_asked() -> None:
    seller, other, new = make.seller(), make.seller(), make.customer()
    old = make.login_of(seller)
    asked, foreign = make.credit_request(seller), make.credit_request(other)
    make.deposit_request(old)
    prepaid.change_seller(seller.pk, {"user_id": new.pk}, actor=make.console(), at=make.AT)
    assert list(queries.credit_requests(make.actor(new))) == [asked]
    assert list(queries.credit_requests(make.actor(old))) == [asked]
    assert list(queries.credit_requests(make.actor(make.auditor()))) == [foreign, asked]
    assert list(queries.credit_requests(make.visitor())) == []
    for number in (foreign.pk, 999, 0, 2**70):
        with pytest.raises(TradepostError):
            queries.credit_request(number, make.actor(new))
