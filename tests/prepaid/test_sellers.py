"""Sellers: who they are, who acts for them, how far their credit may go; what is refused leaves all as it was."""

from collections.abc import Callable

import pytest

from tests import make, picture
from tests.prepaid.charges import balance_of, item, outcomes, sell
from tradepost.audit.models import AuditEvent
from tradepost.books import chart
from tradepost.books.errors import FloorAboveBalance
from tradepost.books.models import Account
from tradepost.lib.actor import Actor
from tradepost.lib.errors import Denied, FieldErrors, TradepostError
from tradepost.lib.money import MAX_MINOR
from tradepost.people import services as people
from tradepost.prepaid import queries
from tradepost.prepaid import services as prepaid
from tradepost.prepaid.errors import LoginTaken, NoSuchSeller, SellerHasHistory
from tradepost.prepaid.models import Seller
from tradepost.prepaid.services import SellerChanges, SellerDraft

pytestmark = pytest.mark.django_db


def add(draft: SellerDraft, by: Actor | None = None) -> Seller:
    return prepaid.add_seller(draft, actor=by or make.console(), at=make.AT)


def change(seller: Seller, changes: SellerChanges, by: Actor | None = None) -> Seller:
    return prepaid.change_seller(seller.pk, changes, actor=by or make.console(), at=make.AT)


def delete(seller: Seller, by: Actor | None = None) -> None:
    prepaid.delete_seller(seller.pk, actor=by or make.console(), at=make.AT)


def refused(error: type[TradepostError], call: Callable[[], object]) -> TradepostError:
    """The refusal, which changed nothing."""
    before = picture.of_everything()
    with pytest.raises(error) as refusal:
        call()
    assert picture.of_everything() == before
    return refusal.value


def test_a_seller_starts_with_an_empty_account_that_knows_its_limit() -> None:
    sam = make.customer("sam")
    draft = SellerDraft(" Kiosk ", " SAM@Example.com", "۰۹۱۲ ۷۶۵ ۴۳۲۱", sam.pk, limit_minor=500)
    seller = Seller.objects.get(pk=add(draft).pk)
    assert (seller.name, seller.email, seller.phone) == ("Kiosk", "sam@example.com", "+989127654321")
    assert (seller.user, seller.active, seller.created_at) == (sam, True, make.AT)
    account = Account.objects.get(code=chart.credit(seller.pk))
    assert (account.balance_minor, account.floor_minor) == (0, -500)
    assert queries.credit_of([seller.pk]) == {seller.pk: (0, 500)}


def test_the_log_names_what_changed_and_no_address() -> None:
    seller = add(SellerDraft("Kiosk", "sam@example.com", "09127654321"))
    change(seller, {"name": "Kiosk", "email": "new@example.com", "phone": "", "active": False})
    change(seller, {"name": "Kiosk"})  # nothing
    added, changed = AuditEvent.objects.filter(action__startswith="prepaid.").order_by("id")
    assert (added.action, changed.action) == ("prepaid.seller_added", "prepaid.seller_changed")
    assert changed.before == {"name": "Kiosk", "active": True, "user_id": None}
    assert changed.after is not None
    assert (changed.after["active"], changed.after["changed"]) == (False, ["active", "email", "phone"])
    told = str([added.before, added.after, changed.before, changed.after])
    assert "example.com" not in told
    assert "7654321" not in told


def test_two_sellers_may_share_a_name_and_several_may_have_no_login() -> None:
    first, second = add(SellerDraft("Kiosk")), add(SellerDraft("Kiosk"))
    assert first.pk != second.pk


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "}, {"name": "x" * 151}, {"name": "a\tb"}, {"name": "nul\0"}, {"email": "nobody"},
        {"phone": "12"}, {"phone": "call me"}, {"user_id": 999}, {"user_id": -1}, {"user_id": 2**70},
        {"limit_minor": -1}, {"limit_minor": MAX_MINOR + 1}, {"limit_minor": 2**70},
    ],
)  # fmt: skip
def test_a_seller_of_nonsense_changes_nothing(changes: SellerChanges) -> None:
    seller = make.seller()
    refused(FieldErrors, lambda: add(SellerDraft("Kiosk")._replace(**changes)))
    refused(FieldErrors, lambda: change(seller, {"active": False, **changes}))


def test_neither_the_program_nor_who_left_acts_for_a_seller() -> None:
    seller, gone = make.seller(), make.customer()
    people.deactivate_user(gone.pk, actor=make.console(), at=make.AT)
    for user_id in (make.console().user_id, gone.pk):
        refused(FieldErrors, lambda user_id=user_id: add(SellerDraft("Kiosk", user_id=user_id)))  # type: ignore[misc]
        refused(FieldErrors, lambda user_id=user_id: change(seller, {"user_id": user_id}))  # type: ignore[misc]


def test_a_login_acts_for_one_seller() -> None:
    seller, other = make.seller(), make.seller()
    for call in (
        lambda: add(SellerDraft("Kiosk", user_id=seller.user_id, limit_minor=100)),
        lambda: change(other, {"user_id": seller.user_id, "name": "Kiosk", "limit_minor": 100}),
    ):
        assert refused(LoginTaken, call).details == {"user_id": seller.user_id}
    change(seller, {"user_id": None})
    assert change(other, {"user_id": seller.user_id}).user_id == seller.user_id


def test_only_administrators_keep_sellers() -> None:
    seller, store = make.seller(), make.store()
    others = [make.login_of(seller), make.customer(), make.manager(store), make.staff(store), make.auditor()]
    for actor in [*map(make.actor, others), make.visitor()]:
        for call in (
            lambda actor=actor: add(SellerDraft("Mine"), actor),
            lambda actor=actor: change(seller, {"limit_minor": 10**6}, actor),
            lambda actor=actor: delete(seller, actor),
        ):
            refused(Denied, call)
    boss = make.actor(make.admin())
    assert change(add(SellerDraft("Kiosk"), boss), {"limit_minor": 10}, boss).name == "Kiosk"


def test_nobody_is_changed_or_removed_who_does_not_exist() -> None:
    for seller_id in (999, 0, -1):
        nobody = Seller(pk=seller_id)
        refused(NoSuchSeller, lambda nobody=nobody: change(nobody, {"name": "x"}))  # type: ignore[misc]
        refused(NoSuchSeller, lambda nobody=nobody: delete(nobody))  # type: ignore[misc]


def test_what_a_seller_does_not_have_cannot_be_changed() -> None:
    seller = make.seller()
    with pytest.raises(TypeError, match="cannot change balance_minor"):
        change(seller, {"balance_minor": 5})  # type: ignore[typeddict-unknown-key]


def test_a_limit_lowered_below_the_present_debt_changes_nothing() -> None:
    seller = make.seller(limit_minor=500)
    make.charge(seller, 400)
    refusal = refused(FloorAboveBalance, lambda: change(seller, {"limit_minor": 399, "name": "New", "active": False}))
    assert refusal.details == {"balance_minor": -400, "floor_minor": -399}
    change(seller, {"limit_minor": 400})
    assert outcomes(sell(item(seller, 1))) == ["InsufficientCredit"]
    assert balance_of(seller) == -400


def test_a_limit_raised_is_credit_at_once() -> None:
    seller = make.seller()
    assert outcomes(sell(item(seller))) == ["InsufficientCredit"]
    change(seller, {"limit_minor": 100})
    assert outcomes(sell(item(seller))) == ["sold"]
    assert queries.credit_of([seller.pk])[seller.pk].available_minor == 0


def test_who_acts_for_a_seller_now_owns_what_waits_and_not_what_is_decided() -> None:
    seller, new = make.seller(), make.customer()
    old = make.login_of(seller)
    decided, waiting = make.credited(seller, 100), make.credit_request(seller)
    change(seller, {"user_id": new.pk})
    for request, owner in ((decided, old), (waiting, new)):
        request.refresh_from_db()
        assert request.owner == owner


def test_an_unused_seller_is_removed() -> None:
    seller = make.seller(limit_minor=100)
    delete(seller)
    assert not Seller.objects.exists()
    assert AuditEvent.objects.get(action="prepaid.seller_deleted").subject_id == str(seller.pk)
    assert make.seller().pk != seller.pk, "its number is nobody else's"


@pytest.mark.parametrize("history", ["asked", "rejected", "credited", "sold"])
def test_a_seller_with_history_is_not_removed(history: str) -> None:
    seller = make.seller(limit_minor=100)
    makers: dict[str, Callable[[], object]] = {
        "asked": lambda: make.credit_request(seller),
        "rejected": lambda: make.decided(make.credit_request(seller), approve=False),
        "credited": lambda: make.credited(seller, 100),
        "sold": lambda: make.charge(seller),
    }
    makers[history]()
    assert refused(SellerHasHistory, lambda: delete(seller)).details == {"seller_id": seller.pk}
