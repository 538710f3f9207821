"""What can be wrong with a change to the catalogue."""

from tradepost.lib.errors import Missing, Refused


class NoSuchProduct(Missing):
    """No product has this number, SKU or barcode."""

    code = "no_such_product"
    title = "There is no such product"


class NoSuchCategory(Missing):
    """No category has this number."""

    code = "no_such_category"
    title = "There is no such category"


class NoSuchSupplier(Missing):
    """No supplier has this number."""

    code = "no_such_supplier"
    title = "There is no such supplier"


class SkuTaken(Refused):
    """Another product has this SKU; `85123A` and `85123a` are two."""

    code = "sku_taken"
    title = "Another product has this SKU"


class BarcodeTaken(Refused):
    """Another product has this barcode."""

    code = "barcode_taken"
    title = "Another product has this barcode"


class UnitFixed(Refused):
    """The books count a product in its smallest step, so unit and decimals never change."""

    code = "unit_fixed"
    title = "Unit and decimals of a product never change; archive it and add another"


class StaysGoods(Refused):
    """A product to be made a service whose goods were moved before, be they gone: books and returns go by them."""

    code = "stays_goods"
    title = "What was ever kept on shelves stays goods; archive it and add another"


class CategoryNameTaken(Refused):
    """Another category has this name, upper and lower case being the same."""

    code = "category_name_taken"
    title = "Another category has this name"


class CategoryInUse(Refused):
    """Products are in the category, archived ones included."""

    code = "category_in_use"
    title = "Products are in this category"


class SupplierNameTaken(Refused):
    """Another supplier has this name, upper and lower case being the same."""

    code = "supplier_name_taken"
    title = "Another supplier has this name"


class SupplierArchived(Refused):
    """The supplier is archived: it keeps its history and takes no changes."""

    code = "supplier_archived"
    title = "This supplier is archived"


class ProductArchived(Refused):
    """The product is archived: it keeps its history and takes no changes."""

    code = "product_archived"
    title = "This product is archived"
