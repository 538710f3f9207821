"""From invoices to drafts: what the till's services are asked for."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tradepost.cli.online_retail.figures import kind_of
from tradepost.cli.online_retail.reader import Invoice, Line, is_goods
from tradepost.cli.online_retail.shop import Shop
from tradepost.lib.rounding import split
from tradepost.till import queries as till
from tradepost.till.services import (
    AdjustmentDraft,
    EntryDraft,
    EntryItem,
    ReturnDraft,
    ReturnItem,
    SaleDraft,
    SaleItem,
)

LOST = "Stock correction in the file"
UNMATCHED = "Cancellation in the file without an earlier sale, or at another price"


@dataclass(slots=True)
class Drafts:
    """What one transaction asks of the till, in the order it asks."""

    deliveries: list[EntryDraft] = field(default_factory=list)
    sales: list[SaleDraft] = field(default_factory=list)
    write_offs: list[EntryDraft] = field(default_factory=list)
    returns: list[Invoice] = field(default_factory=list)
    adjustments: list[AdjustmentDraft] = field(default_factory=list)


def draft(invoices: Iterable[Invoice], shop: Shop, still_needed: Counter[str]) -> Drafts:
    """The drafts of these invoices; the returns are matched later, when the sales of the same chunk stand.

    A product that the chunk would run out of is received first: as much as the rest of its month takes off the shelf.
    """
    drafts = Drafts()
    need: Counter[str] = Counter()
    for invoice in invoices:
        kind = kind_of(invoice)
        if kind == "sale":
            drafts.sales.append(_sale(invoice, shop))
        elif kind == "write-off":
            drafts.write_offs.append(_write_off(invoice, shop))
        elif kind == "return":
            drafts.returns.append(invoice)
        else:
            drafts.adjustments += [_adjustment(invoice, line, shop) for line in invoice.lines]
        if kind in {"sale", "write-off"}:
            for line in invoice.lines:
                if is_goods(line.code):
                    need[line.code] += abs(line.quantity)
    _receive(drafts, need, still_needed, shop)
    return drafts


def _receive(drafts: Drafts, need: Counter[str], still_needed: Counter[str], shop: Shop) -> None:
    items = []
    for code, quantity in need.items():
        product_id = shop.products[code]
        on_hand = shop.on_hand[product_id]
        if on_hand < quantity:
            ordered = max(still_needed[code], quantity) - on_hand
            items.append(EntryItem(product_id, ordered, 0))
            shop.on_hand[product_id] += ordered
        shop.on_hand[product_id] -= quantity
        still_needed[code] -= quantity
    documents = drafts.sales or drafts.write_offs
    if items:
        first = documents[0]
        number = f"{first.number}:goods"
        drafts.deliveries.append(EntryDraft(shop.store_id, items, number, supplier_id=shop.supplier_id, at=first.at))


def _sale(invoice: Invoice, shop: Shop) -> SaleDraft:
    products = shop.products
    items = [
        SaleItem(products[line.code], line.quantity, line.unit_price_minor, line.amount_minor) for line in invoice.lines
    ]
    customer_id = shop.customers.get(invoice.customer)
    return SaleDraft(shop.store_id, items, shop.number(invoice), customer_id, at=shop.moment(invoice.at))


def _write_off(invoice: Invoice, shop: Shop) -> EntryDraft:
    items = [EntryItem(shop.products[line.code], -line.quantity) for line in invoice.lines]
    reason = invoice.lines[0].description.strip() or LOST
    return EntryDraft(shop.store_id, items, shop.number(invoice), reason=reason, at=shop.moment(invoice.at))


def _adjustment(invoice: Invoice, line: Line, shop: Shop) -> AdjustmentDraft:
    reason = line.description.strip() or "Bad debt"
    return AdjustmentDraft(shop.store_id, line.amount_minor, reason, shop.number(invoice), shop.moment(invoice.at))


@dataclass(slots=True)
class _Left:
    """What may still come back on an earlier sale line."""

    line_id: int
    unit_price_minor: int
    quantity: int
    whole: tuple[int, int]


def match(returns: Sequence[Invoice], shop: Shop, order: dict[str, int]) -> list[ReturnDraft]:
    """Match returns to the customers' earlier lines of the same code, as far as they reach; the rest is supervised.

    `order` tells the place in the file of the invoices of this chunk: a sale after the return does not count.
    """
    left = _left_on_lines(returns, shop)
    drafts = []
    for invoice in returns:
        place = order[shop.number(invoice)]
        customer_id = shop.customers.get(invoice.customer)
        items: list[ReturnItem] = []
        for line in invoice.lines:
            product_id = shop.products[line.code]
            earlier = [
                (found, number)
                for found, number in left.get((customer_id, product_id), ())
                if order.get(number, -1) < place
            ]
            items += _items(line, product_id, [found for found, _ in earlier])
            if is_goods(line.code):
                shop.on_hand[product_id] -= line.quantity
        moment = shop.moment(invoice.at)
        drafts.append(ReturnDraft(shop.store_id, items, shop.number(invoice), customer_id, UNMATCHED, moment))
    return drafts


def _left_on_lines(returns: Sequence[Invoice], shop: Shop) -> dict[tuple[int | None, int], list[tuple[_Left, str]]]:
    customers = {shop.customers[invoice.customer] for invoice in returns if invoice.customer}
    products = {shop.products[line.code] for invoice in returns for line in invoice.lines}
    left: dict[tuple[int | None, int], list[tuple[_Left, str]]] = defaultdict(list)
    if not customers:
        return left
    columns = (
        "id", "unit_price_minor", "quantity", "returned_quantity", "amount_minor", "sale__customer_id", "product_id",
        "sale__number",
    )  # fmt: skip
    lines = till.returnable_lines(shop.store_id, customers, products).values_list(*columns)
    for line_id, price, quantity, returned, amount, customer_id, product_id, number in lines:
        found = _Left(line_id, price, quantity - returned, (quantity, amount))
        left[customer_id, product_id].append((found, number))
    return left


def _items(line: Line, product_id: int, earlier: list[_Left]) -> list[ReturnItem]:
    """One line of a slip in parts: what earlier lines reach for, those at the same price first, then the rest."""
    asked, price = -line.quantity, line.unit_price_minor
    parts: list[tuple[int, _Left | None]] = []
    for found in sorted(earlier, key=lambda found: found.unit_price_minor != price):
        taken = min(found.quantity, asked)
        if taken:
            parts.append((taken, found))
            found.quantity -= taken
            asked -= taken
    if asked:
        parts.append((asked, None))
    amounts = split(-line.amount_minor, [taken for taken, _ in parts])
    return [
        ReturnItem(
            taken,
            found.line_id if found else None,
            None if found else product_id,
            None if found and _is_price_paid(found, taken, amount) else amount,
            continues=i > 0,
        )
        for i, ((taken, found), amount) in enumerate(zip(parts, amounts, strict=True))
    ]


def _is_price_paid(found: _Left, taken: int, amount: int) -> bool:
    """Whether the amount is what was paid for that many: then nobody needs to answer for it."""
    quantity, paid = found.whole
    return paid * taken == amount * quantity
