"""The small surface over two databases: lists of any length in one parameter, set-wise inserts, polite refusals."""

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import make
from tests.threads import together
from tradepost.catalog.models import Product
from tradepost.intake.models import IdempotencyKey
from tradepost.lib import db
from tradepost.lib.errors import Busy

pytestmark = pytest.mark.django_db

texts = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]))
COLUMNS: list[tuple[str, st.SearchStrategy[Any]]] = [
    ("bigint", st.integers(-(2**63), 2**63 - 1)),
    ("text", texts),
    ("bytea", st.binary()),
    ("boolean", st.booleans()),
    ("timestamptz", st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))),  # noqa: DTZ001
    ("date", st.dates()),
]


@pytest.mark.parametrize(("kind", "values"), COLUMNS, ids=[kind for kind, _ in COLUMNS])
def test_lists_reach_postgresql_as_they_are(kind: str, values: st.SearchStrategy[Any]) -> None:
    if not db.is_postgres():
        pytest.skip("SQLite has no arrays")

    @settings(derandomize=True, database=None, deadline=None, max_examples=60)
    @given(st.lists(st.none() | values, max_size=8))
    def round_trip(given_values: list[Any]) -> None:
        rows = db.fetch(f"SELECT unnest(%s::{kind}[])", [db.array(given_values)])
        assert [bytes(row[0]) if isinstance(row[0], memoryview) else row[0] for row in rows] == given_values

    round_trip()


@pytest.mark.parametrize(
    "words", ['"quoted"', "back\\slash", "comma,{brace}", "NULL", "", "  ", "new\nline", "'; --", "ключ"]
)
def test_awkward_texts_are_only_texts(words: str) -> None:
    IdempotencyKey.objects.create(user_id=1, key=words, digest="", created_at=make.AT)
    IdempotencyKey.objects.create(user_id=1, key="another", digest="", created_at=make.AT)
    found = IdempotencyKey.objects.filter(db.Among("key", ["nothing", words, f"{words}{words}x"]))
    assert [one.key for one in found] == [words]


def test_a_list_of_any_length_is_one_short_statement() -> None:
    goods = [make.product() for _ in range(3)]
    many = [*range(1_000_000, 1_050_000), goods[0].pk, goods[2].pk]
    found = Product.objects.filter(db.Among("id", many)).order_by("id")
    assert list(found) == [goods[0], goods[2]]
    assert len(str(Product.objects.filter(db.Among("id", [1])).values("id").query)) < 200
    assert not Product.objects.filter(db.Among("id", [])).exists()
    assert not Product.objects.filter(db.Among("sku", [])).exists()
    assert Product.objects.filter(~db.Among("id", [goods[0].pk])).count() == 2


def test_ids_beyond_the_databases_are_nobodys() -> None:
    goods = make.product()
    assert list(Product.objects.filter(db.Among("id", [2**63, -(2**80), goods.pk]))) == [goods]


def test_rows_by_nothing_or_by_what_no_row_can_have_are_none() -> None:
    goods = make.product()
    columns = ("id", "sku")
    asked = [db.rows_by("catalog_product", columns, key, values) for key, values in (("sku", []), ("id", [2**70]))]
    asked.append(db.rows_by("catalog_product", columns, "id", {goods.pk, 2**63}))
    assert db.fetch_each(asked) == [[], [], [(goods.pk, goods.sku)]]


def test_rows_are_inserted_by_one_statement_and_keep_their_values() -> None:
    columns = {"user_id": "bigint", "key": "text", "digest": "text", "status": "smallint", "created_at": "timestamptz"}
    moment = datetime(2026, 3, 2, 9, 30, 15, 123456, tzinfo=UTC)
    rows = [(7, f"key-{i}", "d", 201, moment) for i in range(3)]
    db.insert_rows("intake_idempotencykey", columns, rows)
    kept = IdempotencyKey.objects.order_by("key").values_list("user_id", "key", "digest", "status", "created_at")
    assert list(kept) == rows
    db.insert_rows("intake_idempotencykey", columns, [])
    with pytest.raises(IntegrityError), transaction.atomic():
        db.insert_rows("intake_idempotencykey", columns, rows[:1])
    db.insert_rows("intake_idempotencykey", columns, rows, on_conflict="ON CONFLICT (user_id, key) DO NOTHING")
    assert IdempotencyKey.objects.count() == 3
    twin = (7, "key-0", "other", 200, moment)
    assert not db.insert_unless_there("intake_idempotencykey", columns, [twin], conflict=("user_id", "key"))
    won = db.insert_unless_there("intake_idempotencykey", columns, [twin, (8, *twin[1:])], conflict=("user_id", "key"))
    assert won == [(8, "key-0")]


def test_rows_are_set_by_their_key_and_the_others_stay() -> None:
    columns = {"user_id": "bigint", "key": "text", "digest": "text", "status": "smallint", "created_at": "timestamptz"}
    moment = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    db.insert_rows("intake_idempotencykey", columns, [(7, f"key-{i}", "d", 0, moment) for i in range(3)])
    key, values = {"user_id": "bigint", "key": "text"}, {"status": "smallint", "body": "jsonb"}
    odd = '{"text": "a \\\\ and a \\" and {}, ünï"}'
    db.update_rows("intake_idempotencykey", key, values, [(7, "key-0", 201, odd), (8, "key-1", 500, "{}")])
    db.update_rows("intake_idempotencykey", key, values, [])
    kept = IdempotencyKey.objects.order_by("key").values_list("status", "body")
    assert list(kept) == [(201, {"text": 'a \\ and a " and {}, ünï'}), (0, None), (0, None)]


def test_statements_on_one_trip_see_what_the_ones_before_them_did() -> None:
    goods = make.product()
    rename = ("UPDATE catalog_product SET name = %s WHERE id = %s RETURNING id", ["Renamed", goods.pk])
    read = ("SELECT name FROM catalog_product WHERE id = %s", [goods.pk])
    assert db.fetch_each([read, None, rename, read]) == [[(goods.name,)], [], [(goods.pk,)], [("Renamed",)]]


def test_a_failure_on_one_trip_is_raised_and_takes_the_others_with_it() -> None:
    columns = {"user_id": "bigint", "key": "text", "digest": "text", "status": "smallint", "created_at": "timestamptz"}
    row = (7, "key", "d", 0, datetime(2026, 3, 2, 9, 30, tzinfo=UTC))

    def insert_twice() -> None:
        with transaction.atomic(), db.in_one_trip():
            db.insert_rows("intake_idempotencykey", columns, [row])
            db.insert_rows("intake_idempotencykey", columns, [row])

    def insert_twice_in_part() -> None:
        with transaction.atomic(), db.in_one_trip():
            with db.in_one_trip():
                db.insert_rows("intake_idempotencykey", columns, [row])
                db.insert_rows("intake_idempotencykey", columns, [row])
            assert db.fetch_each([("SELECT 1", [])]) == [[(1,)]], "which waits for what was sent before"

    for insert in (insert_twice, insert_twice_in_part):
        with pytest.raises(IntegrityError):
            insert()
    assert not IdempotencyKey.objects.exists()
    with transaction.atomic(), db.in_one_trip():
        db.insert_rows("intake_idempotencykey", columns, [row])
    assert IdempotencyKey.objects.count() == 1


KEYS = {"user_id": "bigint", "key": "text", "digest": "text", "status": "smallint", "created_at": "timestamptz"}


def insert_key(key: str) -> None:
    db.insert_rows("intake_idempotencykey", KEYS, [(7, key, "d", 0, datetime(2026, 3, 2, 9, 30, tzinfo=UTC))])


TAKEN = {"one_answer_a_key": "Somebody was first", "intake_idempotencykey.key": "Somebody was first"}


def test_a_lost_race_is_busy_in_the_words_of_whoever_lost_it_where_the_trip_ends() -> None:
    def insert_taken(outer: db.Races, inner: db.Races) -> None:
        with transaction.atomic(), db.in_one_trip(outer):
            insert_key("mine")
            with db.in_one_trip(inner):
                insert_key("taken")

    insert_key("taken")
    for outer, inner in ((TAKEN, {}), ({}, TAKEN), ({"nothing of it": "Not this"}, TAKEN)):
        with pytest.raises(Busy, match="Somebody was first"):
            insert_taken(outer, inner)
    with pytest.raises(IntegrityError):
        insert_taken({"nothing of it": "Not this"}, {})
    assert [kept.key for kept in IdempotencyKey.objects.all()] == ["taken"]


def test_the_last_trip_of_a_call_goes_on_to_where_its_end_is_waited_for() -> None:
    sent = []

    def insert_taken() -> None:
        with transaction.atomic(), db.ending_the_last_trip():
            with db.in_one_trip(TAKEN, last=True):
                insert_key("mine")
                insert_key("taken")
            sent.append("what follows")

    insert_key("taken")
    with pytest.raises(Busy):
        insert_taken()
    assert sent == (["what follows"] if db.is_postgres() else []), "SQLite has no trips: it refuses at once"
    with transaction.atomic(), db.ending_the_last_trip():
        with db.in_one_trip(last=True):
            insert_key("mine")
        rows = db.ask("SELECT COUNT(*) FROM intake_idempotencykey", [])
        insert_key("later")
        assert rows() == [(2,)], "of the moment it was asked in"
    with transaction.atomic(), db.in_one_trip(last=True):
        insert_key("alone")
    assert sorted(kept.key for kept in IdempotencyKey.objects.all()) == ["alone", "later", "mine", "taken"]


def test_fresh_ids_are_ascending_and_nobody_elses() -> None:
    first = make.product()
    with transaction.atomic():
        ids = db.draw_ids("catalog_product", 5)
        assert ids == sorted(set(ids))
        assert min(ids) > first.pk
        assert len(ids) == 5


def test_a_snapshot_sees_one_moment() -> None:
    make.product()
    with db.snapshot() as alias:
        seen = Product.objects.using(alias).count()
        together([lambda: make.product().pk])
        assert Product.objects.using(alias).count() == seen == 1
        with pytest.raises(DatabaseError), transaction.atomic(using=alias):
            Product.objects.using(alias).update(name="other")
    assert Product.objects.count() == 2


def test_whoever_waits_too_long_is_told_to_come_again() -> None:
    goods = make.product()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Product.objects.filter(pk=goods.pk).update(name="held")
            held.set()
            assert done.wait(20)

    def wait() -> None:
        assert held.wait(10)
        connection.ensure_connection()
        patience = "PRAGMA busy_timeout = 100" if connection.vendor == "sqlite" else "SET lock_timeout = '100ms'"
        connection.cursor().execute(patience)
        try:
            with db.politely(), transaction.atomic():
                Product.objects.filter(pk=goods.pk).update(name="waited")
        finally:
            done.set()

    held_on, waited = together([hold, wait])
    assert held_on is None
    assert isinstance(waited, Busy)
    goods.refresh_from_db()
    assert goods.name == "held"


def test_other_errors_of_the_database_pass() -> None:
    with pytest.raises(OperationalError if connection.vendor == "sqlite" else DatabaseError), db.politely():
        db.fetch("SELECT * FROM nowhere", [])


def test_crossing_locks_are_a_deadlock_and_one_is_told_to_come_again() -> None:
    if not db.is_postgres():
        pytest.skip("SQLite has one writer: nothing can cross")
    first, second = make.product(), make.product()
    gate = threading.Barrier(2)

    def cross(here: Product, there: Product) -> None:
        with db.politely(), transaction.atomic():
            Product.objects.filter(pk=here.pk).update(name="x")
            gate.wait(10)
            Product.objects.filter(pk=there.pk).update(name="y")

    outcomes = together([lambda: cross(first, second), lambda: cross(second, first)])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Busy", "NoneType"]


def test_rows_by_pairs_are_those_of_the_pairs_and_not_of_their_columns() -> None:
    corner, harbour = make.store(), make.store()
    mug, jug = make.product(), make.product()
    for store in (corner, harbour):
        make.delivery(store, (mug, 1, None), (jug, 1, None))
    wanted = {(corner.pk, mug.pk), (harbour.pk, jug.pk)}
    columns = ("average_e4",), ("store_id", "product_id")
    rows = db.fetch(*db.rows_by_pairs("till_averagecost", *columns, [*wanted, (2**70, mug.pk), (corner.pk, 0)]))
    assert {row[:2] for row in rows} == wanted
    assert len(rows) == 2
    assert db.fetch(*db.rows_by_pairs("till_averagecost", *columns, [])) == []
