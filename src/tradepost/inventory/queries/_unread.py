"""What lists of stock never show of the things they name, and so do not read: a quarter of the time of a page."""

from collections.abc import Sequence

OF_PRODUCT = ("description", "cost_minor", "reorder_level", "stocked", "picture", "created_at", "updated_at")
OF_SUPPLIER = ("email", "phone", "created_at", "archived_at")
OF_CATEGORY = ("created_at",)
OF_STORE = ("time_zone", "created_at")
OF_PERSON = (
    "password", "last_login", "is_superuser", "email", "phone", "is_active", "is_staff", "date_joined", "anonymised_at",
)  # fmt: skip


def unread(**columns: Sequence[str]) -> list[str]:
    """The names that a query defers: `product=OF_PRODUCT` of what `product` leads to."""
    return [f"{path}__{name}" for path, names in columns.items() for name in names]
