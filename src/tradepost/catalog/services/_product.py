"""A product to be, and what is wrong with it."""

from dataclasses import dataclass
from typing import Any

from tradepost.catalog.models import KG, MAX_DECIMALS, PIECE, UNITS, L, M
from tradepost.lib import fields
from tradepost.lib.errors import FieldErrors

USUAL_DECIMALS = {PIECE: 0, KG: 3, L: 3, M: 3}
USUAL_REORDER_UNITS = 20
MAX_SKU, MAX_BARCODE, MAX_NAME, MAX_DESCRIPTION = 40, 40, 200, 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductDraft:
    """A product to be added. Amounts are minor units for a whole unit, `reorder_level` steps (None: 20 whole units).

    `decimals` None means 0 for pieces and 3 for kg, l and m.
    """

    sku: str
    name: str
    price_minor: int
    cost_minor: int = 0
    unit: str = PIECE
    decimals: int | None = None
    barcode: str = ""
    description: str = ""
    category_id: int | None = None
    supplier_id: int | None = None
    stocked: bool = True
    reorder_level: int | None = None


def usual_decimals(unit: str) -> int:
    """In how many decimals a unit is counted where nothing else is said: 0 for pieces, 3 for kg, l and m."""
    return USUAL_DECIMALS.get(unit, 0)


def cleaned(draft: ProductDraft) -> dict[str, Any]:
    """The fields of the product this draft describes. Raises FieldErrors."""
    wrong: fields.Wrong = {}
    if draft.unit not in UNITS:
        wrong["unit"] = [f"One of {', '.join(UNITS)}."]
    decimals = usual_decimals(draft.unit) if draft.decimals is None else draft.decimals
    if not 0 <= decimals <= MAX_DECIMALS:
        wrong["decimals"] = [f"From 0 to {MAX_DECIMALS}."]
        decimals = 0
    reorder = USUAL_REORDER_UNITS * 10**decimals if draft.reorder_level is None else draft.reorder_level
    given = {
        name: getattr(draft, name) for name in ("sku", "name", "barcode", "description", "price_minor", "cost_minor")
    }
    clean = cleaned_fields({**given, "reorder_level": reorder}, wrong)
    if wrong:
        raise FieldErrors(wrong)
    return {
        **clean,
        "unit": draft.unit,
        "decimals": decimals,
        "category_id": draft.category_id,
        "supplier_id": draft.supplier_id,
        "stocked": draft.stocked,
    }


def cleaned_fields(given: dict[str, Any], wrong: fields.Wrong) -> dict[str, Any]:
    """Those of a product's own fields that are given, clean; what is wrong is noted."""
    clean = dict(given)
    for name, most in (("sku", MAX_SKU), ("name", MAX_NAME), ("barcode", MAX_BARCODE)):
        if name in given:
            clean[name] = fields.line(name, given[name], most, wrong, needed=name != "barcode")
    if "description" in given:
        clean["description"] = fields.text("description", given["description"], MAX_DESCRIPTION, wrong)
    for name in ("price_minor", "cost_minor"):
        if name in given:
            clean[name] = fields.amount(name, given[name], wrong)
    if "reorder_level" in given:
        clean["reorder_level"] = fields.steps("reorder_level", given["reorder_level"], wrong)
    return clean
