"""Stock movements through the API: at once or by a worker, one or many, and never twice."""

from datetime import timedelta
from typing import Any

import pytest

from tests import make, picture
from tests.api.caller import Caller, problem_of
from tests.inventory.moves import draft, queued
from tradepost.api.base import Input, Output
from tradepost.api.stock.movements import StockMovementInput, StockMovementOutput, StockMovementRow
from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.catalog import services as catalog
from tradepost.catalog.models import Product
from tradepost.intake.models import Job
from tradepost.inventory import queries
from tradepost.inventory.models import StockMovement
from tradepost.places.models import Store
from tradepost.worker import jobs

pytestmark = pytest.mark.django_db

PATH = "stock-movements/"
ASYNC = {"Prefer": "respond-async"}


def body(store: Store, goods: Product, movement_type: str = "IN", quantity: Any = 1, **more: Any) -> dict[str, Any]:
    return {
        "store_id": store.pk, "product_id": goods.pk, "movement_type": movement_type, "quantity": quantity, **more,
    }  # fmt: skip


def level(store: Store, goods: Product) -> int:
    return books.level_of(goods.pk, chart.store(store.pk))


def test_a_number_in_the_spelling_of_a_program_moves_nothing() -> None:
    store, mug = make.store(), make.stocked_product(make.store(), 5)
    clerk, before = Caller(make.staff(store)), picture.of_everything()
    for wrong in ({"quantity": "1_0"}, {"product_id": f"{mug.pk}_0"}, {"store_id": f"{store.pk}_0"}):
        fields = problem_of(clerk.post(PATH, {**body(store, mug), **wrong}), 400, "invalid_fields")["fields"]
        assert list(fields) == list(wrong)
    assert picture.of_everything() == before
    assert clerk.post(PATH, body(store, mug, quantity="۱۰")).status_code == 201
    assert level(store, mug) == 10


def test_goods_come_in_go_out_and_are_removed() -> None:
    store, tea = make.store(), make.product(unit="kg")
    clerk = make.staff(store)
    caller = Caller(clerk)
    supplier = catalog.add_supplier(name="Tea Ltd", actor=make.console(), at=make.AT)
    answer = caller.post(PATH, body(store, tea, "IN", "2.500", supplier_id=supplier.pk, note="Sacks"))
    assert answer.status_code == 201
    shown = answer.json()
    movement = StockMovement.objects.get()
    assert shown["url"] == f"/api/stock-movements/{movement.pk}/"
    wanted = {
        "id": movement.pk, "number": movement.number, "product_id": tea.pk, "sku": tea.sku, "product_name": tea.name,
        "store_id": store.pk, "store_name": store.name, "supplier_id": supplier.pk, "supplier_name": "Tea Ltd",
        "movement_type": "IN", "quantity": "2.500", "note": "Sacks", "state": "applied", "refusal": "",
        "user": clerk.pk, "user_name": clerk.username, "reverses": None, "reversed_by": None, "job": None,
        "posting": movement.posting_id,
    }  # fmt: skip
    assert {name: shown[name] for name in wanted} == wanted
    sku = {"store_id": store.pk, "sku": tea.sku}
    assert caller.post(PATH, {**sku, "movement_type": "OUT", "quantity": 0.25}).json()["quantity"] == "0.250"
    assert caller.post(PATH, {**sku, "movement_type": "REM", "quantity": 1, "note": "Wet"}).status_code == 201
    assert level(store, tea) == 1250
    assert caller.get(f"{PATH}{movement.pk}/").json() == shown
    assert [row["movement_type"] for row in caller.get(PATH).json()["results"]] == ["REM", "OUT", "IN"]


def test_selling_25_of_10_is_409_with_the_figures_and_nothing_changes() -> None:
    store = make.store()
    mug, caller = make.stocked_product(store, 10), Caller(make.staff(store))
    before = picture.of_everything()
    problem = problem_of(caller.post(PATH, body(store, mug, "OUT", 25)), 409, "insufficient_stock")
    assert (problem["available"], problem["required"], problem["short"]) == ("10", "25", "15")
    assert picture.of_everything() == before


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"quantity": 0}, "quantity_not_above_zero"),
        ({"quantity": "-1"}, "quantity_not_above_zero"),
        ({"quantity": "0.5"}, "not_a_quantity"),
        ({"quantity": "many"}, "invalid_fields"),
        ({"quantity": True}, "invalid_fields"),
        ({"quantity": None}, "invalid_fields"),
        ({"quantity": "1e30"}, "invalid_fields"),
        ({"movement_type": "in"}, "invalid_fields"),
        ({"movement_type": "TRANSFER"}, "invalid_fields"),
        ({"movement_type": "REM"}, "reason_needed"),
        ({"note": "n" * 201}, "invalid_fields"),
        ({"number": "a\tb"}, "not_a_document_number"),
        ({"sku": "TEA"}, "invalid_fields"),
        ({"product_id": "x"}, "invalid_fields"),
        ({"store_id": None}, "invalid_fields"),
    ],
)
@pytest.mark.parametrize("headers", [{}, ASYNC], ids=["at once", "by a worker"])
def test_nonsense_is_refused_and_changes_nothing(wrong: dict[str, Any], code: str, headers: dict[str, str]) -> None:
    store = make.store()
    mug, caller = make.stocked_product(store, 10), Caller(make.staff(store))
    before = picture.of_everything()
    answer = caller.post(PATH, {**body(store, mug), **wrong}, **headers)
    problem_of(answer, 400, code)
    assert picture.of_everything() == before


def test_staff_of_one_store_touches_and_reads_no_other() -> None:
    own, other = make.store(), make.store()
    mug = make.stocked_product(other, 10)
    foreign, caller = make.moved(other, mug, "IN", 1), Caller(make.staff(own))
    manager = Caller(make.manager(own))
    before = picture.of_everything()
    for movement_type in ("IN", "OUT", "REM"):
        for headers in ({}, ASYNC):
            answer = caller.post(PATH, body(other, mug, movement_type, note="Mine"), **headers)
            problem_of(answer, 403, "denied")
    problem_of(caller.get(f"{PATH}{foreign.pk}/"), 404, "no_such_movement")
    problem_of(manager.post(f"{PATH}{foreign.pk}/reverse/"), 404, "no_such_movement")
    assert caller.get(PATH).json()["results"] == []
    assert picture.of_everything() == before


def test_a_movement_that_stands_is_shown_to_nobody_outside_its_store() -> None:
    own, other = make.store(), make.store()
    mug = make.stocked_product(other, 10)
    make.moved(other, mug, "IN", 1, number="N1")
    before = picture.of_everything()
    strangers = [make.staff(own), make.manager(own), make.customer(), make.auditor()]
    for caller in map(Caller, strangers):
        for given in (body(other, mug, number="N1"), body(other, mug, "IN", 2, number="N1")):
            (row,) = caller.post(PATH, [given]).json()["results"]
            assert (row["status"], row["result"], row["problem"]["code"]) == (403, None, "denied")
            for headers in ({}, ASYNC):
                problem_of(caller.post(PATH, given, **headers), 403, "denied")
    assert {
        name: rows for name, rows in picture.of_everything().items() if name.startswith(("inventory", "books"))
    } == {name: rows for name, rows in before.items() if name.startswith(("inventory", "books"))}


def test_nobody_edits_or_deletes_a_movement() -> None:
    store = make.store()
    movement = make.moved(store, make.product(), "IN", 1)
    before = picture.of_everything()
    for user in (make.staff(store), make.manager(store), make.admin()):
        for method in ("put", "patch", "delete"):
            answer = Caller(user).send(method, f"{PATH}{movement.pk}/", {"quantity": 2})
            problem_of(answer, 405, "method_not_allowed")
    assert {name: rows for name, rows in picture.of_everything().items() if "audit" not in name} == {
        name: rows for name, rows in before.items() if "audit" not in name
    }


def test_a_list_is_answered_row_by_row_in_its_order() -> None:
    store, mug = make.store(), make.product()
    other = make.store()
    rows = [
        body(store, mug, "OUT", 1), body(store, mug, "IN", 10), body(other, mug), {"quantity": 1},
        body(store, mug, "OUT", 4, product_id=10**9), body(store, mug, "REM", 10, note="Broken"),
    ]  # fmt: skip
    answer = Caller(make.staff(store)).post(PATH, rows)
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [row["status"] for row in results] == [409, 201, 403, 400, 404, 201]
    assert [row["problem"] and row["problem"]["code"] for row in results] == [
        "insufficient_stock", None, "denied", "invalid_fields", "no_such_product", None,
    ]  # fmt: skip
    assert (results[1]["result"]["quantity"], results[1]["result"]["sku"]) == ("10", mug.sku)
    assert level(store, mug) == 0
    assert [row["status"] for row in Caller(make.staff(store)).post(PATH, rows[:1]).json()["results"]] == [409]
    for wrong in ([], [body(store, mug)] * 1001):
        for headers in ({}, ASYNC):
            problem_of(Caller(make.staff(store)).post(PATH, wrong, **headers), 400, "too_many_rows")


def test_the_same_key_moves_goods_once() -> None:
    store, mug = make.store(), make.product()
    caller = Caller(make.staff(store))
    first, second = (caller.post(PATH, body(store, mug, "IN", 5), key="lorry-17") for _ in range(2))
    assert (second.status_code, second.json()) == (201, first.json())
    assert second.headers["Idempotent-Replayed"] == "true"
    assert level(store, mug) == 5
    problem_of(caller.post(PATH, body(store, mug, "IN", 6), key="lorry-17"), 422, "idempotency_key_reused")


def test_a_number_of_ones_own_moves_goods_once_whatever_the_key() -> None:
    store, mug = make.store(), make.product()
    caller = Caller(make.staff(store))
    first, second = (caller.post(PATH, body(store, mug, "IN", 5, number="lorry-17")) for _ in range(2))
    assert second.json() == first.json()
    assert (first.json()["number"], level(store, mug)) == ("lorry-17", 5)
    problem_of(caller.post(PATH, body(store, mug, "IN", 6, number="lorry-17")), 409, "number_taken")


@pytest.mark.parametrize("prefer", ["respond-async", "wait=10, Respond-Async", "respond-async; foo=bar"])
def test_what_is_asked_for_async_is_a_job_that_a_worker_does(prefer: str) -> None:
    store = make.store()
    mug, clerk = make.stocked_product(store, 10), make.staff(store)
    caller = Caller(clerk)
    rows = [body(store, mug, "OUT", 8), body(store, mug, "OUT", 3), body(store, mug, "IN", 1)]
    answer = caller.post(PATH, rows, Prefer=prefer, key="one")
    job = Job.objects.get()
    assert answer.status_code == 202
    assert answer.json() == {"job": job.pk, "url": f"/api/jobs/{job.pk}/", "movements": 3}
    assert (answer.headers["Location"], answer.headers["Preference-Applied"]) == (
        f"/api/jobs/{job.pk}/", "respond-async",
    )  # fmt: skip
    again = caller.post(PATH, rows, Prefer=prefer, key="one")
    assert (again.json(), again.headers["Location"]) == (answer.json(), f"/api/jobs/{job.pk}/")
    waiting = caller.get(answer.json()["url"].removeprefix("/api/")).json()
    assert (waiting["state"], waiting["progress"]) == ("waiting", 0)
    assert level(store, mug) == 10
    assert {row["state"] for row in caller.get(f"{PATH}?job={job.pk}").json()["results"]} == {"queued"}
    jobs.work_off(lambda: False)
    done = caller.get(f"jobs/{job.pk}/").json()
    assert (done["state"], done["progress"], done["result"]["applied"], done["result"]["refused"]) == (
        "done", 100, 2, 1,
    )  # fmt: skip
    (refused,) = caller.get(f"{PATH}?job={job.pk}&state=refused").json()["results"]
    assert (refused["quantity"], refused["refusal"], refused["posting"]) == ("3", "insufficient_stock", None)
    assert refused["detail"]
    assert level(store, mug) == 3


def test_a_number_is_answered_with_what_became_of_it() -> None:
    """Queued it waits, refused it stays refused; 201 is said of what was moved alone."""
    store = make.store()
    mug, caller = make.stocked_product(store, 10), Caller(make.staff(store))
    sale, load = body(store, mug, "OUT", 25, number="X-1"), body(store, mug, "IN", 30, number="X-2")
    asked = caller.post(PATH, [sale, load], **ASYNC)
    job = Job.objects.get()
    assert caller.post(PATH, [sale, load], **ASYNC).json() == asked.json() == {
        "job": job.pk, "url": f"/api/jobs/{job.pk}/", "movements": 2,
    }  # fmt: skip
    problem = problem_of(caller.post(PATH, sale), 409, "movement_asked_before")
    assert (problem["number"], problem["state"], problem["job"]) == ("X-1", "queued", job.pk)
    (row,) = caller.post(PATH, [sale]).json()["results"]
    assert (row["status"], row["result"], row["problem"]["code"]) == (409, None, "movement_asked_before")
    assert level(store, mug) == 10
    jobs.work_off(lambda: False)
    assert level(store, mug) == 40
    detail = StockMovement.objects.get(number="X-1").detail
    problem = problem_of(caller.post(PATH, sale), 409, "insufficient_stock")
    assert (problem["title"], problem["detail"]) == ("This movement was refused before", detail)
    rows = caller.post(PATH, [sale, load]).json()["results"]
    assert [(row["status"], row["problem"] and row["problem"]["code"]) for row in rows] == [
        (409, "insufficient_stock"), (201, None),
    ]  # fmt: skip
    assert caller.post(PATH, load).json()["state"] == "applied"
    assert caller.post(PATH, [sale, load], **ASYNC).json() == asked.json()
    problem_of(caller.post(PATH, {**load, "quantity": 1}, **ASYNC), 409, "number_taken")
    assert (level(store, mug), StockMovement.objects.count()) == (40, 2)


def test_one_thing_can_be_asked_for_async_too() -> None:
    store, mug = make.store(), make.product()
    answer = Caller(make.staff(store)).post(PATH, body(store, mug), **ASYNC)
    assert (answer.status_code, answer.json()["movements"]) == (202, 1)


def test_a_faulty_row_refuses_an_async_list_as_a_whole_and_is_named() -> None:
    store, mug = make.store(), make.product()
    caller = Caller(make.staff(store))
    before = picture.of_everything()
    fields = problem_of(
        caller.post(PATH, [body(store, mug), {**body(store, mug), "quantity": "x"}], **ASYNC), 400, "invalid_fields"
    )["fields"]
    assert list(fields) == ["1"]
    problem = problem_of(
        caller.post(PATH, [body(store, mug), body(store, mug, "IN", 0)], **ASYNC), 400, "quantity_not_above_zero"
    )
    assert (problem["row"], problem["detail"][:6]) == (1, "Row 1:")
    problem_of(caller.post(PATH, [body(store, mug, product_id=10**9)], **ASYNC), 404, "no_such_product")
    assert picture.of_everything() == before


def test_a_manager_takes_a_movement_back_once() -> None:
    store = make.store()
    mug = make.stocked_product(store, 10)
    movement = make.moved(store, mug, "OUT", 4)
    manager = Caller(make.manager(store))
    problem_of(Caller(make.staff(store)).post(f"{PATH}{movement.pk}/reverse/"), 403, "denied")
    answer = manager.post(f"{PATH}{movement.pk}/reverse/", {"note": "Wrong shelf"})
    assert answer.status_code == 201
    shown = answer.json()
    assert (shown["reverses"], shown["movement_type"], shown["quantity"], shown["note"]) == (
        movement.pk, "OUT", "4", "Wrong shelf",
    )  # fmt: skip
    assert manager.get(f"{PATH}{movement.pk}/").json()["reversed_by"] == shown["id"]
    assert level(store, mug) == 10
    problem = problem_of(manager.post(f"{PATH}{movement.pk}/reverse/"), 409, "already_reversed")
    assert problem["number"] == shown["number"]
    problem_of(manager.post(f"{PATH}{shown['id']}/reverse/"), 409, "not_reversible")


def test_the_list_is_narrowed_by_what_was_asked_and_by_nothing_else() -> None:
    store, other = make.store(time_zone="Asia/Tehran"), make.store()
    mug, cap = make.product(), make.product()
    supplier = catalog.add_supplier(name="Mugs Ltd", actor=make.console(), at=make.AT)
    first = make.moved(store, mug, "IN", 5, supplier_id=supplier.pk)
    second, third = make.moved(store, cap, "IN", 5), make.moved(store, mug, "OUT", 1)
    foreign = make.moved(other, mug, "IN", 5)
    admin = Caller(make.admin())

    def found(query: str) -> list[int]:
        return [row["id"] for row in admin.get(f"{PATH}?{query}").json()["results"]]

    everything = [foreign.pk, third.pk, second.pk, first.pk]
    assert found("") == everything
    assert found(f"store={store.pk}&product={mug.pk}") == [third.pk, first.pk]
    assert found(f"supplier={supplier.pk}") == [first.pk]
    assert found("movement_type=OUT&state=applied") == [third.pk]
    assert found("state=refused") == []
    assert found("start_date=2026-03-02&end_date=2026-03-02") == everything
    assert found("end_date=2026-03-01") == found("start_date=2026-03-03") == []
    for wrong in ("product=0", "product=999999", "supplier=999999", "store=999999", "movement_type=in",
                  "state=done", "start_date=soon", "color=red", "job=x", "job=1"):  # fmt: skip
        problem_of(admin.get(f"{PATH}?{wrong}"), 400, "invalid_fields")
    job = queued([draft(store, mug)])
    assert found(f"job={job.pk}") == found("state=queued")


def test_a_range_is_read_in_the_order_of_its_moments_page_by_page() -> None:
    store, mug = make.store(), make.product()
    hours = [3, 1, 4, 1, 5]
    made = [make.moved(store, mug, "IN", 1, at=make.AT - timedelta(hours=hour)) for hour in hours]
    make.moved(store, mug, "IN", 1, at=make.AT - timedelta(days=3))
    admin = Caller(make.admin())
    ordered = [movement.pk for movement in sorted(made, key=lambda one: (one.at, one.pk), reverse=True)]
    day = make.AT.date()
    page = admin.get(f"{PATH}?start_date={day - timedelta(days=1)}&page_size=2").json()
    pages = [page]
    while page["next"]:
        page = admin.get(page["next"].partition("/api/")[2]).json()
        pages.append(page)
    ids = [[row["id"] for row in one["results"]] for one in pages]
    assert ids == [ordered[:2], ordered[2:4], ordered[4:]]
    back = admin.get(page["previous"].partition("/api/")[2]).json()
    assert [row["id"] for row in back["results"]] == ordered[2:4]
    problem_of(admin.get(f"{PATH}?cursor=older-{made[0].pk}"), 400, "not_a_cursor")


def test_what_is_read_and_shown_by_hand_is_what_the_fields_would_make_of_it() -> None:
    store, tea = make.store(), make.product(unit="kg")
    movement = make.moved(store, tea, "IN", 1250, note="Sacks")
    shape = StockMovementOutput()
    assert shape.to_representation(movement) == super(Output, shape).to_representation(movement)
    bodies: list[Any] = [
        body(store, tea),
        body(store, tea, "IN", 12, note="x", supplier_id=3),
        body(store, tea, "OUT", "12.500"),
        {"store_id": 1, "sku": "TEA", "movement_type": "REM", "quantity": "1", "note": "Wet"},
        {"store_id": 1, "sku": " TEA ", "movement_type": "REM", "quantity": 1, "note": " Wet "},
    ]
    for given in bodies:
        shape_in = StockMovementInput()
        by_hand, by_fields = shape_in.run_validation(given), super(Input, shape_in).run_validation(given)
        assert dict(by_hand) == dict(by_fields), given


def test_a_row_of_the_list_is_what_its_fields_would_have_said() -> None:
    store, tea = make.store(), make.product(unit="kg")
    supplier = catalog.add_supplier(name="Tea Ltd", actor=make.console(), at=make.AT)
    first = make.moved(store, tea, "IN", 1250, note="Sacks", supplier_id=supplier.pk)
    Caller(make.manager(store)).post(f"{PATH}{first.pk}/reverse/")
    queued([draft(store, tea, "OUT", 5)])
    jobs.work_off(lambda: False)
    queued([draft(store, tea)])
    rows = list(queries.movements(make.console()))
    assert sorted(row.state for row in rows) == ["applied", "applied", "queued", "refused"]
    for row in rows:
        shape = StockMovementRow()
        assert list(shape.to_representation(row).items()) == list(super(Output, shape).to_representation(row).items())
