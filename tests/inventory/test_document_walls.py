"""The database refuses too: what was sent or settled is never changed or removed, raw SQL included."""

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from tests import make, picture
from tests.books.story import execute
from tests.threads import together
from tradepost.books import chart
from tradepost.books import services as books
from tradepost.inventory import services as inventory
from tradepost.inventory.apps import COUNT, SENT, SENT_LINE, WALLS
from tradepost.inventory.models import Stocktake, StocktakeLine, StockTransfer, StockTransferLine, StockTransferStep
from tradepost.lib import walls
from tradepost.lib.walls import Lid

pytestmark = pytest.mark.django_db

LIDS = [wall for wall in WALLS if isinstance(wall, Lid)]
LINE = "inventory_stocktakeline"


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


def of_line(product_id: int, stocktake_id: int) -> str:
    """What a line of a stocktake would hold, written by hand."""
    return f"{stocktake_id}, {product_id}, 7, 9, {make.console().user_id}, CURRENT_TIMESTAMP"


def added(product_id: int, stocktake_id: int) -> str:
    """The statement that writes it."""
    columns = "stocktake_id, product_id, counted, expected, counted_by_id, counted_at"
    return f"INSERT INTO {LINE} ({columns}) SELECT {of_line(product_id, stocktake_id)}"


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
        "cancelled": inventory.cancel_stocktake(
            make.stocktake(destination, (mug, 3)).pk, actor=make.console(), at=make.AT
        ),
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


@pytest.mark.parametrize("outcome", ["applied", "cancelled"])
def test_what_a_settled_stocktake_counted_is_never_added_to_changed_or_removed(
    documents: dict[str, Any], outcome: str
) -> None:
    before = picture.of_everything()
    settled, going_on = documents[outcome].pk, documents["going on"].pk
    line, counted = (Stocktake.objects.get(pk=pk).lines.get().pk for pk in (settled, going_on))
    assert changeable(StocktakeLine, line) == set()
    assert refused(f"DELETE FROM {LINE} WHERE id = {line}")
    assert refused(f"DELETE FROM {LINE}"), "among others"
    assert refused(f"UPDATE {LINE} SET stocktake_id = {going_on} WHERE id = {line}"), "taken out of it"
    assert refused(f"UPDATE {LINE} SET stocktake_id = {settled} WHERE id = {counted}"), "put into it"
    assert refused(added(make.product().pk, settled))
    assert refused(f"{added(make.product().pk, settled)} UNION ALL SELECT {of_line(make.product().pk, going_on)}")
    if connection.vendor == "postgresql":
        assert refused(f"TRUNCATE {LINE}")
    else:
        replacing = added(make.product().pk, going_on).replace("INSERT", "INSERT OR REPLACE").replace("(", "(id, ")
        assert refused(replacing.replace("SELECT", f"SELECT {line},"))
        assert refused(f"UPDATE OR REPLACE {LINE} SET id = {line} WHERE id = {counted}")
    after = picture.of_everything()
    assert after[LINE] == before[LINE]
    assert after["inventory_stocktake"] == before["inventory_stocktake"]


def test_the_lines_of_a_count_that_goes_on_come_change_and_go(documents: dict[str, Any]) -> None:
    going_on = documents["going on"]
    assert not refused(added(make.product().pk, going_on.pk))
    assert changeable(StocktakeLine, going_on.lines.first().pk) == {
        str(field.column) for field in StocktakeLine._meta.concrete_fields
    }
    assert not refused(f"DELETE FROM {LINE} WHERE stocktake_id = {going_on.pk}")


@pytest.mark.parametrize("table", ["stocktransferline", "stocktransferstep"])
def test_nothing_is_added_to_a_closed_transfer(documents: dict[str, Any], table: str) -> None:
    before = picture.of_everything()
    model = {"stocktransferline": StockTransferLine, "stocktransferstep": StockTransferStep}[table]
    posting = books.post_one(make.payment(chart.BANK, "wallet:1", 100))
    fresh = {"position": "9", "product_id": str(make.product().pk), "posting_id": str(posting.posting_id)}
    names = [str(field.column) for field in model._meta.concrete_fields if field.column != "id"]
    values = ", ".join(fresh.get(name, name) for name in names)
    copied = f"INSERT INTO inventory_{table} ({', '.join(names)}) SELECT {values} FROM inventory_{table}"
    closed, still_open = documents["closed transfer"].pk, documents["open transfer"].pk
    assert refused(f"{copied} WHERE id = (SELECT MIN(id) FROM inventory_{table} WHERE transfer_id = {closed})")
    assert picture.of_everything()[f"inventory_{table}"] == before[f"inventory_{table}"]
    control = f"{copied} WHERE id = (SELECT MIN(id) FROM inventory_{table} WHERE transfer_id = {still_open})"
    assert not refused(control), "or else it was refused for another reason"


@pytest.mark.parametrize("guarded", [True, False])
def test_a_line_written_by_hand_while_its_stocktake_is_closed_is_in_it_or_refused(
    documents: dict[str, Any], guarded: bool
) -> None:
    """Without the lid the line comes to stand in a count that is settled, its difference never booked."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite writes one after the other")
    if not guarded:
        walls.take_down(LIDS)
    count, product = documents["going on"], make.product()
    settled, written = threading.Event(), threading.Event()

    def close() -> None:
        with transaction.atomic():
            make.applied(count)
            settled.set()
            written.wait(1)  # guarded, it waits for us and never comes

    def write() -> bool:
        settled.wait(10)
        late = refused(added(product.pk, count.pk))
        written.set()
        return late

    assert together([close, write]) == [None, guarded]
    assert StocktakeLine.objects.filter(product=product).exists() is not guarded


def test_a_missing_lid_is_named_by_the_system_check() -> None:
    assert len(LIDS) == 3
    for lid in LIDS:
        names = [name for name, _ in lid.statements(connection.vendor)]
        assert walls.missing([lid]) == []
        walls.take_down([lid])
        assert walls.missing([lid]) == names
        walls.install([lid])
        assert walls.missing([lid]) == []


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
