"""Every change to the catalogue, by use case: an administrator's work, one audit row a call."""

from tradepost.catalog.services._product import ProductDraft, usual_decimals
from tradepost.catalog.services.adding import add_product, add_products
from tradepost.catalog.services.categories import add_category, change_category, remove_category
from tradepost.catalog.services.pictures import read_picture, set_picture
from tradepost.catalog.services.products import (
    ProductChanges,
    archive_product,
    change_product,
    locked_product,
    restore_product,
)
from tradepost.catalog.services.saving import ProductRow, RowFields, Saved, save_products, try_products
from tradepost.catalog.services.suppliers import (
    SupplierChanges,
    add_supplier,
    archive_supplier,
    change_supplier,
    restore_supplier,
)

__all__ = [
    "ProductChanges",
    "ProductDraft",
    "ProductRow",
    "RowFields",
    "Saved",
    "SupplierChanges",
    "add_category",
    "add_product",
    "add_products",
    "add_supplier",
    "archive_product",
    "archive_supplier",
    "change_category",
    "change_product",
    "change_supplier",
    "locked_product",
    "read_picture",
    "remove_category",
    "restore_product",
    "restore_supplier",
    "save_products",
    "set_picture",
    "try_products",
    "usual_decimals",
]
