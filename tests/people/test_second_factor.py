"""A second factor: no face lets anybody in by the password alone, a code works once, and guessing ends soon."""

import re
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db import IntegrityError, connection, transaction
from django.test import override_settings

from tests import make
from tests.people.phone import STEP, Phone, by_whom, enrolled, request
from tests.threads import together
from tradepost.audit.models import AuditEvent
from tradepost.lib.errors import Denied, TradepostError
from tradepost.people import queries, services
from tradepost.people.errors import (
    LoginExpired,
    MachineUser,
    NoSecondFactor,
    NoSuchUser,
    SecondFactorNeeded,
    SecondFactorOn,
    TooManyAttempts,
    WrongCode,
    WrongCredentials,
    WrongPassword,
)
from tradepost.people.models import RecoveryCode, SecondFactor, Token, User

pytestmark = pytest.mark.django_db
LATER = make.AT + STEP * 4


@pytest.fixture
def ann(db: None) -> User:
    return make.customer("ann", password=make.PASSWORD)


def log_in(otp: str = "", at: Any = LATER, address: str = "192.0.2.1", password: str = make.PASSWORD) -> User:
    return services.log_in("ann", password, otp, request=request(address), at=at, face="api", request_id="r1")


def rows() -> list[Any]:
    """All that a second factor consists of."""
    return [*SecondFactor.objects.values_list(), *RecoveryCode.objects.order_by("pk").values_list()]


def wrong(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 7) % 1_000_000:06}"


def test_whoever_has_one_comes_in_by_password_and_code(ann: User) -> None:
    phone, _ = enrolled(ann)
    with pytest.raises(SecondFactorNeeded) as needed:
        log_in()
    assert needed.value.details == {}
    assert log_in(phone.code(LATER)) == ann
    ann.refresh_from_db()
    assert ann.last_login == LATER
    assert [event.action for event in AuditEvent.objects.order_by("id") if event.action.startswith("people.")][-2:] == [
        "people.second_factor_on",
        "people.logged_in",
    ]


def test_until_it_is_confirmed_nobody_is_asked_for_a_code(ann: User) -> None:
    services.enrol_second_factor(make.PASSWORD, **by_whom(ann))
    assert log_in() == ann
    assert not queries.second_factor(ann.pk, make.actor(ann)).is_on


def test_the_secret_is_stored_nowhere_and_goes_with_the_key_of_the_house(ann: User) -> None:
    begun = services.enrol_second_factor(make.PASSWORD, **by_whom(ann))
    assert re.fullmatch(r"[A-Z2-7]{32}", begun.secret)
    assert begun.uri.startswith("otpauth://totp/Tradepost:ann?")
    assert begun.secret in begun.uri
    services.confirm_second_factor(Phone(begun.secret).code(make.AT), **by_whom(ann))
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            assert begun.secret not in str(cursor.fetchall()), table
    with override_settings(SECRET_KEY="another"), pytest.raises(WrongCode):
        log_in(Phone(begun.secret).code(LATER))


def test_beginning_again_is_another_secret_and_the_old_one_is_void(ann: User) -> None:
    first = services.enrol_second_factor(make.PASSWORD, **by_whom(ann)).secret
    second = services.enrol_second_factor(make.PASSWORD, **by_whom(ann)).secret
    assert first != second
    with pytest.raises(WrongCode):
        services.confirm_second_factor(Phone(first).code(make.AT), **by_whom(ann))
    services.confirm_second_factor(Phone(second).code(make.AT), **by_whom(ann))


def test_a_code_works_once_and_so_does_the_one_that_confirmed(ann: User) -> None:
    phone, _ = enrolled(ann)
    with pytest.raises(WrongCode):
        log_in(phone.code(make.AT), at=make.AT)
    code = phone.code(LATER)
    log_in(code)
    before = rows()
    with pytest.raises(WrongCode):
        log_in(code, at=LATER + timedelta(seconds=5))
    with pytest.raises(WrongCode):
        log_in(phone.code(LATER - STEP))
    assert [row[:5] for row in rows()] == [row[:5] for row in before]
    assert log_in(phone.code(LATER + STEP), at=LATER + STEP) == ann


@pytest.mark.parametrize(("late", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(ann: User, late: int, fits: bool) -> None:
    phone, _ = enrolled(ann)
    code = phone.code(LATER + STEP * late)
    if fits:
        assert log_in(f" {code[:3]} {code[3:]} ") == ann
    else:
        with pytest.raises(WrongCode):
            log_in(code)


def test_of_two_who_send_one_code_at_once_one_comes_in(ann: User) -> None:
    phone, _ = enrolled(ann)
    code = phone.code(LATER)

    def come() -> str:
        try:
            return log_in(code).username
        except WrongCode:
            return "no"

    assert sorted(map(str, together([come] * 4))) == ["ann", "no", "no", "no"]


def test_a_recovery_code_works_once_however_it_is_written(ann: User) -> None:
    _, codes = enrolled(ann)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}", code) for code in codes)
    assert not any(code.replace("-", "") in str(rows()) for code in codes)
    assert log_in(codes[0]) == ann
    with pytest.raises(WrongCode):
        log_in(codes[0])
    assert log_in(codes[1].upper().replace("-", " ")) == ann
    assert queries.second_factor(ann.pk, make.actor(ann)).recovery_codes_left == 8
    used = AuditEvent.objects.filter(action="people.recovery_code_used").order_by("id")
    assert [event.after for event in used] == [{"left": 9}, {"left": 8}]


def test_anothers_recovery_code_is_none(ann: User) -> None:
    enrolled(ann)
    _, codes = enrolled(make.customer("eve", password=make.PASSWORD))
    with pytest.raises(WrongCode):
        log_in(codes[0])
    assert not RecoveryCode.objects.exclude(used_at=None).exists()


def test_new_recovery_codes_void_the_old_ones(ann: User) -> None:
    phone, old = enrolled(ann)
    new = services.draw_recovery_codes(make.PASSWORD, phone.code(LATER), **by_whom(ann, LATER))
    assert not set(old) & set(new)
    with pytest.raises(WrongCode):
        log_in(old[0])
    assert log_in(new[0]) == ann


@pytest.mark.parametrize("otp", ["000000", "0", "x", "١٢٣٤٥٦", "9" * 5000, "aaaa-aaaa-aaaa", "\0", "٠" * 6, " "])
def test_nonsense_is_no_code(ann: User, otp: str) -> None:
    enrolled(ann)
    with pytest.raises(WrongCode) as caught:
        log_in(otp)
    assert caught.value.details == {}
    ann.refresh_from_db()
    assert ann.last_login is None
    event = AuditEvent.objects.get(action="people.code_failed")
    assert (event.actor_id, event.subject_id, event.after) == (0, str(ann.pk), {"locked_out": False})


def test_a_wrong_password_never_tells_that_there_is_a_second_factor(ann: User) -> None:
    phone, _ = enrolled(ann)
    for otp in ("", phone.code(LATER)):
        with pytest.raises(WrongCredentials):
            log_in(otp, password="wrong")
    assert log_in(phone.code(LATER)) == ann


def test_wrong_codes_count_like_wrong_passwords_at_that_address(ann: User) -> None:
    phone, _ = enrolled(ann)
    for i in range(9):
        with pytest.raises((WrongCode, WrongCredentials)):
            log_in(wrong(phone.code(LATER)), password=make.PASSWORD if i % 2 else "wrong")
    with pytest.raises(TooManyAttempts):
        log_in(wrong(phone.code(LATER)))
    with pytest.raises(TooManyAttempts):
        log_in(phone.code(LATER))
    assert AuditEvent.objects.filter(action="people.code_failed", after={"locked_out": True}).count() == 1
    assert log_in(phone.code(LATER), address="192.0.2.2") == ann


def test_guessing_from_many_addresses_ends_too_and_only_for_a_while(ann: User) -> None:
    phone, _ = enrolled(ann)
    for i in range(10):
        with pytest.raises(WrongCode):
            log_in(wrong(phone.code(LATER)), address=f"192.0.2.{i}")
    before = rows()
    with pytest.raises(TooManyAttempts) as caught:
        log_in(phone.code(LATER), address="192.0.2.99")
    assert 0 < caught.value.retry_after_s <= 15 * 60 + 1
    assert rows() == before
    after = LATER + timedelta(minutes=16)
    with pytest.raises(WrongCode):
        log_in(wrong(phone.code(after)), at=after, address="192.0.2.99")
    assert log_in(phone.code(after), at=after, address="192.0.2.99") == ann
    assert SecondFactor.objects.get().tries == 0


def test_what_was_typed_stands_in_no_log(ann: User) -> None:
    enrolled(ann)
    with pytest.raises(WrongCode):
        log_in("secret-recovery")
    kept = [str(list(model.objects.values())) for model in (AccessAttempt, AuditEvent)]
    assert not any("secret-recovery" in text for text in kept)


def ticket() -> str:
    """What the first page gives to the second."""
    with pytest.raises(SecondFactorNeeded) as caught:
        log_in()
    return caught.value.ticket


def second_page(held: str, otp: str, address: str = "192.0.2.1") -> User:
    return services.pass_second_factor(held, otp, request=request(address), at=LATER, face="web")


def test_the_second_page_takes_the_code_without_the_password(ann: User) -> None:
    phone, codes = enrolled(ann)
    held = ticket()
    with pytest.raises(WrongCode):
        second_page(held, wrong(phone.code(LATER)))
    assert second_page(held, phone.code(LATER)) == ann
    assert second_page(held, codes[0]) == ann


def test_a_ticket_is_nobodys_after_a_new_password_or_leaving(ann: User) -> None:
    phone, _ = enrolled(ann)
    held = ticket()
    for nonsense in ("", "x", held[:-1], held + "x", "\0"):
        with pytest.raises(LoginExpired):
            second_page(nonsense, phone.code(LATER))
    services.set_password(ann.pk, "other-brown-foxes", actor=make.actor(ann), at=make.AT)
    with pytest.raises(LoginExpired):
        second_page(held, phone.code(LATER))
    services.set_password(ann.pk, make.PASSWORD, actor=make.actor(ann), at=make.AT)
    held = ticket()
    services.deactivate_user(ann.pk, actor=make.console(), at=make.AT)
    with pytest.raises(LoginExpired):
        second_page(held, phone.code(LATER))


def test_a_ticket_lasts_five_minutes(ann: User, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    phone, _ = enrolled(ann)
    held, now = ticket(), time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 301)
    with pytest.raises(LoginExpired):
        second_page(held, phone.code(LATER))


def test_the_second_page_counts_too(ann: User) -> None:
    phone, _ = enrolled(ann)
    held = ticket()
    for _ in range(9):
        with pytest.raises(WrongCode):
            second_page(held, "000000")
    for otp in ("000000", phone.code(LATER)):
        with pytest.raises(TooManyAttempts):
            second_page(held, otp)


def test_switching_it_off_takes_password_and_code(ann: User) -> None:
    phone, codes = enrolled(ann)
    before = [row[:5] for row in rows()]
    with pytest.raises(WrongPassword):
        services.remove_second_factor("wrong", phone.code(LATER), **by_whom(ann, LATER))
    with pytest.raises(WrongCode):
        services.remove_second_factor(make.PASSWORD, wrong(phone.code(LATER)), **by_whom(ann, LATER))
    with pytest.raises(WrongPassword):
        services.draw_recovery_codes("wrong", codes[0], **by_whom(ann, LATER))
    assert [row[:5] for row in rows()] == before
    services.remove_second_factor(make.PASSWORD, codes[0], **by_whom(ann, LATER))
    assert rows() == []
    assert log_in() == ann
    assert AuditEvent.objects.filter(action="people.second_factor_off").count() == 1


def test_what_is_not_there_cannot_be_used(ann: User) -> None:
    for call in (services.remove_second_factor, services.draw_recovery_codes):
        with pytest.raises(NoSecondFactor):
            call(make.PASSWORD, "000000", **by_whom(ann))
    with pytest.raises(NoSecondFactor):
        services.confirm_second_factor("000000", **by_whom(ann))
    with pytest.raises(NoSecondFactor):
        services.take_second_factor_away(ann.pk, actor=make.console(), at=make.AT)
    assert rows() == []


def test_one_that_is_on_is_not_begun_or_confirmed_again(ann: User) -> None:
    phone, _ = enrolled(ann)
    before = rows()
    with pytest.raises(SecondFactorOn):
        services.enrol_second_factor(make.PASSWORD, **by_whom(ann))
    with pytest.raises(SecondFactorOn):
        services.confirm_second_factor(phone.code(LATER), **by_whom(ann, LATER))
    assert rows() == before


def test_beginning_takes_the_password_and_guessing_it_is_counted(ann: User) -> None:
    for _ in range(9):
        with pytest.raises(WrongPassword):
            services.enrol_second_factor("wrong", **by_whom(ann))
    for password in ("wrong", make.PASSWORD):
        with pytest.raises(TooManyAttempts):
            services.enrol_second_factor(password, **by_whom(ann))
    assert rows() == []
    assert AuditEvent.objects.filter(action="people.password_failed", actor_id=ann.pk).count() == 11
    with pytest.raises(TooManyAttempts):
        log_in()


def test_an_administrator_takes_a_lost_one_away_and_nobody_else(ann: User) -> None:
    enrolled(ann)
    before = rows()
    eve = make.manager(make.store())
    for nobody in (eve, make.auditor(), ann):
        with pytest.raises(Denied):
            services.take_second_factor_away(ann.pk, actor=make.actor(nobody), at=make.AT)
    assert rows() == before
    ada = make.admin("ada", password=make.PASSWORD)
    services.take_second_factor_away(ann.pk, actor=make.actor(ada), at=make.AT)
    assert log_in() == ann
    event = AuditEvent.objects.get(action="people.second_factor_taken_away")
    assert (event.actor_id, event.subject_id) == (ada.pk, str(ann.pk))
    enrolled(ada)
    with pytest.raises(Denied):
        services.take_second_factor_away(ada.pk, actor=make.actor(ada), at=make.AT)


def test_whether_one_has_it_is_for_oneself_and_the_auditors(ann: User) -> None:
    enrolled(ann)
    for somebody in (ann, make.auditor(), make.admin()):
        state = queries.second_factor(ann.pk, make.actor(somebody))
        assert state == (True, make.AT, 10)
    with pytest.raises(Denied):
        queries.second_factor(ann.pk, make.actor(make.customer()))
    with pytest.raises(NoSuchUser):
        queries.second_factor(999, make.console())


def test_the_program_itself_has_none() -> None:
    console = make.console()
    refused: tuple[type[TradepostError], ...] = (MachineUser, WrongPassword)
    with pytest.raises(refused):
        services.enrol_second_factor("", request=request(), actor=console, at=make.AT)
    with pytest.raises(NoSuchUser):
        services.enrol_second_factor("", request=request(), actor=make.visitor(), at=make.AT)
    assert rows() == []


def test_whoever_leaves_takes_it_along(ann: User) -> None:
    enrolled(ann)
    services.anonymise_user(ann.pk, actor=make.actor(ann), at=make.AT)
    assert rows() == []


def test_a_new_password_does_not_switch_it_off(ann: User) -> None:
    phone, _ = enrolled(ann)
    services.set_password(ann.pk, "other-brown-foxes", actor=make.console(), at=make.AT)
    with pytest.raises(SecondFactorNeeded):
        log_in(password="other-brown-foxes")
    assert not Token.objects.exists()
    assert log_in(phone.code(LATER), password="other-brown-foxes") == ann


def test_none_of_it_runs_inside_a_transaction_where_a_failure_would_be_lost(ann: User) -> None:
    enrolled(ann)
    with pytest.raises(RuntimeError), transaction.atomic():
        log_in("000000")


def test_the_database_refuses_what_makes_no_sense(ann: User) -> None:
    row = {"user": ann, "begun_at": make.AT}
    for nonsense in ({"salt": ""}, {"salt": "x", "tries": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SecondFactor(**row, **nonsense).save(force_insert=True)
