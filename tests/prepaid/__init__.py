"""Prepaid: sellers, their credit, and charges that never pass it."""
