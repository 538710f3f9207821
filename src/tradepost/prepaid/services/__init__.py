"""Changing sellers, asking for credit, and selling charges."""

from tradepost.prepaid.services.credit import CreditDraft, request_credit
from tradepost.prepaid.services.sellers import SellerChanges, SellerDraft, add_seller, change_seller, delete_seller
from tradepost.prepaid.services.selling import Call, ChargeItem, Sold, sell_charges, sell_together

__all__ = [
    "Call",
    "ChargeItem",
    "CreditDraft",
    "SellerChanges",
    "SellerDraft",
    "Sold",
    "add_seller",
    "change_seller",
    "delete_seller",
    "request_credit",
    "sell_charges",
    "sell_together",
]
