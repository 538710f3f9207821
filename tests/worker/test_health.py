"""What `/readyz` tells a load balancer: database, migrations, workers and broker; only the first two decide."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client, override_settings

from devtools import servers
from tests import make
from tradepost.intake import services as intake
from tradepost.lib import clock

pytestmark = pytest.mark.django_db
FINE = {"status": "ok", "database": "ok", "migrations": "ok", "workers": "ok", "broker": "none"}


def ready(redis_url: str = "") -> Any:
    with override_settings(REDIS_URL=redis_url):
        answer = Client().get("/readyz")
    assert answer.status_code == 200
    return answer.json()


def test_without_a_broker_it_is_ready() -> None:
    assert ready() == FINE


def test_a_broker_that_dies_is_said_and_serving_goes_on() -> None:
    with servers.valkey() as address:
        assert ready(address) == {**FINE, "broker": "ok"}
    assert ready(address) == {**FINE, "broker": "no answer"}


def test_work_that_waits_for_a_minute_says_that_workers_are_behind() -> None:
    for age, state in ((timedelta(seconds=30), "ok"), (timedelta(minutes=2), "behind")):
        intake.enqueue("none", actor=make.console(), at=clock.now() - age)
        assert ready() == {**FINE, "workers": state}
