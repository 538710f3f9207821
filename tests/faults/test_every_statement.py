"""A change that fails right after any of its statements leaves nothing behind, and goes through when asked again."""

import json
import os
import subprocess
import sys

import pytest

from tests import picture
from tests.faults import counters
from tests.statements import PulledOut, pulled_after
from tradepost.books import services as books
from tradepost.intake.models import IdempotencyKey
from tradepost.till.models import Sale

pytestmark = pytest.mark.django_db

MOST_STATEMENTS = 60


def assert_proved() -> None:
    for found in (books.reconcile(), books.verify()):
        assert found.ok, found.differences


@pytest.mark.parametrize("name", counters.CHANGES)
def test_a_failure_after_any_statement_leaves_nothing_behind(name: str) -> None:
    store = counters.set_up()
    before = picture.of_everything()
    for number in range(1, MOST_STATEMENTS):
        try:
            with pulled_after(number):
                answer = counters.change(name, store)
        except PulledOut:
            assert picture.of_everything() == before, number
        else:
            break
    else:
        pytest.fail(f"more than {MOST_STATEMENTS} statements")
    assert number > 5
    assert (answer.status, answer.replayed) == (201, False)
    assert counters.change(name, store).replayed
    assert_proved()


def test_a_process_killed_after_any_statement_leaves_nothing_behind(database_url: str) -> None:
    """The power fails after the first statement, the second, … of a sale, each time in a process of its own."""
    store = counters.set_up()
    command = [sys.executable, "-m", "tests.faults.dying", "sale", str(store.pk), str(MOST_STATEMENTS)]
    environment = {**os.environ, "DATABASE_URL": database_url}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["deaths"] > 5
    assert told["left behind"] == []
    assert Sale.objects.count() == 2
    assert IdempotencyKey.objects.get().key == counters.KEY
    assert counters.change("ring_up", store).replayed
    assert_proved()
