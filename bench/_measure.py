"""What every figure shares: the machine it was measured on, a database of its own, and how results are kept."""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from devtools import servers

ROOT = Path(__file__).parent.parent
HUGE_PAGE = 2 * 2**20  # bytes, of the usual size
RESULTS = Path(__file__).parent / "results"
# The same for the figure and its peer: room for the data in memory, commits flushed to disk.
SERVER = ("shared_buffers=512MB", "max_wal_size=4GB", "fsync=on", "synchronous_commit=on")


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value beside the peer or limit measured in the same run."""

    figure: str
    value: float
    unit: str
    peer: str
    peer_value: float

    @property
    def ratio(self) -> float:
        """How many times the peer."""
        return round(self.value / self.peer_value, 2) if self.peer_value else 0.0

    def as_json(self) -> dict[str, Any]:
        """The figure as kept and printed."""
        return {
            **asdict(self),
            "value": round(self.value, 2),
            "peer_value": round(self.peer_value, 2),
            "ratio": self.ratio,
        }


def arguments(description: str) -> argparse.ArgumentParser:
    """`--json`, and whatever the bench adds."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    return parser


@contextmanager
def database(kind: str) -> Iterator[str]:
    """A new database on disk, `postgres` (a server of its own, fsync on) or `sqlite`; yields its address."""
    if kind == "postgres":
        with servers.postgres(durable=True, settings=SERVER) as url:
            yield url
    else:
        with tempfile.TemporaryDirectory(prefix="tradepost-bench-") as folder:
            yield f"sqlite:///{folder}/bench.sqlite3"


def in_process(module: str, url: str, *args: str) -> Any:
    """Run `python -m module ARGS` against a database and read the JSON it prints on its last line."""
    with tempfile.TemporaryDirectory(prefix="tradepost-home-") as home:
        env = {
            **os.environ,
            "DATABASE_URL": url,
            "TRADEPOST_HOME": home,
            "DJANGO_SETTINGS_MODULE": "tradepost.settings",
        }
        command = [sys.executable, "-m", module, *args]
        done = subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def report(name: str, figures: Sequence[Figure], *, as_json: bool, keep: bool = True) -> None:
    """Print the figures and, unless it was only a part of them, keep them with machine, date and commit."""
    rows = [figure.as_json() for figure in figures]
    if keep:
        _keep(name, rows)
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        peer = f"{row['ratio']:>6.2f} x {row['peer']} ({_spelled(row['peer_value'])})" if row["peer"] else ""
        print(f"{row['figure']:<58} {_spelled(row['value']):>12} {row['unit']:<12} {peer}")


def _spelled(value: float) -> str:
    return f"{value:,.{0 if value >= 100 else 2}f}"


def _keep(name: str, rows: list[dict[str, Any]]) -> None:
    RESULTS.mkdir(exist_ok=True)
    kept = {"machine": machine(), "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M}", "commit": commit(), "figures": rows}
    (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    _write_overview()


def _write_overview() -> None:
    """All kept results on one page for people."""
    text = "# Measured\n\nWritten by `make bench`. Each figure stands beside the peer or limit of the same run.\n"
    for file in sorted(RESULTS.glob("*.json")):
        kept = json.loads(file.read_text())
        text += f"\n## {file.stem}\n\n"
        text += f"{kept['machine']}; {kept['date']} UTC; commit {kept['commit']}.\n\n"
        text += "| figure | value | peer or limit | its value | ratio |\n| --- | ---: | --- | ---: | ---: |\n"
        for row in kept["figures"]:
            peer = f"{row['peer']} | {_spelled(row['peer_value'])} | {row['ratio']:.2f}" if row["peer"] else "| |"
            text += f"| {row['figure']} | {_spelled(row['value'])} {row['unit']} | {peer} |\n"
    (RESULTS / "README.md").write_text(text)


def machine() -> str:
    """Processor, cores and memory; and what of it is set aside in huge pages, which PostgreSQL takes where it can."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    huge = _huge_pages() * HUGE_PAGE / 2**30
    set_aside = f" ({huge:.1f} in huge pages)" if huge else ""
    model = next(
        (line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), platform.machine()
    )
    return f"{model}, {os.cpu_count()} cores, {memory} GiB{set_aside}, Python {platform.python_version()}"


def _huge_pages() -> int:
    path = Path("/proc/sys/vm/nr_hugepages")
    return int(path.read_text()) if path.exists() else 0


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def commit() -> str:
    """The commit measured, with a plus where the tree had changes beside."""
    head = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    dirty = subprocess.run(
        ["git", "status", "--porcelain", "--", "src"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return head.stdout.strip() + ("+" if dirty.stdout.strip() else "")
