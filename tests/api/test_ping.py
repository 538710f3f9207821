"""A program asks whether its token works."""

from datetime import datetime

import pytest

from tests import make, statements
from tests.api.caller import Caller, problem_of
from tradepost.lib import clock
from tradepost.people import services as people

pytestmark = pytest.mark.django_db


def test_ping_says_who_is_logged_in_and_what_time_it_is() -> None:
    vera = make.auditor("vera")
    before = clock.now()
    answer = Caller(vera).get("ping/")
    said = answer.json()
    assert answer.status_code == 200
    assert said == {"user": vera.pk, "name": "vera", "at": said["at"]}
    assert before <= datetime.fromisoformat(said["at"]) <= clock.now()


def test_ping_reads_the_token_and_nothing_else() -> None:
    caller = Caller(make.customer())
    with statements.counted() as seen:
        assert caller.get("ping/").status_code == 200
    (query,) = seen
    assert "people_token" in query


def test_a_token_that_ended_is_not_let_in() -> None:
    user = make.customer()
    caller = Caller(user)
    people.revoke_all_tokens(user.pk, actor=make.console(), at=clock.now())
    problem_of(caller.get("ping/"), 401, "authentication_failed")
