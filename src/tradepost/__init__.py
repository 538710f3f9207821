"""Shops, stock, a marketplace and prepaid credit on one set of books."""

__version__ = "0.1.0"
