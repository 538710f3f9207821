"""A charge that fails right after any of its statements, or whose process dies there, leaves nothing behind."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests import make, picture
from tests.api.caller import Caller
from tests.statements import PulledOut, pulled_after
from tradepost.books import services as books
from tradepost.intake.models import IdempotencyKey
from tradepost.prepaid import queries
from tradepost.prepaid.models import ChargeSale, Seller

pytestmark = pytest.mark.django_db

KEY, MOST_STATEMENTS = "the-only-key", 60


def seller_with_login() -> Seller:
    return make.seller(credit_minor=10_000, user_id=make.customer().pk)


def body_of(seller: Seller, rows: int) -> Any:
    charges = [
        {"seller_id": seller.pk, "phone_number": f"0912345678{n}", "amount": "5.00"} for n in range(max(rows, 1))
    ]
    return charges if rows else charges[0]


def assert_exact(seller: Seller, sold: int) -> None:
    found = queries.reconcile(seller.pk, make.console())
    assert (found.is_reconciled, found.current_balance_minor) == (True, 10_000 - 500 * sold)
    for proof in (books.reconcile(), books.verify()):
        assert proof.ok, proof.differences


@pytest.mark.parametrize(("rows", "status"), [(0, 201), (3, 200)])
def test_a_charge_that_fails_after_any_statement_leaves_nothing_and_goes_through_when_sent_again(
    rows: int, status: int
) -> None:
    seller = seller_with_login()
    caller = Caller(make.login_of(seller))
    before = picture.of_everything()
    for number in range(1, MOST_STATEMENTS):
        try:
            with pulled_after(number):
                response = caller.post("charge-sales/", body_of(seller, rows), key=KEY)
        except PulledOut:
            assert picture.of_everything() == before, number
        else:
            break
    else:
        pytest.fail(f"more than {MOST_STATEMENTS} statements")
    assert number > 8
    assert response.status_code == status, response.content
    again = caller.post("charge-sales/", body_of(seller, rows), key=KEY)
    assert (again.headers["Idempotent-Replayed"], again.json()) == ("true", response.json())
    assert ChargeSale.objects.count() == max(rows, 1)
    assert_exact(seller, max(rows, 1))


def test_a_process_killed_after_any_statement_of_a_charge_leaves_nothing_behind(database_url: str) -> None:
    seller = seller_with_login()
    command = [sys.executable, "-m", "tests.faults.dying", "charge", str(seller.pk), str(MOST_STATEMENTS)]
    environment = {**os.environ, "DATABASE_URL": database_url}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["deaths"] > 8
    assert told["left behind"] == []
    assert ChargeSale.objects.count() == 1
    assert IdempotencyKey.objects.get().key == KEY
    assert_exact(seller, 1)
