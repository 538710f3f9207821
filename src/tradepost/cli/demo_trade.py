"""Two weeks of trade, the same at every telling but for the clock: deliveries, sales, returns, losses, a bad debt.

What stands on the shelves is counted along, so that nothing is sold that is not there. Some products are left to run
low, some to run out.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from tradepost.lib import quantity
from tradepost.lib.actor import Actor
from tradepost.till import queries
from tradepost.till import services as till

if TYPE_CHECKING:
    from tradepost.catalog.models import Product
    from tradepost.till.models import Sale

SEED = 1843
OPENS, CLOSES = 9, 18
RUSH = [4, 6, 8, 12, 13, 11, 10, 8, 5]  # how the baskets of a day fall on its hours
WEEKDAYS = [0.8, 0.85, 0.9, 0.95, 1.1, 1.45, 0.95]
RESTOCK_EVERY_DAYS = 4
REASONS_BACK = ["Wrong size", "A present somebody had already", "Chipped", "Changed their mind"]
REASONS_LOST = ["Broken in the window", "Past its date", "Crushed in the store room"]
NOTES = [500, 1000, 2000]  # what a hand reaches for, in minor units

T = TypeVar("T")


class Shop(NamedTuple):
    """A store at work: how many baskets on a usual day, who answers for it and who sells."""

    store_id: int
    baskets: int
    manager: Actor
    seller: Actor


class Trade:
    """The trade of all shops, day by day."""

    def __init__(
        self, shops: Sequence[Shop], goods: Sequence[tuple["Product", int]], regulars: Sequence[int], time_zone: str
    ) -> None:
        self.random = random.Random(SEED)  # noqa: S311  # a story, not a secret
        self.shops = shops
        self.products = [product for product, _ in goods]
        self.pulls = [pull for _, pull in goods]
        self.regulars = regulars
        self.time_zone = time_zone
        self.levels: dict[tuple[int, int], int] = {}
        stocked = [product.pk for product in self.products if product.stocked]
        chosen = self.random.sample(stocked, 13)
        self.runs_out, self.runs_low = set(chosen[:4]), set(chosen[4:])

    def run(self, days: Sequence[date], now: datetime) -> None:
        """Trade on these days, the last of which is only as far gone as `now`."""
        for i, day in enumerate(_watched(days)):
            if i % RESTOCK_EVERY_DAYS == 0:
                self._restock(day, now, is_first=i == 0)
            for start, end, share in self._spells(day, now, whole=day != days[-1]):
                for shop in self.shops:
                    self._sell(shop, start, end, share)
            if day != days[-1]:
                self._mishaps(i, day)

    def _spells(self, day: date, now: datetime, *, whole: bool) -> Iterator[tuple[datetime, datetime, float]]:
        """Stretches of a day with their share of its baskets: past days at once, today hour by hour until now.

        Whoever looks in before ten sees an early market, so that today is never empty.
        """
        season, rush = WEEKDAYS[day.weekday()], sum(RUSH)
        if whole:
            yield local(day, time(OPENS), self.time_zone), local(day, time(CLOSES), self.time_zone), season
            return
        if now < local(day, time(OPENS + 1), self.time_zone):
            midnight = local(day, time.min, self.time_zone)
            yield max(midnight, now - timedelta(hours=2)), now, season * 0.08
            return
        for i, weight in enumerate(RUSH):
            start, end = (local(day, time(OPENS + i + later), self.time_zone) for later in (0, 1))
            if start < now:
                gone = min(now, end) - start
                yield start, min(now, end), season * weight / rush * (gone / (end - start))

    def _restock(self, day: date, now: datetime, *, is_first: bool) -> None:
        at = local(day, time(OPENS - 1, 10), self.time_zone)
        if at > now:
            return
        for shop in self.shops:
            by_supplier: dict[int | None, list[till.EntryItem]] = {}
            for product, pull in zip(self.products, self.pulls, strict=True):
                steps = self._needed(shop, product, pull, is_first=is_first)
                if steps > 0:
                    by_supplier.setdefault(product.supplier_id, []).append(self._delivered(shop, product, steps))
            drafts = [
                till.EntryDraft(shop.store_id, items, supplier_id=supplier, at=at + timedelta(minutes=7 * i))
                for i, (supplier, items) in enumerate(by_supplier.items())
            ]
            _all(till.receive(drafts, actor=shop.manager, at=at))

    def _needed(self, shop: Shop, product: "Product", pull: int, *, is_first: bool) -> int:
        """Steps to order: what four days sell and half as much again, above the reorder level."""
        if not product.stocked:
            return 0
        unit = 10**product.decimals
        a_day = shop.baskets * 2.1 * pull / sum(self.pulls) * (0.3 if product.decimals else 1.25)
        scarce = product.pk in self.runs_out | self.runs_low
        if scarce:
            return (product.reorder_level + int(a_day * 3) * unit) if is_first else 0
        wanted = product.reorder_level * 2 + int(a_day * RESTOCK_EVERY_DAYS * 1.6) * unit
        short = wanted - self.levels.get((shop.store_id, product.pk), 0)
        return short - short % (6 * unit) + 6 * unit if short > 0 else 0

    def _delivered(self, shop: Shop, product: "Product", steps: int) -> till.EntryItem:
        spot = (shop.store_id, product.pk)
        self.levels[spot] = self.levels.get(spot, 0) + steps
        cost = product.cost_minor * self.random.choice([97, 100, 100, 102, 105]) // 100
        return till.EntryItem(product.pk, steps, quantity.price_of(steps, cost, product.decimals))

    def _sell(self, shop: Shop, start: datetime, end: datetime, share: float) -> None:
        count = round(shop.baskets * share * self.random.uniform(0.9, 1.1))
        moments = sorted(self._moment(start, end) for _ in range(count))
        drafts = [draft for moment in moments if (draft := self._basket(shop, moment))]
        if not drafts:
            return
        sales = _all(till.ring_up(drafts, actor=shop.seller, at=end))
        for sale in self.random.sample(sales, len(sales) // 80):
            self._bring_back(shop, sale, min(end, sale.at + timedelta(minutes=50)))

    def _moment(self, start: datetime, end: datetime) -> datetime:
        seconds = int((end - start).total_seconds())
        if seconds <= 2 * 3600:
            return start + timedelta(seconds=self.random.randrange(max(seconds, 1)))
        hour = self.random.choices(range(len(RUSH)), RUSH)[0]
        return start + timedelta(hours=hour, seconds=self.random.randrange(3600))

    def _basket(self, shop: Shop, at: datetime) -> till.SaleDraft | None:
        size = self.random.choices([1, 2, 3, 4, 5], [42, 28, 17, 9, 4])[0]
        items, total = [], 0
        for product in dict.fromkeys(self.random.choices(self.products, self.pulls, k=size)):
            steps = self._taken(shop, product)
            if steps:
                items.append(till.SaleItem(product.pk, steps))
                total += quantity.price_of(steps, product.price_minor, product.decimals)
        if not items:
            return None
        customer = self.random.choice(self.regulars) if self.random.random() < 0.01 else None
        note = self.random.choice(NOTES)
        received = -(-total // note) * note if self.random.random() < 0.4 else None
        return till.SaleDraft(shop.store_id, items, customer_id=customer, received_minor=received, at=at)

    def _taken(self, shop: Shop, product: "Product") -> int:
        """Steps a customer takes: nothing where the shelf is too empty."""
        if product.unit == "m":
            steps = 250 * self.random.randint(2, 16)
        elif product.decimals:
            steps = 10 * self.random.randint(10, 45)
        else:
            steps = self.random.choices([1, 2, 3, 6], [78, 15, 5, 2])[0]
        if not product.stocked:
            return 1
        spot = (shop.store_id, product.pk)
        keeps = 0 if product.pk in self.runs_out else max(1, product.reorder_level // 3)
        if product.pk in self.runs_out:
            steps = min(steps, self.levels.get(spot, 0))
        if self.levels.get(spot, 0) - steps < keeps:
            return 0
        self.levels[spot] -= steps
        return steps

    def _bring_back(self, shop: Shop, sale: "Sale", at: datetime) -> None:
        line = self.random.choice(list(queries.sale(sale.number, shop.seller).lines.all()))
        reason = self.random.choice(REASONS_BACK)
        item = till.ReturnItem(line.quantity, sale_line_id=line.pk)
        _all(till.give_back([till.ReturnDraft(shop.store_id, [item], reason=reason, at=at)], actor=shop.seller, at=at))
        if line.product.stocked:
            self.levels[shop.store_id, line.product_id] += line.quantity

    def _mishaps(self, i: int, day: date) -> None:
        """After closing: losses every third day; once a return without receipt, once a bad debt."""
        at = local(day, time(CLOSES, 20), self.time_zone)
        for shop in self.shops if i % 3 == 1 else []:
            product = self.random.choice([one for one in self.products if one.stocked and not one.decimals])
            spot = (shop.store_id, product.pk)
            lost = min(self.random.randint(1, 3), self.levels.get(spot, 0))
            if lost:
                self.levels[spot] -= lost
                reason = self.random.choice(REASONS_LOST)
                draft = till.EntryDraft(shop.store_id, [till.EntryItem(product.pk, lost)], reason=reason, at=at)
                _all(till.write_off([draft], actor=shop.seller, at=at))
        shop = self.shops[0]
        if i == 6:
            product = next(one for one in self.products if one.stocked and not one.decimals)
            item = till.ReturnItem(1, product_id=product.pk, amount_minor=product.price_minor)
            draft_back = till.ReturnDraft(shop.store_id, [item], reason="Receipt lost, known customer", at=at)
            _all(till.give_back([draft_back], actor=shop.manager, at=at))
            self.levels[shop.store_id, product.pk] += 1
        if i == 9:
            bad = till.AdjustmentDraft(shop.store_id, -1840, "Cheque came back unpaid", at=at)
            _all(till.adjust([bad], actor=shop.manager, at=at))


def local(day: date, hour: time, time_zone: str) -> datetime:
    """The moment of a time of day in a shop's time zone."""
    return datetime.combine(day, hour, tzinfo=ZoneInfo(time_zone)).astimezone(UTC)


def _all(answers: Sequence[T | till.Refusal]) -> list[T]:
    booked = []
    for answer in answers:
        if isinstance(answer, till.Refusal):
            raise answer.error
        booked.append(answer)
    return booked


def _watched(days: Sequence[date]) -> Iterator[date]:
    """The days, with a progress bar where somebody looks."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(days, "Making two weeks of trade", console=console, disable=not console.is_terminal)
