"""A browser that remembers what went wrong in it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.visitor import Visitor
    from tests.web.shop import House


@pytest.fixture
def shop(live_server: Any) -> "House":
    """A small house with one of everything, served."""
    from tests.web.shop import house

    return house()


@pytest.fixture
def visitor(browser: "Browser", live_server: Any, shop: "House") -> Iterator["Visitor"]:
    """Somebody at a browser; after the test nothing may have gone wrong in it."""
    from tests.browser.visitor import Visitor

    with Visitor(browser, live_server.url, shop) as somebody:
        yield somebody
        assert not somebody.complaints, "\n".join(somebody.complaints)
