"""A bar on stderr while something takes long, so that stdout stays the answer's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

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
        progress.TextColumn("{task.fields[rate]}"),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True)) as shown:
        task, rate = shown.add_task(what, total=None, visible=False, rate=""), _Rate()
        yield lambda done, total: shown.update(task, completed=done, total=total, visible=True, rate=rate.at(done))


class _Rate:
    """How many a second, since the first time it was told how much is done."""

    def __init__(self) -> None:
        self.first: tuple[int, float] | None = None

    def at(self, done: int) -> str:
        now = perf_counter()
        if self.first is None:
            self.first = done, now
        seconds = now - self.first[1]
        return f"{(done - self.first[0]) / seconds:,.0f}/s" if seconds else ""
