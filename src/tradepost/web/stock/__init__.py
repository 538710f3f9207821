"""Stores and stock: imports, transfers and counts."""
