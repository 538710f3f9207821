"""Reading the books: balances, levels, postings and the transfers of one's own accounts. Nothing here writes."""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce, TruncDate

from tradepost.books import chart, spans
from tradepost.books.models import (
    Account,
    Checkpoint,
    Level,
    Location,
    Movement,
    PlaceVersion,
    Posting,
    Proof,
    Run,
    Transfer,
)
from tradepost.catalog.models import Product
from tradepost.lib import db
from tradepost.lib.actor import MANAGER, Actor
from tradepost.lib.errors import Missing


class Recount(NamedTuple):
    """An account as kept and as recomputed from its transfers, in minor units, and how many transfers there are."""

    code: str
    kept_minor: int
    counted_minor: int
    transfers: int


NOTHING = (0, 0)
LATELY = 100_000
IN, LOW, OUT = Level.IN, Level.LOW, Level.OUT


def account(code: str) -> Account | None:
    """The account of this code; None where nothing was ever booked on it."""
    return Account.objects.filter(code=code).first()


def balance_of(code: str) -> int:
    """The balance in minor units: kept on a bounded account, checkpoint plus tail on an unbounded one, else 0."""
    found = with_balance(Account.objects.filter(code=code)).first()
    return int(vars(found)["balance"]) if found else 0


def standing_of(codes: Collection[str]) -> dict[str, tuple[int, int]]:
    """(balance, floor) of bounded accounts in minor units, by one query."""
    found = Account.objects.filter(db.Among("code", codes), balance_minor__isnull=False)
    rows = found.values_list("code", "balance_minor", "floor_minor")
    return {code: (balance, floor) for code, balance, floor in rows if balance is not None and floor is not None}


def was_used(code: str) -> bool:
    """Whether anything was ever booked on an account."""
    own = Account.objects.filter(code=code)
    return Transfer.objects.filter(Q(source__in=own) | Q(destination__in=own)).exists()


def level_of(product_id: int, place: str) -> int:
    """How much of a product stands at a place, in steps; 0 where it never was."""
    found = Level.objects.filter(product_id=product_id, location__code=place).values_list("quantity", flat=True).first()
    return found or 0


def levels_at(place: str, product_ids: Collection[int] | None = None) -> dict[int, int]:
    """Steps of each product at a place; products that never were there are left out."""
    levels = Level.objects.filter(location__code=place)
    if product_ids is not None:
        levels = levels.filter(product_id__in=product_ids)
    return dict(levels.values_list("product_id", "quantity"))


def shelf_of(place: str, product_ids: Collection[int]) -> dict[int, Level]:
    """The levels of products at a place, by product; those that never were there are left out."""
    found = Level.objects.filter(db.Among("product_id", product_ids), location__code=place)
    return {level.product_id: level for level in found.select_related("location__store")}


def low_levels(place: str) -> QuerySet[Level]:
    """The levels at a place that run low or are out, the emptiest first; what is stocked and sold, in an open store."""
    low = Level.objects.filter(still_ordered(), location__code=place, state__gt=Level.IN, product__stocked=True)
    return low.select_related("product__supplier").order_by("quantity", "product__name", "id")


def store_levels() -> QuerySet[Level]:
    """The levels of all stores, in no order, with product and store; only what is stocked, and sold or still there.

    A store that is archived sells nothing any more.
    """
    of_stores = Level.objects.filter(location__store__isnull=False, product__stocked=True)
    return of_stores.filter(Q(quantity__gt=0) | still_ordered()).select_related("product", "location__store")


def still_ordered() -> Q:
    """Whether levels are of goods that are sold, in stores that are open, as a condition: nothing else runs low.

    The shelves of archived stores, mostly none, are looked up beforehand: asked in the same statement, as a join or a
    subquery, they take the planner off the index whose order is wanted.
    """
    sold = Q(product__archived_at=None)
    closed = list(Location.objects.filter(store__archived_at__isnull=False).order_by("id").values_list("id", flat=True))
    return sold & ~Q(db.Among("location_id", closed)) if closed else sold


def versions_of(store_ids: Collection[int]) -> dict[int, int]:
    """How often the levels of each store were changed, by one query; stores that never had any are left out.

    Read it before what is counted: what is kept under a version is then never older than the version.
    """
    rows = PlaceVersion.objects.filter(db.Among("location__store_id", store_ids)).order_by()
    return dict(rows.values_list("location__store_id").annotate(total=Sum("number")))


def after_postings(posting_ids: Collection[int]) -> dict[tuple[int, int], tuple[int | None, int | None]]:
    """By posting and product: what stood on both sides afterwards; None on the world's."""
    moves = Movement.objects.filter(db.Among("posting_id", posting_ids)).order_by("id")
    rows = moves.values_list("posting_id", "product_id", "source_after", "destination_after")
    return {(posting_id, product_id): (left, got) for posting_id, product_id, left, got in rows}


def ever_moved(product_ids: Collection[int]) -> set[int]:
    """Those of these products of which goods were ever moved; they stay goods, see `goods`."""
    moved = Exists(Movement.objects.filter(product_id=OuterRef("pk")))
    return set(Product.objects.filter(moved, db.Among("id", product_ids)).order_by().values_list("id", flat=True))


def levels_of(product_id: int) -> dict[str, int]:
    """Steps of a product by the code of the place it stands at."""
    return dict(Level.objects.filter(product_id=product_id).values_list("location__code", "quantity"))


def shelves_of(product_id: int, store_ids: Collection[int]) -> dict[int, Level]:
    """The levels of a product in these stores, by store, with their marks."""
    found = Level.objects.filter(db.Among("location__store_id", store_ids), product_id=product_id)
    found = found.select_related("location__store")
    return {level.location.store_id: level for level in found if level.location.store_id}


def spread_of(product_id: int, store_ids: Collection[int] | None) -> tuple[int, int]:
    """How much of a product stands in these stores altogether, None for all there are, and in how many of them."""
    found = Level.objects.filter(product_id=product_id, location__store__isnull=False, quantity__gt=0)
    if store_ids is not None:
        found = found.filter(db.Among("location__store_id", store_ids))
    there = found.aggregate(total=Coalesce(Sum("quantity"), 0), stores=Count("id"))
    return int(there["total"]), there["stores"]


def accounts(actor: Actor, *, also: Collection[str] = (), search: str = "", kind: str = "") -> QuerySet[Account]:
    """The accounts an actor may read: all for auditors, those of their stores for managers, their own for people.

    `also` are codes of accounts that are the actor's besides those the books know of.
    """
    found = Account.objects.all()
    if not actor.reads_all:
        found = found.filter(code__in=[*own_codes(actor), *also])
    if search:
        found = found.filter(code__icontains=search.replace("\0", ""))
    return found.filter(kind=kind) if kind else found


def own_codes(actor: Actor) -> list[str]:
    """The codes of accounts that are an actor's own: the wallet, and the books of the stores managed."""
    managed = sorted(store_id for role, store_id in actor.grants if role == MANAGER and store_id is not None)
    of_stores = (chart.cash, chart.revenue, chart.stock_value, chart.loss)
    return [f"wallet:{actor.user_id}", *(code(store_id) for store_id in managed for code in of_stores)]


def transfers(
    actor: Actor,
    *,
    also: Collection[str] = (),
    account_code: str = "",
    other_code: str = "",
    kind: str = "",
    start: datetime | None = None,
    end: datetime | None = None,
) -> QuerySet[Transfer]:
    """The transfers an actor may read, newest first, with posting and accounts. `start` inside the range, `end` not.

    `also` are codes of accounts that are the actor's besides those the books know of. Of two codes given, the transfer
    is between those accounts.
    """
    found = Transfer.objects.select_related("posting", "source", "destination").order_by("-id")
    own = {*own_codes(actor), *also}
    if not actor.reads_all and own.isdisjoint({account_code, other_code}):
        found = found.filter(_of_accounts(own))
    for code in filter(None, (account_code, other_code)):
        found = found.filter(_of_accounts([code]))
    if kind:
        found = found.filter(posting__kind=kind)
    return found.filter(spans.in_range(start, end))


def _of_accounts(codes: Collection[str]) -> Q:
    """Transfers from or to accounts, by ids: with them the planner knows how rare they are."""
    ids = list(Account.objects.filter(code__in=codes).values_list("id", flat=True))
    return Q(source_id__in=ids) | Q(destination_id__in=ids)


def postings(
    actor: Actor,
    *,
    also: Collection[str] = (),
    key: str = "",
    kind: str = "",
    account_code: str = "",
    product_id: int | None = None,
    store_id: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> QuerySet[Posting]:
    """The postings an actor may read, newest first. `key` is a part of the key; `start` inside the range, `end` not.

    Auditors read all, staff those that touch their stores' money or shelves, others those that touch their own wallet
    or an account of `also`: codes that are the actor's besides those the books know of.
    """
    found = Posting.objects.select_related("actor").order_by("-id")
    if not actor.reads_all:
        found = found.filter(_touches_own(actor, also))
    if key:
        found = found.filter(key__contains=key.replace("\0", ""))
    if kind:
        found = found.filter(kind=kind)
    if account_code:
        found = found.filter(_touches_accounts([account_code]))
    if store_id is not None:
        found = found.filter(_touches_store([store_id]))
    if product_id is not None:
        found = found.filter(Exists(Movement.objects.filter(posting=OuterRef("pk"), product_id=product_id)))
    if start is None and end is None:
        return found
    return found.filter(spans.span_of(start, end).holds(), spans.within(start, end))


def posting(number: int, actor: Actor, *, also: Collection[str] = ()) -> Posting:
    """One posting with transfers and movements. Raises Missing when there is none or it is not the actor's to read."""
    rows = (
        postings(actor, also=also)
        .filter(id=number)
        .prefetch_related(
            "transfers__source",
            "transfers__destination",
            "movements__product",
            "movements__source",
            "movements__destination",
        )
    )
    found = rows.first()
    if found is None:
        raise Missing(f"There is no posting {number}")
    return found


def journal_of_shelves(
    places: Collection[str],
    product_id: int | None = None,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
) -> QuerySet[Movement]:
    """The movements from and to shelves, newest first, with posting, who acted, product and places.

    `start` is inside the range of business moments, `end` not.
    """
    parts = ("posting__actor", "product", "source__store", "destination__store")
    found = Movement.objects.select_related(*parts).filter(spans.in_range(start, end)).order_by("-id")
    ids = sorted(Location.objects.filter(db.Among("code", places)).values_list("id", flat=True))
    # That a side has a level after it is said once more for the indexes of shelves, which hold no others.
    from_shelf = Q(source_id__in=ids, source_after__isnull=False)
    found = found.filter(from_shelf | Q(destination_id__in=ids, destination_after__isnull=False))
    return found if product_id is None else found.filter(product_id=product_id)


def latest_of_shelves(places: Collection[str]) -> QuerySet[Movement]:
    """The movements from and to shelves among the last `LATELY` of the house, newest first; as `journal_of_shelves`.

    Read back by id whichever the shelves are, so that it costs no more than this however long the journal is: the
    places are asked for as sums, which no index holds.
    """
    newest = Movement.objects.order_by("-id").values_list("id", flat=True).first() or 0
    ids = Location.objects.filter(db.Among("code", places)).order_by("id").values_list("id", flat=True)
    lately = Movement.objects.filter(id__gt=newest - LATELY).alias(
        out_of=F("source_id") + 0, into=F("destination_id") + 0
    )
    found = lately.filter(Q(db.Among("out_of", ids)) | Q(db.Among("into", ids)))
    return found.select_related("posting__actor", "product", "source__store", "destination__store").order_by("-id")


def _touches_accounts(codes: list[str]) -> Exists:
    own = Account.objects.filter(code__in=codes)
    return Exists(Transfer.objects.filter(Q(source__in=own) | Q(destination__in=own), posting=OuterRef("pk")))


def _touches_store(store_ids: list[int]) -> Q:
    codes = [code(s) for s in store_ids for code in (chart.cash, chart.revenue, chart.stock_value, chart.loss)]
    places = [chart.store(store_id) for store_id in store_ids]
    shelves = Q(source__code__in=places) | Q(destination__code__in=places)
    return Q(_touches_accounts(codes)) | Q(Exists(Movement.objects.filter(shelves, posting=OuterRef("pk"))))


def _touches_own(actor: Actor, also: Collection[str]) -> Q:
    touched = Q(_touches_accounts([f"wallet:{actor.user_id}", *also]))
    return touched | _touches_store(sorted(actor.stores())) if actor.stores() else touched


def sum_of(code: str, *, start: datetime | None = None, end: datetime | None = None) -> int:
    """What an account received less what it sent in a range of business moments, in minor units."""
    moved = Transfer.objects.filter(Q(destination__code=code) | Q(source__code=code))
    return int(moved.filter(spans.in_range(start, end)).aggregate(total=Coalesce(Sum(signed(code)), 0))["total"])


def sums_by_day(code: str, *, start: datetime, end: datetime, time_zone: str) -> dict[date, int]:
    """What an account received less what it sent, by the day of the business moment in a time zone."""
    moved = Transfer.objects.filter(Q(destination__code=code) | Q(source__code=code), spans.in_range(start, end))
    days = moved.annotate(day=TruncDate("posting__at", tzinfo=ZoneInfo(time_zone))).order_by()
    return {row["day"]: int(row["total"]) for row in days.values("day").annotate(total=Sum(signed(code)))}


def amounts_of(posting_ids: Collection[int], code: str = "") -> dict[int, int]:
    """What each posting moved, in minor units: as the account of `code` sees it, or altogether without one."""
    moved = _moved(code).filter(posting_id__in=posting_ids).order_by().values_list("posting_id")
    return {posting_id: int(total) for posting_id, total in moved.annotate(total=Sum(_seen(code)))}


def total_of(found: QuerySet[Posting], code: str = "") -> int:
    """What postings moved altogether, in minor units: as the account of `code` sees it, or in sum without one."""
    moved = _moved(code).filter(posting__in=found.order_by().values("id"))
    return int(moved.aggregate(total=Coalesce(Sum(_seen(code)), 0))["total"])


def _moved(code: str) -> QuerySet[Transfer]:
    return Transfer.objects.filter(Q(destination__code=code) | Q(source__code=code)) if code else Transfer.objects.all()


def _seen(code: str) -> Case | F:
    return signed(code) if code else F("amount_minor")


def signed(code: str) -> Case:
    """A transfer's amount as the account sees it: above zero when received, below when sent."""
    received = When(destination__code=code, then=F("amount_minor"))
    return Case(received, default=-F("amount_minor"), output_field=BigIntegerField())


def run_of(posting_id: int) -> Run | None:
    """The closed run a posting lies in; None while it is open."""
    return Run.objects.defer("seals").filter(first_posting_id__lte=posting_id, last_posting_id__gte=posting_id).first()


def runs() -> QuerySet[Run]:
    """The closed runs, newest first, without their seals."""
    return Run.objects.defer("seals").order_by("-id")


def sealed_up_to() -> Run | None:
    """The newest closed run."""
    return runs().first()


def is_anything_open() -> bool:
    """Whether there are postings that no closed run holds yet."""
    last = Run.objects.order_by("-id").values_list("last_posting_id", flat=True).first() or 0
    return Posting.objects.filter(id__gt=last).exists()


def open_since() -> datetime | None:
    """When the oldest posting that no closed run holds yet was recorded; None where there is none."""
    last = Run.objects.order_by("-id").values_list("last_posting_id", flat=True).first() or 0
    oldest = Posting.objects.filter(id__gt=last).order_by("id")
    return oldest.values_list("recorded_at", flat=True).first()


def latest_proof() -> Proof | None:
    """The outcome of the newest reconcile and verify."""
    return Proof.objects.first()


def proofs() -> QuerySet[Proof]:
    """All proofs, newest first."""
    return Proof.objects.all()


def proofs_for(actor: Actor) -> QuerySet[Proof]:
    """All proofs, newest first. Raises Denied unless an auditor may read all."""
    actor.require_auditor()
    return proofs()


def recount(codes: Collection[str]) -> list[Recount]:
    """Bounded accounts as kept and as their transfers make them, all of one moment, by three queries."""
    with db.snapshot() as alias:
        found = list(Account.objects.using(alias).filter(db.Among("code", codes)).order_by("code"))
        ids = [account.id for account in found]
        got, gave = _by_side("destination_id", ids, alias), _by_side("source_id", ids, alias)
    return [
        Recount(
            account.code,
            account.balance_minor or 0,
            got.get(account.id, NOTHING)[0] - gave.get(account.id, NOTHING)[0],
            got.get(account.id, NOTHING)[1] + gave.get(account.id, NOTHING)[1],
        )
        for account in found
    ]


def _by_side(side: str, ids: Collection[int], alias: str) -> dict[int, tuple[int, int]]:
    """(sum, number) of the transfers that have one of the accounts on this side."""
    own = Transfer.objects.using(alias).filter(db.Among(side, ids)).order_by().values_list(side)
    rows = own.annotate(total=Sum("amount_minor"), number=Count("pk"))
    return {account_id: (int(total), number) for account_id, total, number in rows}


def with_balance(found: QuerySet[Account]) -> QuerySet[Account]:
    """The accounts with `balance`, kept or checkpoint plus tail, in the same query: between two a run may be closed."""
    tail = Transfer.objects.filter(posting_id__gt=Coalesce(OuterRef("checkpoint__last_posting_id"), 0)).order_by()

    def moved(side: str) -> Coalesce:
        own = tail.filter(**{side: OuterRef("pk")}).values(side)
        return Coalesce(Subquery(own.annotate(total=Sum("amount_minor")).values("total")), 0)

    unbounded = Coalesce("checkpoint__balance_minor", 0) + moved("destination") - moved("source")
    kept = When(balance_minor__isnull=False, then=F("balance_minor"))
    return found.annotate(balance=Case(kept, default=unbounded, output_field=BigIntegerField()))


def checkpoint_count() -> int:
    """How many unbounded accounts have a checkpoint."""
    return Checkpoint.objects.count()
