"""What the tests of webhooks share. Our own code is imported inside: Django is not set up while conftests load."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

if TYPE_CHECKING:
    from tests.notify.receiver import Receiver


@pytest.fixture
def receiver(settings: Settings) -> Iterator["Receiver"]:
    """A program on this machine, to which this house may send."""
    from tests.notify.receiver import receiving

    settings.TRADEPOST_WEBHOOKS_INSIDE = True
    with receiving() as at_work:
        yield at_work
