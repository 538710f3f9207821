"""What accounts, places and postings are called on a page. Codes hold ids, so names of stores are looked up, once."""

from collections.abc import Iterable

from tradepost.lib.actor import Actor
from tradepost.places import queries as places

ACCOUNTS = {"~cash": "cash", "~revenue": "revenue", "~stock": "stock value", "~loss": "losses"}
HOUSE = {
    "~bank": "Bank",
    "~issued": "Credit issued",
    "~baddebt": "Bad debts",
    "world:supplier": "Suppliers",
    "world:customer": "Customers",
    "world:loss": "Lost",
}
OTHERS = {"wallet": "Wallet", "hold": "Held", "credit": "Credit", "~phone": "Phone", "stall": "Stall"}
DOCUMENTS = {
    "sold": "Sale",
    "given-back": "Return",
    "received": "Delivery",
    "written-off": "Write-off",
    "adjusted": "Adjustment",
}
KINDS = {
    "till.sale": "Sales",
    "till.return": "Returns",
    "till.received": "Deliveries",
    "till.written_off": "Write-offs",
    "till.adjustment": "Adjustments",
}


def title_of(key: str) -> str:
    """A posting as people say it: `till:S7:sold` is `Sale S7`; a key of another shape stays as it is."""
    parts = key.split(":")
    document = DOCUMENTS.get(parts[-1])
    return f"{document} {':'.join(parts[1:-1])}" if document and len(parts) > 2 else key


def names_of(codes: Iterable[str], actor: Actor) -> dict[str, str]:
    """The names of account and place codes, by one query."""
    wanted = set(codes)
    ids = {int(number) for code in wanted for kind, _, number in [code.partition(":")] if _is_of_store(kind, number)}
    stores = dict(places.stores_for(actor, archived=None).filter(pk__in=ids).values_list("pk", "name")) if ids else {}
    return {code: _name(code, stores) for code in wanted}


def _is_of_store(kind: str, number: str) -> bool:
    return (kind in ACCOUNTS or kind == "store") and number.isdecimal()


def _name(code: str, stores: dict[int, str]) -> str:
    if code in HOUSE:
        return HOUSE[code]
    kind, _, number = code.partition(":")
    if not _is_of_store(kind, number):
        return f"{OTHERS[kind]} {number}" if kind in OTHERS else code
    store = stores.get(int(number), f"Store {number}")
    return store if kind == "store" else f"{store}, {ACCOUNTS[kind]}"
