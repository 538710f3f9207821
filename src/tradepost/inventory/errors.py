"""Refusals of stores and stock."""
