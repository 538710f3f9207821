"""The first command on a machine: an embedded database makes itself, PostgreSQL waits to be asked."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

TRADEPOST = [sys.executable, "-m", "tradepost.cli"]


def run(*args: str, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [*TRADEPOST, *args],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**clean, "TRADEPOST_HOME": str(home), **env},
    )


@pytest.mark.once
def test_fresh_embedded_database_migrates_itself(tmp_path: Path) -> None:
    made = run("store", "add", "Corner", "--json", home=tmp_path / "shop")
    assert (made.returncode, json.loads(made.stdout)["name"]) == (0, "Corner")
    assert "Preparing the database" in made.stderr
    again = run("store", "list", "--json", home=tmp_path / "shop")
    assert again.stderr == ""
    assert [store["name"] for store in json.loads(again.stdout)["results"]] == ["Corner"]
    assert stat.S_IMODE((tmp_path / "shop").stat().st_mode) == 0o700


@pytest.mark.once
def test_database_can_be_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/branches/other.sqlite3"
    assert run("store", "add", "Corner", "--database", url, home=tmp_path).returncode == 0
    assert not (tmp_path / "tradepost.sqlite3").exists()
    with sqlite3.connect(tmp_path / "branches" / "other.sqlite3") as found:
        assert found.execute("SELECT name FROM places_store").fetchall() == [("Corner",)]
    found.close()


@pytest.mark.once
def test_two_first_commands_at_once_both_work(tmp_path: Path) -> None:
    env = {**os.environ, "TRADEPOST_HOME": str(tmp_path), "DATABASE_URL": ""}
    commands = [
        subprocess.Popen([*TRADEPOST, "store", "add", name], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for name in ("Corner", "Square")
    ]
    said = [command.communicate(timeout=60) for command in commands]
    assert [command.returncode for command in commands] == [0, 0], said


@pytest.mark.once
def test_help_does_not_wait_for_the_framework(tmp_path: Path) -> None:
    program = "import sys; from tradepost.cli.main import main; main(['--help']); sys.exit('django.db' in sys.modules)"
    helped = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "day-report" in helped.stdout


def test_unmigrated_postgres_says_what_to_do(database_url: str, tmp_path: Path) -> None:
    if not database_url.startswith("postgres"):
        pytest.skip("PostgreSQL only: the embedded database migrates itself")
    empty = urlunsplit(urlsplit(database_url)._replace(path="/empty_for_cli"))
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS empty_for_cli")
        server.execute("CREATE DATABASE empty_for_cli")
        refused = run("store", "list", "--database", empty, home=tmp_path)
        assert (refused.returncode, refused.stdout) == (4, "")
        assert "run `tradepost migrate`" in refused.stderr
        applied = json.loads(run("migrate", "--json", "--database", empty, home=tmp_path).stdout)["applied"]
        assert "books.0001_initial" in applied
        assert run("store", "list", "--database", empty, home=tmp_path).returncode == 0
        assert json.loads(run("migrate", "--json", "--database", empty, home=tmp_path).stdout)["applied"] == []
        server.execute("DROP DATABASE empty_for_cli WITH (FORCE)")
