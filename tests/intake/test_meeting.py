"""Requests that meet are done in one round, and each gets what it would have got alone."""

import threading
from collections.abc import Callable, Sequence

import pytest
from django.db import OperationalError

from tests.threads import together
from tradepost.intake.services import Meeting
from tradepost.lib.errors import Busy, Refused, TradepostError

pytestmark = pytest.mark.once

PATIENCE_S = 20


class Counter:
    """Work that notes its rounds; the first one goes on until it is let go, so that others gather meanwhile."""

    def __init__(self, outcome: Callable[[int], int | TradepostError] = lambda asked: asked * 10) -> None:
        self.rounds: list[list[int]] = []
        self.began, self.go_on = threading.Event(), threading.Event()
        self.outcome = outcome

    def work(self, asked: Sequence[int]) -> list[int | TradepostError]:
        self.rounds.append(list(asked))
        if len(self.rounds) == 1:
            self.began.set()
            assert self.go_on.wait(PATIENCE_S)
        return [self.outcome(one) for one in asked]


def gathered(counter: Counter, meeting: Meeting[int, int], count: int) -> list[int | Exception]:
    """One leads; `count` come while it is at work, one after the other; then it is let go."""
    results: dict[int, int | Exception] = {}

    def join(number: int) -> None:
        try:
            results[number] = meeting.join(number)
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=join, args=(number,), daemon=True) for number in range(count + 1)]
    threads[0].start()
    assert counter.began.wait(PATIENCE_S)
    for place, thread in enumerate(threads[1:], start=1):
        thread.start()
        while len(meeting._waiting) < place:
            pass
    counter.go_on.set()
    for thread in threads:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
    return [results[number] for number in range(count + 1)]


def test_who_comes_alone_is_served_at_once_and_alone() -> None:
    counter = Counter()
    counter.go_on.set()
    meeting = Meeting(counter.work)
    assert [meeting.join(1), meeting.join(2)] == [10, 20]
    assert counter.rounds == [[1], [2]]


def test_those_who_come_meanwhile_are_done_in_one_round_each_with_an_answer_of_its_own() -> None:
    counter = Counter()
    assert gathered(counter, Meeting(counter.work), 6) == [0, 10, 20, 30, 40, 50, 60]
    assert counter.rounds == [[0], [1, 2, 3, 4, 5, 6]]


def test_a_round_holds_no_more_than_it_may_and_the_lead_is_handed_on() -> None:
    counter = Counter()
    assert gathered(counter, Meeting(counter.work, most=2), 5) == [0, 10, 20, 30, 40, 50]
    assert counter.rounds == [[0], [1, 2], [3, 4], [5]]


def test_a_refusal_reaches_the_one_it_is_meant_for() -> None:
    counter = Counter(lambda asked: Refused(f"not {asked}") if asked == 2 else asked * 10)
    answers = gathered(counter, Meeting(counter.work), 3)
    assert [str(answer) for answer in answers] == ["0", "10", "not 2", "30"]
    assert isinstance(answers[2], Refused)


@pytest.mark.parametrize("failure", [OperationalError("gone"), Busy()])
def test_a_round_that_fails_is_tried_by_each_alone_so_that_nobody_fails_for_another(failure: Exception) -> None:
    class Poisoned(Counter):
        def work(self, asked: Sequence[int]) -> list[int | TradepostError]:
            answers = super().work(asked)
            if 2 in asked:
                raise failure
            return answers

    counter = Poisoned()
    answers = gathered(counter, Meeting(counter.work), 3)
    assert [answers[0], answers[1], answers[3]] == [0, 10, 30]
    assert answers[2] is failure
    assert counter.rounds[:2] == [[0], [1, 2, 3]]
    assert sorted(counter.rounds[2:]) == [[1], [2], [3]]


def test_a_bug_is_raised_to_who_led_and_locks_nobody_out() -> None:
    class Broken(Counter):
        def work(self, asked: Sequence[int]) -> list[int | TradepostError]:
            answers = super().work(asked)
            if len(asked) > 1:
                raise ZeroDivisionError
            return answers

    counter = Broken()
    meeting = Meeting(counter.work)
    answers = gathered(counter, meeting, 3)
    assert isinstance(answers[1], ZeroDivisionError)
    assert [answers[0], answers[2], answers[3]] == [0, 20, 30]
    assert meeting.join(7) == 70


def test_a_crowd_is_answered_in_far_fewer_rounds_than_it_has_heads() -> None:
    rounds: list[int] = []

    def work(asked: Sequence[int]) -> list[int | TradepostError]:
        rounds.append(len(asked))
        threading.Event().wait(0.01)
        return [one + 1 for one in asked]

    meeting: Meeting[int, int] = Meeting(work)
    assert together([lambda n=n: meeting.join(n) for n in range(64)]) == list(range(1, 65))  # type: ignore[misc]
    assert sum(rounds) == 64
    assert len(rounds) < 32
