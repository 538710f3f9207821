"""Stores and stock: movements, transfers, stocktakes, levels and alerts."""
