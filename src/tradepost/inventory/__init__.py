"""Stores and stock: movements, transfers, counts, alerts; what stands where."""
