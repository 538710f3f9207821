"""Money, quantities, rounding, phone numbers, days, lists for the database."""
