"""What the tests of the pages share. Our own code is imported inside: Django is not set up while conftests load."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.web.shop import House


@pytest.fixture
def shop(db: None) -> "House":
    """A small house with one of everything."""
    from tests.web.shop import house

    return house()
