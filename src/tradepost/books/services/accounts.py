"""Limits of accounts."""

from datetime import datetime

from django.db import transaction

from tradepost.audit import services as audit
from tradepost.books import chart
from tradepost.books.errors import FloorAboveBalance, InvalidDraft
from tradepost.books.models import Account
from tradepost.books.services.drafts import MAX_AMOUNT
from tradepost.lib.actor import Actor


@transaction.atomic
def set_floor(code: str, floor_minor: int, *, actor: Actor, at: datetime) -> Account:
    """Let a bounded account fall to `floor_minor` (0, or minus a limit) and no further; opens the account if need be.

    Raises FloorAboveBalance when the balance is below that already, Denied unless an administrator acts.
    """
    actor.require_admin()
    kind = chart.account_kind(code)
    if chart.is_unbounded_account(code) or not -MAX_AMOUNT <= floor_minor <= 0:
        raise InvalidDraft(f"{code} cannot have a floor of {floor_minor}")
    if not Account.objects.filter(code=code).exists():
        new = Account(code=code, kind=kind, floor_minor=0, balance_minor=0)
        Account.objects.bulk_create([new], ignore_conflicts=True)  # somebody else may open it at this moment
    account = Account.objects.select_for_update(no_key=True).get(code=code)
    if account.balance_minor is not None and account.balance_minor < floor_minor:
        raise FloorAboveBalance(balance_minor=account.balance_minor, floor_minor=floor_minor)
    before, account.floor_minor = account.floor_minor, floor_minor
    account.save(update_fields=["floor_minor"])
    audit.record(
        "books.floor_set",
        subject=account,
        actor=actor,
        at=at,
        before={"floor_minor": before},
        after={"floor_minor": floor_minor},
    )
    return account
