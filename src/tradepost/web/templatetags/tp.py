"""How money, quantities and moments read on a page."""

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tradepost.lib import clock, quantity
from tradepost.lib import money as amounts
from tradepost.lib import phone as numbers
from tradepost.lib.rounding import divide_half_even

register = template.Library()
STEPS = (("day", 86400), ("hr", 3600), ("min", 60))


@register.filter
def money(minor: int | None) -> str:
    """Minor units as people read them, a dash for nothing known."""
    return "–" if minor is None else amounts.show(minor)


@register.filter
def short_money(minor: int) -> str:
    """An amount on a small button: without a fraction of nothing."""
    return amounts.show(minor).removesuffix(f".{'0' * amounts.decimals()}")


@register.filter
def plain_money(minor: int) -> str:
    """Minor units as a field holds them."""
    return amounts.plain(minor)


@register.filter
def phone(number: str) -> str:
    """A phone number as people dial it."""
    return numbers.show(number)


@register.filter
def phone_abroad(number: str) -> str:
    """A phone number with its country, in groups."""
    return numbers.spaced(number)


@register.filter
def average(e4: int) -> str:
    """An average cost, kept in ten-thousandths of a minor unit, as an amount."""
    return amounts.show(divide_half_even(e4, 10_000))


@register.simple_tag
def currency_sign() -> str:
    """The sign of the house's currency."""
    return amounts.SIGNS.get(amounts.currency(), amounts.currency())


@register.simple_tag
def currency_places() -> int:
    """How many decimals an amount has."""
    return amounts.decimals()


@register.filter
def steps(value: int | None, product: Any) -> str:
    """Steps of a product with its unit: `1.25 kg`, or `3` for pieces."""
    if value is None:
        return "–"
    shown = quantity.plain(value, product.decimals)
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return shown if product.unit == "piece" else f"{shown} {product.unit}"


@register.filter
def in_units(value: int, product: Any) -> str:
    """Steps of a product with the unit said out: `1 piece`, `3 pieces`, `1.25 kg`."""
    if product.unit != "piece":
        return steps(value, product)
    return f"{steps(value, product)} piece{'' if value == 1 else 's'}"


@register.filter
def signed_steps(value: int, product: Any) -> str:
    """A difference in steps with its sign: `+3`, `−1.25 kg`."""
    return f"{'−' if value < 0 else '+'}{steps(abs(value), product)}"


@register.filter
def bare_steps(value: int, product: Any) -> str:
    """Steps of a product as a field holds them."""
    return quantity.plain(value, product.decimals)


@register.filter
def in_words(day: date) -> str:
    """A day: `today`, `yesterday`, else `Thu 19 Nov 2026`."""
    today = timezone.localdate()
    near = {today: "Today", today - timedelta(days=1): "Yesterday"}
    return near.get(day, date_format(day, "D j M Y"))


@register.filter
def moment(at: datetime) -> str:
    """A moment in the zone of the store: `Thu 19 Nov 2026, 14:31:07`."""
    return date_format(timezone.localtime(at), "D j M Y, H:i:s")


@register.filter
def near(at: datetime) -> str:
    """A moment in a list: the time alone today, else day and time."""
    local = timezone.localtime(at)
    if local.date() == timezone.localdate():
        return date_format(local, "H:i:s")
    same_year = local.year == timezone.localdate().year
    return date_format(local, "j M, H:i" if same_year else "j M Y, H:i")


@register.simple_tag
def ago(at: datetime) -> SafeString:
    """How long ago, kept up to date by the browser."""
    seconds = max(0, int((clock.now() - at).total_seconds()))
    name, size = next((step for step in STEPS if seconds >= step[1]), ("sec", 1))
    count = seconds // size
    text = f"{count} {name}{'s' if name == 'day' and count != 1 else ''} ago"
    return format_html('<time datetime="{}" data-tp-ago>{}</time>', at.isoformat(timespec="seconds"), text)


@register.simple_tag
def postings(**filters: Any) -> str:
    """The address of the postings behind a figure."""
    given = {name: value.isoformat() if isinstance(value, date) else value for name, value in filters.items() if value}
    return f"{reverse('web:postings')}?{urlencode(given)}"


@register.filter
def initials(name: str) -> str:
    """Two letters for a round picture."""
    words = name.replace(".", " ").replace("_", " ").split()
    return "".join(word[0] for word in (words[0], words[-1]) if word).upper() if len(words) > 1 else name[:2].upper()


@register.filter
def get(mapping: dict[Any, Any], name: Any) -> Any:
    """A value of a mapping, or nothing."""
    return mapping.get(name)


@register.filter
def checked_balances(findings: dict[str, Any]) -> int:
    """How many kept balances a proof summed again: bounded accounts and checkpoints."""
    checked = findings["reconcile"]["checked"]
    return int(checked["accounts"]) + int(checked["checkpoints"])


@register.filter
def percent(now: int, before: int) -> str:
    """The change from before to now: `24.0%`; a dash where there was nothing before."""
    return f"{abs(now - before) * 100 / before:.1f}%" if before else "–"
