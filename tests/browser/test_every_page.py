"""Every page, on a phone and on a desk, light and dark: no error, nothing sideways, nothing that shuts people out."""

import pytest

from tests.browser.visitor import Theme, Visitor
from tests.web.shop import House
from tests.web.test_permissions import TABLE, paths

pytestmark = pytest.mark.once

FRAGMENTS = {
    "today",
    "recent",
    "choose_store",
    "store_names",
    "command",
    "proof_summary",
    "proof_job",
    "change_due",
    "found",
    "row",
    "import_progress",
    "move_after",
    "alert_count",
    "stock_figures",
    "stock_recent",
}
FILES = {
    "picture",
    "prepaid_csv",
    "stock_export",
    "import_refused",
    "products_csv",
    "products_xlsx",
    "stock_csv",
    "stock_xlsx",
}
ASIDE = {"login", "signup", "forgotten", "forgotten_sent", "new_password", "home"}
ADMIN = 7


def inside(shop: House) -> dict[str, str]:
    """The whole pages an administrator can open."""
    found = paths(shop)
    wanted = {name for name in found if TABLE[name].split()[ADMIN] == "200"} - FRAGMENTS - FILES
    return {name: path for name, path in found.items() if name in wanted}


def flaws(visitor: Visitor, pages: dict[str, str], *, with_axe: bool) -> list[str]:
    """What is wrong with pages, one line a flaw."""
    found = []
    for name, path in pages.items():
        visitor.go(path)
        if visitor.sticks_out():
            found.append(f"{name}: wider than the window")
        if with_axe:
            found += [f"{name}: {barrier}" for barrier in visitor.barriers()]
    return found


@pytest.mark.parametrize(
    ("size", "theme", "with_axe"),
    [("phone", "light", True), ("desktop", "dark", True), ("phone", "dark", False), ("desktop", "light", False)],
)
def test_every_page_works(visitor: Visitor, shop: House, size: str, theme: Theme, with_axe: bool) -> None:
    visitor.sit_down("admin", size, theme)
    wrong = flaws(visitor, inside(shop), with_axe=with_axe)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("size", "theme"), [("phone", "dark"), ("desktop", "light")])
def test_visitors_find_their_way_in(visitor: Visitor, shop: House, size: str, theme: Theme) -> None:
    visitor.sit_down("", size, theme)
    wrong = flaws(visitor, {name: path for name, path in paths(shop).items() if name in ASIDE}, with_axe=True)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", ["customer", "buyer", "staff", "auditor"])
def test_everybody_has_a_home(visitor: Visitor, who: str) -> None:
    visitor.sit_down(who, "phone")
    wrong = flaws(visitor, {"home": "/", "sales": "/sales/", "profile": "/profile/"}, with_axe=True)
    assert not wrong, "\n".join(wrong)


def test_a_missing_page_is_no_dead_end(visitor: Visitor) -> None:
    visitor.sit_down("staff", "phone")
    visitor.go("/nowhere/")
    assert not visitor.barriers()
    visitor.page.get_by_role("main").get_by_role("link", name="Home").click()
    assert visitor.page.get_by_role("heading", name="Today").is_visible()
