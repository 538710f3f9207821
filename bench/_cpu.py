"""What processes cost: user and system time of a process and all its children, read from the kernel."""

import os
from pathlib import Path

import psycopg

TICKS = os.sysconf("SC_CLK_TCK")
AFTER_NAME = 2  # fields of /proc/PID/stat are counted from the state, the third
PARENT, OWN_AND_WAITED_FOR = 3 - AFTER_NAME, slice(13 - AFTER_NAME, 17 - AFTER_NAME)


def seconds_of(process_id: int) -> float:
    """CPU seconds of the process and everything below it, children that ended included."""
    stats = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                stats[int(folder.name)] = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # ended meanwhile
    family = {process_id}
    while more := {one for one, fields in stats.items() if int(fields[PARENT]) in family} - family:
        family |= more
    return sum(int(ticks) for one in family & stats.keys() for ticks in stats[one][OWN_AND_WAITED_FOR]) / TICKS


def postmaster_of(url: str) -> int:
    """The process whose children are the database."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW data_directory").fetchone()
    assert row
    return int(Path(row[0], "postmaster.pid").read_text().split()[0])
