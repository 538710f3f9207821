"""The menu of a person: by job, and only what the roles allow. The longest address that fits is the current one."""

from dataclasses import dataclass, replace

from django.urls import reverse

from tradepost.lib.actor import MANAGER, Actor


@dataclass(frozen=True, slots=True)
class Link:
    """One line of the menu. `key` goes there after `g`; `children` show while the section is open."""

    label: str
    url: str
    icon: str = ""
    key: str = ""
    children: tuple["Link", ...] = ()
    is_current: bool = False
    is_open: bool = False


def menu(actor: Actor, store_id: int | None, path: str) -> list[Link]:
    """The sections this actor may use, the current one open."""
    if not actor.user_id:
        return []
    links = _sections(actor, store_id)
    urls = {link.url for section in links for link in (section, *section.children)}
    here = max((url for url in urls if path.startswith(url) and (url != "/" or path == "/")), key=len, default="")
    return [_marked(link, here) for link in links]


def _marked(section: Link, here: str) -> Link:
    children = tuple(replace(child, is_current=child.url == here) for child in section.children)
    is_open = section.url == here or any(child.is_current for child in children)
    alone = is_open and not any(child.is_current for child in children)
    return replace(section, children=children, is_open=is_open, is_current=alone)


def _sections(actor: Actor, store_id: int | None) -> list[Link]:
    if not actor.works_somewhere:
        return [_home(), _link("Purchases", "sales", "receipt", "t"), _link("Profile", "profile", "person-circle", "p")]
    sells = store_id is not None and actor.is_staff(store_id)
    parts = [_home()]
    if sells:
        tills = (_link("Till", "till"), _link("Sales", "sales"), _link("Returns", "returns"))
        parts.append(_link("Sell", "till", "basket2", "t", tills))
    elif actor.reads_all:
        lists = (_link("Sales", "sales"), _link("Returns", "returns"))
        parts.append(_link("Sales", "sales", "receipt", "t", lists))
    parts.append(_stock(sells))
    parts.append(_books(actor))
    if actor.is_admin:
        parts.append(_admin())
    elif actor.reads_all:
        people = (_link("Stores", "stores"), _link("Users", "users"))
        parts.append(_link("House", "stores", "building", "a", people))
        parts.sort(key=lambda link: link.key != "k")  # an auditor's books come first
    return parts


def _home() -> Link:
    return _link("Home", "home", "house", "h")


def _stock(sells: bool) -> Link:
    moves = (_link("Receive", "receive"), _link("Write off", "write_off")) if sells else ()
    children = (_link("Products", "products"), *moves, _link("Deliveries and losses", "entries"))
    return _link("Stock", "products", "box-seam", "s", children)


def _books(actor: Actor) -> Link:
    manages = any(role == MANAGER for role, _ in actor.grants)
    children = [_link("Postings", "postings")]
    if actor.reads_all or manages:
        children += [_link("Accounts", "accounts"), _link("Proof", "proof")]
    children.append(_link("Day reports", "days"))
    if actor.reads_all or manages:
        children += [_link("Adjustments", "adjustments"), _link("Audit log", "audit")]
    return _link("Books", "postings", "journal-check", "k", tuple(children))


def _admin() -> Link:
    names = {"Stores": "stores", "Users": "users", "Suppliers": "suppliers", "Categories": "categories"}
    pages = tuple(_link(label, name) for label, name in names.items())
    return _link("Admin", "stores", "gear", "a", (*pages, Link("All tables", reverse("admin:index"))))


def _link(label: str, name: str, icon: str = "", key: str = "", children: tuple[Link, ...] = ()) -> Link:
    return Link(label, reverse(f"web:{name}"), icon, key, children)
