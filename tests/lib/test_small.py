"""Phone numbers, days and actors."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradepost.lib import clock, numbers, phone
from tradepost.lib.actor import ADMIN, AUDITOR, MANAGER, STAFF, Actor
from tradepost.lib.errors import Denied, FieldErrors, Refused
from tradepost.lib.phone import NotAPhoneNumber

pytestmark = pytest.mark.once
same_every_run = settings(derandomize=True, database=None, deadline=None)
ZONES = ("UTC", "Europe/London", "Asia/Tehran", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")


@pytest.mark.parametrize(
    "typed",
    ["09123456789", "+98 912 345 6789", "0098 912 345 6789", "۰۹۱۲۳۴۵۶۷۸۹", " 0912-345-6789 ", "+98(912)3456789"],
)
def test_one_number_has_one_spelling(typed: str) -> None:
    assert phone.normalise(typed) == "+989123456789"


def test_numbers_of_other_countries_carry_their_code() -> None:
    assert phone.normalise("+44 20 7946 0958") == "+442079460958"


@pytest.mark.parametrize("junk", ["", " ", "abc", "12", "+", "0912", "9" * 40, "+98 000", "\0", "'; DROP TABLE"])
def test_junk_is_no_number(junk: str) -> None:
    with pytest.raises(NotAPhoneNumber):
        phone.normalise(junk)


@pytest.mark.parametrize("words", ["call 09123456789", "0912ABC6789", "09123456789 ext 5", "09123456789#5", "tel:0912"])
def test_no_number_is_guessed_from_words_or_cut_short(words: str) -> None:
    with pytest.raises(NotAPhoneNumber):
        phone.normalise(words)


def test_the_digits_of_a_part_of_a_number() -> None:
    assert phone.digits_of(" +۹۸ (912) 34-5٦ x") == "989123456"
    assert phone.digits_of("mobile ½ ²") == ""


@same_every_run
@given(st.text(max_size=60))
def test_no_text_breaks_the_reader_and_a_spelling_is_stable(text: str) -> None:
    try:
        number = phone.normalise(text)
    except NotAPhoneNumber:
        return
    assert phone.normalise(number) == number


@same_every_run
@given(st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 31)), st.sampled_from(ZONES))  # noqa: DTZ001
def test_every_moment_lies_in_its_day_and_in_no_other(moment: datetime, zone: str) -> None:
    at = moment.replace(tzinfo=UTC)
    day = clock.business_date(at, zone)
    start, end = clock.day_bounds(day, zone)
    assert start <= at < end
    assert clock.day_bounds(day + timedelta(days=1), zone)[0] == end
    assert clock.business_date(start, zone) == day


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 29), "Europe/London", 23),
        (date(2026, 10, 25), "Europe/London", 25),
        (date(2026, 3, 28), "Europe/London", 24),
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
    ],
)
def test_a_day_is_as_long_as_the_clocks_make_it(day: date, zone: str, hours: float) -> None:
    start, end = clock.day_bounds(day, zone)
    assert (end - start) == timedelta(hours=hours)
    assert start.astimezone(ZoneInfo(zone)).hour == 0


def test_now_is_aware() -> None:
    assert clock.now().tzinfo is UTC


def test_roles_say_what_an_actor_may() -> None:
    admin, auditor, manager, staff, nobody = (
        Actor(1, "x", "test", grants=frozenset(grants))
        for grants in ([(ADMIN, None)], [(AUDITOR, None)], [(MANAGER, 3)], [(STAFF, 3), (STAFF, 4)], [])
    )
    rights = {
        actor: (
            actor.is_admin, actor.reads_all, actor.is_manager(3), actor.is_staff(3), actor.reads_store(3),
            actor.is_staff(9), actor.works_somewhere, sorted(actor.stores()),
        )
        for actor in (admin, auditor, manager, staff, nobody)
    }  # fmt: skip
    assert list(rights.values()) == [
        (True, True, True, True, True, True, True, []),
        (False, True, False, False, True, False, True, []),
        (False, False, True, True, True, False, True, [3]),
        (False, False, False, True, True, False, True, [3, 4]),
        (False, False, False, False, False, False, False, []),
    ]
    for actor, refused in ((nobody, 4), (staff, 3), (manager, 2), (auditor, 3), (admin, 0)):
        assert sum(_is_denied(actor, name) for name in ("admin", "manager", "staff", "auditor")) == refused


def _is_denied(actor: Actor, name: str) -> bool:
    require = getattr(actor, f"require_{name}")
    try:
        require(3) if name in {"manager", "staff"} else require()
    except Denied:
        return True
    return False


def test_a_refusal_has_a_sentence_and_figures() -> None:
    assert Refused().message == Refused.title == str(Refused())
    assert Refused("No", short=3).details == {"short": 3}
    assert str(FieldErrors({"a": ["x", "y"], "b": ["z"]})) == "a: x y; b: z"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("007", 7),
        (str(2**63 - 1), 2**63 - 1),
        ("0", None),
        ("", None),
        ("-1", None),
        ("1.0", None),
        (str(2**63), None),
        ("9" * 5000, None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_text_that_no_row_can_have_for_its_number_is_none(text: str, number: int | None) -> None:
    assert numbers.id_written(text) == number
