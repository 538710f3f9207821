"""A bar on stderr while something takes long, so that stdout stays the answer's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]


@contextmanager
def bar(what: str) -> Iterator[Progress]:
    """A bar that is told how much is done, and of how much; it shows once something is."""
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn(what),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task(what, total=None, visible=False)
        yield lambda done, total: shown.update(task, completed=done, total=total, visible=True)
