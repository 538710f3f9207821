"""Lines a second of the real year through the till's services, with the memory it took and the cost of its last lines.

The limit beside it is the same lines put into one bare table: COPY on PostgreSQL, executemany on SQLite, no key and no
rule. Needs the UCI Online Retail file (`--file`); where it is absent nothing is measured.
"""

import argparse
import json
import resource
import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from bench import _measure
from bench._measure import ROOT, Figure

FILE = ROOT.parent / "shared" / "data" / "online-retail.csv.xz"
TABLE = "CREATE TABLE bare (invoice text, at text, customer text, code text, quantity int, price int)"


def main() -> None:
    """Measure both databases and report."""
    parser = _measure.arguments(__doc__ or "")
    parser.add_argument("--file", type=Path, default=FILE, help="the UCI Online Retail file")
    parser.add_argument("--limit", type=int, help="only the first so many lines")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        print(json.dumps(_inside(given.file, given.limit)))
        return
    if not given.file.is_file():
        parser.exit(message=f"There is no file {given.file}: nothing measured.\n")
    figures = []
    limit = ["--limit", str(given.limit)] if given.limit else []
    for kind, peer in (("postgres", _copied), ("sqlite", _inserted)):
        with _measure.database(kind) as url:
            bare = peer(url, _rows(given.file, given.limit))
            found = _measure.in_process("bench.replay", url, "--inside", "--file", str(given.file), *limit)
        figures += [
            Figure(f"{kind}: replay", found["rate"], "lines/s", "bare inserts of the same lines", bare),
            Figure(f"{kind}: memory at most", found["mebibytes"], "MiB", "limit, MiB", 1024),
            Figure(f"{kind}: last tenth's cost of a line", found["growth"], "x first tenth", "limit", 1.2),
            Figure(f"{kind}: figures and rows that differ", found["differences"], "differences", "file and books", 0),
        ]
    _measure.report("replay", figures, as_json=given.json)


def _inside(file: Path, limit: int | None) -> dict[str, Any]:
    from tradepost.cli import setup

    setup.configure()
    setup.migrate()
    from tradepost.cli.online_retail.report import report
    from tradepost.cli.online_retail.runner import replay
    from tradepost.people.queries import console_actor

    outcome = replay(file, limit=limit, actor=console_actor(), progress=_silently)
    mebibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = report(outcome, actor=console_actor())
    return {
        "rate": outcome.lines_a_second,
        "mebibytes": mebibytes,
        "growth": outcome.growth() or 0,
        "differences": len(found["figures_that_differ"]) + found["differences"],
    }


def _silently(_done: int, _total: int) -> None:
    """No bar."""


def _rows(file: Path, limit: int | None) -> list[tuple[Any, ...]]:
    from tradepost.cli.online_retail.reader import read

    return [
        (invoice.number, invoice.at.isoformat(), invoice.customer, line.code, line.quantity, line.price_e3)
        for invoice in read(file, limit)
        for line in invoice.lines
    ]


def _copied(url: str, rows: list[tuple[Any, ...]]) -> float:
    started = time.perf_counter()
    with psycopg.connect(url) as connection:
        connection.execute(TABLE)
        with connection.cursor().copy("COPY bare FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    return len(rows) / (time.perf_counter() - started)


def _inserted(url: str, rows: list[tuple[Any, ...]]) -> float:
    started = time.perf_counter()
    connection = sqlite3.connect(urlsplit(url).path.removeprefix("/"))
    connection.execute(TABLE)
    connection.executemany("INSERT INTO bare VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.commit()
    spent = time.perf_counter() - started
    connection.close()
    return len(rows) / spent


if __name__ == "__main__":
    main()
