"""The command line in this process: what it answers, what it says beside it, and how it ends."""

import io
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tradepost.cli.main import main


class Run(NamedTuple):
    """One run of a command."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Standard output, which is JSON and nothing else."""
        return json.loads(self.out)

    @property
    def last_line(self) -> str:
        return self.out.splitlines()[-1]


Tradepost = Callable[..., Run]


@pytest.fixture
def tradepost(db: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Tradepost:
    """Run a command; `stdin` is what it reads."""

    def run(*args: str, stdin: str = "") -> Run:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = main(args)
        out, err = capsys.readouterr()
        return Run(code, out, err)

    return run
