"""The source files as trees, read once."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "src" / "tradepost"
FACES = ("api", "web", "cli", "worker")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: Path
    lines: int
    tree: ast.Module

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def app(self) -> str:
        """The part of the house the file belongs to, or nothing."""
        inside = self.path.is_relative_to(PACKAGE) and self.path.parent != PACKAGE
        return self.path.relative_to(PACKAGE).parts[0] if inside else ""

    def functions(self) -> Iterator[Function]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def imports(self) -> Iterator[tuple[str, int]]:
        """Every imported name, dotted, with its line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


@cache
def repository_files() -> tuple[Path, ...]:
    """What stands in the repository or is about to: tracked, or new and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file())


@cache
def python_sources() -> tuple[Source, ...]:
    """Every Python file of the repository."""
    paths = [path for path in repository_files() if path.suffix == ".py"]
    texts = [(path, path.read_text(encoding="utf-8")) for path in paths]
    return tuple(Source(path, text.count("\n"), ast.parse(text)) for path, text in texts)


def domain_sources() -> list[Source]:
    """The files below the faces, without migrations."""
    return [s for s in python_sources() if s.app and s.app not in FACES and "migrations" not in s.path.parts]


def face_sources() -> list[Source]:
    """The files of the faces."""
    return [s for s in python_sources() if s.app in FACES]
