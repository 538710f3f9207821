"""How a command ends: a number, one sentence, and never a traceback."""

import subprocess
import sys
import threading

import pytest
from django.db import connection, transaction

from tests import make
from tests.cli.conftest import Tradepost


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (["bogus"], 2, "No such command"),
        (["store", "add"], 2, "Missing argument"),
        (["store", "list", "--limit", "many"], 2, "valid integer"),
        (["product", "add", "X", "X", "1.005"], 2, "finer than"),
        (["product", "add", "X", "X", "cheap"], 2, "not an amount of money"),
        (["balance", "pocket:1"], 2, "no account of the chart"),
        (["day-report", "--store", "Corner", "--date", "yesterday"], 2, "no day such as"),
        (["till", "sell", "MUG=half", "--store", "Corner"], 2, "not a quantity"),
        (["stock", "history", "MUG", "--start-date", "9999-12-31"], 2, "no day between 1900 and 2999"),
        (["audit", "list", "--end-date", "0001-01-01"], 2, "no day between 1900 and 2999"),
        (["product", "add", "X", "Y", "1", "--decimals", "100000000", "--reorder-level", "5"], 2, "less than or equal"),
        (["product", "add", "X", "Y", "1", "--decimals", "-1", "--reorder-level", "5"], 2, "greater than or equal"),
        (["product", "add", "X", "Y", "1_0"], 2, "not an amount of money"),
        (["stock", "in", "MUG", "1_0"], 2, "'1_0' is not a quantity"),
        (["till", "sell", "MUG=1_0", "--store", "Corner"], 2, "not a quantity"),
        (["stock", "in", "MUG", "abc"], 2, "'abc' is not a quantity, nor is anything sold under it"),
        (["stock", "out", "MUG", "1,5"], 2, "'1,5' is not a quantity"),
        (["stock", "in", "JUG", "5"], 3, "Nothing is sold under 'JUG'"),
        (["till", "sell", "MUG=0", "--store", "Corner"], 2, "above zero"),
        (["sale", "show", "S-1"], 3, "no sale S-1"),
        (["postings", "show", "77"], 3, "no posting 77"),
        (["till", "sell", "JUG=1", "--store", "Corner"], 3, "Nothing is sold under 'JUG'"),
        (["day-report", "--store", "Nowhere"], 3, "no store 'Nowhere'"),
        (["store", "list", "--as", "ghost"], 3, "nobody called 'ghost'"),
        (["store", "add", "corner"], 4, "Another store is called 'corner'"),
        (["till", "sell", "MUG=1", "--store", "Corner"], 4, "available 0, required 1, short 1"),
        (["store", "add", "Other", "--as", "ben"], 4, "takes an administrator"),
        (["reconcile", "--as", "ben"], 4, "takes an auditor"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_mistakes_end_with_a_sentence(
    tradepost: Tradepost, args: list[str], code: int, sentence: str, as_json: bool
) -> None:
    make.staff(make.store("Corner"), "ben")
    make.product("MUG")
    run = tradepost(*args, *(["--json"] if as_json else []))
    assert run.code == code
    assert sentence in run.err
    assert len(run.err.splitlines()) == 1
    if as_json:
        assert run.data["exit_code"] == code
        assert sentence.rstrip(".") in run.data["detail"]
    else:
        assert run.out == ""


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["stock", "transfer", "show"], "no transfer 9999"),
        (["stock", "list", "--store"], "no store '9999"),
        (["product", "list", "--supplier"], "no supplier '9999"),
        (["product", "list", "--category"], "no category '9999"),
        (["store", "list", "--as"], "nobody called '9999"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_number_of_thousands_of_digits_is_nobodys(tradepost: Tradepost, args: list[str], sentence: str) -> None:
    run = tradepost(*args, "9" * 5000)
    assert run.code == 3
    assert sentence in run.err
    assert len(run.err) < 400


def test_who_waits_too_long_is_told_to_try_again(tradepost: Tradepost) -> None:
    make.store("Corner")
    held, enough = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            make.store("Elsewhere")
            held.set()
            enough.wait(20)
            transaction.set_rollback(True)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout=50" if connection.vendor == "sqlite" else "SET lock_timeout = '50ms'")
    run = tradepost("store", "add", "elsewhere", "--json")
    enough.set()
    holder.join()
    assert (run.code, run.data["code"]) == (5, "busy")
    assert "try again" in run.err


@pytest.mark.once
def test_database_that_does_not_answer_is_said_in_one_sentence(tmp_path_factory: pytest.TempPathFactory) -> None:
    command = [sys.executable, "-m", "tradepost.cli", "store", "list", "--database"]
    nowhere = subprocess.run(
        [*command, "postgres://tradepost@127.0.0.1:1/nowhere"], capture_output=True, text=True, check=False
    )
    assert nowhere.returncode == 5
    assert nowhere.stderr.startswith("The database does not answer")
    nonsense = subprocess.run([*command, "mysql://here/db", "--json"], capture_output=True, text=True, check=False)
    assert nonsense.returncode == 2
    assert "mysql" in nonsense.stderr
    assert "Traceback" not in nowhere.stderr + nonsense.stderr
