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
from tradepost.people.services.login import log_in, log_out
from tradepost.people.services.passwords import check_password, set_password
from tradepost.people.services.roles import grant_role, revoke_role
from tradepost.people.services.tokens import forget_expired_tokens, issue_token, revoke_all_tokens, revoke_token

__all__ = [
    "CustomerDraft",
    "ProfileChanges",
    "add_customers",
    "add_user",
    "anonymise_user",
    "change_profile",
    "check_password",
    "deactivate_user",
    "forget_expired_tokens",
    "grant_role",
    "issue_token",
    "log_in",
    "log_out",
    "reactivate_user",
    "register",
    "revoke_all_tokens",
    "revoke_role",
    "revoke_token",
    "set_password",
    "set_vip",
]
