"""`tradepost product|stock import|export`: files of products and opening stock, in and out."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from tradepost.cli import output, read
from tradepost.cli.base import Search, Session, command
from tradepost.cli.catalog import FromSupplier, InCategory, products
from tradepost.cli.output import Card, Column, Fact, Listing
from tradepost.cli.progress import bar
from tradepost.cli.read import InStore
from tradepost.cli.stock import app as stock
from tradepost.lib.errors import Invalid, Missing

if TYPE_CHECKING:
    from tradepost.imports.exports import Table
    from tradepost.imports.models import Import
    from tradepost.imports.services import Checked
    from tradepost.lib.tables import Cell

__all__ = ["products", "stock"]  # the groups, with these commands in them

File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV or XLSX; its first row names the columns.")]
Target = Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; its name ends in .csv or .xlsx.")]
Preview = Annotated[bool, typer.Option("--preview", help="Only look at the file; nothing is changed.")]
Again = Annotated[bool, typer.Option("--again", help="Receive once more what this file brought before.")]
SHOWN = 20
OUTCOMES = ("added", "changed", "same", "refused")
REFUSED = [
    Column("row", "Row", is_number=True),
    Column("sku", "SKU"),
    Column("field", "Field"),
    Column("value", "Value"),
    Column("detail", "Why"),
]


@command(products, "import")
def import_products(session: Session, file: File, preview: Preview = False) -> Card:
    """Add and change products by a file: a SKU nobody has is added, one that is there is changed.

    Stopped half way, the same command goes on. Exits 1 when rows were refused.
    """
    return _import(session, file, "products", None, preview, again=False)


@command(stock, "import")
def import_stock(session: Session, file: File, store: InStore, preview: Preview = False, again: Again = False) -> Card:
    """Receive the opening stock of a store from a file of SKUs, quantities and, if known, what a unit cost.

    Stopped half way, the same command goes on; done, it is refused unless --again. Exits 1 when rows were refused.
    """
    return _import(session, file, "stock", read.store(store).pk, preview, again=again)


@command(products, "export")
def export_products(
    session: Session, file: Target, search: Search = "", category: InCategory = "", supplier: FromSupplier = ""
) -> Fact:
    """Write the products into a file, in the columns an import reads."""
    from tradepost.catalog import queries
    from tradepost.imports import exports

    found = queries.products(
        search=search,
        category=queries.category_named(category).pk if category else None,
        supplier=queries.supplier_named(supplier).pk if supplier else None,
    )
    return _export(file, exports.products(found, actor=session.actor))


@command(stock, "export")
def export_stock(
    session: Session,
    file: Target,
    store: Annotated[str, typer.Option("--store", metavar="NAME|ID", help="Only this store.")] = "",
) -> Fact:
    """Write what stands on the shelves into a file, with its average cost."""
    from tradepost.imports import exports

    return _export(file, exports.stock(read.store(store).pk if store else None, actor=session.actor))


def _import(session: Session, path: Path, kind: str, store_id: int | None, preview: bool, *, again: bool) -> Card:
    from tradepost.imports import queries, services

    if not path.is_file():
        raise Missing(f"There is no file {path}")
    with path.open("rb") as file:
        asked = {"kind": kind, "store_id": store_id}
        checked = services.check_file(path.name, file, **asked, actor=session.actor, at=session.at)  # type: ignore[arg-type]
        if preview:
            return _previewed(checked)
        begun = queries.unfinished(session.actor, kind=kind, store=store_id, digest=checked.digest)
        if begun:
            output.tell(f"Going on behind row {begun.position} of import {begun.pk}.")
        number = _started(session, begun or (checked, file), again)
    return _outcome(_worked_off(session, number))


def _started(session: Session, what: "Import | tuple[Checked, BinaryIO]", again: bool) -> int:
    """Start an import that was begun, or that of a file, which is kept only if it may be run."""
    from tradepost.imports import services

    by = {"actor": session.actor, "at": session.at}

    def start() -> int:
        doc = services.add_import(*what, **by) if isinstance(what, tuple) else what  # type: ignore[arg-type]
        return services.run_import(doc.pk, is_again=again, by_worker=False, **by).pk  # type: ignore[arg-type]

    return _once(session, start)


def _worked_off(session: Session, number: int) -> "Import":
    from tradepost.imports import services

    with bar("Importing rows") as progress:
        return services.work_off(
            number,
            progress=lambda doc: progress(doc.done + doc.refused, doc.total),
            actor=session.actor,
            at=session.at,
        )


def _once(session: Session, call: Callable[[], int]) -> int:
    """Do it in a durable transaction of its own; the import itself, not a key, knows what was done before."""
    from tradepost.intake import services as intake

    return int(intake.once(None, "", session.actor, lambda: intake.Answer(200, call())).body)


def _previewed(checked: "Checked") -> Card:
    from tradepost.imports import queries

    preview = checked.preview
    before = queries.received_before(checked.store.pk if checked.store else None, checked.digest)
    columns = [
        {"name": name, "field": field} for name, field in zip(checked.layout.header, checked.fields, strict=True)
    ]
    facts = {
        "Columns": ", ".join(f"{one['name']} as {one['field']}" for one in columns if one["field"]),
        "Not read": ", ".join(one["name"] for one in columns if not one["field"]) or "none",
        "Rows": checked.layout.total,
        "Looked at": preview["checked"],
        **{name.capitalize(): preview[name] for name in OUTCOMES},
        **({"Received before": f"by import {before.pk}; once more takes --again"} if before else {}),
        **({"Named again": ", ".join(map(str, preview["again_rows"]))} if preview["again"] else {}),
        **{f"New {kind}": ", ".join(names) for kind, names in preview["adds"].items() if names},
    }
    shown = [field for field in checked.fields if field]
    rows = [{"row": row["row"], "outcome": row["outcome"], **row["values"]} for row in preview["rows"]]
    titles = [Column("row", "Row", is_number=True), *(Column(field, field) for field in shown), Column("outcome", "")]
    data = {
        "columns": columns,
        "total": checked.layout.total,
        "received_before": before.pk if before else None,
        **preview,
    }
    return Card(data, facts, [Listing(rows, titles, title="The first rows"), *_refused(preview["refused_rows"])])


def _outcome(doc: "Import") -> Card:
    counts = {name: getattr(doc, name) for name in OUTCOMES}
    rows = list(doc.refused_rows.order_by("row", "field").values(*(column.key for column in REFUSED))[:SHOWN])
    data = {"import": doc.pk, "state": doc.state, **counts, "refused_rows": rows}
    facts = {"Import": doc.pk, "State": doc.state, **{name.capitalize(): count for name, count in counts.items()}}
    return Card(data, facts, _refused(rows), exit_code=1 if doc.refused else 0)


def _refused(rows: Sequence[dict[str, Any]]) -> list[Listing]:
    return [Listing(rows[:SHOWN], REFUSED, title="Refused rows")] if rows else []


def _export(path: Path, table: "Table") -> Fact:
    """Write a table beside its place and put it there when it is whole."""
    from tradepost.lib import tables

    if path.suffix.lower() not in {".csv", ".xlsx"}:
        raise Invalid(f"{path.name} ends neither in .csv nor in .xlsx")
    count = 0

    def counted() -> Iterator[Sequence["Cell"]]:
        nonlocal count
        for row in table.rows:
            count += 1
            yield row

    draft = path.with_name(f"{path.name}.part")
    try:
        with draft.open("wb") as file:
            if path.suffix.lower() == ".xlsx":
                tables.write_xlsx(file, table.title, table.header, counted())
            else:
                file.writelines(tables.csv_pieces(table.header, counted()))
        draft.replace(path)
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}") from None
    finally:
        draft.unlink(missing_ok=True)
    return Fact(f"Wrote {count} rows to {path}.", {"file": str(path), "rows": count})
