"""Stock movements: each is the counter's document of its number, applied once, in the order asked for."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests import make, picture
from tests.statements import counted
from tradepost.audit.models import AuditEvent
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.books.errors import InsufficientStock
from tradepost.books.models import Posting
from tradepost.catalog import services as catalog
from tradepost.inventory import queries
from tradepost.inventory import services as inventory
from tradepost.inventory.errors import NoSuchMovement, UnknownMovementType
from tradepost.inventory.models import StockMovement
from tradepost.inventory.services import MovementDraft, Refusal
from tradepost.lib.errors import Denied, FieldErrors, Missing
from tradepost.places import services as places
from tradepost.places.errors import StoreArchived
from tradepost.till.errors import (
    AmountOutOfRange,
    NotANumber,
    NotForSale,
    NumberTaken,
    QuantityNotAboveZero,
    ReasonNeeded,
)
from tradepost.till.models import AverageCost, Sale, StockEntry

pytestmark = pytest.mark.django_db


def record(*drafts: MovementDraft, **fields: Any) -> list[StockMovement | Refusal]:
    """What becomes of them, recorded by the console unless somebody else is named."""
    return inventory.record_movements(list(drafts), **{"actor": make.console(), "at": make.AT, **fields})


def refusal_of(draft: MovementDraft, **fields: Any) -> Exception:
    """Why it is refused; nothing may have changed."""
    before = picture.of_documents_and_books()
    (answer,) = record(draft, **fields)
    assert isinstance(answer, Refusal)
    assert picture.of_documents_and_books() == before
    return answer.error


def test_goods_that_come_in_are_a_delivery_of_the_same_number() -> None:
    store, mug, supplier = (
        make.store(),
        make.product(),
        catalog.add_supplier(name="Mugs Ltd", actor=make.console(), at=make.AT),
    )
    clerk = make.staff(store)
    draft = MovementDraft(store.pk, mug.pk, "IN", 12, supplier.pk, "From the lorry")
    movement = make.accepted(record(draft, actor=make.actor(clerk)))
    entry = StockEntry.objects.get(number=movement.number)
    assert (entry.kind, entry.supplier, entry.reason, entry.posting_id) == (
        "received",
        supplier,
        "From the lorry",
        movement.posting_id,
    )
    assert entry.total_cost_minor == 1200
    assert books.level_of(mug.pk, chart.store(store.pk)) == 12
    movement.refresh_from_db()
    assert (movement.state, movement.quantity, movement.asked_by, movement.at) == ("applied", 12, clerk, make.AT)
    assert (movement.settled_at, movement.refusal, movement.job) == (make.AT, "", None)
    event = AuditEvent.objects.get(action="inventory.moved")
    assert (event.subject_id, event.store_id, event.actor_id) == (movement.number, store.pk, clerk.pk)
    assert event.after == {
        "fields": ["number", "product", "store", "type", "quantity", "before", "after"],
        "movements": [[movement.number, mug.pk, store.pk, "IN", 12, 0, 12]],
        "IN": 1,
        "refused": 0,
    }


def test_the_audit_log_tells_of_each_movement_of_a_list_what_it_changed() -> None:
    store, other = make.store(), make.store()
    mug = make.stocked_product(store, 10)
    spots = [(store, "OUT", 4), (store, "OUT", 7), (other, "IN", 3), (store, "REM", 1)]
    answers = record(*(MovementDraft(where.pk, mug.pk, kind, steps, note="Why") for where, kind, steps in spots))
    first, _, third, last = (getattr(answer, "number", "") for answer in answers)
    event = AuditEvent.objects.get(action="inventory.moved")
    after = event.after or {}
    assert after["movements"] == [
        [first, mug.pk, store.pk, "OUT", 4, 10, 6],
        [third, mug.pk, other.pk, "IN", 3, 0, 3],
        [last, mug.pk, store.pk, "REM", 1, 6, 5],
    ]
    assert (after["OUT"], after["IN"], after["REM"], after["refused"], event.store_id) == (1, 1, 1, 1, None)


def test_goods_that_go_out_are_a_cash_sale_at_the_price_of_the_moment() -> None:
    store = make.store()
    mug = make.stocked_product(store, 10, cost=900)
    movement = make.moved(store, mug, "OUT", 4)
    sale = Sale.objects.get(number=movement.number)
    assert (sale.total_minor, sale.tender, sale.posting_id) == (1000, "cash", movement.posting_id)
    assert [line.cost_minor for line in sale.lines.all()] == [360]
    assert books.balance_of(chart.revenue(store.pk)) == 1000
    assert books.level_of(mug.pk, chart.store(store.pk)) == 6


def test_goods_removed_are_a_loss_at_cost_with_its_reason() -> None:
    store = make.store()
    mug = make.stocked_product(store, 10, cost=900)
    movement = make.moved(store, mug, "REM", 4, note=" Dropped ")
    entry = StockEntry.objects.get(number=movement.number)
    assert (entry.kind, entry.reason, entry.total_cost_minor) == ("written_off", "Dropped", 360)
    assert books.balance_of(chart.loss(store.pk)) == 360
    assert movement.note == "Dropped"


def test_a_list_is_judged_in_its_order_and_each_row_by_what_those_before_it_left() -> None:
    store, mug = make.store(), make.product()
    rows = [("OUT", 1), ("IN", 10), ("OUT", 4), ("REM", 7), ("REM", 6), ("OUT", 1), ("IN", 5), ("OUT", 5)]
    drafts = [MovementDraft(store.pk, mug.pk, kind, steps, note="Because") for kind, steps in rows]
    answers = record(*drafts)
    assert [isinstance(answer, Refusal) for answer in answers] == [True, False, False, True, False, True, False, False]
    assert books.level_of(mug.pk, chart.store(store.pk)) == 0
    assert [m.movement_type for m in StockMovement.objects.order_by("id")] == ["IN", "OUT", "REM", "IN", "OUT"]
    assert AuditEvent.objects.filter(action__startswith="inventory.").count() == 1


def test_selling_25_of_10_is_refused_and_nothing_changes() -> None:
    store = make.store()
    mug = make.stocked_product(store, 10)
    error = refusal_of(MovementDraft(store.pk, mug.pk, "OUT", 25))
    assert isinstance(error, InsufficientStock)
    assert (error.details["available"], error.details["required"], error.details["short"]) == (10, 25, 15)


def test_removing_more_than_is_there_is_refused_and_not_clamped_at_zero() -> None:
    store = make.store()
    mug = make.stocked_product(store, 10)
    assert isinstance(refusal_of(MovementDraft(store.pk, mug.pk, "REM", 11, note="Gone")), InsufficientStock)
    assert books.level_of(mug.pk, chart.store(store.pk)) == 10


@pytest.mark.parametrize("movement_type", ["IN", "OUT", "REM"])
@pytest.mark.parametrize("steps", [0, -1, -(10**15)])
def test_a_movement_of_zero_or_below_is_refused(movement_type: str, steps: int) -> None:
    store = make.store()
    mug = make.stocked_product(store, 10)
    draft = MovementDraft(store.pk, mug.pk, movement_type, steps, note="Why")
    assert isinstance(refusal_of(draft), QuantityNotAboveZero)


def test_a_movement_that_no_book_could_hold_is_refused() -> None:
    store, mug = make.store(), make.product()
    assert isinstance(refusal_of(MovementDraft(store.pk, mug.pk, "IN", 10**15 + 1)), AmountOutOfRange)


def test_what_cannot_be_moved_is_refused() -> None:
    store, closed, mug = make.store(), make.store(), make.product()
    places.archive_store(closed.pk, actor=make.console(), at=make.AT)
    repair, old = make.product(stocked=False), make.product()
    catalog.archive_product(old.pk, actor=make.console(), at=make.AT)

    def draft(**fields: Any) -> MovementDraft:
        return MovementDraft(store.pk, mug.pk, "IN", 1)._replace(**fields)

    cases: list[tuple[MovementDraft, type[Exception]]] = [
        (draft(movement_type="in"), UnknownMovementType),
        (draft(movement_type="TRANSFER"), UnknownMovementType),
        (draft(movement_type="REM"), ReasonNeeded),
        (draft(movement_type="REM", note="  "), ReasonNeeded),
        (draft(note="n" * 201), FieldErrors),
        (draft(note="a\nb"), FieldErrors),
        (draft(note="\u202eevil"), FieldErrors),
        (draft(movement_type="REM", note="Wet\tfloor"), FieldErrors),
        (draft(number="n" * 61), NotANumber),
        (draft(number="a\nb"), NotANumber),
        (draft(store_id=closed.pk), StoreArchived),
        (draft(store_id=10**6), Missing),
        (draft(product_id=10**6), Missing),
        (draft(product_id=2**70), Missing),
        (draft(supplier_id=10**6), Missing),
        (draft(movement_type="OUT", supplier_id=10**6), Missing),
        (draft(product_id=repair.pk), Missing),
        (draft(product_id=repair.pk, movement_type="OUT"), Missing),
        (draft(product_id=old.pk), NotForSale),
    ]
    for wrong, error in cases:
        assert isinstance(refusal_of(wrong), error), wrong


def test_staff_of_one_store_touches_no_other_and_the_own_row_still_goes_through() -> None:
    own, other = make.store(), make.store()
    mug = make.stocked_product(other, 10)
    clerk = make.actor(make.staff(own))
    draft = MovementDraft(other.pk, mug.pk, "REM", 1, note="Mine now")
    for movement_type in ("IN", "OUT", "REM"):
        draft = draft._replace(movement_type=movement_type)
        assert isinstance(refusal_of(draft, actor=clerk), Denied)
    foreign, fine = record(draft, MovementDraft(own.pk, mug.pk, "IN", 1), actor=clerk)
    assert isinstance(foreign, Refusal)
    assert isinstance(fine, StockMovement)
    assert books.levels_of(mug.pk) == {chart.store(other.pk): 10, chart.store(own.pk): 1}


def test_customers_auditors_and_visitors_move_nothing() -> None:
    store = make.store()
    mug = make.stocked_product(store, 10)
    for nobody in (make.actor(make.customer()), make.actor(make.auditor()), make.visitor()):
        assert isinstance(refusal_of(MovementDraft(store.pk, mug.pk, "IN", 1), actor=nobody), Denied)


def test_a_number_asked_for_again_gives_the_first_movement() -> None:
    store, mug = make.store(), make.product()
    draft = MovementDraft(store.pk, mug.pk, "IN", 5, number="lorry-17")
    first, twin = (make.accepted(record(draft)) for _ in range(2))
    assert first == twin
    both = record(draft, draft._replace(number="lorry-18"), draft._replace(number="lorry-18"))
    assert [answer.number for answer in both if isinstance(answer, StockMovement)] == [
        "lorry-17",
        "lorry-18",
        "lorry-18",
    ]
    assert books.level_of(mug.pk, chart.store(store.pk)) == 10


def test_a_number_that_stands_for_something_else_is_taken() -> None:
    store, mug = make.store(), make.product()
    supplier = catalog.add_supplier(name="Potters", actor=make.console(), at=make.AT)
    draft = MovementDraft(store.pk, mug.pk, "IN", 5, number="lorry-17")
    make.accepted(record(draft))
    before = picture.of_everything()
    for other in ({"quantity": 6}, {"supplier_id": supplier.pk}, {"note": "By ship"}, {"movement_type": "OUT"}):
        assert isinstance(refusal_of(draft._replace(**other)), NumberTaken)
    assert picture.of_everything() == before
    make.delivery(store, (mug, 5, None), number="till-1")
    assert isinstance(refusal_of(draft._replace(store_id=make.store().pk)), NumberTaken)
    assert isinstance(refusal_of(draft._replace(number="till-1")), NumberTaken)


def test_a_number_of_another_kind_of_document_is_taken_and_the_rows_beside_it_go_on() -> None:
    store, mug = make.store(), make.stocked_product(make.store(), 1)
    make.delivery(store, (mug, 5, None), number="till-1")
    removal = MovementDraft(store.pk, mug.pk, "REM", 1, note="Broken", number="till-1")
    assert isinstance(refusal_of(removal), NumberTaken)
    taken, fine = record(removal, removal._replace(number="till-2"))
    assert isinstance(taken, Refusal)
    assert isinstance(fine, StockMovement)
    make.accepted(record(removal._replace(movement_type="OUT")))  # sales have numbers of their own
    assert books.level_of(mug.pk, chart.store(store.pk)) == 3


def test_the_number_of_a_sale_of_free_services_is_taken_though_it_has_no_posting() -> None:
    store, advice = make.store(), make.product(stocked=False, price_minor=0)
    mug = make.stocked_product(store, 5)
    assert make.sale(store, (advice, 1), number="till-1").posting_id is None
    assert isinstance(refusal_of(MovementDraft(store.pk, mug.pk, "OUT", 1, number="till-1")), NumberTaken)


def test_a_number_that_stands_is_nothing_to_those_who_do_not_work_in_its_store() -> None:
    own, other = make.store(), make.store()
    mug = make.stocked_product(other, 10)
    draft = MovementDraft(other.pk, mug.pk, "OUT", 1, number="N1")
    make.accepted(record(draft))
    clerk, colleague = make.actor(make.staff(own)), make.actor(make.staff(other))
    for stranger in (clerk, make.actor(make.customer()), make.actor(make.auditor()), make.visitor()):
        for asked in (draft, draft._replace(quantity=2), draft._replace(number="N2"), draft._replace(number="n" * 61)):
            assert isinstance(refusal_of(asked, actor=stranger), Denied)
    assert make.accepted(record(draft, actor=colleague)).number == "N1"
    mine = draft._replace(store_id=own.pk, movement_type="IN")
    assert isinstance(refusal_of(mine, actor=clerk), NumberTaken)
    new = [draft._replace(number="N3"), mine._replace(number="N3"), draft._replace(number="N3")]
    foreign, fine, again = record(*new, actor=clerk)
    assert isinstance(fine, StockMovement)
    assert [isinstance(one, Refusal) and type(one.error) for one in (foreign, again)] == [Denied, Denied]
    assert books.levels_of(mug.pk) == {chart.store(other.pk): 9, chart.store(own.pk): 1}


def test_movements_without_a_cost_leave_the_average_as_it_is() -> None:
    store = make.store()
    mug = make.stocked_product(store, 10, cost=1500)
    make.moved(store, mug, "IN", 30)
    make.moved(store, mug, "OUT", 5)
    assert AverageCost.objects.get(store=store, product=mug).average_e4 == 150 * 10_000
    assert StockEntry.objects.latest("id").total_cost_minor == 30 * 150


def test_an_applied_movement_is_neither_edited_nor_deleted_not_even_by_raw_sql() -> None:
    store, mug = make.store(), make.product()
    movement = make.moved(store, mug, "IN", 5)
    before = picture.of_everything()
    table = "inventory_stockmovement"
    changes = [
        f"UPDATE {table} SET quantity = 6",
        f"UPDATE {table} SET note = 'Not so'",
        f"UPDATE {table} SET state = 'queued', posting_id = NULL, settled_at = NULL",
        f"UPDATE {table} SET state = 'refused', refusal = 'x', posting_id = NULL",
        f"UPDATE {table} SET detail = 'x'",
        f"UPDATE {table} SET at = at",
        f"DELETE FROM {table}",
    ]
    if connection.vendor == "postgresql":
        changes.append(f"TRUNCATE {table} CASCADE")
    else:
        columns = ", ".join(field.column or "" for field in StockMovement._meta.fields)
        changes.append(f"INSERT OR REPLACE INTO {table} SELECT {columns} FROM {table}")
        changes.append(f"REPLACE INTO {table} SELECT {columns} FROM {table}")
    for sql in changes:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    for change in (movement.save, movement.delete, StockMovement.objects.all().delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert picture.of_everything() == before


def test_a_thousand_movements_take_as_many_statements_as_ten() -> None:
    store = make.store()
    goods = [make.stocked_product(store, 100) for _ in range(10)]

    def drafts(count: int) -> list[MovementDraft]:
        kinds = ("IN", "OUT", "REM")
        return [MovementDraft(store.pk, goods[i % 10].pk, kinds[i % 3], 1, note="x") for i in range(count)]

    record(*drafts(10))  # opens accounts and places
    with counted() as few:
        record(*drafts(10))
    with counted() as many:
        answers = record(*drafts(1000))
    assert len(many) == len(few)
    assert not [answer for answer in answers if isinstance(answer, Refusal)]
    assert Posting.objects.filter(kind__in=["till.received", "till.written_off", "till.sale"]).count() == 1030


def test_one_reads_the_movements_of_the_own_stores_and_narrows_them() -> None:
    own, other = make.store(), make.store()
    mug, cap = make.product(), make.product()
    first, second = make.moved(own, mug, "IN", 5), make.moved(own, mug, "OUT", 2)
    third, foreign = make.moved(own, cap, "IN", 1), make.moved(other, mug, "IN", 7)
    clerk, auditor = make.actor(make.staff(own)), make.actor(make.auditor())
    assert list(queries.movements(clerk)) == [third, second, first]
    assert list(queries.movements(auditor)) == [foreign, third, second, first]
    assert list(queries.movements(clerk, product=mug.pk, movement_type="IN")) == [first]
    assert list(queries.movements(auditor, store=other.pk, state="applied")) == [foreign]
    assert list(queries.movements(auditor, start=make.AT, end=make.AT)) == []
    assert queries.movement(first.number, clerk) == first == queries.movement(first.pk, clerk)
    for nobodys in (foreign.number, foreign.pk, "nothing", 10**18, str(10**18), "9" * 5000, "0", 0):
        with pytest.raises(NoSuchMovement):
            queries.movement(nobodys, clerk)
