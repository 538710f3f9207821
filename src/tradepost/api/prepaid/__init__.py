"""Prepaid charge sales: sellers, their credit, what they sell and what they sold it to."""

from tradepost.api.prepaid import charges, credit, numbers, sellers

urlpatterns = [*sellers.urlpatterns, *credit.urlpatterns, *charges.urlpatterns, *numbers.urlpatterns]
