"""The receipt of a sale as it is printed: 40 columns, amounts on the right, the moment in the store's time zone."""

from zoneinfo import ZoneInfo

from tradepost.lib import money, quantity
from tradepost.till.models import Sale

WIDTH = 40


def receipt_text(sale: Sale) -> str:
    """The whole receipt. Give it a sale with its lines and their products, as `queries.sale` does."""
    store, at = sale.store, sale.at.astimezone(ZoneInfo(sale.store.time_zone))
    text = [store.name, *([store.location] if store.location else []), f"{sale.number}  {at:%Y-%m-%d %H:%M}", ""]
    for line in sale.lines.all():
        product = line.product
        steps, price = quantity.plain(line.quantity, product.decimals), money.plain(line.unit_price_minor)
        unit = "" if product.unit == "piece" else f" {product.unit}"
        text += [product.name, _row(f"  {steps}{unit} x {price}", money.plain(line.amount_minor))]
    text += ["", _row(f"Total {money.currency()}", money.plain(sale.total_minor))]
    text.append(_row("Received", money.plain(sale.received_minor)))
    text.append(_row("Change", money.plain(sale.change_minor)))
    return "\n".join(text)


def _row(left: str, right: str) -> str:
    return f"{left} {right:>{max(WIDTH - len(left) - 1, 0)}}"
