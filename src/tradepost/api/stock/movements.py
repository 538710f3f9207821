"""Stock movements: one, or up to 1000 in one POST; done at once, or with `Prefer: respond-async` by a worker."""

import re
from datetime import datetime
from functools import cached_property
from typing import Any

from django.urls import path, reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tradepost.api import base, rows
from tradepost.api.base import View, with_moments
from tradepost.api.catalog import ExistingField
from tradepost.api.fields import MAX_ID, DayField, IdField, OwnStoreField, QuantityField, SeenField
from tradepost.api.paging import Keysets
from tradepost.api.till.shared import Goods, named_once
from tradepost.books.services import Refusal
from tradepost.catalog import queries as catalog
from tradepost.intake import queries as intake
from tradepost.intake.services import Answer
from tradepost.inventory import queries, services
from tradepost.lib import quantity

TYPES = ("IN", "OUT", "REM")
STATES = ("queued", "applied", "refused")
ASYNC = "respond-async"
# What a plain movement may hold: the name inside, the type. A quantity is a short text of digits, or a whole number.
PLAIN: dict[str, tuple[str, tuple[type, ...]]] = {
    "store_id": ("store", (int,)), "product_id": ("product", (int,)), "sku": ("sku", (str,)),
    "supplier_id": ("supplier", (int,)), "movement_type": ("movement_type", (str,)),
    "quantity": ("quantity", (str, int)), "note": ("note", (str,)),
}  # fmt: skip
NEEDED = {"store_id", "movement_type", "quantity"}
PLAIN_QUANTITY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?", re.ASCII)
PREFER = OpenApiParameter(
    "Prefer",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="`respond-async`: queue the movements and answer 202 with the job of a worker that applies them.",
)


class StockMovementInput(base.Input):
    """Goods of one product, named by `product_id`, `sku` or `barcode`: IN, OUT (sold) or REM (removed, with a note)."""

    product_id = IdField(required=False, source="product")
    sku = serializers.CharField(required=False, max_length=40)
    barcode = serializers.CharField(required=False, max_length=40)
    store_id = IdField(source="store")
    supplier_id = IdField(required=False, allow_null=True, source="supplier")
    movement_type = serializers.ChoiceField(TYPES)
    quantity = QuantityField()
    note = serializers.CharField(required=False, allow_blank=True, max_length=200)
    number = serializers.CharField(
        required=False, max_length=60, help_text="What the movement goes by, once for ever; made up if left out."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one way to name the product."""
        return named_once(attrs, "product_id")

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """What is plainly a movement passes at once; everything else is for the fields to say."""
        return _plain_movement(data) or super().run_validation(data)


def _plain_movement(data: Any) -> rows.Row | None:
    """A movement in the very types it should have. The fields take ten times as long to find nothing wrong with it."""
    if type(data) is not dict or data.keys() - PLAIN.keys() or not data.keys() >= NEEDED:
        return None
    if any(type(value) not in PLAIN[name][1] for name, value in data.items()):
        return None
    given = {PLAIN[name][0]: value for name, value in data.items()}
    given["quantity"] = str(given["quantity"])
    sound = (
        all(0 < given[name] <= MAX_ID for name in ("product", "store", "supplier") if name in given)
        and ("product" in given) != ("sku" in given)
        and all(_is_tidy(given[name], most) for name, most in (("sku", 40), ("note", 200)) if name in given)
        and given["movement_type"] in TYPES
        and PLAIN_QUANTITY.fullmatch(given["quantity"])
    )
    return given if sound else None


def _is_tidy(text: str, most: int) -> bool:
    return 0 < len(text) <= most and text == text.strip()


class StockMovementOutput(base.Output):
    """A stock movement of a list that was posted. It reads nothing but its own row and its product."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    number = serializers.CharField()
    product_id = serializers.IntegerField()
    sku = serializers.CharField(source="product.sku")
    store_id = serializers.IntegerField()
    supplier_id = serializers.IntegerField(allow_null=True)
    movement_type = serializers.ChoiceField(TYPES)
    quantity = QuantityField()
    note = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    posting = serializers.IntegerField(source="posting_id", allow_null=True)

    @cached_property
    def home(self) -> str:
        """The address of them all."""
        return reverse("api:stock-movements")

    def get_url(self, movement: Any) -> str:
        """Where to read it again."""
        return f"{self.home}{movement.pk}/"

    def to_representation(self, movement: Any) -> dict[str, Any]:
        """By hand: a thousand of them are shown at a time."""
        product = movement.product
        return {
            "id": movement.pk,
            "url": self.get_url(movement),
            "number": movement.number,
            "product_id": movement.product_id,
            "sku": product.sku,
            "store_id": movement.store_id,
            "supplier_id": movement.supplier_id,
            "movement_type": movement.movement_type,
            "quantity": quantity.plain(movement.quantity, product.decimals),
            "note": movement.note,
            "state": movement.state,
            "posting": movement.posting_id,
        }


class StockMovementRow(base.Output):
    """A stock movement. `refusal` is the code of the refusal and `detail` its sentence, where a queued one was refused.

    `reverses` is the movement it takes back, `reversed_by` the one that took it back.
    """

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    number = serializers.CharField()
    product_id = serializers.IntegerField()
    sku = serializers.CharField(source="product.sku")
    product_name = serializers.CharField(source="product.name")
    store_id = serializers.IntegerField()
    store_name = serializers.CharField(source="store.name")
    supplier_id = serializers.IntegerField(allow_null=True)
    supplier_name = serializers.CharField(source="supplier.name", allow_null=True, default=None)
    movement_type = serializers.ChoiceField(TYPES)
    quantity = QuantityField()
    note = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    refusal = serializers.CharField()
    detail = serializers.CharField()
    user = serializers.IntegerField(source="asked_by_id")
    user_name = serializers.CharField(source="asked_by.username")
    at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True)
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True)
    reversed_by = serializers.IntegerField(allow_null=True)
    job = serializers.IntegerField(source="job_id", allow_null=True)
    posting = serializers.IntegerField(source="posting_id", allow_null=True)

    @cached_property
    def home(self) -> str:
        """The address of them all."""
        return reverse("api:stock-movements")

    def get_url(self, movement: Any) -> str:
        """Where to read it again."""
        return f"{self.home}{movement.pk}/"

    def to_representation(self, movement: Any) -> dict[str, Any]:
        """By hand: of a page of them the fields would take a third of the time."""
        goods, supplier = movement.product, movement.supplier
        return {
            "id": movement.pk,
            "url": self.get_url(movement),
            "number": movement.number,
            "product_id": goods.pk,
            "sku": goods.sku,
            "product_name": goods.name,
            "store_id": movement.store_id,
            "store_name": movement.store.name,
            "supplier_id": movement.supplier_id,
            "supplier_name": supplier and supplier.name,
            "movement_type": movement.movement_type,
            "quantity": quantity.plain(movement.quantity, goods.decimals),
            "note": movement.note,
            "state": movement.state,
            "refusal": movement.refusal,
            "detail": movement.detail,
            "user": movement.asked_by_id,
            "user_name": movement.asked_by.username,
            "at": self.moment(movement.at),
            "settled_at": movement.settled_at and self.moment(movement.settled_at),
            "reverses": movement.reverses_id,
            "reversed_by": movement.reversed_by,
            "job": movement.job_id,
            "posting": movement.posting_id,
        }


class QueuedMovementsOutput(base.Output):
    """The job that is to apply queued movements, where to ask for it, and how many they are."""

    job = serializers.IntegerField()
    url = serializers.CharField()
    movements = serializers.IntegerField()


class Movements(View):
    """Stock movements."""

    pagination_class = Keysets

    class Filters(base.Filters):
        """`job` is the job they were queued under; `end_date` is inside the range."""

        store = OwnStoreField(required=False)
        product = ExistingField(catalog.product, required=False)
        movement_type = serializers.ChoiceField(TYPES, required=False)
        supplier = SeenField(catalog.supplier_for, required=False)
        state = serializers.ChoiceField(STATES, required=False)
        job = SeenField(intake.job, required=False)
        start_date = DayField(required=False)
        end_date = DayField(required=False)

    @extend_schema(parameters=[Filters], responses=StockMovementRow(many=True))
    def get(self, request: Request) -> Response:
        """List stock movements by their moments, newest first: those of one's stores."""
        filters = self.Filters.of(request)
        return self.listed(
            queries.movements(self.actor, **with_moments(filters, filters.get("store"))), StockMovementRow
        )

    @extend_schema(
        parameters=[PREFER],
        request=rows.request_of(StockMovementInput),
        responses={**rows.responses_of(StockMovementRow, StockMovementOutput), 202: QueuedMovementsOutput},
    )
    def post(self, request: Request) -> Response:
        """Move goods, or up to 1000 lots that are answered row by row, in their order (staff of the store)."""
        if ASYNC in _preferences(request):
            return self._queue(rows.all_sound(self, StockMovementInput))
        return rows.make(
            self,
            StockMovementInput,
            self._record,
            detail=StockMovementRow,
            row=StockMovementOutput,
            reread=self._movement,
        )

    def _record(self, asked: list[rows.Row], at: datetime) -> list[rows.Outcome]:
        goods = Goods(asked)
        products = goods.by_id()

        def record(drafts: list[services.MovementDraft]) -> list[rows.Outcome]:
            made = services.record_movements(drafts, actor=self.actor, at=at)
            for movement in made:
                if not isinstance(movement, Refusal):
                    movement.product = products[movement.product_id]
            return list(made)

        return rows.carry_out(asked, lambda row: _draft(row, goods), record)

    def _movement(self, made: Any) -> Any:
        return queries.movement(made.pk, self.actor)

    def _queue(self, asked: list[rows.Row]) -> Response:
        goods = Goods(asked)

        def queue(at: datetime) -> Answer:
            drafts = [_draft(row, goods) for row in asked]
            job, number = services.queue_movements(drafts, actor=self.actor, at=at)
            return Answer(202, {"job": job.pk, "url": reverse("api:job", args=[job.pk]), "movements": number})

        response = self.change(queue)
        if response.status_code == 202:
            response.headers["Location"] = response.data["url"]
            response.headers["Preference-Applied"] = ASYNC
        return response


def _preferences(request: Request) -> set[str]:
    """The preferences of a request (RFC 7240), without their parameters."""
    given = request.headers.get("Prefer", "").split(",")
    return {preference.partition(";")[0].strip().lower() for preference in given}


def _draft(row: rows.Row, goods: Goods) -> services.MovementDraft:
    product_id, steps = goods.of(row)
    return services.MovementDraft(
        row["store"], product_id, row["movement_type"], steps, row.get("supplier"), row.get("note", ""),
        row.get("number", ""),
    )  # fmt: skip


class OneMovement(View):
    """One stock movement."""

    @extend_schema(responses=StockMovementRow)
    def get(self, request: Request, movement_id: int) -> Response:
        """Read it: whether it was applied, or why not."""
        return Response(self.shown(StockMovementRow, queries.movement(movement_id, self.actor)))


class ReversalInput(base.Input):
    """Why it is taken back."""

    note = serializers.CharField(required=False, allow_blank=True, max_length=200)


class Reverse(View):
    """Taking a movement back."""

    @extend_schema(request=ReversalInput, responses={201: StockMovementRow})
    def post(self, request: Request, movement_id: int) -> Response:
        """Take it back as a whole, once: goods, cost and money the other way (manager of the store)."""
        given = self.given(ReversalInput)

        def reverse_it(at: datetime) -> Answer:
            original = queries.movement(movement_id, self.actor)
            draft = services.MovementReversal(original.store_id, original.number, given.get("note", ""))
            (made,) = services.reverse_movements([draft], actor=self.actor, at=at)
            if isinstance(made, Refusal):
                raise made.error
            return Answer(201, self.shown(StockMovementRow, queries.movement(made.pk, self.actor)))

        return self.change(reverse_it)


urlpatterns = [
    path("stock-movements/", Movements.as_view(), name="stock-movements"),
    path("stock-movements/<id:movement_id>/", OneMovement.as_view(), name="stock-movement"),
    path("stock-movements/<id:movement_id>/reverse/", Reverse.as_view(), name="stock-movement-reverse"),
]
