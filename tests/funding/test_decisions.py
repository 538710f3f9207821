"""Deciding: once, by an administrator who neither asked nor gains; money moves once or not at all."""

from datetime import timedelta

import pytest

from tests import make, picture
from tests.funding.asks import assert_proved, balance_of, held_by
from tests.statements import counted
from tradepost.audit.models import AuditEvent
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books.models import Posting
from tradepost.books.services import post_one
from tradepost.books.services.drafts import MAX_HELD
from tradepost.funding import queries
from tradepost.funding import services as funding
from tradepost.funding.errors import AlreadyDecided, NoSuchRequest, OwnRequest, TooManyRequests
from tradepost.funding.models import FundsRequest
from tradepost.funding.services import Decision, FundsDraft, Refusal
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Denied, FieldErrors
from tradepost.people.models import User

pytestmark = pytest.mark.django_db

LATER = make.AT + timedelta(hours=2)


def credit_request(owner: User | None, *, actor: Actor | None = None) -> FundsRequest:
    """Credit of 10.00 for seller 7, who is `owner`; asked for by the console unless somebody is named."""
    draft = FundsDraft("credit", chart.credit(7), owner.pk if owner else None, 1000)
    return make.accepted(funding.request_funds([draft], actor=actor or make.console(), at=make.AT))


def refusal_of(decision: Decision, actor: Actor) -> Exception:
    """Why a decision is refused, which must leave everything as it was."""
    before = picture.of_everything()
    (answer,) = funding.decide([decision], actor=actor, at=LATER)
    assert isinstance(answer, Refusal)
    assert picture.of_everything() == before
    return answer.error


def test_an_approved_deposit_is_in_the_wallet() -> None:
    ann, vera = make.customer(), make.admin("vera")
    request = make.deposit_request(ann, 2500)
    decision = Decision(request.pk, approve=True, reason=" seen on the statement ")
    (decided,) = funding.decide([decision], actor=make.actor(vera), at=LATER)
    assert isinstance(decided, FundsRequest)
    assert (decided.state, decided.decided_by, decided.decided_at) == ("approved", vera, LATER)
    assert decided.reason == "seen on the statement"
    assert decided.posting is not None
    assert (decided.posting.key, decided.posting.kind) == (f"funding:{request.pk}:approved", "funding.deposit")
    assert decided.posting.actor == vera
    assert (balance_of(request), books.balance_of(chart.BANK)) == (2500, -2500)
    event = AuditEvent.objects.get(action="funding.decided")
    assert (event.actor_name, event.before, event.after) == (
        "vera",
        {"pending": [request.pk]},
        {"approved": [request.pk], "rejected": [], "refused": 0},
    )
    assert_proved()


def test_an_approved_withdrawal_leaves_the_house() -> None:
    ann = make.customer()
    make.approved_deposit(ann, 1000)
    request = make.decided(make.withdrawal_request(ann, 400))
    assert request.posting is not None
    assert request.posting.kind == "funding.withdrawal"
    assert (balance_of(request), held_by(request), books.balance_of(chart.BANK)) == (600, 0, -600)
    assert queries.wallet_of(make.actor(ann)) == (600, 0)
    assert_proved()


def test_a_rejected_withdrawal_is_back_in_the_wallet_and_stays_to_be_seen() -> None:
    ann, vera = make.customer(), make.admin()
    make.approved_deposit(ann, 1000)
    request = make.decided(make.withdrawal_request(ann, 400), approve=False, reason="No", by=make.actor(vera))
    assert request.posting is not None
    assert request.posting.kind == "funding.withdrawal_rejected"
    assert (balance_of(request), held_by(request), books.balance_of(chart.BANK)) == (1000, 0, -1000)
    seen = queries.request(request.pk, make.actor(ann))
    assert (seen.state, seen.decided_by, seen.decided_at, seen.reason) == ("rejected", vera, make.AT, "No")
    assert_proved()


def test_approved_credit_is_issued_and_rejected_credit_is_not() -> None:
    first, second = credit_request(None), credit_request(make.customer())
    vera = make.actor(make.admin())
    approved = make.decided(first, by=vera)
    assert approved.posting is not None
    assert approved.posting.kind == "funding.credit_increase"
    assert make.decided(second, approve=False, by=vera).posting is None
    assert (books.balance_of(chart.credit(7)), books.balance_of(chart.ISSUED)) == (1000, -1000)


def test_a_rejected_deposit_moves_nothing() -> None:
    request = make.decided(make.deposit_request(), approve=False, reason="Nothing came")
    assert (request.state, request.posting, request.reason) == ("rejected", None, "Nothing came")
    assert not Posting.objects.exists()


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
def test_a_second_decision_changes_nothing(first: bool, second: bool) -> None:
    ann = make.customer()
    make.approved_deposit(ann, 1000)
    vera = make.actor(make.admin())
    for request in (make.deposit_request(ann), make.withdrawal_request(ann)):
        make.decided(request, approve=first)
        error = refusal_of(Decision(request.pk, second), vera)
        assert isinstance(error, AlreadyDecided)
        assert error.details == {"funds_request_id": request.pk, "state": "approved" if first else "rejected"}


def test_a_request_twice_in_one_list_is_decided_once() -> None:
    request = make.deposit_request(amount_minor=100)
    decisions = [Decision(request.pk, approve=True), Decision(request.pk, approve=False)]
    first, second = funding.decide(decisions, actor=make.console(), at=LATER)
    assert isinstance(first, FundsRequest)
    assert first.state == "approved"
    assert isinstance(second, Refusal)
    assert isinstance(second.error, AlreadyDecided)
    assert balance_of(request) == 100


def test_nobody_decides_their_own_request() -> None:
    """Who asked, who gains, and who is both; the program itself too."""
    vera, ann = make.admin(), make.customer()
    make.approved_deposit(vera, 1000)
    own = [
        make.deposit_request(vera),
        make.withdrawal_request(vera),
        credit_request(ann, actor=make.actor(vera)),
        credit_request(vera),
        credit_request(vera, actor=make.actor(vera)),
    ]
    for request in own:
        for approve in (True, False):
            assert isinstance(refusal_of(Decision(request.pk, approve), make.actor(vera)), OwnRequest)
    assert isinstance(refusal_of(Decision(credit_request(ann).pk, approve=True), make.console()), OwnRequest)
    other = make.actor(make.admin())
    assert [make.decided(request, by=other).state for request in own] == ["approved"] * 5


def test_only_administrators_decide() -> None:
    store, ann = make.store(), make.customer()
    request = make.deposit_request(ann)
    others = [ann, make.customer(), make.staff(store), make.manager(store), make.auditor()]
    before = picture.of_everything()
    for actor in [make.visitor(), *map(make.actor, others)]:
        with pytest.raises(Denied):
            funding.decide([Decision(request.pk, approve=True)], actor=actor, at=LATER)
        assert not queries.may_decide(request, actor)
    assert picture.of_everything() == before
    assert queries.may_decide(request, make.actor(make.admin()))


def test_what_is_not_there_or_said_too_long_changes_nothing() -> None:
    request, console = make.deposit_request(), make.console()
    for number in (0, -1, request.pk + 1, 2**63, 2**70):
        assert isinstance(refusal_of(Decision(number, approve=True), console), NoSuchRequest)
    assert isinstance(refusal_of(Decision(request.pk, approve=True, reason="x" * 201), console), FieldErrors)
    with pytest.raises(TooManyRequests):
        funding.decide([Decision(request.pk, approve=True)] * 1001, actor=console, at=LATER)


def test_what_the_books_refuse_stays_pending() -> None:
    """A wallet that would hold more than the books can."""
    ann = make.customer()
    request, other = make.deposit_request(ann, 1), make.deposit_request()
    for _ in range(MAX_HELD // 10**15):
        post_one(make.payment(chart.BANK, chart.wallet(ann.pk), 10**15))
    decisions = [Decision(one.pk, approve=True) for one in (request, other)]
    answers = funding.decide(decisions, actor=make.console(), at=LATER)
    assert [isinstance(answer, Refusal) for answer in answers] == [True, False]
    request.refresh_from_db()
    assert (request.state, request.posting) == ("pending", None)


def test_three_hundred_are_decided_with_the_statements_of_thirty() -> None:
    people = [make.customer() for _ in range(10)]
    vera = make.actor(make.admin())

    def statements_of(count: int) -> int:
        for person in people:
            make.approved_deposit(person, 10**6)
        drafts = [
            FundsDraft(kind, chart.wallet(person.pk), person.pk, 100 + i)
            for i in range(count // 20)
            for person in people
            for kind in ("deposit", "withdrawal")
        ]
        asked = funding.request_funds(drafts, actor=make.console(), at=make.AT)
        decisions = [
            Decision(request.pk, approve=i % 3 > 0)
            for i, request in enumerate(asked)
            if isinstance(request, FundsRequest)
        ]
        assert len(decisions) == count // 20 * 20
        with counted() as statements:
            answers = funding.decide(decisions, actor=vera, at=LATER)
        assert all(isinstance(answer, FundsRequest) for answer in answers)
        return len(statements)

    assert statements_of(300) == statements_of(40)
    assert_proved()


def test_asking_for_three_hundred_takes_the_statements_of_thirty() -> None:
    ann = make.customer()
    make.approved_deposit(ann, 10**6)
    drafts = [FundsDraft(kind, chart.wallet(ann.pk), ann.pk, 100) for kind in ("deposit", "withdrawal")]

    def statements_of(count: int) -> int:
        with counted() as statements:
            funding.request_funds(drafts * (count // 2), actor=make.console(), at=LATER)
        return len(statements)

    assert statements_of(300) == statements_of(30)
