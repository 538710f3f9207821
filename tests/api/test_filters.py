"""What narrows a list: nothing that does not exist, nothing of others, and no page of a list that has none."""

from typing import Any

import pytest

from tests import make
from tests.api.caller import Caller, problem_of
from tests.inventory.moves import draft, queued
from tests.picture import of_everything

pytestmark = pytest.mark.django_db

BY_CURSOR = ["stock/", "stock-movements/", "stock-transfers/", "stocktakes/", "logs/", "jobs/", "sales/", "postings/"]
BY_PAGE = ["products/", "stores/", "suppliers/", "users/"]
WITHOUT = ["stock/export/", "products/export/", "stock-overview/"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        *((path, "page=1") for path in BY_CURSOR + WITHOUT),
        *((path, "cursor=older-1") for path in BY_PAGE + WITHOUT),
        *((path, "page_size=5") for path in WITHOUT),
    ],
)
def test_what_chooses_a_page_of_another_kind_of_list_is_no_filter(path: str, query: str) -> None:
    admin = Caller(make.admin())
    assert admin.get(path).status_code == 200
    problem = problem_of(admin.get(f"{path}?{query}"), 400, "invalid_fields")
    assert problem["fields"] == {query.partition("=")[0]: ["There is no such filter."]}


@pytest.mark.parametrize("path", BY_CURSOR + BY_PAGE)
def test_a_list_takes_the_size_of_a_page(path: str) -> None:
    assert Caller(make.admin()).get(f"{path}?page_size=1").status_code == 200


OF_STORES = ["stock/", "stock/export/", "stock-overview/", "stock-movements/", "stocktakes/", "stock-alerts/",
             "imports/", "adjustments/", "day-reports/"]  # fmt: skip


@pytest.mark.parametrize("path", OF_STORES)
def test_a_store_in_which_one_does_not_work_is_not_found(path: str) -> None:
    own, foreign = make.store(), make.store()
    for user in (make.staff(own), make.manager(own)):
        assert Caller(user).get(f"{path}?store={own.pk}").status_code == 200
        problem_of(Caller(user).get(f"{path}?store={foreign.pk}"), 404, "no_such_store")
    problem_of(Caller(make.customer()).get(f"{path}?store={own.pk}"), 404, "no_such_store")
    for user in (make.admin(), make.auditor()):
        assert Caller(user).get(f"{path}?store={foreign.pk}").status_code == 200
        problem_of(Caller(user).get(f"{path}?store=999999"), 400, "invalid_fields")


@pytest.mark.parametrize("query", ["user=99999", "product=99999", "store=99999", "action=foo.bar", "action=sold"])
def test_the_log_is_not_narrowed_by_what_is_not_there(query: str) -> None:
    problem_of(Caller(make.admin()).get(f"logs/?{query}"), 400, "invalid_fields")


def test_the_log_is_narrowed_by_people_whose_acts_one_reads() -> None:
    store = make.store()
    clerk, stranger = make.staff(store), make.staff(make.store())
    make.moved(store, make.product(), "IN", 1)
    Caller(clerk).post("stock-movements/", [{"store_id": store.pk, "sku": make.product().sku, "movement_type": "IN",
                                             "quantity": 1}])  # fmt: skip
    manager = Caller(make.manager(store))
    assert [row["user"] for row in manager.get(f"logs/?user={clerk.pk}").json()["results"]] == [clerk.pk]
    for unknown in (stranger.pk, 99999):
        problem_of(manager.get(f"logs/?user={unknown}"), 400, "invalid_fields")
    assert Caller(make.auditor()).get(f"logs/?user={stranger.pk}").json()["results"] == []
    assert Caller(stranger).get(f"logs/?user={stranger.pk}").status_code == 200
    assert Caller(make.auditor()).get("logs/?action=till.sold").json()["results"] == []


def test_movements_are_narrowed_by_jobs_of_ones_own() -> None:
    store, mug = make.store(), make.product()
    clerk, other = make.staff(store), make.staff(store)
    job = queued([draft(store, mug)], actor=make.actor(clerk))
    assert len(Caller(clerk).get(f"stock-movements/?job={job.pk}").json()["results"]) == 1
    assert len(Caller(make.admin()).get(f"stock-movements/?job={job.pk}").json()["results"]) == 1
    foreign = problem_of(Caller(other).get(f"stock-movements/?job={job.pk}"), 400, "invalid_fields")
    unknown = problem_of(Caller(other).get("stock-movements/?job=99999"), 400, "invalid_fields")
    assert str(foreign["fields"]).replace(str(job.pk), "99999") == str(unknown["fields"])


def test_a_slip_in_a_step_of_a_transfer_does_not_take_everything() -> None:
    here, there = make.store(), make.store()
    mug = make.stocked_product(here, 10)
    sent = make.transfer(here, there, (mug, 10))
    boss = Caller(make.admin())
    slip: dict[str, Any] = {"item": [{"sku": mug.sku, "quantity": 1}]}
    before = of_everything()
    for step, more in (("receive", {}), ("send-back", {}), ("write-off", {"reason": "Wet"})):
        problem = problem_of(boss.post(f"stock-transfers/{sent.pk}/{step}/", {**slip, **more}), 400, "invalid_fields")
        assert problem["fields"] == {"item": ["There is no such field."]}
    assert of_everything() == before
    taken = {"items": [{"sku": mug.sku, "quantity": 1}]}
    assert boss.post(f"stock-transfers/{sent.pk}/receive/", taken).status_code == 200


def test_a_slip_does_not_mark_all_alerts_of_a_store_as_seen() -> None:
    store, admin = make.store(), Caller(make.admin())
    before = of_everything()
    slip = {"store": store.pk, "id": [1]}
    problem = problem_of(admin.post("stock-alerts/seen/", slip), 400, "invalid_fields")
    assert problem["fields"] == {"id": ["There is no such field."]}
    assert of_everything() == before
