"""A request or a decision that fails right after any of its statements leaves nothing, and goes through afterwards."""

from collections.abc import Callable, Sequence

import pytest

from tests import make, picture
from tests.funding.asks import assert_proved
from tests.statements import PulledOut, pulled_after
from tradepost.funding import services as funding
from tradepost.funding.models import FundsRequest
from tradepost.funding.services import Decision
from tradepost.intake import services as intake
from tradepost.intake.services import Answer

pytestmark = pytest.mark.django_db

MOST_STATEMENTS = 40


def changes() -> dict[str, Callable[[], Sequence[object]]]:
    """What funding does, by name, over a wallet with money in it and a request of each kind that waits."""
    ann = make.customer()
    make.approved_deposit(ann, 1000)
    waiting = [make.deposit_request(ann, 100), make.withdrawal_request(ann, 100)]
    actor, vera = make.actor(ann), make.actor(make.admin())

    def decide(approve: bool) -> Sequence[object]:
        return funding.decide([Decision(one.pk, approve) for one in waiting], actor=vera, at=make.AT)

    return {
        "deposit": lambda: [funding.request_deposit(50, actor=actor, at=make.AT)],
        "withdrawal": lambda: [funding.request_withdrawal(50, actor=actor, at=make.AT)],
        "approve": lambda: decide(approve=True),
        "reject": lambda: decide(approve=False),
        "change_owner": lambda: [funding.change_owner(waiting[0].account, vera.user_id, actor=vera, at=make.AT)],
    }


@pytest.mark.parametrize("name", ["deposit", "withdrawal", "approve", "reject", "change_owner"])
def test_a_failure_after_any_statement_leaves_nothing_behind(name: str) -> None:
    change, console = changes()[name], make.console()

    def once() -> Answer:
        return intake.once("the-only-key", "digest", console, lambda: Answer(200, len(change())))

    before = picture.of_everything()
    for number in range(1, MOST_STATEMENTS):
        try:
            with pulled_after(number):
                answer = once()
        except PulledOut:
            assert picture.of_everything() == before, number
        else:
            break
    else:
        pytest.fail(f"more than {MOST_STATEMENTS} statements")
    assert number > 5
    assert not answer.replayed
    after = picture.of_everything()
    assert after != before
    assert once().replayed
    assert picture.of_everything() == after
    assert_proved()


def test_a_refusal_of_one_row_does_not_spoil_the_others() -> None:
    """And what was refused in a list leaves nothing of its own."""
    vera = make.actor(make.admin())
    sound, own = make.deposit_request(), make.deposit_request(make.admin("mia"))
    decisions = [Decision(999, approve=True), Decision(own.pk, approve=True), Decision(sound.pk, approve=True)]
    mia = make.actor(own.requested_by)
    answers = funding.decide(decisions, actor=mia, at=make.AT)
    assert [getattr(answer, "key", "") for answer in answers] == ["999", str(own.pk), ""]
    states = dict(FundsRequest.objects.values_list("id", "state"))
    assert states == {sound.pk: "approved", own.pk: "pending"}
    assert make.decided(own, by=vera).state == "approved"
