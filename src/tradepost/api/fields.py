"""What the API speaks: amounts and quantities as decimal strings, taken as string or number, never through a float."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tradepost.lib import money, quantity
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Invalid, Missing
from tradepost.places import queries as places
from tradepost.places.errors import NoSuchStore

MAX_ID = 2**63 - 1
AMOUNT = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "example": "2.50"}
AMOUNT_GIVEN = {"oneOf": [AMOUNT, {"type": "number", "example": 2.5}]}


def _number(value: Any) -> str | int | float | Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise serializers.ValidationError("A number, or a string with one.")
    return value


@extend_schema_field(AMOUNT)
class MoneyField(serializers.Field[int, Any, str, Any]):
    """Minor units inside, a decimal string of the installation's currency outside."""

    def to_internal_value(self, data: Any) -> int:
        """Minor units of a string or a number; finer amounts than the currency has are refused."""
        try:
            return money.parse(_number(data))
        except Invalid as error:
            raise serializers.ValidationError(error.message, error.code) from None

    def to_representation(self, value: int) -> str:
        """The decimal string."""
        return money.plain(value)


@extend_schema_field(AMOUNT)
class QuantityField(serializers.Field[Any, Any, str, Any]):
    """A decimal quantity. Incoming it stays as it was written until the product, and so its decimals, is known.

    Outgoing it is made of steps; `decimals_of` is where the instance keeps the product's decimals.
    """

    def __init__(self, *, decimals_of: str = "product.decimals", **options: Any) -> None:
        self.decimals_of = decimals_of.split(".")
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> str:
        """The quantity as text, checked to be one that some product could have."""
        try:
            quantity.parse(_number(data), 3)
        except Invalid as error:
            raise serializers.ValidationError(error.message, error.code) from None
        return str(data)

    def get_attribute(self, instance: Any) -> Any:
        """Steps, and how many of them make a whole."""
        decimals = instance
        for name in self.decimals_of:
            decimals = getattr(decimals, name)
        return super().get_attribute(instance), decimals

    def to_representation(self, value: tuple[int, int]) -> str:
        """The decimal string."""
        return quantity.plain(*value)


class WholeField(serializers.IntegerField):
    """A whole number in the spelling of people and of JSON. Python's own reading takes `1_0` for ten."""

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        if isinstance(data, str) and "_" in data:
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": MAX_ID})
class IdField(WholeField):
    """The number of a row: from 1 to what a database can hold."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_ID, **options)


class StoreField(IdField):
    """A store to filter by, which there must be."""

    def to_internal_value(self, data: Any) -> int:
        """The store's number. An unknown one is no filter at all and therefore refused."""
        number = super().to_internal_value(data)
        self.run_validators(number)
        try:
            return places.store(number).pk
        except Missing as error:
            raise serializers.ValidationError(error.message, error.code) from None


class OwnStoreField(StoreField):
    """A store to filter by what only those know of who work there, auditors and administrators: of others it is 404."""

    def to_internal_value(self, data: Any) -> int:
        """The store's number. Raises NoSuchStore for one the actor does not read."""
        number = super().to_internal_value(data)
        if not self.context["actor"].reads_store(number):
            raise NoSuchStore(f"There is no store {number} of yours", store_id=number)
        return number


class SeenField(IdField):
    """A row to filter by that the actor may see. Another's is as unknown as one that is not there: no filter."""

    def __init__(self, find: Callable[[int, Actor], Any], **options: Any) -> None:
        self.find = find
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> int:
        """The row's number."""
        number = super().to_internal_value(data)
        self.run_validators(number)
        try:
            self.find(number, self.context["actor"])
        except Missing as error:
            raise serializers.ValidationError(error.message, error.code) from None
        return number


@extend_schema_field(OpenApiTypes.DATE)
class DayField(serializers.DateField):
    """A day of trade: 1900 to 2999, so that every time zone has a first and a last moment of it."""

    def to_internal_value(self, value: Any) -> date:
        """The day."""
        day = super().to_internal_value(value)
        if not 1900 <= day.year <= 2999:
            raise serializers.ValidationError("A day between 1900 and 2999.")
        return day


class ArchivedField(serializers.ChoiceField):
    """`false` (the default) lists what is in use, `true` what is archived, `all` both. Queries take a bool or None."""

    VALUES = {"false": False, "true": True, "all": None}

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=sorted(self.VALUES), **{"default": False, **options})

    def to_internal_value(self, data: Any) -> Any:
        """False, True, or None for both."""
        return self.VALUES[super().to_internal_value(data)]
