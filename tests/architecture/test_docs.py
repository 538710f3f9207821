"""The documents keep up with the code: every stable code is explained, every decision is listed."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import tradepost
from tests.architecture.sources import ROOT
from tradepost.api.errors import status_of
from tradepost.cli.problems import exit_code_of
from tradepost.lib.errors import TradepostError

pytestmark = pytest.mark.once

DOCS = ROOT / "docs"
CODE = re.compile(r"^\| `(\w+)` \| (\d+) \| (\d) \|", re.MULTILINE)
LINK = re.compile(r"\]\((\d{4}-[\w-]+\.md)\)")
NOT_TO_IMPORT = re.compile(r"migrations|__main__")


def test_every_code_is_explained_with_its_status_and_exit_code() -> None:
    """A refusal that docs/errors.md leaves out, or one it names that is no more."""
    explained = {(code, int(status), int(exit_code)) for code, status, exit_code in CODE.findall(_read("errors.md"))}
    assert explained == set(_codes())


def test_every_decision_is_listed_and_every_listed_one_is_there() -> None:
    there = {path.name for path in (DOCS / "adr").glob("[0-9]*.md")}
    assert set(LINK.findall(_read("adr/README.md"))) == there


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in (DOCS / "adr").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def _codes() -> Iterator[tuple[str, int, int]]:
    for module in pkgutil.walk_packages(tradepost.__path__, "tradepost."):
        if not NOT_TO_IMPORT.search(module.name):
            importlib.import_module(module.name)
    for refusal in _refusals(TradepostError):
        if refusal.__module__.startswith("tradepost."):
            blank = refusal.__new__(refusal)
            yield refusal.code, status_of(blank), exit_code_of(blank)


def _refusals(family: type[TradepostError]) -> Iterator[type[TradepostError]]:
    for refusal in family.__subclasses__():
        yield refusal
        yield from _refusals(refusal)


def _read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")
