"""A process killed in the middle of a batch leaves all of it or nothing; asked again, it happens exactly once."""

import pytest

from tests import make
from tests.faults.programs import PYTHON, await_line, eventually, kill, running
from tradepost.books import queries as books
from tradepost.books import services as proofs
from tradepost.catalog.models import Product
from tradepost.intake.models import IdempotencyKey
from tradepost.lib import clock
from tradepost.places.models import Store
from tradepost.till import services as till
from tradepost.till.models import Sale

pytestmark = pytest.mark.django_db

STOCK, BATCH = 100_000, 200


def shop() -> tuple[Store, Product]:
    store, mug = make.store(), make.product()
    draft = till.EntryDraft(store.pk, [till.EntryItem(mug.pk, STOCK)])
    till.receive([draft], actor=make.console(), at=clock.now())
    return store, mug


def seller(store: Store, product: Product, stop: str = "", size: int = BATCH) -> list[str]:
    return [*PYTHON, "-m", "tests.faults.seller", str(store.pk), str(product.pk), str(size), *([stop] if stop else [])]


def left(store: Store, product: Product) -> int:
    return books.level_of(product.pk, f"store:{store.pk}")


def assert_proved() -> None:
    proof = proofs.prove(actor=make.console(), at=clock.now())
    assert proof.differences == 0, proof.findings


def test_killed_before_the_commit_nothing_happened(database_url: str) -> None:
    store, mug = shop()
    with running(seller(store, mug, "before"), database_url) as process:
        await_line(process, "ready")
        kill(process)
    assert Sale.objects.count() == 0
    assert not IdempotencyKey.objects.filter(key="batch-0").exists()
    assert left(store, mug) == STOCK
    assert books.balance_of(f"~revenue:{store.pk}") == 0
    assert_proved()
    with running(seller(store, mug, "after"), database_url) as process:
        await_line(process, "ready")
        kill(process)
    assert (Sale.objects.count(), left(store, mug)) == (BATCH, STOCK - BATCH)


def test_killed_after_the_commit_it_is_not_done_again(database_url: str) -> None:
    store, mug = shop()
    with running(seller(store, mug, "after"), database_url) as process:
        await_line(process, "ready")
        kill(process)
    assert (Sale.objects.count(), left(store, mug)) == (BATCH, STOCK - BATCH)
    with running(seller(store, mug), database_url) as process:
        assert await_line(process, " 0").strip() == "replayed 0"
        await_line(process, "sold 1")
        kill(process)
    assert Sale.objects.filter(number__startswith="S-0-").count() == BATCH
    assert_proved()


def test_killed_at_any_moment_batches_are_whole(database_url: str) -> None:
    store, mug = shop()
    for round_ in range(3):
        with running(seller(store, mug, size=20), database_url) as process:
            await_line(process, f"sold {round_ * 4}")
            kill(process)
    batches = IdempotencyKey.objects.filter(key__startswith="batch-").count()
    assert eventually(lambda: Sale.objects.count() == batches * 20)
    assert left(store, mug) == STOCK - batches * 20
    assert books.balance_of(f"~revenue:{store.pk}") == batches * 20 * mug.price_minor
    assert_proved()
