"""Tasks: what a job may ask for, by dotted name. Each is one service call that may run twice without harm."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tradepost.intake import services as intake
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Missing

HOME = "tradepost.worker."


@dataclass(frozen=True, slots=True)
class Task:
    """A job at work: for whom it is done, and since when."""

    job_id: int
    actor: Actor
    at: datetime

    def progress(self, percent: int) -> None:
        """Say how far it is, 0 to 100, to whoever looks at the job."""
        intake.report_progress(self.job_id, percent)


class Work(Protocol):
    """A function that does a job, with its payload by keyword; what it returns is the job's result, plain JSON."""

    def __call__(self, task: Task, **payload: Any) -> Any:
        """Do it."""


_known: dict[str, Callable[..., Any]] = {}


def task(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let jobs ask for this function by its dotted name."""
    _known[f"{function.__module__}.{function.__name__}"] = function
    return function


def task_named(name: str) -> Work:
    """The function behind a job's task. Raises Missing for anything that was not marked as one."""
    module, _, _ = name.rpartition(".")
    if module.startswith(HOME) and module.replace(".", "").isidentifier() and name not in _known:
        try:
            importlib.import_module(module)
        except ModuleNotFoundError:
            raise Missing(f"There is no task {name}") from None
    if name not in _known:
        raise Missing(f"There is no task {name}")
    return _known[name]
