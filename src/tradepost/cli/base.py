"""What every command shares: `--json`, `--database`, `--as` and `--key`, the way in, and exit codes.

A command is a function that takes a `Session` and its own parameters and returns what to show. Django is set up after
the parameters were read, so modules of commands import what stands on it inside their functions.
"""

import inspect
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from tradepost.cli import output
from tradepost.cli.output import Shown

if TYPE_CHECKING:
    from tradepost.lib.actor import Actor
    from tradepost.till.services import Refusal

T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", help="Answer with JSON only.")]
Database = Annotated[
    str | None, typer.Option("--database", metavar="URL", help="The database, instead of DATABASE_URL.")
]
ActAs = Annotated[
    str | None, typer.Option("--as", metavar="NAME", help="Act as this user, with no more rights than theirs.")
]
Key = Annotated[str, typer.Option("--key", metavar="TEXT", help="Idempotency key: with the same key it happens once.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Show at most so many.")]
Search = Annotated[str, typer.Option("--search", metavar="TEXT", help="Only those that contain this.")]

Command = Callable[..., Shown | None]
Extra = dict[str, tuple[Any, Any]]  # parameters added to every command: their types and defaults


@dataclass(frozen=True, slots=True)
class Session:
    """One run of a command: who acts, when, and how the answer is wanted."""

    actor: "Actor"
    at: datetime
    as_json: bool
    key: str
    asked: tuple[Any, ...]

    def change(self, call: Callable[[], Any]) -> Any:
        """Run one service in the one durable transaction of this command; its plain JSON, also when asked again."""
        from tradepost.intake import services as intake

        def answer() -> intake.Answer:
            return intake.Answer(200, call())

        return intake.once(self.key, intake.digest_of(*self.asked), self.actor, answer).body

    def show(self, shown: Shown) -> None:
        """Answer at once, for a command that goes on running."""
        output.show(shown, as_json=self.as_json)


def command(app: typer.Typer, name: str, *, changes: bool = False) -> Callable[[Command], Command]:
    """Register a command of somebody who acts; one that `changes` something takes an idempotency key."""
    extra: Extra = {"as_json": (AsJson, False), "database": (Database, None), "act_as": (ActAs, None)}
    if changes:
        extra["key"] = (Key, "")

    def register(function: Command) -> Command:
        def call(as_json: bool, database: str | None, given: dict[str, Any]) -> int:
            from tradepost.cli import setup

            key, act_as = given.pop("key", ""), given.pop("act_as")
            setup.prepare(database)
            asked = (function.__module__, function.__name__, sorted(given.items()))
            session = _session(act_as, as_json, key, asked)
            shown = function(session, **given)
            return output.show(shown, as_json=as_json) if shown else 0

        _register(app, name, function, extra, call)
        return function

    return register


def only(answers: "Sequence[T | Refusal]") -> T:
    """The one answer of a list of one; its refusal is raised, so that everything rolls back."""
    from tradepost.till.services import Refusal

    (answer,) = answers
    if isinstance(answer, Refusal):
        raise answer.error
    return answer


def process(app: typer.Typer, name: str) -> Callable[[Command], Command]:
    """Register a command that nobody acts in: it starts or prepares something. It calls `setup.prepare` itself."""
    extra: Extra = {"as_json": (AsJson, False), "database": (Database, None)}

    def register(function: Command) -> Command:
        def call(as_json: bool, database: str | None, given: dict[str, Any]) -> int:
            shown = function(as_json=as_json, database=database, **given)
            return output.show(shown, as_json=as_json) if shown else 0

        _register(app, name, function, extra, call)
        return function

    return register


def _register(
    app: typer.Typer,
    name: str,
    function: Command,
    extra: Extra,
    call: Callable[[bool, str | None, dict[str, Any]], int],
) -> None:
    @wraps(function)
    def wrapper(**given: Any) -> int:
        return call(given.pop("as_json"), given.pop("database"), given)

    own = inspect.signature(function).parameters
    kept = [own[key] for key in own if key != "session" and key not in extra]
    keyword = inspect.Parameter.KEYWORD_ONLY
    added = [
        inspect.Parameter(key, keyword, default=default, annotation=hint) for key, (hint, default) in extra.items()
    ]
    wrapper.__signature__ = inspect.Signature([*kept, *added])  # type: ignore[attr-defined]
    wrapper.__annotations__ = {}
    app.command(name)(wrapper)


def _session(act_as: str | None, as_json: bool, key: str, asked: tuple[Any, ...]) -> Session:
    from tradepost.lib import clock
    from tradepost.people import queries as people

    request_id = uuid.uuid4().hex
    who = people.acting_as(act_as, request_id=request_id) if act_as else people.console_actor(request_id=request_id)
    return Session(who, clock.now(), as_json, key, asked)
