"""What accounts, places and postings are called on a page. Codes hold ids, so names of stores are looked up, once."""

from collections.abc import Iterable

from tradepost.lib import phone
from tradepost.lib.actor import Actor
from tradepost.places import queries as places
from tradepost.prepaid import queries as prepaid

ACCOUNTS = {"~cash": "cash", "~revenue": "revenue", "~stock": "stock value", "~loss": "losses"}
HOUSE = {
    "~bank": "Bank",
    "~issued": "Credit issued",
    "~baddebt": "Bad debts",
    "world:supplier": "Suppliers",
    "world:customer": "Customers",
    "world:loss": "Lost",
}
OTHERS = {
    "transit": "Transfer",
    "wallet": "Wallet",
    "hold": "Held",
    "credit": "Credit",
    "~phone": "Phone",
    "stall": "Stall",
}
SHORT = 8  # as much of a made-up key as tells one from another
STEPS = {"sent": "sent", "received": "received", "returned": "sent back", "lost": "lost on the way"}
DOCUMENTS = {
    "sold": "Sale",
    "given-back": "Return",
    "received": "Delivery",
    "written-off": "Write-off",
    "sent-back": "Delivery sent back",
    "found-again": "Loss found again",
    "adjusted": "Adjustment",
    "asked": "Money held for request",
    "approved": "Approved request",
    "rejected": "Rejected request",
    "applied": "Count",
}
KINDS = {
    "till.sale": "Sales",
    "till.return": "Returns",
    "till.received": "Deliveries",
    "till.written_off": "Write-offs",
    "till.sent_back": "Deliveries sent back",
    "till.found_again": "Losses found again",
    "till.adjustment": "Adjustments",
    "funding.deposit": "Deposits",
    "funding.withdrawal_asked": "Withdrawals asked for",
    "funding.withdrawal": "Withdrawals",
    "funding.withdrawal_rejected": "Withdrawals rejected",
    "funding.credit_increase": "Credit increases",
    "prepaid.charge_sale": "Charges",
    "inventory.sent": "Transfers sent",
    "inventory.received": "Transfers received",
    "inventory.returned": "Transfers sent back",
    "inventory.lost": "Losses on the way",
    "inventory.stocktake": "Counts",
}


def title_of(key: str) -> str:
    """A posting as people say it: `till:S7:sold` is `Sale S7`; a key of another shape stays as it is."""
    parts = key.split(":")
    if parts[0] == "prepaid" and parts[-1] == "sold":
        return f"Charge {parts[1][:SHORT]}"
    if parts[0] == "inventory" and (step := STEPS.get(parts[-1].partition("-")[0])):
        return f"Transfer {':'.join(parts[1:-1])}, {step}"
    document = DOCUMENTS.get(parts[-1])
    return f"{document} {':'.join(parts[1:-1])}" if document and len(parts) > 2 else key


def names_of(codes: Iterable[str], actor: Actor) -> dict[str, str]:
    """The names of account and place codes, by one query for each kind of things that have names."""
    wanted = set(codes)
    ids = {int(number) for code in wanted for kind, _, number in [code.partition(":")] if _is_of_store(kind, number)}
    stores = dict(places.stores_for(actor, archived=None).filter(pk__in=ids).values_list("pk", "name")) if ids else {}
    return {code: _name(code, stores) for code in wanted} | _prepaid(wanted, actor)


def _prepaid(codes: set[str], actor: Actor) -> dict[str, str]:
    """Sellers by name and charged phones by number, those the actor may know of."""
    sellers, numbers = _ids(codes, "credit"), _ids(codes, "~phone")
    names: dict[str, str] = {}
    if sellers:
        found = prepaid.sellers(actor).filter(pk__in=sellers).values_list("pk", "name")
        names |= {f"credit:{number}": f"{name}, credit" for number, name in found}
    if numbers:
        dialled = prepaid.phone_numbers(actor).filter(pk__in=numbers).values_list("pk", "number")
        names |= {f"~phone:{number}": phone.show(text) for number, text in dialled}
    return names


def _ids(codes: set[str], kind: str) -> set[int]:
    split = [code.partition(":") for code in codes]
    return {int(number) for name, _, number in split if name == kind and number.isascii() and number.isdecimal()}


def _is_of_store(kind: str, number: str) -> bool:
    return (kind in ACCOUNTS or kind == "store") and number.isdecimal()


def _name(code: str, stores: dict[int, str]) -> str:
    if code in HOUSE:
        return HOUSE[code]
    kind, _, number = code.partition(":")
    if not _is_of_store(kind, number):
        return f"{OTHERS[kind]} {number.replace(':', ' ')}" if kind in OTHERS else code
    store = stores.get(int(number), f"Store {number}")
    return store if kind == "store" else f"{store}, {ACCOUNTS[kind]}"
