"""Lists as files for spreadsheets, sent while they are read."""

from typing import cast

from django.http import HttpResponse, StreamingHttpResponse

from tradepost.catalog import queries as catalog
from tradepost.imports import exports
from tradepost.imports.exports import Table
from tradepost.lib import tables
from tradepost.web import params
from tradepost.web.page import PageRequest, page, require_worker

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def sent(table: Table, kind: str) -> HttpResponse:
    """A table as a file of this kind, csv or xlsx, under the name of its list."""
    pieces = tables.csv_pieces(table.header, table.rows) if kind == "csv" else tables.xlsx_pieces(*table)
    name = f"{table.title.lower().replace(' ', '-')}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return cast(HttpResponse, StreamingHttpResponse(pieces, content_type=TYPES[kind], headers=headers))


@page
def products(request: PageRequest, kind: str) -> HttpResponse:
    """The catalogue, in the columns an import reads."""
    require_worker(request)
    return sent(exports.products(catalog.products(), actor=request.actor), kind)


@page
def stock(request: PageRequest, kind: str) -> HttpResponse:
    """What stands on the shelves of a store, or of all one may look into, with its average cost."""
    require_worker(request)
    return sent(exports.stock(params.number(request.GET, "store"), actor=request.actor), kind)
