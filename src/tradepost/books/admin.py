"""The journals in Django's admin, to look at. Nothing but the engine of the books writes them."""

from django.contrib import admin

from tradepost.books.models import Account, Level, Movement, Posting, Proof, Run, Transfer
from tradepost.lib.admin import ReadOnly


class TransferInline(admin.TabularInline[Transfer, Posting]):
    """The money of a posting."""

    model = Transfer
    can_delete = False
    extra = 0
    max_num = 0
    fields = readonly_fields = (
        "source",
        "destination",
        "amount_minor",
        "source_after_minor",
        "destination_after_minor",
    )


class MovementInline(admin.TabularInline[Movement, Posting]):
    """The goods of a posting."""

    model = Movement
    can_delete = False
    extra = 0
    max_num = 0
    fields = readonly_fields = ("product", "source", "destination", "quantity", "source_after", "destination_after")


@admin.register(Posting)
class PostingAdmin(ReadOnly[Posting]):
    """Postings with their transfers and movements."""

    list_display = ["id", "key", "kind", "actor", "at"]
    list_select_related = ["actor"]
    search_fields = ["key"]
    exclude = ["digest"]
    inlines = [TransferInline, MovementInline]


@admin.register(Account)
class AccountAdmin(ReadOnly[Account]):
    """Accounts; the balance of an unbounded one stands on the books' own pages."""

    list_display = ["code", "kind", "floor_minor", "balance_minor"]
    search_fields = ["code"]


@admin.register(Level)
class LevelAdmin(ReadOnly[Level]):
    """What stands where."""

    list_display = ["location", "product", "quantity"]
    list_select_related = ["location", "product"]
    search_fields = ["product__sku", "location__code"]


@admin.register(Run)
class RunAdmin(ReadOnly[Run]):
    """The closed runs, without their seals."""

    list_display = ["id", "first_posting_id", "last_posting_id", "postings", "amount_minor", "closed_at"]
    exclude = ["seals", "digest"]


@admin.register(Proof)
class ProofAdmin(ReadOnly[Proof]):
    """What the checks of the books found."""

    list_display = ["finished_at", "differences"]
