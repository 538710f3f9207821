"""What is kept of a form that was sent."""

import json

from tests import make
from tests.web.shop import House
from tradepost.intake import services as intake
from tradepost.intake.models import IdempotencyKey


def test_a_digest_that_is_kept_tells_nothing_of_a_password(shop: House) -> None:
    sent = {"username": "newcomer", "password": make.PASSWORD}
    assert shop.client("admin").post("/users/new/", {**sent, "key": "k"}).status_code == 302
    kept = IdempotencyKey.objects.get(key="k")
    guess = intake.digest_of("POST", "/users/new/", sorted((name, [value]) for name, value in sent.items()))
    assert kept.digest != guess
    assert make.PASSWORD not in json.dumps(kept.body)
