"""What stands in the database, to be compared: a refusal changes nothing, an interrupted change leaves nothing."""

from typing import Any

from django.apps import apps

from tradepost.books.models import Account, Level, Movement, Posting, Transfer

LABELS = ("audit", "books", "funding", "intake", "inventory", "notify", "prepaid", "till")
Picture = dict[str, list[tuple[Any, ...]]]


def of_everything() -> Picture:
    """Every row of audit, books, funding, intake, inventory, notify, prepaid and till, by table."""
    models = [model for label in LABELS for model in apps.get_app_config(label).get_models()]
    return {model._meta.db_table: list(model._default_manager.order_by("pk").values_list()) for model in models}


def of_the_books() -> Picture:
    """Postings, their rows, balances and levels; accounts and levels that were merely opened, at zero, do not count."""
    return {
        "balances": list(
            Account.objects.exclude(balance_minor=None)
            .exclude(balance_minor=0)
            .order_by("id")
            .values_list("code", "balance_minor")
        ),
        "levels": list(Level.objects.exclude(quantity=0).order_by("id").values_list("id", "quantity")),
        "postings": list(Posting.objects.order_by("id").values_list()),
        "transfers": list(Transfer.objects.order_by("id").values_list()),
        "movements": list(Movement.objects.order_by("id").values_list()),
    }


def of_documents_and_books() -> Picture:
    """Every row but accounts, places and levels that were merely opened: what a refusal in a list leaves as it was."""
    others = {table: rows for table, rows in of_everything().items() if not table.startswith("books_")}
    return others | of_the_books()
