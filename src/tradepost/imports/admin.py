"""Imports in Django's admin: to look at."""

from django.contrib import admin

from tradepost.imports.models import Import
from tradepost.lib.admin import ReadOnly


@admin.register(Import)
class ImportAdmin(ReadOnly[Import]):
    """Which files came in, and what became of their rows."""

    list_display = ["id", "kind", "file_name", "store", "state", "total", "refused", "created_by", "created_at"]
    list_select_related = ["store", "created_by"]
    list_filter = ["state", "kind"]
    search_fields = ["file_name"]
