"""Asking: a request stands with everything asked for, a withdrawal holds its money, and nonsense leaves nothing."""

import pytest

from tests import make, picture
from tests.funding.asks import held_by
from tradepost.audit.models import AuditEvent
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books.errors import InsufficientFunds
from tradepost.books.models import Posting
from tradepost.funding import queries
from tradepost.funding import services as funding
from tradepost.funding.errors import AmountNotAboveZero, NoSuchRequest, TooManyRequests
from tradepost.funding.models import FundsRequest
from tradepost.funding.services import FundsDraft, Refusal
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Denied, FieldErrors
from tradepost.lib.money import MAX_MINOR
from tradepost.people import queries as people
from tradepost.people.errors import MachineUser

pytestmark = pytest.mark.django_db


def test_a_deposit_waits_and_moves_nothing() -> None:
    ann = make.customer("ann")
    asked = funding.request_deposit(2500, " salary ", actor=make.actor(ann), at=make.AT)
    assert (asked.kind, asked.state, asked.amount_minor, asked.note) == ("deposit", "pending", 2500, "salary")
    assert (asked.account, asked.owner, asked.requested_by) == (chart.wallet(ann.pk), ann, ann)
    assert (asked.requested_at, asked.decided_by, asked.decided_at, asked.reason) == (make.AT, None, None, "")
    assert not Posting.objects.exists()
    assert queries.wallet_of(make.actor(ann)) == (0, 0)
    event = AuditEvent.objects.get(action="funding.requested")
    assert (event.actor_name, event.subject_id) == ("ann", str(asked.pk))
    assert "salary" not in str(event.after)


def test_a_withdrawal_holds_its_amount_from_the_moment_it_is_asked_for() -> None:
    ann = make.customer()
    make.approved_deposit(ann, 1000)
    asked = make.withdrawal_request(ann, 400)
    assert queries.wallet_of(make.actor(ann)) == (600, 400)
    assert held_by(asked) == 400
    assert asked.hold_posting is not None
    assert (asked.hold_posting.kind, asked.hold_posting.key) == (
        "funding.withdrawal_asked",
        f"funding:{asked.pk}:asked",
    )


def test_a_withdrawal_above_the_balance_changes_nothing() -> None:
    ann = make.customer()
    make.approved_deposit(ann, 1000)
    make.withdrawal_request(ann, 400)
    before = picture.of_everything()
    with pytest.raises(InsufficientFunds) as refusal:
        make.withdrawal_request(ann, 601)
    assert refusal.value.details["short_minor"] == 1
    assert picture.of_everything() == before


@pytest.mark.parametrize("amount", [0, -1, MAX_MINOR + 1, 2**63, 2**200])
@pytest.mark.parametrize("ask", [funding.request_deposit, funding.request_withdrawal])
def test_an_amount_that_is_none_changes_nothing(ask: object, amount: int) -> None:
    ann = make.actor(make.approved_deposit().requested_by)
    before = picture.of_everything()
    assert callable(ask)
    with pytest.raises(AmountNotAboveZero):
        ask(amount, actor=ann, at=make.AT)
    assert picture.of_everything() == before


@pytest.mark.parametrize("note", ["x" * 201, "bell\a", "two\nlines"])
def test_a_note_that_cannot_be_kept_changes_nothing(note: str) -> None:
    ann = make.actor(make.customer())
    before = picture.of_everything()
    with pytest.raises(FieldErrors):
        funding.request_deposit(100, note, actor=ann, at=make.AT)
    assert picture.of_everything() == before


def test_visitors_and_machines_have_no_wallet() -> None:
    nobody: list[tuple[Actor, type[Exception]]] = [
        (make.visitor(), Denied), (make.console(), MachineUser), (people.system_actor(), MachineUser),
    ]  # fmt: skip
    before = picture.of_everything()
    for actor, refusal in nobody:
        for ask in (funding.request_deposit, funding.request_withdrawal):
            with pytest.raises(refusal):
                ask(100, actor=actor, at=make.AT)
    assert picture.of_everything() == before


def test_each_of_a_list_is_answered_in_its_place() -> None:
    ann, ben = make.customer(), make.customer()
    make.approved_deposit(ann, 500)
    purse, other = chart.wallet(ann.pk), chart.wallet(ben.pk)
    drafts = [
        FundsDraft("withdrawal", purse, ann.pk, 300),
        FundsDraft("deposit", other, ben.pk, 0),
        FundsDraft("withdrawal", purse, ann.pk, 300),
        FundsDraft("credit", "credit:7", None, 900, "for the fair"),
        FundsDraft("withdrawal", purse, ann.pk, 200, "x" * 201),
        FundsDraft("withdrawal", purse, ann.pk, 200),
    ]
    answers = funding.request_funds(drafts, actor=make.console(), at=make.AT)
    told = [type(answer.error).__name__ if isinstance(answer, Refusal) else answer.kind for answer in answers]
    assert told == ["withdrawal", "AmountNotAboveZero", "InsufficientFunds", "credit", "FieldErrors", "withdrawal"]
    assert books.balance_of(purse) == 0
    assert FundsRequest.objects.filter(state="pending").count() == 3
    event = AuditEvent.objects.get(action="funding.requested", actor_name="console")
    assert event.after is not None
    assert event.after["refused"] == 3


def test_a_list_that_is_too_long_changes_nothing() -> None:
    before = picture.of_everything()
    with pytest.raises(TooManyRequests):
        funding.request_funds([FundsDraft("credit", "credit:7", None, 1)] * 1001, actor=make.console(), at=make.AT)
    assert picture.of_everything() == before


def test_one_reads_what_one_asked_for_or_gains_by_and_nothing_else() -> None:
    ann, ben, auditor = make.customer(), make.customer(), make.actor(make.auditor())
    first, second = make.deposit_request(ann), make.deposit_request(ben)
    (third,) = funding.request_funds([FundsDraft("credit", "credit:7", ann.pk, 5)], actor=make.actor(ben), at=make.AT)
    assert isinstance(third, FundsRequest)
    assert list(queries.requests(make.actor(ann))) == [third, first]
    assert list(queries.requests(make.actor(ben))) == [third, second]
    assert list(queries.requests(auditor)) == [third, second, first]
    assert list(queries.requests(make.visitor())) == []
    assert list(queries.requests(auditor, kind="credit")) == [third]
    assert list(queries.requests(auditor, owner_id=ann.pk, account=chart.wallet(ann.pk))) == [first]
    assert queries.pending_count(make.actor(ann)) == 2
    assert queries.request(third.pk, make.actor(ann)) == third
    for number, kind in ((second.pk, ""), (first.pk, "withdrawal"), (0, ""), (2**70, "")):
        with pytest.raises(NoSuchRequest):
            queries.request(number, make.actor(ann), kind=kind)


def test_who_gains_by_what_waits_can_change_and_of_what_is_decided_not() -> None:
    ann, ben, admin = make.customer(), make.customer(), make.actor(make.admin())
    drafts = [FundsDraft("credit", code, ann.pk, 5) for code in ("credit:7", "credit:7", "credit:8")]
    old, waiting, other = funding.request_funds(drafts, actor=make.console(), at=make.AT)
    assert isinstance(old, FundsRequest)
    assert isinstance(waiting, FundsRequest)
    assert isinstance(other, FundsRequest)
    make.decided(old, by=admin)
    assert funding.change_owner("credit:7", ben.pk, actor=admin, at=make.AT) == 1
    assert funding.change_owner("credit:9", ben.pk, actor=admin, at=make.AT) == 0
    owners = dict(FundsRequest.objects.values_list("id", "owner_id"))
    assert owners == {old.pk: ann.pk, waiting.pk: ben.pk, other.pk: ann.pk}
    assert AuditEvent.objects.filter(action="funding.owner_changed").count() == 1
    assert queries.was_asked_for("credit:7")
    assert not queries.was_asked_for("credit:9")
