"""The last week of the real file, where it is at hand: 17,706 lines, to the penny."""

import os
from pathlib import Path

import pytest

from tests import make
from tests.replay.test_small_file import quietly
from tradepost.cli.online_retail.report import report
from tradepost.cli.online_retail.runner import replay

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(os.environ.get("CI") == "true", reason="the real file is never replayed in CI"),
]

FILE = Path(__file__).parents[3] / "shared" / "data" / "online-retail-last-week.csv.xz"


@pytest.mark.skipif(not FILE.is_file(), reason=f"{FILE.name} is not at hand; it is no part of the repository")
def test_the_last_week_comes_out_to_the_penny() -> None:
    outcome = replay(FILE, limit=None, actor=make.console(), progress=quietly)
    found = report(outcome, actor=make.console())
    books = {row["figure"]: row["books"] for row in found["figures"]}
    assert found["figures_that_differ"] == []
    assert found["differences"] == 0
    assert (books["lines"], books["invoices"], books["net_amount"]) == (17_706, 632, "300605.22")
    assert books["return_lines"] == 229
    assert outcome.booked_lines == 17_706
