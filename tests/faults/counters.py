"""What a counter does in one durable transaction, by name, over a shop that is set up for it."""

from collections.abc import Callable, Sequence

from tests import make
from tradepost.api.prepaid.charges import COUNTER, Ticket
from tradepost.intake import services as intake
from tradepost.intake.services import Answer
from tradepost.inventory import services as inventory
from tradepost.inventory.services import MovementDraft
from tradepost.places.models import Store
from tradepost.prepaid.services import ChargeItem
from tradepost.till import services as till
from tradepost.till.models import Sale
from tradepost.till.services import AdjustmentDraft, EntryDraft, EntryItem

KEY = "the-only-key"


def set_up() -> Store:
    """A store with goods on its shelf and a sale that can be given back."""
    store = make.store()
    make.sale(store, (make.stocked_product(store, 10), 4), number="S-before")
    return store


def change(name: str, store: Store) -> Answer:
    """Do it once, under the key."""
    console, sold = make.console(), Sale.objects.get(number="S-before")
    goods = sold.lines.get().product
    loss = EntryDraft(store.pk, [EntryItem(goods.pk, 1)], reason="Broken")
    works: dict[str, Callable[[], Sequence[object]]] = {
        "ring_up": lambda: till.ring_up([make.basket(store, (goods, 2))], actor=console, at=make.AT),
        "give_back": lambda: till.give_back([make.slip(sold, 2)], actor=console, at=make.AT),
        "receive": lambda: till.receive([loss], actor=console, at=make.AT),
        "write_off": lambda: till.write_off([loss], actor=console, at=make.AT),
        "adjust": lambda: till.adjust([AdjustmentDraft(store.pk, -5, "x")], actor=console, at=make.AT),
    }
    return intake.once(KEY, "digest", console, lambda: Answer(201, len(works[name]())))


def charge(seller_id: int) -> Answer:
    """Sell one charge as the API does it, in a meeting of one, under the key."""
    console = make.console()
    item = ChargeItem(seller_id, "09123456780", 500)
    ticket = Ticket(intake.Asked(KEY, "digest", console.user_id), console, item, make.AT)
    return COUNTER.join(ticket)


def move(product_id: int) -> Answer:
    """Sell the product as a stock movement, under the key; another is refused for what is not there."""
    console, (store_id,) = make.console(), Store.objects.values_list("id", flat=True)
    drafts = [MovementDraft(store_id, product_id, "OUT", steps, number=f"out-{steps}") for steps in (2, 10**6)]

    def call() -> Answer:
        return Answer(201, len(inventory.record_movements(drafts, actor=console, at=make.AT)))

    return intake.once(KEY, "digest", console, call)


CHANGES = ("ring_up", "give_back", "receive", "write_off", "adjust")
