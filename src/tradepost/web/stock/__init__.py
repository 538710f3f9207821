"""Stores and stock: levels, movements, imports, transfers and counts."""
