"""What is due is sent, signed, until the receiver has it; what fails is tried again, ever later, and not for ever."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from devtools.servers import free_port
from tests import make
from tests.notify.receiver import Receiver, receiving
from tests.notify.work import later, only, states, work
from tradepost.audit.models import AuditEvent
from tradepost.intake.models import Job
from tradepost.notify import queries
from tradepost.notify import services as notify
from tradepost.notify.models import Delivery, Webhook
from tradepost.notify.services.sending import ASKED_EXPIRES, DELAYS_S
from tradepost.notify.signing import secret_of
from tradepost.worker import jobs
from tradepost.worker import notify as worker

pytestmark = pytest.mark.django_db

DOCS = Path(__file__).parent.parent.parent / "docs" / "webhooks.md"


def told(receiver: Receiver, count: int = 1) -> Webhook:
    """A webhook of this receiver, and so many alerts it is to hear of."""
    hook, store = make.webhook(receiver.url), make.store()
    for _ in range(count):
        make.alert(store, make.product())
    return hook


def rests(hook: Webhook) -> Any:
    hook.refresh_from_db()
    return hook.rests_until


def test_an_event_is_heard_with_its_name_its_number_and_its_signature(receiver: Receiver) -> None:
    hook = told(receiver)
    assert work() == jobs.Tally(done=1)
    [heard], sent = receiver.heard, only(hook)
    assert heard.path == "/hook?shop=1"
    assert heard.body.decode() == sent.payload
    assert json.loads(heard.body)["event"] == heard.headers["Tradepost-Event"] == "stock.low"
    assert (heard.number, heard.headers["Content-Type"]) == (str(sent.number), "application/json")
    assert (sent.state, sent.attempts, sent.status, sent.comment, sent.due_at) == ("delivered", 1, 204, "", None)
    assert sent.settled_at is not None
    assert sent.duration_ms is not None
    assert work(later(days=1)) == jobs.Tally(), "it is not sent again"


def test_the_example_in_the_docs_knows_what_is_ours_from_what_is_not(receiver: Receiver) -> None:
    hook = told(receiver)
    work()
    [heard] = receiver.heard
    [example] = re.findall(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert len(example.strip().splitlines()) <= 12
    scope: dict[str, Any] = {}
    exec(example, scope)  # what people copy is what is tried
    signed, now = heard.headers["Tradepost-Signature"], make.AT.timestamp()
    is_ours, secret = scope["is_ours"], secret_of(hook)
    assert is_ours(secret, signed, heard.body, now)
    assert not is_ours(secret, signed, heard.body + b" ", now)
    assert not is_ours("another secret", signed, heard.body, now)
    assert not is_ours(secret, signed, heard.body, now + 3600), "an old one that was caught and sent again"
    assert not is_ours(secret, signed.replace("t=1", "t=2"), heard.body, now)


def test_everything_due_is_sent_oldest_first_by_one_job(receiver: Receiver) -> None:
    hook = told(receiver, 30)
    assert work() == jobs.Tally(done=1)
    assert states(hook) == ["delivered"] * 30
    numbers = [str(one.number) for one in Delivery.objects.order_by("id")]
    assert [heard.number for heard in receiver.heard] == numbers
    assert Job.objects.get().result == {"delivered": 30, "failed": 0}


def test_a_receiver_that_was_down_hears_all_of_it_once_it_is_up(settings: Any) -> None:
    settings.TRADEPOST_WEBHOOKS_INSIDE = True
    port = free_port()
    hook = told(Receiver(port), 3)
    work()
    assert states(hook) == ["failed", "pending", "pending"], "one attempt, and the others wait behind it"
    assert only_comment(hook) == "There was no connection: Connection refused"
    assert rests(hook) == pytest.approx(later(seconds=10), abs=timedelta(seconds=2))
    hook.refresh_from_db()
    assert (hook.state, hook.failures) == ("failing", 1)
    assert work(later(seconds=5)) == jobs.Tally(), "it is left alone for a moment"
    with receiving(port) as receiver:
        work(later(seconds=15))
        assert states(hook) == ["delivered"] * 3
        assert len({heard.number for heard in receiver.heard}) == len(receiver.heard) == 3
    hook.refresh_from_db()
    assert (hook.state, hook.failures, hook.failing_since, hook.rests_until) == ("on", 0, None, None)


def only_comment(hook: Webhook) -> str:
    return Delivery.objects.filter(webhook=hook, state="failed").get().comment


def test_the_number_stays_the_same_over_all_attempts(receiver: Receiver) -> None:
    hook = told(receiver)
    receiver.says(500, b"out of paper\0")
    work()
    receiver.says(200)
    work(later(minutes=1))
    first, second = receiver.heard
    assert first.number == second.number
    assert first.body == second.body
    assert first.headers["Tradepost-Signature"] != second.headers["Tradepost-Signature"], "it says when it was sent"
    assert (only(hook).state, only(hook).attempts) == ("delivered", 2)


def test_a_refused_event_is_tried_for_a_day_and_holds_up_no_other(receiver: Receiver) -> None:
    hook, store = make.webhook(receiver.url), make.store()
    poison = make.alert(store, make.product())
    receiver.answer = lambda heard: (400 if f"alert:{poison.pk}".encode() in heard.body else 200, {}, b"what?")
    make.alert(store, make.product())
    at = make.AT
    work(at)
    assert states(hook) == ["failed", "delivered"]
    assert only_comment(hook) == "The receiver refused it: 400 Bad Request, what?"
    assert rests(hook) is None
    gaps = []
    while (stuck := Delivery.objects.order_by("id")[0]).due_at:
        gaps.append((stuck.due_at - at).total_seconds())
        at = stuck.due_at
        work(at)
    assert [round(gap, -1) for gap in gaps] == list(DELAYS_S)
    assert timedelta(hours=23) < at - make.AT < timedelta(hours=25)
    assert (stuck.state, stuck.attempts, stuck.status) == ("given_up", len(DELAYS_S) + 1, 400)
    hook.refresh_from_db()
    assert hook.is_active
    event = AuditEvent.objects.get(action="notify.deliveries_given_up")
    assert (event.after or {})["given_up"] == 1
    assert event.actor_name == "system"


def test_who_is_silent_for_a_day_loses_what_is_older_than_a_day_and_nothing_else(receiver: Receiver) -> None:
    hook, store = make.webhook(receiver.url), make.store()
    receiver.says(503)
    for _ in range(3):
        make.alert(store, make.product())
    work()
    receiver.heard.clear()
    make.alert(store, make.product())
    work(later(hours=2))
    work(later(hours=24, minutes=1))
    assert states(hook) == ["given_up", "given_up", "given_up", "pending"]
    assert len(receiver.heard) == 2
    receiver.says(200)
    work(later(hours=25))
    assert states(hook)[3] == "delivered"


def test_a_week_without_one_success_switches_it_off_and_says_so(receiver: Receiver) -> None:
    hook, store = make.webhook(receiver.url), make.store()
    receiver.says(500)
    for days in (0, 3, 6.9):
        make.alert(store, make.product())
        work(later(days=days))
    hook.refresh_from_db()
    assert hook.is_active
    make.alert(store, make.product())
    work(later(days=7.1))
    hook.refresh_from_db()
    assert (hook.is_active, hook.off_because) == (False, "Nothing was delivered for a week")
    assert set(states(hook)) == {"given_up"}
    event = AuditEvent.objects.get(action="notify.webhook_switched_off")
    assert (event.after or {})["off_because"] == hook.off_because


def test_a_receiver_that_is_gone_is_not_asked_again(receiver: Receiver) -> None:
    hook = told(receiver, 3)
    receiver.says(410)
    work()
    hook.refresh_from_db()
    assert (hook.is_active, hook.off_because) == (False, "The receiver answered 410: it is gone for good")
    assert states(hook) == ["given_up"] * 3
    assert len(receiver.heard) == 1
    make.alert(make.store(), make.product())
    assert work(later(days=1)) == jobs.Tally()
    notify.change_webhook(hook.pk, is_active=True, actor=make.console(), at=make.AT)
    hook.refresh_from_db()
    assert (hook.state, hook.off_because, hook.failures) == ("on", "", 0)


def test_what_was_settled_stays_whoever_comes_second(receiver: Receiver) -> None:
    hook = told(receiver)
    work()
    again = notify.record_attempt(only(hook).pk, notify.Attempt(500, 1, "late"), actor=make.console(), at=later(days=1))
    assert (again.state, again.attempts, again.comment) == ("delivered", 1, "")
    hook.refresh_from_db()
    assert hook.failures == 0


def test_one_job_a_webhook_is_asked_for_until_it_is_done(receiver: Receiver) -> None:
    told(receiver)
    worker.spread(make.AT)
    assert [worker.ask_to_send(make.AT) for _ in range(2)] == [1, 0]
    assert Job.objects.count() == 1
    lost = make.AT + ASKED_EXPIRES + timedelta(seconds=1)
    assert worker.ask_to_send(lost) == 1, "the first job failed for good"
    work(lost)
    assert len(receiver.heard) == 1, "of two jobs the later alone sends"


def test_one_slow_receiver_holds_up_neither_others_nor_other_jobs(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SEND_FOR_S", 0.0)
    slow = told(receiver, 3)
    with receiving() as quick:
        other = make.webhook(quick.url)
        make.alert(make.store(), make.product())
        work()
        assert (set(states(slow)), set(states(other))) == ({"pending"}, {"pending"}), "no time was left for any"
        monkeypatch.undo()
        work()
        assert (set(states(slow)), set(states(other))) == ({"delivered"}, {"delivered"})


def test_another_secret_signs_from_the_next_attempt_on(receiver: Receiver) -> None:
    hook = told(receiver)
    before = secret_of(hook)
    worker.spread(make.AT)
    _, fresh = notify.rotate_secret(hook.pk, actor=make.console(), at=make.AT)
    hook.refresh_from_db()
    worker.ask_to_send(make.AT)
    hook.refresh_from_db()
    assert hook.asked_at
    due = queries.next_due(hook.pk, hook.asked_at, at=make.AT)
    assert due is not None
    assert due.secret == fresh != before
