"""A store's own reorder level: for goods on shelves, by a manager, also before the goods first come."""

import pytest

from tests import make, picture
from tradepost.books.errors import InvalidDraft
from tradepost.books.models import Level
from tradepost.catalog import services as catalog
from tradepost.catalog.errors import NoSuchProduct
from tradepost.inventory import queries, services
from tradepost.inventory.errors import NotOnShelves
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Denied, TradepostError
from tradepost.places.errors import NoSuchStore
from tradepost.places.models import Store

pytestmark = pytest.mark.django_db


def mark(store: Store, product_id: int, low_at: int | None, actor: Actor) -> tuple[int, bool]:
    return services.set_reorder_level(store.pk, product_id, low_at, actor=actor, at=make.AT)


def test_a_mark_stands_before_the_goods_come() -> None:
    store, tea = make.store(), make.product()
    assert mark(store, tea.pk, 3, make.actor(make.manager(store))) == (3, True)
    make.delivery(store, (tea, 3, None))
    (level,) = queries.stock(make.console())
    assert (level.low_at, level.own_mark, level.state) == (3, True, Level.IN)


def test_without_a_mark_of_its_own_a_store_follows_the_product() -> None:
    store = make.store()
    tea = make.stocked_product(store, 3, reorder_level=7)
    assert mark(store, tea.pk, 0, make.console()) == (0, True)
    assert mark(store, tea.pk, None, make.console()) == (7, False)


def test_who_or_what_may_not_have_a_mark_leaves_everything_as_it_was() -> None:
    store, other = make.store(), make.store()
    tea, postage = make.stocked_product(store, 3), make.product(stocked=False)
    old = make.stocked_product(store, 3)
    catalog.archive_product(old.pk, actor=make.console(), at=make.AT)
    admin = make.console()
    refused: list[tuple[type[TradepostError], Store, int, int | None, Actor]] = [
        (Denied, store, tea.pk, 5, make.actor(make.staff(store))),
        (Denied, store, tea.pk, 5, make.actor(make.manager(other))),
        (Denied, store, tea.pk, None, make.actor(make.auditor())),
        (Denied, store, tea.pk, 5, make.actor(make.customer())),
        (NotOnShelves, store, postage.pk, 5, admin),
        (NotOnShelves, store, old.pk, 5, admin),
        (NoSuchProduct, store, 10**9, 5, admin),
        (NoSuchStore, Store(pk=10**9), tea.pk, 5, admin),
        (InvalidDraft, store, tea.pk, -1, admin),
        (InvalidDraft, store, tea.pk, 10**17, admin),
    ]
    before = picture.of_everything()
    for error, where, product_id, low_at, actor in refused:
        with pytest.raises(error):
            mark(where, product_id, low_at, actor)
    assert picture.of_everything() == before
