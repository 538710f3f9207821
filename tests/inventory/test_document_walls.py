"""The database refuses too: what was sent or settled is never changed or removed, raw SQL included."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Model

from tests import make, picture
from tests.books.story import execute
from tradepost.inventory.apps import COUNT, SENT, SENT_LINE
from tradepost.inventory.models import Stocktake, StockTransfer, StockTransferLine, StockTransferStep

pytestmark = pytest.mark.django_db


def refused(sql: str) -> bool:
    """Whether the database refuses the statement."""
    try:
        with transaction.atomic():
            execute(sql)
    except DatabaseError:
        return True
    return False


def changeable(model: type[Model], pk: int) -> set[str]:
    """The columns of a row that can be written."""
    table = model._meta.db_table
    columns = [str(field.column) for field in model._meta.concrete_fields]
    return {name for name in columns if not refused(f"UPDATE {table} SET {name} = {name} WHERE id = {pk}")}


@pytest.fixture
def documents(db: None) -> dict[str, Any]:
    """A transfer on its way, one that is closed, a count that goes on, and one whose differences are booked."""
    source, destination = make.store(), make.store()
    mug, cup = make.stocked_product(source, 30), make.stocked_product(source, 30)
    open_transfer = make.transfer(source, destination, (mug, 10), (cup, 10))
    make.received(open_transfer, (mug, 10))
    applied = make.applied(make.stocktake(source, (mug, 9)))
    return {
        "open transfer": open_transfer,
        "closed transfer": make.received(make.transfer(source, destination, (mug, 1))),
        "applied": applied,
        "going on": make.stocktake(source, (mug, 9)),
    }


def test_what_was_sent_stands_and_what_is_settled_never_changes_again(documents: dict[str, Any]) -> None:
    before = picture.of_everything()
    on_its_way, closed = documents["open transfer"], documents["closed transfer"]
    settled, left = on_its_way.lines.order_by("position")
    columns = {str(field.column) for field in StockTransfer._meta.concrete_fields}
    assert changeable(StockTransfer, on_its_way.pk) == columns - set(SENT)
    assert changeable(StockTransfer, closed.pk) == set()
    columns = {str(field.column) for field in StockTransferLine._meta.concrete_fields}
    assert changeable(StockTransferLine, left.pk) == columns - set(SENT_LINE)
    assert changeable(StockTransferLine, settled.pk) == set()
    assert changeable(StockTransferStep, closed.steps.earliest("id").pk) == set()
    assert picture.of_everything() == before


def test_a_stocktake_that_was_applied_never_changes_again(documents: dict[str, Any]) -> None:
    columns = {str(field.column) for field in Stocktake._meta.concrete_fields}
    assert changeable(Stocktake, documents["going on"].pk) == columns - set(COUNT)
    assert changeable(Stocktake, documents["applied"].pk) == set()
    assert refused(f"UPDATE inventory_stocktake SET state = 'open' WHERE id = {documents['applied'].pk}")


@pytest.mark.parametrize("table", ["stocktransfer", "stocktransferline", "stocktransferstep", "stocktake"])
def test_none_of_them_can_be_removed(documents: dict[str, Any], table: str) -> None:
    before = picture.of_everything()
    assert refused(f"DELETE FROM inventory_{table}")
    assert picture.of_everything() == before


def test_more_than_was_sent_fits_no_line_and_a_second_count_no_store(documents: dict[str, Any]) -> None:
    left = documents["open transfer"].lines.latest("position")
    for column in ("received", "returned", "lost"):
        assert refused(f"UPDATE inventory_stocktransferline SET {column} = sent + 1 WHERE id = {left.pk}")
        assert refused(f"UPDATE inventory_stocktransferline SET {column} = -1 WHERE id = {left.pk}")
    columns = "number, store_id, note, opened_by_id, opened_at, state"
    goes_on = documents["going on"]
    same = "SELECT 'C-2', store_id, note, opened_by_id, opened_at, state FROM inventory_stocktake"
    assert refused(f"INSERT INTO inventory_stocktake ({columns}) {same} WHERE id = {goes_on.pk}")
    assert refused(f"UPDATE inventory_stocktakeline SET counted = -1 WHERE stocktake_id = {goes_on.pk}")
