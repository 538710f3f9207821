"""The books against a plain dictionary: whatever is asked of them in whatever order, both come out the same.

Hypothesis makes up the requests; every example has codes of its own in the same database, and at its end the whole of
it is reconciled and verified. The same examples every run.
"""

from collections import Counter
from itertools import count
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests import make, picture
from tradepost.books import queries
from tradepost.books import services as books
from tradepost.books.errors import FloorAboveBalance, InsufficientFunds, InsufficientStock, KeyReused
from tradepost.books.models import Account, Level
from tradepost.books.services import Draft, Move, Pay, Receipt
from tradepost.lib.actor import Actor

pytestmark = pytest.mark.django_db

EXAMPLES, STEPS = 12, 25
WALLETS, SHELVES, GOODS = 3, 2, 2
BANK, WORLD = -1, -1

ends = st.tuples(st.integers(BANK, WALLETS - 1), st.integers(BANK, WALLETS - 1)).filter(lambda two: two[0] != two[1])
pays = st.lists(st.tuples(ends, st.integers(1, 120)), max_size=3)
places = st.tuples(st.integers(WORLD, SHELVES - 1), st.integers(WORLD, SHELVES - 1)).filter(
    lambda two: two[0] != two[1]
)
moves = st.lists(st.tuples(st.integers(0, GOODS - 1), places, st.integers(1, 12)), max_size=3)
contents = st.tuples(pays, moves).filter(any)


class Machine(RuleBasedStateMachine):
    """One run of requests, with the codes of its own number."""

    numbers = count(1)
    goods: ClassVar[list[int]]
    console: ClassVar[Actor]

    def __init__(self) -> None:
        super().__init__()
        self.number = next(self.numbers)
        self.keys = count(1)
        self.balances: Counter[str] = Counter()
        self.levels: Counter[tuple[int, str]] = Counter()
        self.floors: Counter[str] = Counter()
        self.booked: list[tuple[Draft, Receipt]] = []

    def account(self, i: int) -> str:
        return f"~bank:{self.number}" if i == BANK else f"wallet:{self.number}-{i}"

    def place(self, i: int) -> str:
        return f"world:{self.number}" if i == WORLD else f"stall:{self.number}-{i}"

    def draft(self, content: tuple[list[tuple[tuple[int, int], int]], list[tuple[int, tuple[int, int], int]]]) -> Draft:
        money = [Pay(self.account(source), self.account(destination), n) for (source, destination), n in content[0]]
        goods = [Move(self.goods[g], self.place(source), self.place(to), n) for g, (source, to), n in content[1]]
        key = f"machine:{self.number}:{next(self.keys)}"
        return Draft(key, "test.machine", self.console, make.AT, money, goods)

    def expected(self, draft: Draft) -> type[Exception] | None:
        """What the dictionary says; it changes only where everything of the draft goes through."""
        balances, levels = self.balances.copy(), self.levels.copy()
        for source, destination, amount in draft.transfers:
            balances[source] -= amount
            balances[destination] += amount
            if source.startswith("wallet") and balances[source] < self.floors[source]:
                return InsufficientFunds
        for product, source, destination, steps in draft.movements:
            levels[product, source] -= steps
            levels[product, destination] += steps
            if source.startswith("stall") and levels[product, source] < 0:
                return InsufficientStock
        self.balances, self.levels = balances, levels
        return None

    @rule(batch=st.lists(contents, min_size=1, max_size=5))
    def post(
        self, batch: list[tuple[list[tuple[tuple[int, int], int]], list[tuple[int, tuple[int, int], int]]]]
    ) -> None:
        drafts = [self.draft(content) for content in batch]
        expected = [self.expected(draft) for draft in drafts]
        answers = books.post(drafts)
        found = [None if isinstance(answer, Receipt) else type(answer.error) for answer in answers]
        assert found == expected
        both = zip(drafts, answers, strict=True)
        self.booked += [(draft, answer) for draft, answer in both if isinstance(answer, Receipt)]

    @rule(amount=st.integers(1, 500), i=st.integers(0, WALLETS - 1))
    def pay_in(self, amount: int, i: int) -> None:
        self.post([([((BANK, i), amount)], [])])

    @rule(steps=st.integers(1, 40), g=st.integers(0, GOODS - 1), i=st.integers(0, SHELVES - 1))
    def deliver(self, steps: int, g: int, i: int) -> None:
        self.post([([], [(g, (WORLD, i), steps)])])

    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        if not self.booked:
            return
        before = picture.of_the_books()
        draft, first = data.draw(st.sampled_from(self.booked))
        assert books.post_one(draft) == first._replace(replayed=True)
        (refused,) = books.post([draft._replace(memo="another content")])
        assert not isinstance(refused, Receipt)
        assert isinstance(refused.error, KeyReused)
        assert picture.of_the_books() == before

    @rule(i=st.integers(0, WALLETS - 1), limit=st.integers(0, 200))
    def set_limit(self, i: int, limit: int) -> None:
        code = self.account(i)
        try:
            books.set_floor(code, -limit, actor=self.console, at=make.AT)
        except FloorAboveBalance:
            assert self.balances[code] < -limit
        else:
            assert self.balances[code] >= -limit
            self.floors[code] = -limit

    @rule(size=st.integers(1, 7))
    def close(self, size: int) -> None:
        books.close_runs(postings_a_run=size)

    @rule()
    def compare(self) -> None:
        codes = [self.account(i) for i in range(BANK, WALLETS)]
        assert {code: queries.balance_of(code) for code in codes} == {code: self.balances[code] for code in codes}
        assert sum(self.balances.values()) == 0
        for i in range(SHELVES):
            kept = queries.levels_at(self.place(i))
            assert all(kept.get(g, 0) == self.levels[g, self.place(i)] for g in self.goods)

    def teardown(self) -> None:
        self.compare()
        for draft, receipt in self.booked:
            assert books.post_one(draft) == receipt._replace(replayed=True)
        for found in (books.reconcile(), books.verify()):
            assert found.ok, found.differences


def test_the_books_agree_with_a_dictionary() -> None:
    class Here(Machine):
        goods: ClassVar = [make.product().pk for _ in range(GOODS)]
        console: ClassVar = make.console()

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert sum(account.balance_minor or 0 for account in Account.objects.all()) == -sum(
        queries.balance_of(code) for code in Account.objects.filter(balance_minor=None).values_list("code", flat=True)
    )
    assert not Level.objects.filter(quantity__lt=0).exists()
