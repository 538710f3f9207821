"""A little of everything in the books and at the counter, and the walls taken down to tamper with it."""

from dataclasses import dataclass

from django.db import connection

from tests import make
from tradepost.books import apps as books_apps
from tradepost.books import chart
from tradepost.books import services as books
from tradepost.books.models import Posting
from tradepost.books.services import Draft, Move, Pay
from tradepost.catalog import services as catalog
from tradepost.lib.walls import Wall
from tradepost.places.models import Store
from tradepost.till import apps as till_apps
from tradepost.till import services as till
from tradepost.till.services import AdjustmentDraft, EntryDraft, EntryItem

WALLS: tuple[Wall, ...] = (*books_apps.WALLS, *till_apps.WALLS)


def a_day_of_trade() -> Store:
    """At least one row in every table of the journals and of the counter, all of it in closed runs."""
    store = make.store()
    goods = make.stocked_product(store, 10)
    catalog.add_supplier(name="Kiln & Sons", actor=make.console(), at=make.AT)
    make.given_back(make.sale(store, (goods, 3)), 1)
    loss = EntryDraft(store.pk, [EntryItem(goods.pk, 1)], reason="Broken")
    make.accepted(till.write_off([loss], actor=make.console(), at=make.AT))
    bad_debt = AdjustmentDraft(store.pk, -100, "Never paid")
    make.accepted(till.adjust([bad_debt], actor=make.console(), at=make.AT))
    books.post_one(make.payment(chart.BANK, "wallet:800001", 1000))
    books.close_runs()
    return store


@dataclass(frozen=True)
class Rows:
    """The ids of what `three_postings` booked."""

    postings: list[int]
    transfers: list[list[int]]
    movements: list[list[int]]


def three_postings() -> Rows:
    """Money in; money and goods together, two rows each; goods alone."""
    store, goods = make.store(), make.product()
    shelf = chart.store(store.pk)
    both = Draft(
        f"test:both:{store.pk}",
        "test.both",
        make.console(),
        make.AT,
        [Pay("wallet:800002", "hold:1", 300), Pay("hold:1", chart.BANK, 200)],
        [Move(goods.pk, chart.SUPPLIER_WORLD, shelf, 9), Move(goods.pk, shelf, chart.CUSTOMER_WORLD, 4)],
    )
    drafts = [
        make.payment(chart.BANK, "wallet:800002", 1000), both, make.movement(goods, shelf, chart.LOSS_WORLD, 1),
    ]  # fmt: skip
    ids = [books.post_one(draft).posting_id for draft in drafts]
    found = [Posting.objects.get(id=posting_id) for posting_id in ids]
    return Rows(
        ids,
        [list(one.transfers.order_by("id").values_list("id", flat=True)) for one in found],
        [list(one.movements.order_by("id").values_list("id", flat=True)) for one in found],
    )


def take_down(*tables: str) -> list[str]:
    """Drop the triggers of these tables; their names."""
    names = []
    with connection.cursor() as cursor:
        for wall in WALLS:
            if wall.table in tables:
                for name, _ in wall.statements(connection.vendor):
                    on_table = f" ON {wall.table}" if connection.vendor == "postgresql" else ""
                    cursor.execute(f"DROP TRIGGER {name}{on_table}")
                    names.append(name)
    return names


def execute(sql: str, *params: int | str | bytes | None) -> int:
    """One raw statement; how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)
