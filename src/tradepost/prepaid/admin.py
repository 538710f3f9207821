"""Sellers, the numbers they charged and their sales in Django's admin, to look at."""

from django.contrib import admin

from tradepost.lib.admin import ReadOnly
from tradepost.prepaid.models import ChargeSale, PhoneNumber, Seller


@admin.register(Seller)
class SellerAdmin(ReadOnly[Seller]):
    """Sellers."""

    list_display = ["name", "email", "phone", "active", "user"]
    list_select_related = ["user"]
    list_filter = ["active"]
    search_fields = ["name", "email", "phone"]


@admin.register(PhoneNumber)
class PhoneNumberAdmin(ReadOnly[PhoneNumber]):
    """Numbers that were charged."""

    list_display = ["number"]
    search_fields = ["number"]


@admin.register(ChargeSale)
class ChargeSaleAdmin(ReadOnly[ChargeSale]):
    """Charges that were sold."""

    list_display = ["id", "seller", "phone_number", "amount_minor", "balance_after_minor", "operator", "at"]
    list_select_related = ["seller", "phone_number", "operator"]
    search_fields = ["=phone_number__number", "seller__name"]
