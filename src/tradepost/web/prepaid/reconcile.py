"""The proof of all sellers: each credit as kept beside what its transactions make it, seen in one snapshot."""

from django.http import HttpResponse

from tradepost.books import chart
from tradepost.prepaid import queries as prepaid
from tradepost.web.page import PageRequest, page, show
from tradepost.web.paging import numbered


@page
def reconcile(request: PageRequest) -> HttpResponse:
    """All sellers, those that differ first."""
    found = prepaid.reconcile_all(request.actor)
    found.sort(key=lambda row: row.is_reconciled)
    listed = numbered(found, request.GET)
    context = {
        "page": listed,
        "rows": [{"row": row, "account": chart.credit(row.seller_id)} for row in listed],
        "sellers": len(found),
        "differing": sum(not row.is_reconciled for row in found),
        "kept": sum(row.current_balance_minor for row in found),
        "transactions": sum(row.total_transactions for row in found),
    }
    return show(request, "prepaid/reconcile.html", context, part="prepaid/_reconcile.html")
