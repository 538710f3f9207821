"""`tradepost replay`: a real shop's year through the same services a till uses, and its figures from the books."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tradepost.cli.base import Session, command
from tradepost.cli.output import Card, Column, Listing
from tradepost.cli.progress import bar

app = typer.Typer(no_args_is_help=True, help="Replay real trade.")

COLUMNS = [
    Column("figure", "Figure"),
    Column("file", "In the file", is_number=True),
    Column("books", "In the books", is_number=True),
    Column("verdict", ""),
]
DIFFERENCES = [Column("table", "Table"), Column("id", "Row", is_number=True), Column("what", "Difference")]
MOST_DAYS = 3


@command(app, "online-retail")
def online_retail(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The UCI Online Retail file, CSV plain or xz.")],
    store: Annotated[
        str, typer.Option("--store", help="The store it is booked in; made if missing.")
    ] = "Online Retail",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Only the first so many lines.")] = None,
) -> Card:
    """Book a wholesaler's year, then count it again from the books. Stopped half way, a second run goes on.

    Exits 1 when a figure of the books differs from the file's, or when reconcile or verify finds a difference.
    """
    from tradepost.cli.online_retail.report import report
    from tradepost.cli.online_retail.runner import replay

    with bar("Booking lines") as progress:
        outcome = replay(file, store=store, limit=limit, actor=session.actor, progress=progress)
    found = report(outcome, actor=session.actor)
    differs = bool(found["figures_that_differ"] or found["differences"])
    return Card(found, _facts(found), _parts(found), exit_code=1 if differs else 0)


def _facts(found: dict[str, Any]) -> dict[str, Any]:
    differing = found["figures_that_differ"]
    return {
        "Lines booked now": found["lines_booked_now"],
        "Lines booked before": found["lines_booked_before"],
        "Lines a second": found["lines_a_second"] or "-",
        "Cost of a line, last tenth to first": found["cost_of_a_line_last_to_first_tenth"] or "-",
        "Figures that differ": ", ".join(differing) or "none",
        "Differences found by reconcile and verify": found["differences"],
    }


def _parts(found: dict[str, Any]) -> list[Listing]:
    rows = [_row(figure) for figure in found["figures"] if figure["figure"] != "days"]
    days = next(figure for figure in found["figures"] if figure["figure"] == "days")
    rows.append(_row({"figure": "days", "file": f"{len(days['file'])} days", "books": f"{len(days['books'])} days"}))
    rows[-1]["verdict"] = _verdict(days)
    rows += [
        _row({"figure": f"  {day}: lines, invoices, net", "file": days["file"][day], "books": days["books"].get(day)})
        for day in _days_to_show(list(days["file"]))
    ]
    found_rows = [row for part in found["proof"].values() for row in part["differences"]]
    return [
        Listing(rows, COLUMNS, title="The file and the books"),
        *([Listing(found_rows, DIFFERENCES, title="Differences")] if found_rows else []),
    ]


def _days_to_show(days: list[str]) -> list[str]:
    """The first, the middle and the last day: all of them are compared, and `--json` has all of them."""
    return days if len(days) <= MOST_DAYS else [days[0], days[len(days) // 2], days[-1]]


def _row(figure: dict[str, Any]) -> dict[str, Any]:
    return {
        "figure": figure["figure"].replace("_", " "),
        "file": _text(figure["file"]),
        "books": _text(figure["books"]) if figure["books"] is not None else "",
        "verdict": _verdict(figure),
    }


def _verdict(figure: dict[str, Any]) -> str:
    if figure["books"] is None:
        return "file only"
    return "equal" if figure["file"] == figure["books"] else "DIFFERS"


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(" ".join(map(str, row)) if isinstance(row, list) else str(row) for row in value)
    return str(value)
