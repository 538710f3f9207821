"""Reading sellers, numbers, sales and statements. A seller's login sees its own, administrators and auditors all."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import BigIntegerField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from tradepost.books import chart
from tradepost.books import queries as books
from tradepost.funding import queries as funding
from tradepost.funding.errors import NoSuchRequest
from tradepost.funding.models import FundsRequest
from tradepost.lib import db, phone
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Missing
from tradepost.prepaid.errors import NoSuchSeller
from tradepost.prepaid.models import ChargeSale, PhoneNumber, Seller

if TYPE_CHECKING:
    from tradepost.books.models import Transfer

CHARGE, INCREASE = "prepaid.charge_sale", "funding.credit_increase"
CREDIT_CODE = re.compile(r"credit:([1-9][0-9]{0,17})")


class Credit(NamedTuple):
    """A seller's credit in minor units: what is there, and how far below zero it may go."""

    balance_minor: int = 0
    limit_minor: int = 0

    @property
    def available_minor(self) -> int:
        """What may still be sold."""
        return self.balance_minor + self.limit_minor


class Takings(NamedTuple):
    """How many charges, and what they come to in minor units."""

    charges: int
    amount_minor: int


class Reconciled(NamedTuple):
    """A seller's credit as kept and as its transactions make it, of one moment, in minor units."""

    seller_id: int
    name: str
    current_balance_minor: int
    calculated_minor: int
    total_transactions: int

    @property
    def difference_minor(self) -> int:
        """Kept less calculated; zero in sound books."""
        return self.current_balance_minor - self.calculated_minor

    @property
    def is_reconciled(self) -> bool:
        """Whether both agree."""
        return not self.difference_minor


def sellers(actor: Actor, *, search: str = "", active: bool | None = None) -> QuerySet[Seller]:
    """The sellers an actor may read, by name."""
    found = Seller.objects.select_related("user").order_by("name", "id")
    if not actor.reads_all:
        found = found.filter(user_id=actor.user_id) if actor.user_id else found.none()
    if text := search.replace("\0", "").strip():
        found = found.filter(Q(name__icontains=text) | Q(email__icontains=text) | Q(phone__contains=text))
    return found if active is None else found.filter(active=active)


def seller(seller_id: int, actor: Actor) -> Seller:
    """One seller. Raises NoSuchSeller, also for somebody else's."""
    found = sellers(actor).filter(pk=seller_id).first()
    if found is None:
        raise NoSuchSeller(f"There is no seller {seller_id}")
    return found


def seller_of(actor: Actor) -> Seller | None:
    """The seller this login acts for, if any."""
    return Seller.objects.filter(user_id=actor.user_id).first() if actor.user_id else None


def own_codes(actor: Actor) -> list[str]:
    """The code of the credit account that is the actor's own, if any."""
    own = seller_of(actor)
    return [chart.credit(own.pk)] if own else []


def seller_id_of(code: str) -> int | None:
    """Whose credit an account of the books holds; None for every other account."""
    found = CREDIT_CODE.fullmatch(code)
    return int(found[1]) if found else None


def credit_of(seller_ids: Collection[int]) -> dict[int, Credit]:
    """The credit of sellers, by one query."""
    codes = {chart.credit(seller_id): seller_id for seller_id in seller_ids}
    standing = books.standing_of(codes)
    return {codes[code]: Credit(balance, -floor) for code, (balance, floor) in standing.items()}


def credit_requests(actor: Actor, *, status: str = "", seller_id: int | None = None) -> QuerySet[FundsRequest]:
    """The requests for credit an actor may read, newest first: those of the own seller, and those asked for oneself."""
    found = funding.with_people(FundsRequest.objects.filter(kind=FundsRequest.CREDIT)).order_by("-id")
    if not actor.reads_all:
        found = found.filter(Q(account__in=own_codes(actor)) | Q(requested_by_id=actor.user_id))
    if status:
        found = found.filter(state=status)
    return found if seller_id is None else found.filter(account=chart.credit(seller_id))


def credit_request(request_id: int, actor: Actor) -> FundsRequest:
    """One request for credit. Raises NoSuchRequest, also for somebody else's."""
    found = credit_requests(actor).filter(pk=request_id).first() if request_id <= db.MAX_BIGINT else None
    if found is None:
        raise NoSuchRequest(f"There is no request {request_id}")
    return found


def statement(
    seller_id: int,
    actor: Actor,
    *,
    kind: str = "",
    phone_number_id: int | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> "QuerySet[Transfer]":
    """What came to a seller's credit and went from it, newest first. `kind` is `CHARGE` or `INCREASE`; `start` inside.

    Of one number where it is given. Raises NoSuchSeller, also for somebody else's.
    """
    code = chart.credit(seller(seller_id, actor).pk)
    other = "" if phone_number_id is None else chart.phone(phone_number_id)
    return books.transfers(actor, also=[code], account_code=code, other_code=other, kind=kind, start=start, end=end)


def sales(
    actor: Actor,
    *,
    seller_id: int | None = None,
    phone_number_id: int | None = None,
    number: str = "",
    start: datetime | None = None,
    end: datetime | None = None,
) -> QuerySet[ChargeSale]:
    """The charge sales an actor may read, newest first. `number` is a part; `start` inside the range, `end` not."""
    found = ChargeSale.objects.select_related("seller", "phone_number", "operator").order_by("-id")
    if not actor.reads_all:
        own = seller_of(actor)
        found = found.filter(seller_id=own.pk) if own else found.none()
    if seller_id is not None:
        found = found.filter(seller_id=seller_id)
    if phone_number_id is not None:
        found = found.filter(phone_number_id=phone_number_id)
    if number:
        found = found.filter(phone_number__number__contains=_written(number))
    if start is not None:
        found = found.filter(at__gte=start)
    return found if end is None else found.filter(at__lt=end)


def sold_since(start: datetime, seller_id: int, actor: Actor) -> Takings:
    """What a seller sold since a moment. Reads no more than that: sales are entered in the order of their moments.

    Raises NoSuchSeller, also for somebody else's.
    """
    theirs = ChargeSale.objects.filter(seller_id=seller(seller_id, actor).pk)
    before = theirs.filter(at__lt=start).order_by("-id").values_list("id", flat=True).first() or 0
    found = theirs.filter(id__gt=before).order_by().aggregate(count=Count("id"), total=Coalesce(Sum("amount_minor"), 0))
    return Takings(found["count"], int(found["total"]))


def sale(transaction_id: int, actor: Actor) -> ChargeSale:
    """One charge sale. Raises Missing, also for somebody else's."""
    found = sales(actor).filter(pk=transaction_id).first()
    if found is None:
        raise Missing(f"There is no charge sale {transaction_id}")
    return found


def numbers_of(transfer_ids: Collection[int]) -> dict[int, str]:
    """The numbers charged by transfers of a statement, by one query; what is no charge is left out."""
    return dict(ChargeSale.objects.filter(pk__in=transfer_ids).values_list("id", "phone_number__number"))


def phone_numbers(actor: Actor, *, search: str = "") -> QuerySet[PhoneNumber]:
    """The numbers an actor may read, newest first, with `charged_minor`: altogether, or by the own seller alone.

    `search` is a number or a part of one, as people write them.
    """
    charges = ChargeSale.objects.filter(phone_number=OuterRef("pk"))
    found = PhoneNumber.objects.order_by("-id")
    if not actor.reads_all:
        own = seller_of(actor)
        charges = charges.filter(seller=own)
        found = found.filter(Exists(charges)) if own else found.none()
    if search.strip():
        found = found.filter(number__contains=_written(search))
    total = charges.order_by().values("phone_number").annotate(total=Sum("amount_minor")).values("total")
    zero = Coalesce(Subquery(total, output_field=BigIntegerField()), 0, output_field=BigIntegerField())
    return found.annotate(charged_minor=zero)


def charged_of(phone_number_ids: Collection[int], actor: Actor) -> dict[int, int]:
    """What numbers were charged altogether, or by the own seller alone, in minor units, by one query."""
    found = phone_numbers(actor).filter(pk__in=phone_number_ids)
    return {number.pk: number.charged_minor for number in found}  # type: ignore[attr-defined]


def phone_number(phone_number_id: int, actor: Actor) -> PhoneNumber:
    """One number. Raises Missing, also for one the actor's seller never charged."""
    found = phone_numbers(actor).filter(pk=phone_number_id).first()
    if found is None:
        raise Missing(f"There is no phone number {phone_number_id}")
    return found


def _written(text: str) -> str:
    """A number, or a part of one, as it stands in E.164: without the zeros dialled first."""
    digits = phone.digits_of(text)
    return digits.lstrip("0") or digits or text.replace("\0", "")


def transactions_of_number(phone_number_id: int, actor: Actor) -> "QuerySet[Transfer]":
    """What was charged to a number, newest first: by everybody, or by the own seller alone.

    Raises Missing, also for a number the actor's seller never charged.
    """
    code = chart.phone(phone_number(phone_number_id, actor).pk)
    return books.transfers(actor, also=own_codes(actor), account_code=code)


def reconcile(seller_id: int, actor: Actor) -> Reconciled:
    """Whether a seller's credit is what its transactions make it, seen in one snapshot. Raises NoSuchSeller."""
    return reconcile_each([seller(seller_id, actor)])[0]


def reconcile_all(actor: Actor) -> list[Reconciled]:
    """All sellers, by name, seen in one snapshot. Raises Denied unless an auditor may read all."""
    return reconcile_each(list(every_seller(actor)))


def every_seller(actor: Actor) -> QuerySet[Seller]:
    """All sellers, by name. Raises Denied unless an auditor may read all."""
    actor.require_auditor()
    return sellers(actor)


def reconcile_each(found: Sequence[Seller]) -> list[Reconciled]:
    """Sellers that were read before, in their order, seen in one snapshot."""
    counted = {row.code: row for row in books.recount([chart.credit(one.pk) for one in found])}
    rows = []
    for one in found:
        row = counted.get(chart.credit(one.pk), books.Recount("", 0, 0, 0))
        rows.append(Reconciled(one.pk, one.name, row.kept_minor, row.counted_minor, row.transfers))
    return rows
