"""Limits: what is counted, whose it is, and what becomes of it without Redis."""
