"""The audit log in Django's admin, to look at."""

from django.contrib import admin

from tradepost.audit.models import AuditEvent
from tradepost.lib.admin import ReadOnly


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly[AuditEvent]):
    """Who did what, when, through which face."""

    list_display = ["at", "action", "actor_name", "face", "subject_type", "subject_id", "store_id"]
    list_filter = ["face"]
    search_fields = ["action", "actor_name", "subject_id", "request_id"]
