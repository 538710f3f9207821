"""A day of everything: each thing the house writes into its audit log, done once through the services."""

import ast
from collections.abc import Iterator
from typing import Any

import pytest

from tests import make
from tests.architecture.sources import domain_sources
from tests.imports.files import imported, products, started
from tests.inventory.alerts import alert
from tests.inventory.moves import applied, draft, queued
from tests.people.phone import STEP, by_whom, enrolled, request
from tests.web.shop import House
from tradepost.books import chart
from tradepost.books import queries as shelves
from tradepost.books import services as books
from tradepost.catalog import services as catalog
from tradepost.catalog.services import ProductRow
from tradepost.funding import services as funding
from tradepost.imports import services as imports
from tradepost.inventory import services as inventory
from tradepost.lib import clock
from tradepost.lib.errors import TradepostError
from tradepost.notify import services as notify
from tradepost.people import services as people
from tradepost.places import services as places
from tradepost.prepaid import services as prepaid

TELLERS = {"record", "note", "Event", "_record"}
STEPS_OF = {
    "inventory.stocktake_": ("counted", "uncounted", "applied", "cancelled"),
    "inventory.transfer_": ("received", "returned", "lost"),
}


BROKEN = {"imports.failed"}  # nothing breaks a file that was looked at before


def written_actions() -> set[str]:
    """Every action the source writes into the audit log on a day on which nothing breaks."""
    found = {f"{stem}{end}" for stem, ends in STEPS_OF.items() for end in ends} | {"people.groups_set"}
    for source in domain_sources():
        found |= set(_first_texts(source.tree))
    return found - BROKEN


def _first_texts(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            text = node.args[0].value
            if name in TELLERS and isinstance(text, str) and "." in text:
                yield text


def of_everything(shop: House) -> None:
    """Do each of them, in a house that was opened and sold something."""
    _catalogue(shop)
    _stores(shop)
    goods(shop)
    counts(shop)
    _people(shop)
    _logins(shop)
    _money(shop)
    _told(shop)


def _who() -> dict[str, Any]:
    return {"actor": make.console(), "at": make.AT}


def _catalogue(shop: House) -> None:
    category = catalog.add_category(name="Mugs", **_who())
    catalog.change_category(category.pk, name="Cups", **_who())
    catalog.remove_category(category.pk, **_who())
    supplier = catalog.add_supplier(name="Roe Ltd", **_who())
    catalog.change_supplier(supplier.pk, name="Roe and Sons", **_who())
    for act in (catalog.archive_supplier, catalog.restore_supplier):
        act(supplier.pk, **_who())
    catalog.change_product(shop.mug.pk, price_minor=990, supplier_id=supplier.pk, **_who())
    spare = make.product()
    for change in (catalog.archive_product, catalog.restore_product):
        change(spare.pk, **_who())
    catalog.add_products([make.draft(), make.draft()], **_who())
    rows = [ProductRow("MUG", {"price_minor": 950}), ProductRow("NEW", {"name": "New"})]
    catalog.save_products(rows, ever_moved=shelves.ever_moved, **_who())
    imported(products(3))
    imports.pause_import(started(products(3, first=10)).pk, **_who())


def _stores(shop: House) -> None:
    store = make.store()
    places.change_store(store.pk, location="Elsewhere", **_who())
    for act in (places.archive_store, places.reopen_store):
        act(store.pk, **_who())
    inventory.set_reorder_level(shop.store.pk, shop.mug.pk, 7, **_who())


def goods(shop: House) -> None:
    """What moves goods: losses, reversals, movements at once and queued, transfers received, sent back and lost."""
    make.loss(shop.store, (shop.mug, 1))
    make.reversed_entry(shop.entry)
    movement = make.moved(shop.store, shop.mug, "IN", 9)
    back = inventory.MovementReversal(shop.store.pk, movement.number, "Typed twice")
    inventory.reverse_movements([back], **_who())
    make.moved(shop.store, shop.mug, "REM", 1)
    applied(queued([draft(shop.store, shop.mug), draft(shop.store, shop.tea)]))
    sent = make.transfer(shop.store, shop.other, (shop.mug, 3), (shop.tea, 250))
    make.received(sent, (shop.mug, 1))
    inventory.send_back(sent.pk, {shop.mug.pk: 1}, **_who())
    inventory.write_off_transit(sent.pk, {shop.mug.pk: 1}, "Dropped", **_who())


def counts(shop: House) -> None:
    """Stocktakes, one called off and one that found less."""
    inventory.cancel_stocktake(make.stocktake(shop.other).pk, **_who())
    stocktake = make.stocktake(shop.store, (shop.mug, 4), (shop.tea, 10))
    inventory.uncount(stocktake.pk, shop.tea.pk, **_who())
    make.applied(stocktake)


def _people(shop: House) -> None:
    ann = make.customer("ann", password=make.PASSWORD)
    people.change_profile(ann.pk, bio="Likes tea", **_who())
    people.set_vip(ann.pk, True, **_who())
    people.grant_role(ann.pk, "staff", shop.store.pk, **_who())
    people.revoke_role(ann.pk, "staff", shop.store.pk, **_who())
    people.set_password(ann.pk, "nine-purple-owls", **_who())
    for act in (people.deactivate_user, people.reactivate_user):
        act(ann.pk, **_who())
    people.add_customers([people.CustomerDraft("guest")], **_who())
    people.ask_for_new_password("ann@example.com", origin="http://testserver", actor=make.visitor(), at=make.AT)
    new: dict[str, Any] = {"username": "nora", "email": "nora@example.com", "first_name": "Nora", "last_name": "Ly"}
    people.register(**new, password=make.PASSWORD, actor=make.visitor(), at=make.AT)
    people.anonymise_user(ann.pk, **_who())


def _logins(shop: House) -> None:
    bea = make.customer("bea", password=make.PASSWORD)
    known: dict[str, Any] = {"request": request(), "face": "test"}
    people.log_in("bea", make.PASSWORD, **known, at=make.AT)
    people.end_session(actor=make.actor(bea), at=make.AT)
    token, _ = people.issue_token(bea, actor=make.actor(bea), at=make.AT)
    people.revoke_token(token, actor=make.actor(bea), at=make.AT)
    people.issue_token(bea, actor=make.actor(bea), at=make.AT)
    people.revoke_all_tokens(bea.pk, **_who())
    with pytest.raises(TradepostError):
        people.log_in("bea", "wrong", **known, at=make.AT)
    with pytest.raises(TradepostError):
        people.enrol_second_factor("wrong", **by_whom(bea))
    phone, codes = enrolled(bea)
    with pytest.raises(TradepostError):
        people.log_in("bea", make.PASSWORD, otp="000000", **known, at=make.AT)
    people.log_in("bea", make.PASSWORD, otp=codes[0], **known, at=make.AT)
    later = make.AT + 4 * STEP
    people.draw_recovery_codes(make.PASSWORD, phone.code(later), **by_whom(bea, later))
    later += 4 * STEP
    people.remove_second_factor(make.PASSWORD, phone.code(later), **by_whom(bea, later))
    enrolled(bea)
    people.take_second_factor_away(bea.pk, **_who())
    group = shop.client("admin").post(f"/admin/people/user/{bea.pk}/change/", {"groups": []})
    assert group.status_code == 302


def _money(shop: House) -> None:
    make.approved_deposit(shop.people["buyer"])
    funding.change_owner(chart.credit(shop.seller.pk), shop.people["buyer"].pk, **_who())
    prepaid.change_seller(shop.seller.pk, {"name": "Azadi Kiosk"}, **_who())
    prepaid.delete_seller(make.seller().pk, **_who())
    books.set_floor(f"wallet:{shop.people['buyer'].pk}", -500, **_who())
    books.request_proof(**_who())
    books.prove(**_who())


def _told(shop: House) -> None:
    one = alert(store=shop.other)
    inventory.mark_seen([one.pk], actor=make.console(), at=clock.now())
    webhook, _ = notify.add_webhook(url="https://example.com/heard", events=["stock.low"], **_who())
    notify.change_webhook(webhook.pk, url="https://example.com/told", **_who())
    notify.rotate_secret(webhook.pk, **_who())
    sent = notify.send_ping(webhook.pk, **_who())
    notify.send_again(webhook.pk, sent.pk, **_who())
    notify.remove_webhook(webhook.pk, **_who())
