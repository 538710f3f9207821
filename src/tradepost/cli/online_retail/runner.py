"""Replaying: a transaction for a thousand lines or so, each wholly there or not at all, so it can be taken up again."""

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from tradepost.cli.online_retail import plan
from tradepost.cli.online_retail.figures import Survey, month_of, survey
from tradepost.cli.online_retail.reader import Invoice, is_goods, read
from tradepost.cli.online_retail.shop import STORE, Shop, open_shop
from tradepost.intake import services as intake
from tradepost.intake.services import Answer
from tradepost.lib import clock, money
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Invalid
from tradepost.till import services as till
from tradepost.till import totals
from tradepost.till.services import Refusal

LINES_A_CHUNK = 2_000
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Outcome:
    """What a replay did: the file's survey, where it went, lines booked now and found booked, and the time it took."""

    survey: Survey
    store_id: int
    booked_lines: int
    standing_lines: int
    seconds: float
    chunk_seconds: list[tuple[int, float]]

    @property
    def lines_a_second(self) -> float:
        """Lines booked in a second, reading included."""
        return self.booked_lines / self.seconds if self.seconds else 0.0

    def growth(self) -> float | None:
        """The cost of a line in the last tenth over that in the first; None for fewer than 20 chunks."""
        tenth = len(self.chunk_seconds) // 10
        if tenth < 2:
            return None
        first, last = self.chunk_seconds[:tenth], self.chunk_seconds[-tenth:]
        cost = [sum(s for _, s in part) / sum(n for n, _ in part) for part in (first, last)]
        return cost[1] / cost[0]


def replay(path: Path, *, store: str = STORE, limit: int | None, actor: Actor, progress: Progress) -> Outcome:
    """Book the first `limit` lines of the file to the end of their invoice (all without one) that are not booked yet.

    Raises Invalid for a file or a currency that does not fit, Missing where there is no file. What was booked before an
    error stays, and a second run goes on from there.
    """
    if money.currency() != "GBP":
        raise Invalid(f"The file is in pounds and this installation in {money.currency()}; set TRADEPOST_CURRENCY=GBP")
    started = perf_counter()
    invoices = list(read(path, limit))
    found = survey(invoices)
    gc.freeze()  # the lines stay to the end: the collector need not look at them again and again
    at = clock.now()
    shop = open_shop(found, store, actor=actor, at=at)
    standing = totals.numbers(shop.store_id, shop.prefix)
    booked = stood = 0
    chunks: list[tuple[int, float]] = []
    for chunk in _chunks(invoices, found, standing, shop):
        lines = sum(len(invoice.lines) for invoice in chunk.fresh)
        if chunk.fresh:
            chunk_started = perf_counter()
            _book(chunk, shop, actor)
            chunks.append((lines, perf_counter() - chunk_started))
        booked += lines
        stood += chunk.stood
        progress(booked + stood, found.lines)
    return Outcome(found, shop.store_id, booked, stood, perf_counter() - started, chunks)


@dataclass(slots=True)
class _Chunk:
    """Invoices of one month to be booked together, and how many lines beside them stand already."""

    fresh: list[Invoice]
    stood: int
    still_needed: Counter[str]


def _chunks(invoices: Iterable[Invoice], found: Survey, standing: set[str], shop: Shop) -> Iterator[_Chunk]:
    month, fresh, stood, lines = "", list[Invoice](), 0, 0
    for invoice in invoices:
        if fresh and (lines >= LINES_A_CHUNK or month_of(invoice) != month):
            yield _Chunk(fresh, stood, found.demand[month])
            fresh, stood, lines = [], 0, 0
        month = month_of(invoice)
        if shop.number(invoice) in standing:
            stood += len(invoice.lines)
            _forget_demand(invoice, found.demand[month])
        else:
            fresh.append(invoice)
            lines += len(invoice.lines)
    yield _Chunk(fresh, stood, found.demand.get(month, Counter()))


def _forget_demand(invoice: Invoice, still_needed: Counter[str]) -> None:
    if not invoice.is_return and not invoice.is_adjustment:
        for line in invoice.lines:
            if is_goods(line.code):
                still_needed[line.code] -= abs(line.quantity)


def _book(chunk: _Chunk, shop: Shop, actor: Actor) -> None:
    at = clock.now()
    drafts = plan.draft(chunk.fresh, shop, chunk.still_needed)
    order = {shop.number(invoice): place for place, invoice in enumerate(chunk.fresh)}

    def work() -> Answer:
        _accept(till.receive(drafts.deliveries, actor=actor, at=at))
        _accept(till.ring_up(drafts.sales, actor=actor, at=at))
        _accept(till.write_off(drafts.write_offs, actor=actor, at=at))
        if drafts.returns:
            _accept(till.give_back(plan.match(drafts.returns, shop, order), actor=actor, at=at))
        _accept(till.adjust(drafts.adjustments, actor=actor, at=at))
        return Answer(201, {"invoices": len(chunk.fresh)})

    numbers = sorted(order)
    intake.once(None, intake.digest_of("replay", numbers), actor, work)


def _accept(answers: Sequence[object]) -> None:
    """A replay books all or nothing of a chunk: the first refusal ends it."""
    for answer in answers:
        if isinstance(answer, Refusal):
            raise answer.error
