"""Lines typed into a form: a product as people name it, a quantity in its unit, perhaps a cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import QueryDict

from tradepost.catalog import queries as catalog
from tradepost.catalog.errors import NoSuchProduct
from tradepost.lib import money, quantity
from tradepost.lib.errors import Invalid
from tradepost.web import params, picking

if TYPE_CHECKING:
    from tradepost.catalog.models import Product


@dataclass(slots=True)
class Typed:
    """A line as it was typed, what it was read as, and what is wrong with it."""

    text: str = ""
    amount: str = ""
    cost: str = ""
    product: "Product | None" = None
    steps: int = 0
    cost_minor: int | None = None
    wrong: str = ""
    wrong_field: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed."""
        return not (self.text or self.amount or self.cost)

    @property
    def product_id(self) -> int:
        """The product's number; 0 while it is unknown."""
        return self.product.pk if self.product else 0


def read(text: str, amount: str, cost: str = "") -> Typed:
    """Read a line; the first thing wrong with it is noted in words."""
    line = Typed(text.strip(), amount.strip(), cost.strip())
    if line.is_blank:
        return line
    line.wrong_field = "product"
    try:
        line.product = picking.product(line.text)
        line.wrong_field = "quantity"
        line.steps = quantity.parse(line.amount or "nothing", line.product.decimals)
        line.wrong_field = "cost"
        line.cost_minor = money.parse(line.cost) if line.cost else None
    except Invalid as error:
        line.wrong = error.message
    except NoSuchProduct as error:
        line.wrong = error.message
    return line


def read_all(texts: Iterable[str], amounts: Iterable[str], costs: Iterable[str]) -> list[Typed]:
    """Read the lines of a form, blank ones left out."""
    lines = [read(*typed) for typed in zip(texts, amounts, costs, strict=False)]
    return [line for line in lines if not line.is_blank]


def asked_for(query: QueryDict) -> list[Typed]:
    """The product a button named in the address, as the first line. Raises NotAFilter, NoSuchProduct."""
    number = params.number(query, "product")
    if number is None:
        return []
    product = catalog.product(number)
    return [Typed(text=product.sku, product=product)]
