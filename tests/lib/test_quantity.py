"""Quantities in steps, prices of them, and the arithmetic below: half-even, and splits that lose nothing."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tradepost.lib import quantity
from tradepost.lib.quantity import MAX_STEPS, NotAQuantity
from tradepost.lib.rounding import divide_half_even, split

pytestmark = pytest.mark.once
same_every_run = settings(derandomize=True, database=None, deadline=None)


@same_every_run
@given(st.integers(-MAX_STEPS, MAX_STEPS), st.integers(0, 3))
def test_what_is_shown_reads_back_the_same(steps: int, decimals: int) -> None:
    assert quantity.parse(quantity.plain(steps, decimals), decimals) == steps


@pytest.mark.parametrize(
    ("value", "decimals", "steps"),
    [
        ("1.25", 3, 1250), ("1.250", 3, 1250), (3, 0, 3), ("3.0", 0, 3), (0.5, 1, 5), ("-2", 0, -2), ("1e2", 0, 100),
        ("۱.۲۵", 3, 1250), ("٣", 0, 3), ("+4", 0, 4), (".5", 1, 5), ("5.", 0, 5), (Decimal("1E+2"), 0, 100),
    ],
)  # fmt: skip
def test_texts_and_numbers_are_read(value: str | float | Decimal, decimals: int, steps: int) -> None:
    assert quantity.parse(value, decimals) == steps


@pytest.mark.parametrize(
    ("value", "decimals"),
    [
        ("0.5", 0), ("1.2345", 3), ("", 0), ("two", 0), (True, 0), ("nan", 0), ("inf", 3), ("1e40", 0), ("9" * 13, 0),
        ("1_0", 0), ("1_000.5", 3), ("1e1_0", 0), ("1 0", 0), ("²", 0), (".", 0), ("1e", 0), ("e5", 0), ("−1", 0),
    ],
)  # fmt: skip
def test_what_is_no_quantity_is_refused(value: str, decimals: int) -> None:
    with pytest.raises(NotAQuantity):
        quantity.parse(value, decimals)


@same_every_run
@given(st.text() | st.floats() | st.decimals(), st.integers(0, 3))
def test_nothing_but_not_a_quantity_ever_comes_out(value: str | float | Decimal, decimals: int) -> None:
    try:
        steps = quantity.parse(value, decimals)
    except NotAQuantity:
        return
    assert abs(steps) <= MAX_STEPS


@same_every_run
@given(st.integers(0, MAX_STEPS), st.integers(0, 10**9), st.integers(0, 3))
def test_prices_are_rounded_half_even_to_the_penny(steps: int, price: int, decimals: int) -> None:
    exact = Decimal(steps) * price / 10**decimals
    assert quantity.price_of(steps, price, decimals) == int(exact.to_integral_value(rounding=ROUND_HALF_EVEN))


@same_every_run
@given(st.integers(), st.integers())
def test_division_is_half_even_whatever_the_signs(numerator: int, denominator: int) -> None:
    assume(denominator)
    assert divide_half_even(numerator, denominator) == round(Fraction(numerator, denominator))


@same_every_run
@given(st.integers(), st.lists(st.integers(0, 10**12), min_size=1, max_size=12))
def test_parts_of_a_split_sum_to_it_and_are_fair(total: int, weights: list[int]) -> None:
    assume(sum(weights))
    parts = split(total, weights)
    assert sum(parts) == total
    fair = [Fraction(total * weight, sum(weights)) for weight in weights]
    assert all(abs(part - exact) < 1 for part, exact in zip(parts, fair, strict=True))
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


def test_a_tie_goes_to_the_earlier_part() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(-100, [1, 1, 1]) == [-33, -33, -34]
    assert split(1, [1, 1]) == [1, 0]


@pytest.mark.parametrize("weights", [[], [0, 0], [3, -1]])
def test_a_split_needs_weights(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        split(10, weights)
