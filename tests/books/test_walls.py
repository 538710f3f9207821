"""The last wall: the database itself refuses to change, remove or replace what was booked, raw SQL included."""

import sqlite3
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests import make, picture
from tests.books import story
from tests.books.story import WALLS, execute
from tests.inventory import moves
from tradepost.audit import apps as audit_apps
from tradepost.books import chart
from tradepost.books import services as books
from tradepost.books.models import Account, Level
from tradepost.catalog import apps as catalog_apps
from tradepost.inventory import apps as inventory_apps
from tradepost.lib import walls
from tradepost.lib.walls import ALL, Wall
from tradepost.people import apps as people_apps
from tradepost.places import apps as places_apps

pytestmark = pytest.mark.django_db

ADD_TRANSFER = "INSERT INTO books_transfer (posting_id, source_id, destination_id, amount_minor) SELECT "
ADD_MOVEMENT = "INSERT INTO books_movement (posting_id, product_id, source_id, destination_id, quantity) SELECT "
EVERY_WALL = (*WALLS, *audit_apps.WALLS, *catalog_apps.WALLS, *people_apps.WALLS, *places_apps.WALLS)
MOVES = next(
    wall for wall in inventory_apps.WALLS if isinstance(wall, Wall) and wall.table == "inventory_stockmovement"
)
# What a copy of a row needs of its own, where only one row may have it; and what its constraints want besides.
SPARE = "(SELECT max(id) FROM books_posting)"
FRESH = {"number": "'other'", "key": "'other'", "position": "77", "posting_id": SPARE, "reverses_id": "NULL"}
BESIDES = {"supervisor_id": {"reason": "'Why'"}, "reverses_id": {"kind": "'sent_back'"}}


def refused(sql: str) -> bool:
    """Whether the database refuses the statement, by the end of its transaction at the latest."""
    try:
        with transaction.atomic():
            execute(sql)
    except DatabaseError:
        return True
    return False


def columns_of(wall: Wall) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {wall.table} LIMIT 1")
        names = [column[0] for column in cursor.description]
    return [name for name in names if wall.frozen == ALL or name in wall.frozen]


def test_no_column_of_what_was_booked_can_be_changed() -> None:
    story.a_day_of_trade()
    before = picture.of_everything()
    allowed = [
        f"{wall.table}.{column}"
        for wall in EVERY_WALL
        for column in columns_of(wall)
        if not refused(f'UPDATE {wall.table} SET "{column}" = "{column}"')
    ]
    assert allowed == []
    assert picture.of_everything() == before


def test_no_row_of_what_was_booked_can_be_removed() -> None:
    story.a_day_of_trade()
    before = picture.of_everything()
    statements = [f"DELETE FROM {wall.table}" for wall in EVERY_WALL]
    if connection.vendor == "postgresql":
        statements += [f"TRUNCATE {wall.table} CASCADE" for wall in EVERY_WALL]
    else:
        statements += [f"INSERT OR REPLACE INTO {wall.table} SELECT * FROM {wall.table}" for wall in EVERY_WALL]
    assert [sql for sql in statements if not refused(sql)] == []
    assert picture.of_everything() == before
    assert all(rows for table, rows in before.items() if table in {wall.table for wall in EVERY_WALL})


@pytest.mark.once
def test_no_row_can_be_replaced_by_one_of_the_same_name(database_url: str) -> None:
    """With any SQLite shell: `INSERT OR REPLACE` removes what shares a unique value, unseen by the DELETE trigger."""
    story.a_day_of_trade()
    before = picture.of_everything()
    connection.close()
    shell = sqlite3.connect(Path(database_url.removeprefix("sqlite:///")))
    replaced = []
    for wall in WALLS:
        names = [row[1] for row in shell.execute(f"PRAGMA table_info({wall.table})")]
        values = ", ".join("id + 1000" if name == "id" else f'"{name}"' for name in names)
        try:
            shell.execute(f"INSERT OR REPLACE INTO {wall.table} SELECT {values} FROM {wall.table}")
        except sqlite3.IntegrityError:
            shell.rollback()
            continue
        if shell.execute(f"SELECT COUNT(*) FROM {wall.table} WHERE id < 1000").fetchone() != (len(before[wall.table]),):
            replaced.append(wall.table)
        shell.rollback()
    shell.close()
    assert replaced == []
    assert picture.of_everything() == before


def copied(wall: Wall, column: str, value: str) -> str:
    """A copy of a row, with this value in one of its columns."""
    fresh = {name: text for name, text in FRESH.items() if name in " ".join(wall.unique)}
    fresh |= {**BESIDES.get(column, {}), column: value}
    names = [name for name in columns_of(Wall(wall.table)) if name != "id"]
    listed, values = (", ".join(fresh.get(n, f'"{n}"') if taken else f'"{n}"' for n in names) for taken in (0, 1))
    return f"INSERT INTO {wall.table} ({listed}) SELECT {values} FROM {wall.table} ORDER BY id LIMIT 1"


@pytest.mark.parametrize("wall", [wall for wall in (*WALLS, MOVES) if wall.refers], ids=lambda wall: wall.table)
def test_a_row_that_refers_to_nothing_is_refused(wall: Wall) -> None:
    store = story.a_day_of_trade()
    make.moved(store, make.product(), "IN", 1)
    books.post_one(make.payment(chart.BANK, "wallet:800001", 1000))  # a posting without a document
    before = picture.of_everything()
    for column in wall.refers:
        with pytest.raises(DatabaseError, match="refers to nothing"), transaction.atomic():
            execute(copied(wall, column, "999999"))
    assert picture.of_everything() == before


def test_what_is_settled_later_refers_to_what_exists() -> None:
    """A queued movement is told its posting afterwards."""
    store = make.store()
    moves.queued([moves.draft(store, make.product())])
    settled = "UPDATE inventory_stockmovement SET state = 'applied', settled_at = at, posting_id = 999999"
    before = picture.of_everything()
    with pytest.raises(DatabaseError, match="refers to nothing"), transaction.atomic():
        execute(settled)
    assert picture.of_everything() == before


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        ("UPDATE books_account SET balance_minor = -1 WHERE code = 'wallet:800001'", "balance_not_below_floor"),
        ("UPDATE books_account SET floor_minor = 1 WHERE code = 'wallet:800001'", "bounded_has_balance_and_floor"),
        ("UPDATE books_account SET balance_minor = NULL WHERE code = 'wallet:800001'", "bounded_has_balance_and_floor"),
        ("UPDATE books_account SET balance_minor = 5 WHERE code = '~bank'", "bounded_has_balance_and_floor"),
        ("UPDATE books_level SET quantity = -1", "level_not_below_zero"),
        ("UPDATE till_saleline SET returned_quantity = quantity + 1", "returned_not_above_sold"),
        ("UPDATE till_saleline SET returned_quantity = -1", "returned_not_above_sold"),
        ("UPDATE till_averagecost SET average_e4 = -1", "average_not_below_zero"),
        (
            ADD_TRANSFER + "posting_id, source_id, destination_id, 0 FROM books_transfer LIMIT 1",
            "transfer_above_zero",
        ),
        (
            ADD_TRANSFER + "posting_id, source_id, source_id, 1 FROM books_transfer LIMIT 1",
            "transfer_between_two_accounts",
        ),
        (
            ADD_MOVEMENT + "posting_id, product_id, source_id, destination_id, -1 FROM books_movement LIMIT 1",
            "movement_above_zero",
        ),
        (
            ADD_MOVEMENT + "posting_id, product_id, source_id, source_id, 1 FROM books_movement LIMIT 1",
            "movement_between_two_places",
        ),
    ],
)
def test_the_database_knows_the_invariants_by_name(sql: str, constraint: str) -> None:
    story.a_day_of_trade()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        execute(sql)


def test_a_level_stands_once_and_a_key_too() -> None:
    store = make.store()
    goods = make.stocked_product(store, 1)
    level = Level.objects.get(product=goods)
    with pytest.raises(IntegrityError), transaction.atomic():
        Level.objects.create(product=goods, location=level.location, quantity=5)
    wallet = make.funded_wallet(1)
    books.post_one(make.payment(chart.BANK, wallet, 1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.create(code=chart.BANK, kind=chart.BANK)
    columns = "digest, kind, actor_id, at, recorded_at, memo"
    assert refused(f"INSERT INTO books_posting (key, {columns}) SELECT key, {columns} FROM books_posting")
    assert refused(f"INSERT INTO books_posting (key, {columns}) SELECT '', {columns} FROM books_posting LIMIT 1")


def system_check() -> str:
    """What `check --database default` says; nothing when all is well."""
    try:
        call_command("check", databases=["default"], stdout=StringIO(), stderr=StringIO())
    except SystemCheckError as error:
        return str(error)
    return ""


def test_a_missing_wall_is_reported_and_put_up_again_by_migrate() -> None:
    make.funded_wallet(1)
    assert system_check() == ""
    for wall in EVERY_WALL:
        assert walls.missing([wall]) == []
    dropped = story.take_down("books_transfer", "till_sale")
    report = system_check()
    assert "tradepost.E001" in report
    assert all(name in report for name in dropped)
    assert not refused("UPDATE books_transfer SET amount_minor = 2")
    call_command("migrate", verbosity=0, interactive=False)
    assert system_check() == ""
    assert refused("UPDATE books_transfer SET amount_minor = 1")


def test_a_wall_that_is_switched_off_is_missing() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's triggers cannot be switched off, only dropped")
    execute("ALTER TABLE books_posting DISABLE TRIGGER books_posting_refuses_delete")
    assert "books_posting_refuses_delete" in system_check()
    call_command("migrate", verbosity=0, interactive=False)
    assert system_check() == ""
