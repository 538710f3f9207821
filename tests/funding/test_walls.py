"""The database refuses too: what was asked is never changed, what was decided never again, raw SQL included."""

import sqlite3
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests import make, picture
from tests.books.story import execute
from tradepost.books import chart
from tradepost.books import services as books
from tradepost.funding.apps import ASKED, WALLS
from tradepost.funding.models import FundsRequest
from tradepost.lib import walls

pytestmark = pytest.mark.django_db

TABLE = "funding_fundsrequest"


def refused(sql: str) -> bool:
    """Whether the database refuses the statement, by the end of its transaction at the latest."""
    try:
        with transaction.atomic():
            execute(sql)
    except DatabaseError:
        return True
    return False


def decided_and_waiting() -> tuple[list[FundsRequest], list[FundsRequest]]:
    """Two of each kind of outcome, and two that wait."""
    ann = make.customer()
    make.approved_deposit(ann, 5000)
    decided = [
        make.decided(ask(ann, amount), approve=approve)
        for ask in (make.deposit_request, make.withdrawal_request)
        for amount, approve in ((100, True), (200, False))
    ]
    return decided, [make.deposit_request(ann), make.withdrawal_request(ann)]


def columns() -> list[str]:
    return [str(field.column) for field in FundsRequest._meta.concrete_fields]


def test_no_column_of_what_was_decided_can_be_changed() -> None:
    decided_and_waiting()
    before = picture.of_everything()
    allowed = [
        name for name in columns() if not refused(f"UPDATE {TABLE} SET {name} = {name} WHERE state <> 'pending'")
    ]
    assert allowed == []
    assert refused(f"UPDATE {TABLE} SET state = 'pending', decided_by_id = NULL, decided_at = NULL, posting_id = NULL")
    assert picture.of_everything() == before


def test_what_was_asked_cannot_be_changed_while_it_waits() -> None:
    decided_and_waiting()
    changeable = [
        name for name in columns() if not refused(f"UPDATE {TABLE} SET {name} = {name} WHERE state = 'pending'")
    ]
    assert changeable == [name for name in columns() if name not in ASKED]
    assert set(changeable) == {"owner_id", "state", "decided_by_id", "decided_at", "reason", "posting_id"}


def test_no_request_can_be_removed_or_replaced() -> None:
    decided_and_waiting()
    before = picture.of_everything()
    statements = [f"DELETE FROM {TABLE}", f"DELETE FROM {TABLE} WHERE state = 'pending'"]
    if connection.vendor == "postgresql":
        statements.append(f"TRUNCATE {TABLE} CASCADE")
    else:
        statements.append(f"INSERT OR REPLACE INTO {TABLE} SELECT * FROM {TABLE}")
    assert [sql for sql in statements if not refused(sql)] == []
    assert picture.of_everything() == before


@pytest.mark.once
def test_no_request_takes_the_posting_of_another_and_so_its_place(database_url: str) -> None:
    """With any SQLite shell: OR REPLACE removes what shares a unique value, unseen by the DELETE trigger."""
    decided, (waiting, _) = decided_and_waiting()
    withdrawn = decided[2]
    before = picture.of_everything()
    connection.close()
    shell = sqlite3.connect(Path(database_url.removeprefix("sqlite:///")))
    for column, other in (("hold_posting_id", "posting_id"), ("posting_id", "hold_posting_id")):
        values = {name: name for name in columns()} | {"id": "id + 1000", other: str(waiting.pk)}
        copy = f"SELECT {', '.join(values.values())} FROM {TABLE} WHERE id = {withdrawn.pk}"
        with pytest.raises(sqlite3.IntegrityError, match=f"UNIQUE.*{TABLE}.{column}"):
            shell.execute(f"INSERT OR REPLACE INTO {TABLE} ({', '.join(values)}) {copy}")
    approved = "state = 'approved', decided_by_id = 1, decided_at = requested_at"
    taking = f"UPDATE OR REPLACE {TABLE} SET {approved}, posting_id = {withdrawn.posting_id} WHERE id = {waiting.pk}"
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        shell.execute(taking)
    shell.execute(f"DROP TRIGGER {TABLE}_refuses_usurping")
    shell.execute(taking)
    assert shell.execute(f"SELECT COUNT(*) FROM {TABLE} WHERE id = {withdrawn.pk}").fetchone() == (0,)  # the control
    shell.rollback()
    shell.close()
    assert picture.of_everything() == before


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("decided_by_id = owner_id, owner_id = {other}", "funds_not_decided_by_requester"),
        ("decided_by_id = {other}, owner_id = {other}", "funds_not_decided_by_owner"),
        ("decided_by_id = {other}, state = 'pending', posting_id = NULL", "funds_pending_until_decided"),
        ("decided_by_id = {other}, state = 'settled'", "funds_(pending_until_decided|decision_booked)"),
        ("decided_by_id = {other}, decided_at = NULL", "funds_pending_until_decided"),
        ("decided_by_id = NULL", "funds_pending_until_decided"),
        ("decided_by_id = {other}, posting_id = NULL", "funds_decision_booked"),
        ("decided_by_id = {other}, state = 'rejected'", "funds_decision_booked"),
        ("decided_by_id = {other}, owner_id = NULL", "funds_account_fits_kind"),
    ],
)
def test_the_database_knows_the_rules_of_a_decision_by_name(change: str, constraint: str) -> None:
    request, other = make.deposit_request(), make.customer()
    posting_id = books.post_one(make.payment(chart.BANK, "wallet:800001", 1)).posting_id
    sound = {"state": "'approved'", "decided_at": "requested_at", "posting_id": str(posting_id)}
    given = dict(part.split(" = ") for part in change.format(other=other.pk).split(", "))
    settings = ", ".join(f"{name} = {value}" for name, value in {**sound, **given}.items())
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        execute(f"UPDATE {TABLE} SET {settings} WHERE id = {request.pk}")


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"amount_minor": "0"}, "funds_above_zero"),
        ({"amount_minor": "-1"}, "funds_above_zero"),
        ({"kind": "'gift'"}, "funds_account_fits_kind"),
        ({"kind": "'credit'"}, "funds_account_fits_kind"),
        ({"account": "'credit:7'"}, "funds_account_fits_kind"),
        ({"kind": "'withdrawal'"}, "funds_held_for_withdrawal"),
    ],
)
def test_the_database_knows_what_can_be_asked_for_by_name(change: dict[str, str], constraint: str) -> None:
    request = make.deposit_request()
    values = {name: name for name in columns() if name != "id"} | change
    sql = f"INSERT INTO {TABLE} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {TABLE}"
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        execute(f"{sql} WHERE id = {request.pk}")


def test_a_settled_row_is_guarded_again_after_every_migrate() -> None:
    names = [name for wall in WALLS for name, _ in wall.statements(connection.vendor)]
    assert f"{TABLE}_refuses_reopening" in names
    assert walls.missing(WALLS) == []
    on_table = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    execute(f"DROP TRIGGER {TABLE}_refuses_reopening{on_table}")
    assert walls.missing(WALLS) == [f"{TABLE}_refuses_reopening"]
    walls.install(WALLS, "default")
    assert walls.missing(WALLS) == []
