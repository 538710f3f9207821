"""Somebody at a browser, who hears of every script error, refused style and failed request."""

from types import TracebackType
from typing import Any, Literal, Self

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.web.shop import House

SIZES = {"phone": (390, 844), "tablet": (1024, 768), "desktop": (1440, 900)}
# What htmx and the browser write down although it is meant to happen: a refusal, a search overtaken by the next letter.
EXPECTED = ("Response Status Error Code 4", "the server responded with a status of 4", "htmx:")
WIDER = """() => [document.documentElement, ...document.querySelectorAll(".table-responsive-xl, .card")]
  .some((one) => one.scrollWidth > one.clientWidth + 1)"""
Theme = Literal["light", "dark"]


class Visitor:
    """A browser with one page open, logged in as whoever is wanted."""

    def __init__(self, browser: Browser, url: str, shop: House) -> None:
        self.browser = browser
        self.url = url
        self.shop = shop
        self.complaints: list[str] = []
        self._contexts: list[BrowserContext] = []
        self.page: Page

    def __enter__(self) -> Self:
        self.sit_down()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for context in self._contexts:
            context.close()

    def sit_down(self, who: str = "", size: str = "desktop", theme: Theme = "light", **options: Any) -> Page:
        """Open a page of this size, as somebody of the house or as a visitor."""
        width, height = SIZES[size]
        viewport: Any = {"width": width, "height": height}
        context = self.browser.new_context(
            base_url=self.url, viewport=viewport, color_scheme=theme, has_touch=size == "phone", **options
        )
        self._contexts.append(context)
        if who:
            cookie = self.shop.client(who).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": self.url}])
        self.page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        return self.page

    def go(self, path: str) -> Page:
        """Open an address."""
        self.page.goto(path)
        return self.page

    def sticks_out(self) -> bool:
        """Whether the page is wider than the window, or a table in it wider than its place."""
        return bool(self.page.evaluate(WIDER))

    def barriers(self) -> list[str]:
        """What axe finds serious or critical, each with the first element it is about."""
        found = Axe().run(self.page, options={"resultTypes": ["violations"]}).response["violations"]
        return [
            f"{one['id']}: {one['nodes'][0]['html'][:160]} {one['nodes'][0].get('failureSummary', '')[:200]}"
            for one in found
            if one["impact"] in {"serious", "critical"}
        ]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(text in message.text for text in EXPECTED):
            self.complaints.append(f"{self.page.url}: {message.text}")
