"""The figures of all stores are those of each, right after every change, and only what changed is counted again."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tests import make
from tests.statements import counted
from tradepost.catalog import services as catalog
from tradepost.inventory import queries, services
from tradepost.inventory.queries import Overview
from tradepost.places import services as places

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def test_the_figures_of_all_stores_are_right_after_each_change_of_any() -> None:
    north, south = make.store(), make.store()
    everywhere = make.auditor()

    def figures() -> tuple[Overview, Overview, Overview]:
        actor = make.actor(everywhere)
        one, other = (queries.overview(actor, store=store.pk) for store in (north, south))
        return one, other, queries.overview(actor)

    assert figures() == (Overview(0, 0, 0),) * 3
    mug = make.stocked_product(north, 30)
    assert figures() == (Overview(1, 0, 0), Overview(0, 0, 0), Overview(1, 0, 0))
    make.received(make.transfer(north, south, (mug, 10)))
    assert figures() == (Overview(1, 0, 0), Overview(1, 1, 0), Overview(2, 1, 0))
    make.sale(south, (mug, 10))
    assert figures() == (Overview(1, 0, 0), Overview(1, 0, 1), Overview(2, 0, 1))
    catalog.change_product(mug.pk, reorder_level=25, actor=make.console(), at=make.AT)
    assert figures() == (Overview(1, 1, 0), Overview(1, 0, 1), Overview(2, 1, 1))


def test_a_store_that_closes_is_counted_no_more_and_again_once_it_opens() -> None:
    north, south = make.store(), make.store()
    make.stocked_product(north, 30)
    gone = [make.stocked_product(south, 1) for _ in range(3)]
    make.sale(south, *((one, 1) for one in gone))
    auditor, manager = make.actor(make.auditor()), make.actor(make.manager(south))

    def figures() -> tuple[Overview, Overview]:
        return queries.overview(auditor), queries.overview(manager)

    assert figures() == (Overview(4, 0, 3), Overview(3, 0, 3))
    services.close_store(south.pk, actor=make.console(), at=make.AT)
    assert figures() == (Overview(1, 0, 0), Overview(0, 0, 0))
    places.reopen_store(south.pk, actor=make.console(), at=make.AT)
    assert figures() == (Overview(4, 0, 3), Overview(3, 0, 3))


def test_only_the_stores_that_changed_are_counted_again() -> None:
    stores = [make.store() for _ in range(3)]
    goods = [make.stocked_product(store, 30) for store in stores]
    actor = make.console()
    queries.overview(actor)

    def counts() -> list[str]:
        with counted() as seen:
            queries.overview(actor)
        return [sql for sql in seen if "books_level" in sql]

    assert counts() == []
    make.sale(stores[1], (goods[1], 1))
    assert len(counts()) == 1
    assert counts() == []


def test_whoever_reads_other_stores_is_told_of_those_alone() -> None:
    north, south = make.store(), make.store()
    make.stocked_product(north, 30), make.stocked_product(south, 1)
    assert queries.overview(make.actor(make.staff(north))) == Overview(1, 0, 0)
    assert queries.overview(make.actor(make.staff(south))) == Overview(1, 1, 0)
    assert queries.overview(make.actor(make.staff(south)), store=north.pk) == Overview(0, 0, 0)
