"""`tradepost product`, `category` and `supplier`: the catalogue."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradepost.cli.base import Limit, Search, Session, command
from tradepost.cli.output import Column, Fact, Listing

if TYPE_CHECKING:
    from tradepost.catalog.models import Category, Product, Supplier

products = typer.Typer(no_args_is_help=True, help="Products.")
categories = typer.Typer(no_args_is_help=True, help="Categories.")
suppliers = typer.Typer(no_args_is_help=True, help="Suppliers.")

InCategory = Annotated[str, typer.Option("--category", metavar="NAME|ID", help="The category.")]
FromSupplier = Annotated[str, typer.Option("--supplier", metavar="NAME|ID", help="The supplier.")]
Archived = Annotated[bool, typer.Option("--archived", help="Those in the archive instead.")]

HIDDEN = ("cost", "supplier", "reorder_level")  # from customers, as by every face
PRODUCT_COLUMNS = [
    Column("sku", "SKU"),
    Column("name", "Name"),
    Column("price", "Price", is_money=True),
    Column("cost", "Cost", is_money=True),
    Column("unit", "Unit"),
    Column("category", "Category"),
    Column("supplier", "Supplier"),
    Column("barcode", "Barcode"),
]
NAMED_COLUMNS = [Column("id", "No.", is_number=True), Column("name", "Name")]
SUPPLIER_COLUMNS = [*NAMED_COLUMNS, Column("email", "E-mail"), Column("phone", "Phone")]


@command(products, "add", changes=True)
def add_product(
    session: Session,
    sku: Annotated[str, typer.Argument(help="Its number, unique.")],
    name: Annotated[str, typer.Argument(help="Its name.")],
    price: Annotated[str, typer.Argument(help="What a whole unit sells for, such as 2.50.")],
    cost: Annotated[str, typer.Option("--cost", help="What a whole unit is bought for.")] = "0",
    unit: Annotated[str, typer.Option("--unit", help="piece, kg, l or m.")] = "piece",
    decimals: Annotated[
        int | None, typer.Option("--decimals", min=0, max=3, help="0 to 3; as usual for the unit if left out.")
    ] = None,
    barcode: Annotated[str, typer.Option("--barcode")] = "",
    description: Annotated[str, typer.Option("--description")] = "",
    category: InCategory = "",
    supplier: FromSupplier = "",
    reorder_level: Annotated[
        str | None, typer.Option("--reorder-level", help="In whole units; 20 if left out.")
    ] = None,
    service: Annotated[bool, typer.Option("--service", help="It has no stock: postage, gift wrapping.")] = False,
) -> Fact:
    """Add a product to the catalogue."""
    from tradepost.catalog import queries
    from tradepost.catalog import services as catalog
    from tradepost.lib import money, quantity

    places = catalog.usual_decimals(unit) if decimals is None else decimals
    draft = catalog.ProductDraft(
        sku=sku,
        name=name,
        price_minor=money.parse(price),
        cost_minor=money.parse(cost),
        unit=unit,
        decimals=places,
        barcode=barcode,
        description=description,
        category_id=queries.category_named(category).pk if category else None,
        supplier_id=queries.supplier_named(supplier).pk if supplier else None,
        stocked=not service,
        reorder_level=None if reorder_level is None else quantity.parse(reorder_level, places),
    )

    def work() -> dict[str, Any]:
        added = catalog.add_product(draft, actor=session.actor, at=session.at)
        return _product_row(queries.product(added.pk))

    body = session.change(work)
    return Fact(f"Added {body['sku']} {body['name']}.", body)


@command(products, "list")
def list_products(
    session: Session,
    search: Search = "",
    category: InCategory = "",
    supplier: FromSupplier = "",
    archived: Archived = False,
    limit: Limit = 100,
) -> Listing:
    """List products by name."""
    from tradepost.catalog import queries

    found = queries.products(
        search=search,
        category=queries.category_named(category).pk if category else None,
        supplier=queries.supplier_named(supplier).pk if supplier else None,
        archived=archived,
    )
    hidden = () if session.actor.works_somewhere else HIDDEN
    rows = [_product_row(product) | dict.fromkeys(hidden) for product in found[: limit + 1]]
    empty = "Nothing found." if search or category or supplier else "No product yet: `tradepost product add --help`."
    return Listing(rows[:limit], PRODUCT_COLUMNS, more=len(rows) > limit, empty=empty)


@command(products, "archive", changes=True)
def archive_product(session: Session, sku: Annotated[str, typer.Argument(help="Its SKU.")]) -> Fact:
    """Take a product of which nothing is left out of the catalogue; its history stays."""
    from tradepost.catalog import queries
    from tradepost.inventory import services as inventory

    product_id = queries.product_of(sku).pk

    def work() -> dict[str, Any]:
        inventory.retire_product(product_id, actor=session.actor, at=session.at)
        return _product_row(queries.product(product_id))

    body = session.change(work)
    return Fact(f"{body['sku']} is no longer sold; its history stays.", body)


@command(products, "restore", changes=True)
def restore_product(session: Session, sku: Annotated[str, typer.Argument(help="Its SKU.")]) -> Fact:
    """Take a product back into the catalogue."""
    from tradepost.catalog import queries
    from tradepost.catalog import services as catalog

    product_id = queries.product_of(sku).pk

    def work() -> dict[str, Any]:
        catalog.restore_product(product_id, actor=session.actor, at=session.at)
        return _product_row(queries.product(product_id))

    body = session.change(work)
    return Fact(f"{body['sku']} is sold again.", body)


@command(categories, "add", changes=True)
def add_category(session: Session, name: Annotated[str, typer.Argument(help="Its name.")]) -> Fact:
    """Add a category."""
    from tradepost.catalog import services as catalog

    def work() -> dict[str, Any]:
        return _category_row(catalog.add_category(name=name, actor=session.actor, at=session.at))

    body = session.change(work)
    return Fact(f"Added the category {body['name']}.", body)


@command(categories, "list")
def list_categories(session: Session, search: Search = "", limit: Limit = 100) -> Listing:
    """List categories by name."""
    from tradepost.catalog import queries

    rows = [_category_row(category) for category in queries.categories(search=search)[: limit + 1]]
    return Listing(rows[:limit], NAMED_COLUMNS, more=len(rows) > limit)


@command(suppliers, "add", changes=True)
def add_supplier(
    session: Session,
    name: Annotated[str, typer.Argument(help="Its name.")],
    email: Annotated[str, typer.Option("--email")] = "",
    phone: Annotated[str, typer.Option("--phone")] = "",
) -> Fact:
    """Add a supplier."""
    from tradepost.catalog import services as catalog

    def work() -> dict[str, Any]:
        given = {"name": name, "email": email, "phone": phone}
        return _supplier_row(catalog.add_supplier(actor=session.actor, at=session.at, **given))

    body = session.change(work)
    return Fact(f"Added the supplier {body['name']}.", body)


@command(suppliers, "list")
def list_suppliers(session: Session, search: Search = "", archived: Archived = False, limit: Limit = 100) -> Listing:
    """List suppliers by name."""
    from tradepost.catalog import queries

    found = queries.suppliers_for(session.actor, search=search, archived=archived)[: limit + 1]
    rows = [_supplier_row(supplier) for supplier in found]
    return Listing(rows[:limit], SUPPLIER_COLUMNS, more=len(rows) > limit)


def _product_row(product: "Product") -> dict[str, Any]:
    from tradepost.lib import money, quantity

    return {
        "id": product.pk,
        "sku": product.sku,
        "name": product.name,
        "description": product.description,
        "barcode": product.barcode,
        "price": money.plain(product.price_minor),
        "cost": money.plain(product.cost_minor),
        "unit": product.unit,
        "decimals": product.decimals,
        "category": product.category.name if product.category else None,
        "supplier": product.supplier.name if product.supplier else None,
        "stocked": product.stocked,
        "reorder_level": quantity.plain(product.reorder_level, product.decimals),
        "archived_at": product.archived_at.isoformat() if product.archived_at else None,
    }


def _category_row(category: "Category") -> dict[str, Any]:
    return {"id": category.pk, "name": category.name}


def _supplier_row(supplier: "Supplier") -> dict[str, Any]:
    return {"id": supplier.pk, "name": supplier.name, "email": supplier.email, "phone": supplier.phone}
