"""A transfer or a count that fails right after any of its statements leaves nothing, and goes through afterwards."""

from collections.abc import Callable

import pytest

from tests import make, picture
from tests.statements import PulledOut, pulled_after
from tradepost.books import services as engine
from tradepost.intake import services as intake
from tradepost.intake.services import Answer
from tradepost.inventory import services as inventory
from tradepost.inventory.services import CountItem

pytestmark = pytest.mark.django_db

MOST_STATEMENTS = 60
CHANGES = "send receive send_back write_off_transit open_stocktake count uncount apply_stocktake cancel_stocktake"


def changes() -> dict[str, Callable[[], object]]:
    """What can be done, by name, with goods on a shelf, goods on their way, and a count that found a difference."""
    source, destination, console = make.store(), make.store(), make.console()
    mug, cup = make.stocked_product(source, 30), make.stocked_product(source, 30)
    sent = make.transfer(source, destination, (mug, 10), (cup, 10))
    counted = make.stocktake(source, (mug, 19), (cup, 22))
    draft, now = make.transfer_draft(source, destination, (mug, 1), (cup, 1)), make.AT
    items = [CountItem(mug.pk, 5), CountItem(cup.pk, 1, is_more=True)]
    return {
        "send": lambda: inventory.send([draft, draft], actor=console, at=now),
        "receive": lambda: inventory.receive(sent.pk, None, actor=console, at=now),
        "send_back": lambda: inventory.send_back(sent.pk, {mug.pk: 3}, actor=console, at=now),
        "write_off_transit": lambda: inventory.write_off_transit(sent.pk, None, "Lost", actor=console, at=now),
        "open_stocktake": lambda: inventory.open_stocktake(destination.pk, note="", actor=console, at=now),
        "count": lambda: inventory.count(counted.pk, items, actor=console, at=now),
        "uncount": lambda: inventory.uncount(counted.pk, mug.pk, actor=console, at=now),
        "apply_stocktake": lambda: inventory.apply_stocktake(counted.pk, actor=console, at=now),
        "cancel_stocktake": lambda: inventory.cancel_stocktake(counted.pk, actor=console, at=now),
    }


@pytest.mark.parametrize("name", CHANGES.split())
def test_a_failure_after_any_statement_leaves_nothing_behind(name: str) -> None:
    change, console = changes()[name], make.console()

    def once() -> Answer:
        return intake.once("the-only-key", "digest", console, lambda: Answer(200, bool(change())))

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
    for found in (engine.reconcile(), engine.verify()):
        assert found.ok, found.differences
