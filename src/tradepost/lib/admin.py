"""What Django's admin may show and not touch: whatever a service has written."""

from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model

M = TypeVar("M", bound=Model)


class ReadOnly(admin.ModelAdmin[M]):
    """Rows to look at: none is added, changed or deleted here, by nobody."""

    actions = None
    show_full_result_count = False

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        """Nobody."""
        return False
