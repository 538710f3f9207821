"""Asking for money and deciding about it. List forms: each is answered in its place, all in one transaction."""

from tradepost.books.services import Refusal
from tradepost.funding.services.asking import change_owner, request_deposit, request_funds, request_withdrawal
from tradepost.funding.services.deciding import decide
from tradepost.funding.services.drafts import Decision, FundsDraft

__all__ = [
    "Decision",
    "FundsDraft",
    "Refusal",
    "change_owner",
    "decide",
    "request_deposit",
    "request_funds",
    "request_withdrawal",
]
