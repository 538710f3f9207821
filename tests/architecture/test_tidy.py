"""Small files, small functions, honest services, faces that write nothing. Each failure names its place."""

import ast
import re

import pytest

from tests.architecture.sources import ROOT, Function, domain_sources, face_sources, python_sources, repository_files

pytestmark = pytest.mark.once

MOST_LINES_OF_A_FILE = 500
MOST_LINES_OF_A_FUNCTION = 50
WRITES = {"save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
NOT_QUERYSETS = {"hashlib", "session", "cache", "cookies", "headers", "self", "progress", "digest"}
FACE_MODULES = ("django.http", "django.forms", "django.shortcuts")
NETWORK = ("requests", "urllib.request", "http.client", "httpx", "smtplib", "socket", "django.core.mail")

# Spelled in parts, so that this file does not name what it looks for.
REGISTRIES = [
    "py" + r"pi\.org", "python" + r"hosted\.org", "registry\\." + "np" + r"mjs", "registry\\." + "yarn" + "pkg",
    "/simp" + "le/", r"--(extra-)?index-" + "url", "--find-" + "links",
]  # fmt: skip
MACHINE = [r"(?<![\w.])/(work|farm|ro" + r"ot|home/\w+|Users/\w+)/\w"]
BINARY = {".png", ".jpg", ".ico", ".woff", ".woff2", ".gz", ".sqlite3"}


def test_files_are_short() -> None:
    long = [f"{s.name}: {s.lines} lines" for s in python_sources() if s.lines > MOST_LINES_OF_A_FILE]
    assert not long, "\n".join(long)


def test_functions_are_short() -> None:
    long = [
        f"{source.name}:{function.lineno}: {function.name} has {length} lines"
        for source in python_sources()
        for function in source.functions()
        if (length := (function.end_lineno or 0) - function.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]
    assert not long, "\n".join(long)


def test_faces_write_nothing() -> None:
    """A face translates; `Model.objects.create` and its kin belong to services. `form.save(commit=False)` too."""
    found = [
        f"{source.name}:{node.lineno}: .{node.func.attr}("
        for source in face_sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in WRITES
        and _looks_like_a_table(node.func)
    ]
    assert not found, "\n".join(found)


def _looks_like_a_table(function: ast.Attribute) -> bool:
    """`update` of a plain name may be a dict's; through `objects` or a call it is a table's. The others never pass."""
    chain = ast.unparse(function.value)
    if NOT_QUERYSETS & set(re.findall(r"\w+", chain)):
        return False
    return "objects" in chain or "(" in chain or function.attr != "update"


def test_services_are_explicit() -> None:
    found = [
        f"{source.name}:{function.lineno}: {function.name} {complaint}"
        for source in domain_sources()
        if source.path.stem == "services" or source.path.parent.name == "services"
        for function in source.tree.body
        if isinstance(function, Function) and not function.name.startswith("_")
        for complaint in _complaints(function)
    ]
    assert not found, "\n".join(found)


def _complaints(function: Function) -> list[str]:
    positional = [*function.args.posonlyargs, *function.args.args]
    keywords = dict(zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True))
    untyped = [argument.arg for argument in [*positional, *keywords] if argument.annotation is None]
    complaints = []
    if not ast.get_docstring(function):
        complaints.append("has no docstring")
    if untyped or function.returns is None:
        complaints.append("is not fully typed")
    names = {argument.arg for argument in positional}
    if {"actor", "at"} <= names | {argument.arg for argument in keywords} and {"actor", "at"} & names:
        complaints.append("takes actor or at by position")
    if any(argument.arg in {"actor", "at"} and default for argument, default in keywords.items()):
        complaints.append("has a default for actor or at")
    return complaints


def test_domain_knows_no_face_and_no_network() -> None:
    found = [
        f"{source.name}:{line}: {name}"
        for source in domain_sources()
        for name, line in source.imports()
        if f"{name}.".startswith(tuple(f"{module}." for module in (*FACE_MODULES, *NETWORK)))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("patterns", [REGISTRIES, MACHINE], ids=["package registries", "paths of a machine"])
def test_repository_names_no(patterns: list[str]) -> None:
    wanted = re.compile("|".join(patterns))
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in repository_files()
        if path.suffix not in BINARY
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if wanted.search(line) and "--no-emit-index" not in line
    ]
    assert not found, "\n".join(found)


def test_every_variable_is_explained() -> None:
    """What settings.py reads stands in .env.example, and nothing else does."""
    settings = next(source for source in python_sources() if source.name == "src/tradepost/settings.py")
    readers = {"text", "flag", "words", "number", "web_address", "web_addresses", "mail_server", "rate"}
    read = {
        node.args[0].value
        for node in ast.walk(settings.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in readers
        and isinstance(node.args[0], ast.Constant)
    }
    explained = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read == explained
