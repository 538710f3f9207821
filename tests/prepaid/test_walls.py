"""The database refuses too: a charge is never changed or removed, a number never forgotten, raw SQL included."""

import sqlite3
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError

from tests import make, picture
from tests.books.story import execute
from tests.prepaid.charges import item, sell
from tradepost.lib import walls
from tradepost.prepaid.apps import WALLS
from tradepost.prepaid.models import ChargeSale, PhoneNumber, Seller

pytestmark = pytest.mark.django_db

SALE, NUMBER = "prepaid_chargesale", "prepaid_phonenumber"
OF_SELLER = "name, email, phone, active, user_id, created_at"


def refused(sql: str) -> bool:
    """Whether the database refuses the statement, by the end of its transaction at the latest."""
    try:
        with transaction.atomic():
            execute(sql)
    except DatabaseError:
        return True
    return False


def some_sales() -> Seller:
    seller = make.seller(credit_minor=1000)
    sell(*[item(seller, 100, make.phone_number()) for _ in range(3)])
    return seller


def columns(model: type[ChargeSale | PhoneNumber]) -> list[str]:
    return [str(field.column) for field in model._meta.concrete_fields]


@pytest.mark.parametrize("model", [ChargeSale, PhoneNumber])
def test_no_column_can_be_changed(model: type[ChargeSale | PhoneNumber]) -> None:
    some_sales()
    before = picture.of_everything()
    table = model._meta.db_table
    assert [name for name in columns(model) if not refused(f"UPDATE {table} SET {name} = {name}")] == []
    row = model._default_manager.order_by("id").first()
    assert row is not None
    fields = [field.name for field in model._meta.concrete_fields if not field.primary_key]
    for field in fields:
        with pytest.raises(DatabaseError, match="journal"), transaction.atomic():
            row.save(update_fields=[field])
    with pytest.raises(DatabaseError, match="journal"), transaction.atomic():
        model._default_manager.update(**{fields[0]: getattr(row, fields[0])})
    assert picture.of_everything() == before


def test_no_row_can_be_removed_or_replaced() -> None:
    some_sales()
    before = picture.of_everything()
    statements = [f"DELETE FROM {table}" for table in (SALE, NUMBER)]
    if connection.vendor == "postgresql":
        statements += [f"TRUNCATE {table} CASCADE" for table in (SALE, NUMBER)]
    else:
        statements += [f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" for table in (SALE, NUMBER)]
    assert [sql for sql in statements if not refused(sql)] == []
    with pytest.raises(DatabaseError, match="journal"), transaction.atomic():
        ChargeSale.objects.all().delete()
    with pytest.raises(ProtectedError):
        PhoneNumber.objects.all().delete()
    assert picture.of_everything() == before


@pytest.mark.once
def test_no_row_takes_the_place_of_another(database_url: str) -> None:
    """With any SQLite shell: OR REPLACE removes what shares a unique value, unseen by the DELETE trigger."""
    free = make.credited(some_sales(), 100).posting
    assert free is not None
    new_id = free.transfers.get().pk
    before = picture.of_everything()
    connection.close()
    shell = sqlite3.connect(Path(database_url.removeprefix("sqlite:///")))
    tables: list[tuple[type[ChargeSale | PhoneNumber], str]] = [(ChargeSale, "posting_id"), (PhoneNumber, "number")]
    for model, column in tables:
        table, names = model._meta.db_table, ", ".join(name for name in columns(model) if name != "id")
        with pytest.raises(sqlite3.IntegrityError, match=f"UNIQUE.*{column}"):
            shell.execute(f"INSERT OR REPLACE INTO {table} (id, {names}) SELECT {new_id}, {names} FROM {table} LIMIT 1")
    shell.rollback()
    shell.close()
    assert picture.of_everything() == before


@pytest.mark.parametrize("column", ["id", "posting_id", "seller_id", "phone_number_id"])
def test_a_charge_refers_to_what_exists(column: str) -> None:
    """A sound one more goes in, so that what is refused is the stranger alone."""
    seller = some_sales()
    extra = make.credited(seller, 100).posting
    assert extra is not None
    sound = {
        **{name: name for name in columns(ChargeSale)},
        "id": str(extra.transfers.get().pk),
        "posting_id": str(extra.pk),
    }
    sql = "INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE id = (SELECT MIN(id) FROM {table})"

    def insert(values: dict[str, str]) -> str:
        return sql.format(table=SALE, names=", ".join(values), values=", ".join(values.values()))

    with pytest.raises(IntegrityError, match=r"refers to nothing|FOREIGN KEY"), transaction.atomic():
        execute(insert({**sound, column: "999999"}))
    assert not refused(insert(sound))


@pytest.mark.parametrize(
    ("sql", "constraint"),
    [
        (f"INSERT INTO {NUMBER} (number) VALUES ('0912')", "number_is_e164"),
        (f"INSERT INTO {NUMBER} (number) SELECT number FROM {NUMBER}", "(?i)unique"),
        ("UPDATE prepaid_seller SET name = ''", "seller_has_name"),
        (f"INSERT INTO prepaid_seller ({OF_SELLER}) SELECT {OF_SELLER} FROM prepaid_seller", "(?i)unique"),
        ("UPDATE books_account SET balance_minor = floor_minor - 1 WHERE code LIKE 'credit:%%'", "not_below_floor"),
    ],
)  # fmt: skip
def test_the_database_knows_the_rules_by_name(sql: str, constraint: str) -> None:
    some_sales()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        execute(sql)


def test_a_charge_of_nothing_is_no_charge() -> None:
    seller = some_sales()
    posting = make.credited(seller, 100).posting
    assert posting is not None
    values = {name: name for name in columns(ChargeSale)}
    values |= {"id": str(posting.transfers.get().pk), "posting_id": str(posting.pk), "amount_minor": "0"}
    with pytest.raises(IntegrityError, match="charge_above_zero"), transaction.atomic():
        execute(f"INSERT INTO {SALE} ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {SALE} LIMIT 1")


def test_the_walls_stand_and_are_missed_when_they_do_not() -> None:
    assert walls.missing(WALLS) == []
    on_table = f" ON {SALE}" if connection.vendor == "postgresql" else ""
    execute(f"DROP TRIGGER {SALE}_refuses_update{on_table}")
    assert walls.missing(WALLS) == [f"{SALE}_refuses_update"]
    walls.install(WALLS)
    assert walls.missing(WALLS) == []
