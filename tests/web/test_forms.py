"""What is kept of a form that was sent."""

import json

from tests import make
from tests.web.shop import House
from tradepost.catalog import services as catalog
from tradepost.intake import services as intake
from tradepost.intake.models import IdempotencyKey
from tradepost.lib import clock


def test_a_digest_that_is_kept_tells_nothing_of_a_password(shop: House) -> None:
    sent = {"username": "newcomer", "password": make.PASSWORD}
    assert shop.client("admin").post("/users/new/", {**sent, "key": "k"}).status_code == 302
    kept = IdempotencyKey.objects.get(key="k")
    guess = intake.digest_of("POST", "/users/new/", sorted((name, [value]) for name, value in sent.items()), [])
    assert kept.digest != guess
    assert make.PASSWORD not in json.dumps(kept.body)


def test_what_is_chosen_from_a_list_that_the_form_looks_up_is_taken(shop: House) -> None:
    admin = shop.client("admin")
    sent = {"name": "Leeds Corn Exchange", "time_zone": "Europe/London"}
    assert admin.post("/stores/new/", sent).status_code == 302
    supplier = catalog.add_supplier(name="Pennine Pottery", actor=make.console(), at=clock.now())
    sent = {"product": "MUG", "quantity": "2", "cost": "", "supplier": str(supplier.pk)}
    answer = shop.client("staff").post("/goods/receive/", sent)
    assert answer.status_code == 302
    assert "Pennine Pottery" in shop.client("staff").get(answer["Location"]).content.decode()
    assert admin.post("/stores/new/", {"name": "Leeds", "time_zone": "Mars/Base"}).status_code == 422
