"""Every change to people, roles, passwords and tokens, by use case."""

from tradepost.people.services.accounts import (
    ProfileChanges,
    add_user,
    anonymise_user,
    change_profile,
    deactivate_user,
    reactivate_user,
    register,
    set_vip,
)
from tradepost.people.services.customers import CustomerDraft, add_customers
from tradepost.people.services.login import end_session, log_in, log_out, pass_second_factor
from tradepost.people.services.passwords import change_password, prove_password, set_password
from tradepost.people.services.pictures import read_picture, set_picture
from tradepost.people.services.resets import ResetLink, ask_for_new_password, make_reset_link, reset_password
from tradepost.people.services.roles import grant_role, revoke_role
from tradepost.people.services.second_factor import (
    Enrolment,
    confirm_second_factor,
    draw_recovery_codes,
    enrol_second_factor,
    remove_second_factor,
    take_second_factor_away,
)
from tradepost.people.services.tokens import forget_expired_tokens, issue_token, revoke_all_tokens, revoke_token

__all__ = [
    "CustomerDraft",
    "Enrolment",
    "ProfileChanges",
    "ResetLink",
    "add_customers",
    "add_user",
    "anonymise_user",
    "ask_for_new_password",
    "change_password",
    "change_profile",
    "confirm_second_factor",
    "deactivate_user",
    "draw_recovery_codes",
    "end_session",
    "enrol_second_factor",
    "forget_expired_tokens",
    "grant_role",
    "issue_token",
    "log_in",
    "log_out",
    "make_reset_link",
    "pass_second_factor",
    "prove_password",
    "reactivate_user",
    "read_picture",
    "register",
    "remove_second_factor",
    "reset_password",
    "revoke_all_tokens",
    "revoke_role",
    "revoke_token",
    "set_password",
    "set_picture",
    "set_vip",
    "take_second_factor_away",
]
