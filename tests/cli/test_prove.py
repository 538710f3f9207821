"""`tradepost prove prepaid`: exact to the penny every way, on a database of its own that nobody finds afterwards."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from tests import make, picture
from tests.faults.programs import is_answering, running
from tradepost.books import chart
from tradepost.books import services as books
from tradepost.cli.proving.crew import THREADS, Crew
from tradepost.cli.proving.prepaid import Act
from tradepost.cli.proving.tries import Part, Tries
from tradepost.lib import db

pytestmark = pytest.mark.django_db

PROVE = [sys.executable, "-m", "tradepost.cli", "prove", "prepaid", "--json"]


def others_of(database_url: str) -> set[str]:
    """What stands beside a database: the other databases of its server, or the other entries of its folder."""
    if not db.is_postgres():
        folder = Path(urlsplit(database_url).path).parent
        return {entry.name for entry in folder.iterdir() if entry.name.startswith("tradepost-prove-")}
    with psycopg.connect(database_url) as server:
        names = server.execute("SELECT datname FROM pg_database").fetchall()
    return {name for (name,) in names if name.startswith("tradepost_prove_")}


@contextmanager
def proving(database_url: str) -> Iterator["subprocess.Popen[str]"]:
    env = {**os.environ, "DATABASE_URL": database_url}
    with subprocess.Popen(PROVE, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_every_penny_is_accounted_for_every_way(database_url: str) -> None:
    books.post_one(make.payment(chart.BANK, "wallet:1", 100))
    before = picture.of_everything()
    with proving(database_url) as process:
        out, err = process.communicate(timeout=600)
    assert process.returncode == 0, (out, err)
    found = json.loads(out)
    assert found["proved"] is True
    acts = {(act["act"], act["way"], act["by"]): act for act in found["acts"]}
    assert len(acts) == 8
    for (name, _, by), act in acts.items():
        assert act["tries"] == 1000
        assert act["workers"] == {"threads": 16, "processes": 4}[by]
        assert act["is_reconciled"] is True
        assert act["false_alarms"] == 0
        assert act["faults"] == []
        assert 0 < act["p50_ms"] <= act["p99_ms"]
        if name == "scenario":
            assert (act["sold"], act["refused"], act["balances"]) == (1000, 0, ["2500000.00", "2500000.00"])
            assert act["reconcile_calls"] > 0
        else:
            assert (act["sold"], act["refused"], act["balances"]) == (30, 970, ["0.00"])
    assert picture.of_everything() == before
    assert others_of(database_url) == set()


HALF_WAY = """
import time
from tradepost.cli.proving import ground, served
with ground.ended_by_signals(), ground.own_installation(None), served.serving(1) as server:
    print(server.port, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_whoever_stops_it_finds_no_server_and_no_database_left(database_url: str, ending: signal.Signals) -> None:
    with running([sys.executable, "-c", HALF_WAY], database_url) as process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}/healthz"
        assert is_answering(url)
        assert len(others_of(database_url)) == 1
        process.send_signal(ending)
        process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT, "as Python ends when it was interrupted"
    assert not is_answering(url)
    assert others_of(database_url) == set()


def test_command_stopped_at_once_leaves_nothing_either(database_url: str) -> None:
    with proving(database_url) as process:
        give_up = time.monotonic() + 60
        while not others_of(database_url) and time.monotonic() < give_up:
            time.sleep(0.05)
        assert others_of(database_url)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert others_of(database_url) == set()


def test_login_that_may_not_make_a_database_is_told_what_to_do(database_url: str) -> None:
    with poor_login(database_url) as (url, advice), proving(url) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 4
    assert json.loads(out)["code"] == "cannot_create_database"
    assert advice in err
    assert others_of(database_url) == set()


@contextmanager
def poor_login(database_url: str) -> Iterator[tuple[str, str]]:
    """A database beside which nothing can be made, and what is advised."""
    if not db.is_postgres():
        yield "sqlite:////proc/self/tradepost.sqlite3", "name another database with --database"
        return
    role, parts = f"poor_{os.getpid()}", urlsplit(database_url)
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute(f"CREATE ROLE {role} LOGIN")
        try:
            yield (
                urlunsplit(parts._replace(netloc=f"{role}@{parts.hostname}:{parts.port}")),
                f"ALTER ROLE {role} CREATEDB",
            )
        finally:
            server.execute(f"DROP ROLE {role}")


@pytest.mark.once
def test_database_of_another_kind_is_refused() -> None:
    command = [*PROVE, "--database", "oracle://somewhere/tp"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, json.loads(done.stdout)["code"]) == (2, "not_configured")


@pytest.mark.once
def test_penny_too_much_is_told() -> None:
    part = Part(0.0, 1.0, ["sold"], [5.0])
    act = Act("race", "services", Crew(THREADS, 1), Tries.of([part]))
    act.expect("balances", ["0.00"], ["0.00"])
    assert act.faults == []
    act.expect("balances", ["0.01"], ["0.00"])
    assert act.faults == ["race, services by threads: balances ['0.01'], wanted ['0.00']"]


@pytest.mark.once
def test_tries_of_all_workers_are_counted_together() -> None:
    tries = Tries.of([Part(10.0, 11.0, ["sold", "busy"], [1.0, 3.0]), Part(10.5, 12.0, ["sold"], [2.0])])
    assert (tries.seconds, tries.outcomes) == (2.0, Counter({"sold": 2, "busy": 1}))
    assert (tries.a_second, tries.percentile(50), tries.percentile(99)) == (1.5, 2.0, 3.0)


class Broken:
    """A door that breaks."""

    port = 0

    def open(self) -> Any:
        return self

    def sell(self, charge: Any) -> str:
        raise OSError("the line was cut")

    def close(self) -> None:
        pass


@pytest.mark.once
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_worker_that_breaks_ends_the_proof() -> None:
    charges: list[Any] = ["one", "two"]
    with pytest.raises(RuntimeError, match="a worker of the proof broke"):
        Crew(THREADS, 2).attempt(charges, Broken())  # type: ignore[arg-type]
