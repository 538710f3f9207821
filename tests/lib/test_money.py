"""Amounts: exact both ways, never rounded when read, refused when they are none."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from tradepost.lib import money
from tradepost.lib.money import MAX_MINOR, NotMoney

pytestmark = pytest.mark.once
same_every_run = settings(derandomize=True, database=None, deadline=None)


@same_every_run
@given(st.integers(-MAX_MINOR, MAX_MINOR))
def test_what_is_shown_reads_back_the_same(minor: int) -> None:
    assert money.parse(money.plain(minor)) == minor
    assert money.parse(f"  {money.plain(minor)} ") == minor
    assert money.parse(Decimal(money.plain(minor))) == minor


@pytest.mark.parametrize(
    ("value", "minor"),
    [
        ("2.50", 250), ("2.5", 250), ("2", 200), (2, 200), (2.5, 250), ("-0.01", -1), ("0", 0), ("-0", 0),
        ("1e3", 100_000), ("2.500", 250), (Decimal("0.10"), 10), ("٢.٥٠", 250), ("۲.۵۰", 250), (0.1, 10),
        ("+2.50", 250), (".5", 50), ("2.", 200),
    ],
)  # fmt: skip
def test_texts_and_numbers_are_read(value: str | float | Decimal, minor: int) -> None:
    assert money.parse(value) == minor


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "abc", "1,000.00", "£1", "0.001", "1.005", 0.001, True, False, "nan", "inf", "-inf", float("nan"),
        "1e40", "1e-40", "9" * 40, "1e999999999999999999999", "10000000000000.01", "0x10", "1.2.3", "--1",
        "1_0", "1_000.50", "1e1_0", "1 0", "½", ".", "1e", "-", "−1",
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused(value: str | float) -> None:
    with pytest.raises(NotMoney):
        money.parse(value)


@same_every_run
@given(st.text() | st.floats() | st.decimals() | st.integers())
def test_nothing_but_not_money_ever_comes_out(value: str | float | Decimal) -> None:
    try:
        minor = money.parse(value)
    except NotMoney:
        return
    assert abs(minor) <= MAX_MINOR


def test_amounts_are_shown_for_people() -> None:
    assert money.show(123_450) == "£1,234.50"
    assert money.show(-123_450) == "\u2212£1,234.50"
    assert money.show(0) == "£0.00"
    assert (money.plain(5), money.plain(-5), money.plain(0)) == ("0.05", "-0.05", "0.00")


def test_currencies_have_their_own_decimals(settings: Settings) -> None:
    settings.TRADEPOST_CURRENCY = "JPY"
    assert (money.parse("250"), money.plain(250), money.plain(-5), money.show(1250)) == (250, "250", "-5", "¥1,250")
    with pytest.raises(NotMoney):
        money.parse("2.5")
    settings.TRADEPOST_CURRENCY = "KWD"
    assert (money.parse("2.505"), money.plain(2505), money.show(2505)) == (2505, "2.505", "KWD\u00a02.505")


@pytest.mark.parametrize(
    ("exact", "minor"), [("0.005", 0), ("0.015", 2), ("0.025", 2), ("-0.015", -2), ("1.2349", 123)]
)
def test_ties_go_to_the_even_penny(exact: str, minor: int) -> None:
    assert money.round_half_even(Decimal(exact)) == minor
