"""Double the rows, keep the queries."""

from collections.abc import Iterator

from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import make
from tests.api.caller import token_of
from tests.imports.files import brought, products
from tests.inventory.alerts import alert
from tests.web.shop import House
from tradepost.catalog import services as catalog
from tradepost.inventory import services as inventory
from tradepost.lib import clock
from tradepost.notify import services as notify
from tradepost.till import services as till

PAGES = (
    "/", "/home/today/", "/home/recent/", "/till/{store}/", "/till/{store}/shelf/", "/sales/", "/returns/", "/goods/",
    "/products/", "/products/?status=low", "/products/{mug}/", "/suppliers/", "/categories/", "/stores/", "/users/",
    "/stock/import/", "/stock/transfers/", "/stock/transfers/?show=going", "/stock/transfers/{transfer}/",
    "/stock/counts/", "/stock/counts/{count}/", "/stock/counts/{count}/close/",
    "/books/postings/", "/books/postings/?account=~revenue:{store}", "/books/accounts/",
    "/books/accounts/~revenue:{store}/", "/books/days/", "/books/adjustments/", "/books/audit/", "/books/proof/",
    "/command/?q=s", "/profile/logins/", "/wallet/", "/money-requests/", "/money-requests/?status=all",
    "/prepaid/sellers/", "/prepaid/sellers/{seller}/", "/prepaid/sellers/{seller}/proof/",
    "/prepaid/statement/{seller}/",
    "/prepaid/statement/{seller}/?type=charge_sale", "/prepaid/reconcile/", "/books/postings/?account=credit:{seller}",
    "/books/accounts/credit:{seller}/", "/stock/", "/stock/?store=all&status=low_stock&ordering=-updated_at",
    "/stock/low/", "/stock/move/?store={store}&product_id={mug}", "/stock/movements/",
    "/webhooks/", "/webhooks/{hook}/",
    "/stock/overview/", "/stock/overview/?store=all", "/stock/overview/recent/?store=all", "/stock/overview/activity/",
    "/stock/alerts/", "/stock/alerts/?store=all&show=all", "/stock/alerts/count/",
    "/books/audit/?sku={sku}",
)  # fmt: skip

MOST_QUERIES = 30


def test_every_page_asks_as_much_of_twice_as_many_rows(shop: House) -> None:
    counting, sent = make.stocktake(shop.store), make.transfer(shop.store, shop.other, (shop.mug, 1))
    hook = make.webhook()
    admin, rows = shop.client("admin"), grow(shop, counting.pk, hook.pk)
    known = {"store": shop.store, "mug": shop.mug, "seller": shop.seller, "count": counting, "transfer": sent}
    known["hook"] = hook
    named = {name: row.pk for name, row in known.items()} | {"sku": shop.mug.sku}
    addresses = [path.format(**named) for path in PAGES]
    next(rows)
    for address in addresses:
        admin.get(address)  # what is asked once and remembered
    before = {address: count(admin, address) for address in addresses}
    next(rows)
    after = {address: count(admin, address) for address in addresses}
    assert after == before
    assert max(after.values()) < MOST_QUERIES


def count(client: Client, path: str) -> int:
    """The queries of a page, with nothing counted before."""
    cache.clear()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def grow(shop: House, counting_id: int, hook_id: int) -> Iterator[None]:
    """More of everything, again and again."""
    who = {"actor": make.console(), "at": clock.now()}
    for number in range(1, 10):
        store = make.store()
        make.manager(store, f"manager{number}x")
        for _ in range(3):
            goods = make.stocked_product(shop.store, 5)
            supplier = catalog.add_supplier(name=f"Supplier {goods.sku}", **who)  # type: ignore[arg-type]
            category = catalog.add_category(name=f"Category {goods.sku}", **who)  # type: ignore[arg-type]
            ids = {"supplier_id": supplier.pk, "category_id": category.pk}
            catalog.change_product(goods.pk, **ids, **who)  # type: ignore[arg-type]
            sale = make.sale(shop.store, (goods, 2), customer_id=shop.people["buyer"].pk, at=clock.now())
            make.given_back(sale, 1, at=clock.now())
            alert(store=shop.store)
            make.moved(shop.store, goods, "IN", 2, supplier_id=supplier.pk)
            till.adjust([till.AdjustmentDraft(shop.store.pk, -5, "Debt")], actor=make.console(), at=clock.now())
            make.seller(credit_minor=100)
            make.charge(shop.seller, 10)
            make.credit_request(shop.seller, 500)
            make.approved_deposit(shop.people["admin"])
            make.withdrawal_request(shop.people["admin"], 100)
            brought(products(1))
            make.webhook(store=store)
            notify.send_ping(hook_id, **who)  # type: ignore[arg-type]
            make.transfer(shop.store, store, (goods, 1))
            inventory.count(counting_id, [inventory.CountItem(goods.pk, 1)], **who)  # type: ignore[arg-type]
            token_of(shop.people["admin"])
        yield
