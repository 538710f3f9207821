"""`tradepost prove`: the promises under real load, on a database of their own, to the last penny."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tradepost.cli.base import process
from tradepost.cli.output import Card, Column, Listing

if TYPE_CHECKING:
    from tradepost.cli.proving.prepaid import Act, Progress

app = typer.Typer(no_args_is_help=True, help="Prove what is promised, under load, on a database made for it.")

COLUMNS = [
    Column("act", "Act"),
    Column("way", "Through"),
    Column("by", "By"),
    Column("sold", "Sold", is_number=True),
    Column("refused", "Refused", is_number=True),
    Column("tries_a_second", "Tries/s", is_number=True),
    Column("p50_ms", "p50 ms", is_number=True),
    Column("p99_ms", "p99 ms", is_number=True),
    Column("left", "Left", is_number=True),
    Column("reconcile", "Reconcile meanwhile"),
    Column("verdict", ""),
]
MOST_THREADS, MOST_PROCESSES = 64, 32


@process(app, "prepaid")
def prepaid(
    as_json: bool,
    database: str | None,
    threads: Annotated[int, typer.Option("--threads", min=1, max=MOST_THREADS, help="Threads that sell.")] = 16,
    processes: Annotated[int, typer.Option("--processes", min=1, max=MOST_PROCESSES, help="Processes that sell.")] = 4,
) -> Card:
    """Sell on credit by threads and by processes, through the services and the API: every penny must be accounted for.

    Two sellers with 5,000,000 each sell 1000 charges of 5,000; then 1000 tries race for a credit of 30 charges.

    It works in a database of its own, made beside the one configured and dropped afterwards.

    Exits 1 if anything is not exactly as it must be.
    """
    from tradepost.cli.proving import ground

    with ground.ended_by_signals(), ground.own_installation(database), _progress() as progress:
        from tradepost.cli.proving.prepaid import prove

        acts = prove(threads, processes, progress)
    rows = [_row(act) for act in acts]
    faults = [fault for act in acts for fault in act.faults]
    verdict = f"{len(faults)} not as it must be" if faults else "Every penny is accounted for."
    shown = [{**row, **_spoken(act)} for row, act in zip(rows, acts, strict=True)]
    parts = [Listing(shown, COLUMNS)]
    if faults:
        parts.append(Listing([{"fault": fault} for fault in faults], [Column("fault", "Not as it must be")]))
    data = {"proved": not faults, "acts": rows, "faults": faults}
    return Card(data, {"Verdict": verdict}, parts, exit_code=1 if faults else 0)


def _row(act: "Act") -> dict[str, Any]:
    from tradepost.cli.proving.tries import SOLD, TOO_LITTLE_CREDIT

    outcomes = act.tries.outcomes
    return {
        "act": act.name,
        "way": act.way,
        "by": act.crew.kind,
        "workers": act.crew.size,
        "tries": outcomes.total(),
        "sold": outcomes[SOLD],
        "refused": outcomes[TOO_LITTLE_CREDIT],
        "outcomes": dict(outcomes),
        "seconds": round(act.tries.seconds, 3),
        "tries_a_second": round(act.tries.a_second),
        "p50_ms": round(act.tries.percentile(50), 2),
        "p99_ms": round(act.tries.percentile(99), 2),
        "balances": act.balances,
        "is_reconciled": act.is_reconciled,
        "reconcile_calls": act.reconcile_calls,
        "false_alarms": act.false_alarms,
        "faults": act.faults,
    }


def _spoken(act: "Act") -> dict[str, Any]:
    from tradepost.lib import money

    return {
        "by": f"{act.crew.size} {act.crew.kind}",
        "left": " ".join(money.show(money.parse(balance)) for balance in act.balances),
        "reconcile": f"{act.reconcile_calls} calls, {act.false_alarms} false alarms",
        "verdict": "WRONG" if act.faults else "exact",
    }


@contextmanager
def _progress() -> Iterator["Progress"]:
    """A bar on stderr, so that stdout stays the answer's."""
    from rich import progress
    from rich.console import Console

    columns = (progress.TextColumn("{task.description}"), progress.BarColumn(), progress.MofNCompleteColumn())
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Preparing", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)
