"""Imports, by use case: a file is checked, kept, started, worked off in pieces, stopped; what is left alone goes."""

from tradepost.imports.services.checking import MOST_BYTES, PREVIEWED_ROWS, SHOWN_ROWS, Checked, check_file
from tradepost.imports.services.keeping import KEEP, add_import, forget_old_files, pause_import, run_import
from tradepost.imports.services.running import RUN, work_off

__all__ = [
    "KEEP",
    "MOST_BYTES",
    "PREVIEWED_ROWS",
    "RUN",
    "SHOWN_ROWS",
    "Checked",
    "add_import",
    "check_file",
    "forget_old_files",
    "pause_import",
    "run_import",
    "work_off",
]
