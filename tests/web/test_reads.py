"""Who reads writes nothing and locks nothing, so a copy of the database that takes no writes can answer."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection

from tests import make
from tests.api.caller import Caller
from tests.api.test_constant_queries import LISTS
from tests.web.shop import House
from tests.web.test_queries import PAGES
from tradepost.catalog.models import Product
from tradepost.lib import db

ON = {True: "SET default_transaction_read_only = on", False: "PRAGMA query_only = ON"}
OFF = {True: "SET default_transaction_read_only = off", False: "PRAGMA query_only = OFF"}

AT_THE_TILL = ["/till/{store}/", "/till/{store}/shelf/"]  # who opens it begins a basket


@contextmanager
def read_only() -> Iterator[None]:
    """The database as a copy of it would be: whoever writes or locks a row fails."""
    with connection.cursor() as cursor:
        cursor.execute(ON[db.is_postgres()])
    try:
        with pytest.raises(DatabaseError):
            Product.objects.update(name="Written")
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(OFF[db.is_postgres()])


def test_every_page_but_the_till_is_read_without_writing(shop: House) -> None:
    counting, sent = make.stocktake(shop.store), make.transfer(shop.store, shop.other, (shop.mug, 1))
    known = {"store": shop.store, "mug": shop.mug, "seller": shop.seller, "count": counting, "transfer": sent}
    named = {name: row.pk for name, row in known.items()} | {"sku": shop.mug.sku, "hook": make.webhook().pk}
    admin = shop.client("admin")
    admin.get("/")
    with read_only():
        answers = {page: admin.get(page.format(**named)).status_code for page in PAGES}
    assert [page for page, status in answers.items() if status != 200] == AT_THE_TILL


def test_every_list_of_the_api_is_read_without_writing(shop: House) -> None:
    admin = Caller(shop.people["admin"])
    admin.get("ping/")
    paths = [f"{route}?store={shop.store.pk}" if route == "day-reports/" else route for route in LISTS]
    paths += ["stock-overview/?days=14", "products/export/", "stock/export/", f"products/{shop.mug.pk}/"]
    with read_only():
        answers = {path: admin.get(path).status_code for path in paths}
    assert not [path for path, status in answers.items() if status != 200]
