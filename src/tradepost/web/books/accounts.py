"""Accounts with their balances, and the statement of one."""

from typing import Any

from django.http import HttpResponse

from tradepost.books import queries as books
from tradepost.lib.errors import Missing
from tradepost.web import own, params
from tradepost.web.books.names import KINDS, names_of, title_of
from tradepost.web.books.postings import bounds
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import numbered, portion


@page
def listed(request: PageRequest) -> HttpResponse:
    """The accounts the person may read, each with its balance now."""
    search = params.text(request.GET, "q")
    found = books.accounts(request.actor, also=own.codes(request), search=search)
    listed_page = numbered(books.with_balance(found), request.GET)
    names = names_of([account.code for account in listed_page], request.actor)
    rows = [{"account": one, "name": names[one.code], "balance": one.balance} for one in listed_page]
    context = {"rows": rows, "page": listed_page, "search": search}
    return show(request, "books/accounts.html", context, part="books/_accounts.html")


@page
def statement(request: PageRequest, code: str) -> HttpResponse:
    """What went in and out of an account, newest first, with its balance now."""
    theirs = own.codes(request)
    account = books.accounts(request.actor, also=theirs).filter(code=code).first()
    if account is None:
        raise Missing(f"There is no account {code[:60]}")
    start_day, end_day = params.day(request.GET, "start"), params.day(request.GET, "end")
    start, end = bounds(start_day, end_day)
    kind = params.choice(request.GET, "kind", KINDS)
    found = books.transfers(request.actor, also=theirs, account_code=code, kind=kind, start=start, end=end)
    part = portion(found, request.GET)
    names = names_of([side.code for row in part.rows for side in (row.source, row.destination)] + [code], request.actor)
    context: dict[str, Any] = {
        "account": account,
        "name": names[code],
        "balance": books.balance_of(code),
        "rows": [_row(row, code, names) for row in part.rows],
        "portion": part,
        "kinds": KINDS,
        "kind": kind,
        "start": start_day,
        "end": end_day,
    }
    return show(request, "books/statement.html", context, part="books/_statement.html")


def _row(transfer: Any, code: str, names: dict[str, str]) -> dict[str, Any]:
    is_in = transfer.destination.code == code
    other = transfer.source if is_in else transfer.destination
    return {
        "transfer": transfer,
        "title": title_of(transfer.posting.key),
        "other": names[other.code],
        "amount": transfer.amount_minor if is_in else -transfer.amount_minor,
        "after": transfer.destination_after_minor if is_in else transfer.source_after_minor,
    }
