"""Users in Django's admin: looked at here, changed on the pages of the house, whose services keep the audit log.

Only Django's own groups and permissions, which the house does not use for its roles, are given here, with an audit row.
"""

from typing import Any

from django.contrib import admin

from tradepost.audit import services as audit
from tradepost.lib import clock
from tradepost.lib.admin import ReadOnly
from tradepost.people import queries
from tradepost.people.models import Grant, User

FIELDS = ["username", "first_name", "last_name", "email", "phone", "is_active", "is_staff", "date_joined", "last_login"]


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    """Who there is, and the groups of each."""

    actions = None
    list_display = ["username", "first_name", "last_name", "email", "is_active", "is_staff"]
    list_filter = ["is_active", "groups"]
    search_fields = ["username", "first_name", "last_name", "email"]
    fields = [*FIELDS, "groups", "user_permissions"]
    readonly_fields = FIELDS
    filter_horizontal = ["groups", "user_permissions"]

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        """Users are added on their own page."""
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        """Nobody with a history is deleted."""
        return False

    def save_model(self, request: Any, obj: User, form: Any, change: bool) -> None:
        """Of the row itself nothing changes here."""

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:
        """Keep the groups, and who gave them."""
        super().save_related(request, form, formsets, change)
        user = form.instance
        after = {"groups": sorted(user.groups.values_list("name", flat=True))}
        actor = queries.actor_for(request.user, face="admin")
        audit.record("people.groups_set", subject=user, actor=actor, at=clock.now(), after=after)


@admin.register(Grant)
class GrantAdmin(ReadOnly[Grant]):
    """Who holds which role where."""

    list_display = ["user", "role", "store", "granted_at"]
    list_select_related = ["user", "store"]
    list_filter = ["role"]
