"""What a command answers: a table or a sentence for a person, or with `--json` the same as one JSON value on stdout."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

PIPE_WIDTH = 200  # where nobody looks, a table is not squeezed


class Column(NamedTuple):
    """A column of a table: the key of each row's value, its title, and whether it is a number or money."""

    key: str
    title: str
    is_number: bool = False
    is_money: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of plain JSON; `columns` says which a person sees, `empty` what stands instead of no rows."""

    rows: Sequence[Mapping[str, Any]]
    columns: Sequence[Column]
    title: str = ""
    empty: str = "Nothing found."
    more: bool = False

    @property
    def data(self) -> Any:
        """What `--json` prints."""
        return {"results": list(self.rows), "more": self.more}


@dataclass(frozen=True, slots=True)
class Fact:
    """One sentence, or several lines, and the same as plain JSON."""

    text: str
    data: Any = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Card:
    """One thing: its facts by name, then its parts as tables. `exit_code` 1 says that a difference was found."""

    data: Any
    facts: Mapping[str, Any]
    parts: Sequence[Listing] = ()
    exit_code: int = 0


Shown = Listing | Fact | Card


def show(shown: Shown, *, as_json: bool) -> int:
    """Print an answer; the exit code it stands for."""
    if as_json:
        write_json(shown.data)
    elif isinstance(shown, Fact):
        sys.stdout.write(shown.text + "\n")
    else:
        _show_tables(shown)
    sys.stdout.flush()
    return shown.exit_code if isinstance(shown, Card) else 0


def write_json(data: Any) -> None:
    """One JSON value on stdout."""
    from django.core.serializers.json import DjangoJSONEncoder

    sys.stdout.write(json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2) + "\n")


def tell(sentence: str) -> None:
    """Say something beside the answer."""
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def _show_tables(shown: Listing | Card) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)
    if isinstance(shown, Listing):
        console.print(_table(shown) if shown.rows else escape(shown.empty))
        if shown.more:
            tell("There is more: raise --limit or narrow the search.")
        return
    width = max((len(name) for name in shown.facts), default=0)
    for name, value in shown.facts.items():
        console.print(f"[bold]{escape(name.ljust(width))}[/bold]  {escape(_text(value))}")
    for part in shown.parts:
        console.print(_table(part) if part.rows else escape(part.empty))


def _table(listing: Listing) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(listing.title) or None, box=SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for column in listing.columns:
        table.add_column(column.title, justify="right" if column.is_number or column.is_money else "left")
    for row in listing.rows:
        table.add_row(*(escape(_cell(column, row.get(column.key))) for column in listing.columns))
    return table


def _cell(column: Column, value: Any) -> str:
    if column.is_money and value not in {None, ""}:
        from tradepost.lib import money

        return money.show(money.parse(value))
    return _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
