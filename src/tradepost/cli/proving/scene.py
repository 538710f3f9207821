"""Who acts in the proof of prepaid credit: an administrator, and sellers with logins of their own."""

from itertools import count

from tradepost.cli.proving.tries import Charge, Seat
from tradepost.lib import clock
from tradepost.lib.actor import ADMIN
from tradepost.people import queries as people_queries
from tradepost.people import services as people
from tradepost.prepaid import services as prepaid
from tradepost.prepaid.services import SellerDraft

_numbers = count(1)


def seat_boss() -> Seat:
    """An administrator, who decides on what others ask for."""
    boss = _login("boss")
    people.grant_role(boss.user_id, ADMIN, actor=people_queries.console_actor(), at=clock.now())
    return boss


def seat_seller() -> Seat:
    """A seller without credit, and the login that acts for it."""
    login = _login("seller")
    draft = SellerDraft(f"Seller {login.user_id}", user_id=login.user_id)
    seller = prepaid.add_seller(draft, actor=people_queries.console_actor(), at=clock.now())
    return login._replace(seller_id=seller.pk)


def deal(tag: str, seats: list[Seat], phones: list[str], sales: int, amount: str) -> list[Charge]:
    """So many charges, the sellers taking turns and each seller calling on all phones in turn."""
    return [
        Charge(seats[i % len(seats)], phones[i // len(seats) % len(phones)], amount, f"{tag}:{i}") for i in range(sales)
    ]


def phones_of(block: int, how_many: int) -> list[str]:
    """Phone numbers that no other block of the proof has."""
    return [f"+98912{block:03}{i:04}" for i in range(how_many)]


def _login(name: str) -> Seat:
    console, at = people_queries.console_actor(), clock.now()
    user = people.add_user(username=f"{name}-{next(_numbers)}", actor=console, at=at)
    _, token = people.issue_token(user, actor=console, at=at)
    return Seat(user.pk, token)
