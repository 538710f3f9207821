"""Which column of a file is which: by the names people give them, upper and lower case, spaces and dashes aside."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tradepost.imports.errors import ColumnsUnclear
from tradepost.imports.models import PRODUCTS, STOCK
from tradepost.imports.reading import Row, cells

NOT_LETTERS = re.compile(r"[\W_]+")
MOST_VALUE = 100


class Field(NamedTuple):
    """What a column can hold: how a cell is read, and which names mean it, in letters and digits alone."""

    read: Callable[[str], Any]
    names: frozenset[str]


def _field(read: Callable[[str], Any], names: str) -> Field:
    return Field(read, frozenset(names.split()))


SKU = _field(
    cells.text,
    "sku stockcode itemcode productcode articlecode articlenumber article itemnumber itemno productnumber productno "
    "code partnumber partno",
)
NAME = _field(cells.text, "name product productname item itemname title articlename")
COST = _field(cells.amount, "cost unitcost costprice purchaseprice buyingprice costperunit")
FIELDS: dict[str, dict[str, Field]] = {
    PRODUCTS: {
        "sku": SKU,
        "name": NAME,
        "price": _field(cells.amount, "price unitprice saleprice salesprice sellingprice retailprice rrp listprice"),
        "cost": COST,
        "unit": _field(cells.unit, "unit uom unitofmeasure soldby measure"),
        "decimals": _field(cells.whole, "decimals decimalplaces"),
        "barcode": _field(cells.text, "barcode ean ean13 upc gtin"),
        "description": _field(cells.text, "description details longdescription"),
        "category": _field(cells.text, "category productcategory group productgroup department"),
        "supplier": _field(cells.text, "supplier suppliername vendor vendorname"),
        "stocked": _field(cells.yes_or_no, "stocked trackstock isstocked hasstock"),
        "reorder_level": _field(cells.number, "reorderlevel reorderpoint reorder minimumstock minstock minimum"),
    },
    STOCK: {
        "sku": SKU,
        "name": NAME,
        "quantity": _field(
            cells.number, "quantity qty stock onhand quantityonhand openingstock openingquantity count level units"
        ),
        "cost": COST,
        "store": _field(cells.text, "store storename shop branch"),
    },
}
NEEDED = {PRODUCTS: ("sku",), STOCK: ("sku", "quantity")}


class Cells(NamedTuple):
    """A row by field: what is said of it as values, as text, and what is wrong with it."""

    values: dict[str, Any]
    texts: dict[str, str]
    wrong: dict[str, str]


def known(kind: str, header: Sequence[str]) -> int:
    """How many names of a header mean something."""
    return sum(1 for name in header if _meant(kind, name))


def mapped(kind: str, header: Sequence[str]) -> list[str]:
    """The field each column holds, "" for one that is not read. Raises ColumnsUnclear."""
    fields = [_meant(kind, name) for name in header]
    for field in {*fields} - {""}:
        if fields.count(field) > 1:
            names = " and ".join(name for name, meant in zip(header, fields, strict=True) if meant == field)
            raise ColumnsUnclear(f"Two columns would be read as {field}: {names}; rename one")
    missing = [field for field in NEEDED[kind] if field not in fields]
    if missing:
        seen = ", ".join(name for name in header if name)[:200]
        raise ColumnsUnclear(f"No column is named {' or '.join(missing)}; the first row says {seen}")
    return fields


def told_apart(fields: Sequence[str], rows: Iterable[Row]) -> Iterator[Row]:
    """All rows of a file, in order; those whose SKU stood in a row before name that one as their twin."""
    place, first = fields.index("sku"), dict[str, int]()
    for row in rows:
        sku = SKU.read(row.cells[place]) if place < len(row.cells) else ""
        twin = first.setdefault(sku, row.number) if sku else row.number
        yield row if twin == row.number else row._replace(twin=twin)


def read(kind: str, fields: Sequence[str], row: Sequence[str]) -> Cells:
    """A row by field; an empty cell says nothing."""
    known_fields: Mapping[str, Field] = FIELDS[kind]
    found = Cells({}, {}, {})
    for field, cell in zip(fields, row, strict=False):
        if not field or not cell:
            continue
        found.texts[field] = cell
        try:
            found.values[field] = known_fields[field].read(cell)
        except cells.Unclear as unclear:
            found.wrong[field] = str(unclear)
    if any(row[len(fields) :]):
        found.wrong[""] = f"The row has more cells than the first row has names: {len(row)}, not {len(fields)}."
    return found


def _meant(kind: str, name: str) -> str:
    plain = NOT_LETTERS.sub("", name.lower())
    return next((field for field, known_as in FIELDS[kind].items() if plain in known_as.names), "")
