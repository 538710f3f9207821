"""The menu of a person: by job, and only what the roles allow. The longest address that fits is the current one."""

from dataclasses import dataclass, replace

from django.urls import reverse

from tradepost.lib.actor import MANAGER, Actor
from tradepost.web import tabs


@dataclass(frozen=True, slots=True)
class Link:
    """One line of the menu. `key` goes there after `g`; `children` show while the section is open; `count` waits.

    `tabs` are pages that the page itself leads to; on any of them this line is the current one.
    """

    label: str
    url: str
    icon: str = ""
    key: str = ""
    children: tuple["Link", ...] = ()
    tabs: tuple["Link", ...] = ()
    count: int = 0
    is_current: bool = False
    is_open: bool = False


def menu(
    actor: Actor, store_id: int | None, path: str, *, seller_id: int | None = None, waiting: int = 0
) -> list[Link]:
    """The sections this actor may use, the current one open.

    `seller_id` is whom the actor acts for, `waiting` how many requests for money wait for a decision.
    """
    if not actor.user_id:
        return []
    links = _sections(actor, store_id, _prepaid(actor, seller_id, waiting))
    lines = [link for section in links for link in (section, *section.children)]
    urls = {page.url for link in lines for page in (link, *link.tabs)}
    here = max((url for url in urls if path.startswith(url) and (url != "/" or path == "/")), key=len, default="")
    return [_marked(link, here) for link in links]


def bar(actor: Actor, links: list[Link]) -> list[Link]:
    """The jobs at the bottom of a phone, most used first: for who works in no store the pages themselves."""
    if actor.works_somewhere:
        return links
    return [page for link in links for page in link.children or (link,)]


def _marked(section: Link, here: str) -> Link:
    children = tuple(
        replace(child, is_current=here in {child.url, *(tab.url for tab in child.tabs)}) for child in section.children
    )
    is_open = section.url == here or any(child.is_current for child in children)
    alone = is_open and not any(child.is_current for child in children)
    return replace(section, children=children, is_open=is_open, is_current=alone)


def _sections(actor: Actor, store_id: int | None, prepaid: list[Link]) -> list[Link]:
    wallet = _link("Wallet", "wallet", "wallet2", "w")
    if not actor.works_somewhere:
        bought, profile = _link("Purchases", "sales", "receipt", "t"), _link("Profile", "profile", "person-circle", "u")
        return [_home(), *prepaid, bought, wallet, profile]
    sells = store_id is not None and actor.is_staff(store_id)
    parts = [_home()]
    if sells:
        tills = (_link("Till", "till"), _link("Sales", "sales"), _link("Returns", "returns"))
        parts.append(_link("Sell", "till", "basket2", "t", tills))
    elif actor.reads_all:
        lists = (_link("Sales", "sales"), _link("Returns", "returns"))
        parts.append(_link("Sales", "sales", "receipt", "t", lists))
    parts += [_stock(actor, store_id, sells), *prepaid, _books(actor)]
    if actor.is_admin:
        parts.append(_admin())
    elif actor.reads_all:
        people = (_link("Stores", "stores"), _link("Users", "users"), _link("Webhooks", "webhooks"))
        parts.append(_link("House", "stores", "building", "a", people))
        parts.sort(key=lambda link: link.key != "k")  # an auditor's books come first
    return [*parts, wallet]


def _home() -> Link:
    return _link("Home", "home", "house", "h")


def _stock(actor: Actor, store_id: int | None, sells: bool) -> Link:
    moves = (_link("Receive", "receive"), _link("Write off", "write_off")) if sells else ()
    pages = tuple(Link(label, url) for label, url in tabs.pages(actor, store_id).values())
    dashboard = replace(_link("Dashboard", "stock_overview"), tabs=pages)
    lists = (dashboard, _link("Alerts", "alerts"), _link("Movements", "movements"))
    files = (_link("Import", "imports"),) if _oversees(actor) else ()
    documents = {"Deliveries and losses": "entries", "Transfers": "transfers", "Counts": "counts"}
    children = (*lists, *moves, *(_link(label, name) for label, name in documents.items()), *files)
    return _link("Stock", "stock", "box-seam", "s", children)


def _oversees(actor: Actor) -> bool:
    return actor.reads_all or any(role == MANAGER for role, _ in actor.grants)


def _prepaid(actor: Actor, seller_id: int | None, waiting: int) -> list[Link]:
    """The counter for who acts for a seller; sellers, requests and the proof for who keeps or audits them."""
    pages: list[Link] = []
    if seller_id is not None:
        statement = Link("Statement", reverse("web:prepaid_statement", args=[seller_id]), "file-text")
        pages += [_link("Counter", "prepaid", "phone"), _link("Credit", "credit", "plus-circle"), statement]
    if actor.reads_all:
        requests = replace(_link("Requests", "funds"), count=waiting)
        pages += [_link("Sellers", "sellers"), requests, _link("Reconcile", "prepaid_proof")]
    return [Link("Prepaid", pages[0].url, "phone", "p", tuple(pages), count=waiting)] if pages else []


def _books(actor: Actor) -> Link:
    children = [_link("Postings", "postings")]
    if _oversees(actor):
        children += [_link("Accounts", "accounts"), _link("Proof", "proof")]
    children.append(_link("Day reports", "days"))
    if _oversees(actor):
        children += [_link("Adjustments", "adjustments"), _link("Activity log", "audit")]
    return _link("Books", "postings", "journal-check", "k", tuple(children))


def _admin() -> Link:
    names = {"Stores": "stores", "Users": "users", "Suppliers": "suppliers", "Categories": "categories"}
    names |= {"Webhooks": "webhooks"}
    pages = tuple(_link(label, name) for label, name in names.items())
    return _link("Admin", "stores", "gear", "a", (*pages, Link("All tables", reverse("admin:index"))))


def _link(label: str, name: str, icon: str = "", key: str = "", children: tuple[Link, ...] = ()) -> Link:
    return Link(label, reverse(f"web:{name}"), icon, key, children)
